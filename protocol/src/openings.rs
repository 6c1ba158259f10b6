//! JSON bodies of `/v1/openings`: sealed openings on their way from patron to grantee.

use crate::{
	policy::SignedPolicy,
	sealed::{OpeningContext, SealedOpening},
};
use medrec_primitives::{Hash, ParticipantId, RelationshipId, Tag};
use serde::{Deserialize, Serialize};

/// Body of `POST /v1/openings`, by the patron, once the tag is in the best block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DepositedOpening {
	/// The relationship that the tag is under.
	pub relationship: RelationshipId,
	/// Who is granted access.
	pub grantee: ParticipantId,
	/// The tag on the chain.
	pub tag: Tag,
	/// The opening, sealed to the grantee's encryption key on the chain.
	pub sealed_to_grantee: SealedOpening,
	/// The opening, sealed to the patron's backup key.
	pub sealed_to_patron: SealedOpening,
	/// The policy that the opening's terms name by its hash, if they name one. In clear, because the
	/// gatekeeper has to apply it.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub policy: Option<SignedPolicy>,
}

/// Answer of `GET /v1/openings[?after=CURSOR]`: a page of what waits, or all of the asker's own copies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpeningList {
	/// What waits for the asker as grantee.
	pub waiting: Vec<WaitingOpening>,
	/// The asker's own copies as patron.
	pub deposited: Vec<PatronCopy>,
	/// Value of `after` for the next page; absent on the last.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub next: Option<String>,
}

/// An opening that waits for its grantee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WaitingOpening {
	/// The provider that holds the records.
	pub provider: ParticipantId,
	/// The relationship that the tag is under.
	pub relationship: RelationshipId,
	/// The tag on the chain.
	pub tag: Tag,
	/// Sealed to the grantee's encryption key.
	pub sealed: SealedOpening,
}

/// A patron's own copy of an opening, from which a new device learns what she granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PatronCopy {
	/// The provider that holds the records.
	pub provider: ParticipantId,
	/// The relationship that the tag is under.
	pub relationship: RelationshipId,
	/// Who is granted access.
	pub grantee: ParticipantId,
	/// The tag on the chain.
	pub tag: Tag,
	/// Sealed to the patron's backup key.
	pub sealed: SealedOpening,
	/// The policy that was deposited with it. The opening inside `sealed` says which hash it has to have.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub policy: Option<SignedPolicy>,
}

impl WaitingOpening {
	/// What it is sealed with, on the chain of this genesis hash.
	pub const fn context(&self, genesis: Hash) -> OpeningContext {
		let Self { provider, relationship, tag, .. } = *self;
		OpeningContext { genesis, provider, relationship, tag }
	}
}

impl PatronCopy {
	/// What it is sealed with, on the chain of this genesis hash.
	pub const fn context(&self, genesis: Hash) -> OpeningContext {
		let Self { provider, relationship, tag, .. } = *self;
		OpeningContext { genesis, provider, relationship, tag }
	}
}

//! Notifications: events of `GET /v1/notifications`, each signed by the gatekeeper. They hold no content,
//! only what to fetch.

use crate::{
	gatekeeper_key::{GatekeeperSecret, GatekeeperSignature},
	receipt::EntryId,
};
use codec::Encode;
use medrec_primitives::{GatekeeperKey, Hash, Moment, ParticipantId, RelationshipId};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

const DOMAIN: &[u8] = b"medrec/notification/v1";

/// What happened, hence what to fetch. The name of the event, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NotificationKind {
	/// Nothing: the stream begins at this place, and goes on from there if it breaks.
	Begin,
	/// Records are new or changed: fetch the records.
	Records,
	/// Somebody else looked at records: fetch the access log.
	Access,
	/// A relationship was proposed: fetch the relationships on the chain.
	Proposal,
	/// Staff answered an amendment: fetch the amendments.
	Amendment,
	/// Some notifications are not kept any more: fetch everything.
	Gap,
}

impl NotificationKind {
	/// Every kind.
	pub const ALL: [Self; 6] =
		[Self::Begin, Self::Records, Self::Access, Self::Proposal, Self::Amendment, Self::Gap];

	/// Its name, as in JSON.
	pub const fn name(self) -> &'static str {
		match self {
			Self::Begin => "begin",
			Self::Records => "records",
			Self::Access => "access",
			Self::Proposal => "proposal",
			Self::Amendment => "amendment",
			Self::Gap => "gap",
		}
	}
}

impl fmt::Display for NotificationKind {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		f.write_str(self.name())
	}
}

impl FromStr for NotificationKind {
	type Err = String;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		Self::ALL
			.into_iter()
			.find(|kind| kind.name() == text)
			.ok_or_else(|| format!("`{text}` is no kind of notification"))
	}
}

/// Data of an event, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Notification {
	/// Whose gatekeeper it is.
	pub provider: ParticipantId,
	/// The relationship that it is about.
	pub relationship: RelationshipId,
	/// Name of the event, as in its `id`: random, so that it tells nothing of others'.
	pub event: EntryId,
	/// What happened.
	pub kind: NotificationKind,
	/// When, by the gatekeeper's clock.
	pub at: Moment,
	/// By the gatekeeper's key, over `"medrec/notification/v1" ‖ genesis ‖ provider u64 LE ‖ relationship
	/// u64 LE ‖ event ‖ at u64 LE ‖ kind`, the kind by its name, without length.
	pub signature: GatekeeperSignature,
}

impl Notification {
	/// Sign one.
	pub fn sign(
		key: &GatekeeperSecret,
		genesis: &Hash,
		provider: ParticipantId,
		relationship: RelationshipId,
		event: EntryId,
		kind: NotificationKind,
		at: Moment,
	) -> Self {
		let signature = GatekeeperSignature([0; 64]);
		let unsigned = Self { provider, relationship, event, kind, at, signature };
		Self { signature: key.sign(&unsigned.payload(genesis)), ..unsigned }
	}

	/// Whether it is signed by this key, for this chain.
	pub fn verify(&self, genesis: &Hash, key: &GatekeeperKey) -> bool {
		self.signature.verify(key, &self.payload(genesis))
	}

	fn payload(&self, genesis: &Hash) -> Vec<u8> {
		let mut bytes = DOMAIN.to_vec();
		(genesis, self.provider, self.relationship, self.event.0, self.at).encode_to(&mut bytes);
		bytes.extend_from_slice(self.kind.name().as_bytes());
		bytes
	}
}

//! Patron–steward relationships: one side's records are held by the other.

use crate::{Moment, ParticipantId};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// Number of a relationship, given by the chain and never reused.
pub type RelationshipId = u64;

/// Side of a relationship.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Hash,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub enum RelationshipRole {
	/// Whose records they are (the patient).
	#[codec(index = 0)]
	Patron,
	/// Who holds them (the provider).
	#[codec(index = 1)]
	Steward,
}

/// Where a relationship stands.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Hash,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub enum RelationshipStatus {
	/// Proposed by the patron; the steward has not answered.
	#[codec(index = 0)]
	ProposedByPatron,
	/// Proposed by the steward; the patron has not answered.
	#[codec(index = 1)]
	ProposedBySteward,
	/// Agreed by both.
	#[codec(index = 2)]
	Active,
	/// Ended by one of them; final.
	#[codec(index = 3)]
	Ended,
}

impl RelationshipStatus {
	/// The side that proposed, while the other has not answered.
	pub const fn proposer(self) -> Option<RelationshipRole> {
		match self {
			Self::ProposedByPatron => Some(RelationshipRole::Patron),
			Self::ProposedBySteward => Some(RelationshipRole::Steward),
			Self::Active | Self::Ended => None,
		}
	}
}

/// A relationship as the chain stores it: 27 bytes, small enough to stay inline in the trie.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub struct Relationship {
	/// Whose records they are.
	pub patron: ParticipantId,
	/// Who holds them.
	pub steward: ParticipantId,
	/// Where it stands.
	pub status: RelationshipStatus,
	/// When it came to stand there.
	pub since: Moment,
	/// How many grant tags are stored under it.
	pub tags: u16,
}

impl Relationship {
	/// The side on which a participant is.
	pub fn role_of(&self, participant: ParticipantId) -> Option<RelationshipRole> {
		if participant == self.patron {
			Some(RelationshipRole::Patron)
		} else if participant == self.steward {
			Some(RelationshipRole::Steward)
		} else {
			None
		}
	}

	/// The participant on a side.
	pub const fn party(&self, role: RelationshipRole) -> ParticipantId {
		match role {
			RelationshipRole::Patron => self.patron,
			RelationshipRole::Steward => self.steward,
		}
	}
}

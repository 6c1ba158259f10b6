//! What the council is doing: who has a seat, what is put to the vote, and what waits for objections.
//!
//! Every list is bounded by the chain: as many seats, changes and offenders as there can be
//! authorities, as many motions as can be open, and a call of the length that a motion may have.

use alloc::vec::Vec;
use codec::{Decode, Encode};
use medrec_primitives::{AccountId, AuthorityChange, Majority, ParticipantId};
use scale_info::TypeInfo;

/// Answer of `MedrecApi::council`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Council {
	/// Who votes, by participant.
	pub seats: Vec<Seat>,
	/// What is put to the vote, by number; also what has expired and nobody has cleared away yet.
	pub motions: Vec<OpenMotion>,
	/// What is decided and waits for objections, in the order of the decisions.
	pub changes: Vec<PendingChange>,
	/// Who equivocated, by participant.
	pub offenders: Vec<Offender>,
}

/// A seat in the council.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Seat {
	/// The provider.
	pub participant: ParticipantId,
	/// The account that it votes with.
	pub account: AccountId,
	/// Its name, UTF-8.
	pub name: Vec<u8>,
}

/// A motion.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct OpenMotion {
	/// Its number.
	pub id: u32,
	/// The provider that proposed it.
	pub proposer: ParticipantId,
	/// The call that the council is asked to make, encoded.
	pub call: Vec<u8>,
	/// The majority that it takes.
	pub majority: Majority,
	/// Whether the runtime no longer takes the call for what it was: it is encoded in another way by
	/// now, or not for the council any more. Such a motion is only cleared away.
	pub is_outdated: bool,
	/// The block in which it was proposed.
	pub opened: u32,
	/// The last block in which it can be voted on and closed.
	pub closes: u32,
	/// Votes of those who hold a seat, in the order of their first votes.
	pub votes: Vec<Vote>,
}

/// A vote on a motion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Vote {
	/// The provider.
	pub participant: ParticipantId,
	/// Whether it approves.
	pub approve: bool,
}

/// A change of the authorities that the council decided.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct PendingChange {
	/// The provider.
	pub participant: ParticipantId,
	/// What is to happen to it.
	pub change: AuthorityChange,
	/// From this block on the next rotation of the session enacts it.
	pub due: u32,
	/// The authorities that object, in the order in which they did.
	pub objectors: Vec<ParticipantId>,
}

/// A provider that voted for two things at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Offender {
	/// The provider.
	pub participant: ParticipantId,
	/// The session in which it did.
	pub session: u32,
	/// The block that has the evidence.
	pub reported: u32,
	/// The session in which the council forgave it.
	pub forgiven: Option<u32>,
}

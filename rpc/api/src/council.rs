//! Answer of `medrec_council`.

use medrec_primitives::{AuthorityChange, Majority, ParticipantId};
use serde::{Deserialize, Serialize};
use sp_core::Bytes;

use crate::{AuthorityInfo, BlockRef};

/// What the council is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CouncilInfo {
	/// The block that this is about. What is sent now comes into the next one at the earliest.
	pub block: BlockRef,
	/// Who votes, by participant.
	pub seats: Vec<AuthorityInfo>,
	/// What is put to the vote, by number; also what has expired (`closes` is not after `block`) and
	/// nobody has cleared away yet.
	pub motions: Vec<MotionInfo>,
	/// What is decided and waits for objections, in the order of the decisions.
	pub changes: Vec<PendingChangeInfo>,
	/// Who voted for two things at once, by participant.
	pub offenders: Vec<OffenderInfo>,
}

/// A motion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MotionInfo {
	/// Its number.
	pub id: u32,
	/// The provider that proposed it.
	pub proposer: ParticipantId,
	/// The call that the council is asked to make, SCALE encoded, in hexadecimal digits.
	pub call: Bytes,
	/// The majority of the seats that it takes.
	pub majority: Majority,
	/// Whether the runtime no longer takes the call for what it was. Such a motion is only cleared
	/// away.
	pub is_outdated: bool,
	/// The block in which it was proposed.
	pub opened: u32,
	/// The last block in which it can be voted on and closed.
	pub closes: u32,
	/// Votes of those who hold a seat, in the order of their first votes.
	pub votes: Vec<VoteInfo>,
}

/// A vote on a motion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VoteInfo {
	/// The provider.
	pub participant: ParticipantId,
	/// Whether it approves.
	pub approve: bool,
}

/// A change of the authorities that the council decided and that waits for objections.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingChangeInfo {
	/// The provider.
	pub participant: ParticipantId,
	/// What is to happen to it.
	pub change: AuthorityChange,
	/// From this block on the next rotation of the session enacts it.
	pub due: u32,
	/// The authorities that object, in the order in which they did. More than a third of the seats
	/// call the change off.
	pub objectors: Vec<ParticipantId>,
}

/// A provider that voted for two things at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OffenderInfo {
	/// The provider.
	pub participant: ParticipantId,
	/// The session in which it did.
	pub session: u32,
	/// The block that has the evidence.
	pub reported: u32,
	/// The session in which the council forgave it.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub forgiven: Option<u32>,
}

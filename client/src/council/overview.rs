//! The council at a block: who votes, on what, and how it stands.

use super::words::{hex, Detail, Words};
use crate::{workspace::provider_name, ClientError};
use medrec_chain_client::{
	rpc_api::{AuthorityInfo, BlockRef, CouncilInfo, MotionInfo, OffenderInfo, PendingChangeInfo},
	AgendaCall, ChainClient, MotionCall, Runtime,
};
use medrec_primitives::{AccountId, AuthorityChange, Majority, Moment, ParticipantId};
use serde::Serialize;

/// What the chain says of the council at its best block, and the words for it.
#[derive(Clone, Debug)]
pub struct Council {
	/// The node's answer.
	pub info: CouncilInfo,
	/// Names, and the length of a block.
	pub words: Words,
	/// Reads the calls of motions.
	pub runtime: Runtime,
}

/// How a motion stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Standing {
	/// More have to vote.
	Open,
	/// The majority is there: closing it makes the call.
	Carried,
	/// The majority is out of reach: closing it clears it away.
	Lost,
	/// Its time is over: closing it clears it away.
	Expired,
	/// The runtime no longer takes its call for what it was: closing it clears it away.
	Outdated,
}

/// All of it, for people and programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Overview {
	/// The block that this is about.
	pub block: BlockRef,
	/// Who votes.
	pub seats: Vec<SeatView>,
	/// What is put to the vote.
	pub motions: Vec<MotionView>,
	/// What is decided and waits for objections.
	pub changes: Vec<ChangeView>,
	/// Who voted for two things at once.
	pub offenders: Vec<OffenderView>,
}

/// A seat.
pub type SeatView = AuthorityInfo;

/// A vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VoteView {
	/// The provider.
	pub participant: ParticipantId,
	/// Its name.
	pub name: String,
	/// Whether it approves.
	pub approve: bool,
}

/// A motion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MotionView {
	/// Its number.
	pub id: u32,
	/// What it asks for.
	pub words: String,
	/// What else to compare before one votes.
	#[serde(skip_serializing_if = "Vec::is_empty")]
	pub details: Vec<Detail>,
	/// The call, encoded, in hexadecimal digits.
	pub call: String,
	/// The provider that proposed it.
	pub proposer: ParticipantId,
	/// Its name.
	pub proposer_name: String,
	/// The majority that it takes.
	pub majority: Majority,
	/// Yes votes that make this majority of the seats.
	pub needed: u32,
	/// Seats.
	pub seats: u32,
	/// Providers that approve.
	pub yes: u32,
	/// Providers that disapprove.
	pub no: u32,
	/// Who voted how, in the order of the first votes.
	pub votes: Vec<VoteView>,
	/// The last block in which it can be voted on and closed.
	pub closes: u32,
	/// How long that is, milliseconds.
	pub closes_in: Moment,
	/// How it stands.
	pub standing: Standing,
	/// Yes votes with which it takes effect at once, where with fewer it waits for objections.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub at_once_with: Option<u32>,
}

/// A change of the authorities that waits for objections.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeView {
	/// What is decided.
	pub words: String,
	/// The provider.
	pub participant: ParticipantId,
	/// What is to happen to it.
	pub change: AuthorityChange,
	/// From this block on the next session begins with it.
	pub due: u32,
	/// How long that is, milliseconds.
	pub due_in: Moment,
	/// Who objects.
	pub objectors: Vec<String>,
	/// Objections that call it off.
	pub needed: u32,
}

/// A provider that voted for two things at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OffenderView {
	/// Its name.
	pub name: String,
	/// What the chain has on record.
	#[serde(flatten)]
	pub offender: OffenderInfo,
}

/// Yes votes that are a majority of so many seats.
fn votes_for(majority: Majority, seats: u32) -> u32 {
	(1..=seats).find(|yes| majority.is_reached(*yes, seats)).unwrap_or(seats)
}

/// Objections that are more than a third of so many seats.
const fn objections_against(seats: u32) -> u32 {
	(seats / 3).saturating_add(1)
}

impl Council {
	/// Ask the node.
	pub async fn read(chain: &ChainClient) -> Result<Self, ClientError> {
		let (info, runtime, providers) =
			futures::try_join!(chain.council(), chain.runtime(), chain.providers())?;
		let names = providers.iter().filter_map(|it| Some((it.id, provider_name(it)?))).collect();
		let words = Words { names, block_time: runtime.block_time()? };
		Ok(Self { info, words, runtime })
	}

	/// Everything that there is to know.
	pub fn overview(&self) -> Overview {
		let offenders = self.info.offenders.iter().map(|offender| OffenderView {
			name: self.words.name(offender.participant),
			offender: *offender,
		});
		Overview {
			block: self.info.block,
			seats: self.info.seats.clone(),
			motions: self.info.motions.iter().map(|motion| self.view(motion)).collect(),
			changes: self.info.changes.iter().map(|change| self.view_change(change)).collect(),
			offenders: offenders.collect(),
		}
	}

	/// A motion.
	pub fn motion(&self, id: u32) -> Result<MotionView, ClientError> {
		self.info.motions.iter().find(|motion| motion.id == id).map(|it| self.view(it)).ok_or_else(
			|| {
				ClientError::Usage(format!(
					"there is no open proposal #{id}; `medrec council status` shows what there is"
				))
			},
		)
	}

	/// What is decided of a provider and waits for objections.
	pub fn change(&self, participant: ParticipantId) -> Result<ChangeView, ClientError> {
		let found = self.info.changes.iter().find(|change| change.participant == participant);
		found.map(|change| self.view_change(change)).ok_or_else(|| {
			ClientError::Usage(format!(
				"nothing that is decided of {} waits for objections; `medrec council status` shows what does",
				self.words.name(participant)
			))
		})
	}

	/// The seat that an account votes for.
	pub fn seat_of(&self, account: &AccountId) -> Result<&AuthorityInfo, ClientError> {
		self.info.seats.iter().find(|seat| seat.account == *account).ok_or_else(|| {
			ClientError::Denied(format!(
				"the account {account} holds no seat in the council: only providers that hold authority decide, with the account that they hold it under; `medrec council members` shows them"
			))
		})
	}

	/// Votes that are a majority of the seats that there are.
	pub fn needed(&self, majority: Majority) -> u32 {
		votes_for(majority, self.seats())
	}

	fn seats(&self) -> u32 {
		u32::try_from(self.info.seats.len()).unwrap_or(u32::MAX)
	}

	fn holds_seat(&self, participant: ParticipantId) -> bool {
		self.info.seats.iter().any(|seat| seat.participant == participant)
	}

	fn time_until(&self, block: u32) -> Moment {
		let blocks = block.saturating_sub(self.info.block.number);
		Moment::from(blocks).saturating_mul(self.words.block_time)
	}

	fn view(&self, motion: &MotionInfo) -> MotionView {
		// What an earlier runtime encoded is not read with the present one.
		let call = if motion.is_outdated {
			MotionCall::Unknown { name: None }
		} else {
			self.runtime.read_motion(&motion.call)
		};
		let count = |approve| {
			let votes = motion.votes.iter().filter(|vote| vote.approve == approve);
			u32::try_from(votes.count()).unwrap_or(u32::MAX)
		};
		let (yes, no, seats) = (count(true), count(false), self.seats());
		let votes = motion.votes.iter().map(|vote| VoteView {
			participant: vote.participant,
			name: self.words.name(vote.participant),
			approve: vote.approve,
		});
		MotionView {
			id: motion.id,
			words: self.words.motion(&call, &motion.call),
			details: self.words.details(&call),
			call: hex(&motion.call),
			proposer: motion.proposer,
			proposer_name: self.words.name(motion.proposer),
			majority: motion.majority,
			needed: votes_for(motion.majority, seats),
			seats,
			yes,
			no,
			votes: votes.collect(),
			closes: motion.closes,
			closes_in: self.time_until(motion.closes),
			standing: self.standing(motion, yes, no),
			at_once_with: self.at_once_with(&call),
		}
	}

	fn standing(&self, motion: &MotionInfo, yes: u32, no: u32) -> Standing {
		let seats = self.seats();
		// What is sent now comes into the next block at the earliest.
		if self.info.block.number >= motion.closes {
			Standing::Expired
		} else if motion.is_outdated {
			Standing::Outdated
		} else if motion.majority.is_reached(yes, seats) {
			Standing::Carried
		} else if motion.majority.is_reached(seats.saturating_sub(no), seats) {
			Standing::Open
		} else {
			Standing::Lost
		}
	}

	/// Yes votes with which a call takes effect at once, where with fewer it waits for objections.
	pub fn at_once_with(&self, call: &MotionCall) -> Option<u32> {
		let waits = match call {
			MotionCall::Known(AgendaCall::AddAuthority(_)) => true,
			MotionCall::Known(AgendaCall::Suspend(participant)) => self.holds_seat(*participant),
			_ => false,
		};
		waits.then(|| self.needed(Majority::TwoThirds))
	}

	fn view_change(&self, pending: &PendingChangeInfo) -> ChangeView {
		ChangeView {
			words: self.words.change(pending.participant, pending.change),
			participant: pending.participant,
			change: pending.change,
			due: pending.due,
			due_in: self.time_until(pending.due),
			objectors: pending.objectors.iter().map(|id| self.words.name(*id)).collect(),
			needed: objections_against(self.seats()),
		}
	}
}

#[cfg(test)]
mod tests;

//! What the council does with its votes: really signed, through its pallet.

use super::{provider, send, succeeds, LAKESIDE, MERCY, NORTHGATE};
use medrec_protocol::account::AccountKey;
use medrec_runtime::{Runtime, RuntimeCall};
use pallet_council::{Call, MotionId, NextMotionId};
use sp_runtime::DispatchResult;

/// The call that puts a motion to the council.
pub fn motion(call: impl Into<RuntimeCall>) -> Call<Runtime> {
	Call::propose { call: Box::new(call.into()) }
}

/// Put a motion to the council. Returns its number.
#[track_caller]
pub fn propose(by: &AccountKey, call: impl Into<RuntimeCall>) -> MotionId {
	let id = NextMotionId::<Runtime>::get();
	succeeds(by, motion(call));
	id
}

/// Vote on a motion.
#[track_caller]
pub fn vote(by: &AccountKey, motion: MotionId, approve: bool) {
	succeeds(by, Call::vote { motion, approve });
}

/// Close a motion: what comes of it.
#[track_caller]
pub fn close(by: &AccountKey, motion: MotionId) -> DispatchResult {
	send(by, Call::close { motion }).expect("the block takes it")
}

/// The first proposes, the others approve, and the last closes: what comes of it.
#[track_caller]
pub fn decided_by(members: &[AccountKey], call: impl Into<RuntimeCall>) -> DispatchResult {
	let (proposer, others) = members.split_first().expect("somebody proposes");
	let id = propose(proposer, call);
	for member in others {
		vote(member, id, true);
	}
	close(members.last().unwrap_or(proposer), id)
}

/// Three of the four of `local` decide, which are two thirds.
#[track_caller]
pub fn three_decide(call: impl Into<RuntimeCall>) {
	assert_eq!(decided_by(&[MERCY, LAKESIDE, NORTHGATE].map(provider), call), Ok(()));
}

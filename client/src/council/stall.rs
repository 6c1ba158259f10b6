//! Whether it is time to have finality go on with other authorities.

use super::Council;
use crate::{clock, ClientError};
use medrec_chain_client::{rpc_api::BlockRef, ChainClient, Validators};
use medrec_primitives::{AccountId, Moment};

/// Blocks by which finality lags at least where it has stalled; in a network that works it lags by two or
/// three.
const LEAST_LAG: u32 = 30;

/// Check that a forced change of the finality authorities would do what it is for.
///
/// The change is to whoever validates in the session that begins next. So those who are lost have to be voted
/// out before, and that has to have reached the queue; and while the change waits for its delay, no other
/// change of the authorities can be announced.
///
/// Gives the last block that is final at the node.
pub async fn ensure_recoverable(
	council: &Council,
	chain: &ChainClient,
) -> Result<BlockRef, ClientError> {
	let (validators, finalized) = futures::try_join!(chain.validators(), chain.finalized())?;
	check(council, &validators, finalized).map_err(ClientError::Failed)?;
	Ok(finalized)
}

fn check(council: &Council, validators: &Validators, finalized: BlockRef) -> Result<(), String> {
	let best = validators.at.number;
	let lag = best.saturating_sub(finalized.number);
	if lag < LEAST_LAG {
		return Err(format!(
			"finality goes on: block {} is final, {lag} behind the best block. Forcing other authorities on \
			 a network that finalizes can split it; look again when it has stood still for {LEAST_LAG} blocks",
			finalized.number
		));
	}
	if let Some(change) = council.info.changes.first() {
		let words = council.words.change(change.participant, change.change);
		return Err(format!(
			"the decision to {words} has not taken effect yet; wait until `medrec council status` shows that \
			 nothing waits for objections any more"
		));
	}
	let seats: Vec<&AccountId> = council.info.seats.iter().map(|seat| &seat.account).collect();
	let gone = validators.queued.iter().filter(|it| !seats.contains(&&it.account)).count();
	if gone > 0 {
		let wait = validators.time_until(validators.session_end).as_millis();
		return Err(format!(
			"{gone} of the {} validators of the next session hold no seat any more, and would be among the \
			 new authorities; try again when the next session has begun (about {})",
			validators.queued.len(),
			clock::span(Moment::try_from(wait).unwrap_or(Moment::MAX))
		));
	}
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::{super::sample, *};
	use medrec_chain_client::{SessionKeys, Validator};
	use medrec_primitives::{Hash, ParticipantId};
	use std::time::Duration;

	fn block(number: u32) -> BlockRef {
		BlockRef { hash: Hash::repeat_byte(1), number }
	}

	/// At block 1000, with these validators in the next session.
	fn validators(queued: &[ParticipantId]) -> Validators {
		let validator = |id: &ParticipantId| Validator {
			account: sample::account(*id),
			keys: SessionKeys::default(),
		};
		Validators {
			at: block(1_000),
			active: Vec::new(),
			disabled: Vec::new(),
			queued: queued.iter().map(validator).collect(),
			seats: Vec::new(),
			changes: Vec::new(),
			offenders: Vec::new(),
			session_end: 1_010,
			session_length: 10,
			slot: Duration::from_secs(2),
		}
	}

	#[test]
	fn it_is_time_when_only_those_with_a_seat_validate_next() {
		assert_eq!(check(&sample::idle(), &validators(&[0, 1, 2, 3]), block(970)), Ok(()));
	}

	#[test]
	fn a_network_that_finalizes_is_left_alone() {
		let refused = check(&sample::idle(), &validators(&[0, 1, 2, 3]), block(971)).unwrap_err();
		assert!(refused.contains("finality goes on: block 971 is final, 29 behind"), "{refused}");
	}

	#[test]
	fn what_is_decided_has_to_take_effect_first() {
		let refused = check(&sample::busy(), &validators(&[0, 1, 2, 3]), block(900)).unwrap_err();
		assert!(refused.contains("remove Harbour Practice as an authority has not"), "{refused}");
	}

	#[test]
	fn those_voted_out_must_not_validate_next() {
		let refused =
			check(&sample::idle(), &validators(&[0, 1, 2, 3, 4]), block(900)).unwrap_err();
		assert!(refused.contains("1 of the 5 validators of the next session"), "{refused}");
		assert!(refused.contains("about 20 s"), "{refused}");
	}
}

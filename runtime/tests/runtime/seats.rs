//! Who sits in the council and validates, by its own decisions: really signed.

use crate::common::{
	account_data, certify, close, decided_by, fails, key, next_block, propose, provider, refused,
	run, succeeds, three_decide, to_block, vote, HARBOUR, LAKESIDE, MERCY, NORTHGATE,
};
use crate::session_keys::SessionPairs;
use medrec_primitives::{Majority, ParticipantId, ParticipantStatus, Seats};
use medrec_protocol::account::AccountKey;
use medrec_runtime::{
	genesis_config_presets::LOCAL, Authorities, Grandpa, Refusal, Runtime, RuntimeCall, System,
	MINUTES,
};
use pallet_council::{Event, Motions};
use sp_runtime::DispatchError;

/// The provider that joins.
const HILLSIDE: ParticipantId = 4;

fn authorities() -> Vec<ParticipantId> {
	pallet_authorities::Authorities::<Runtime>::get().into_iter().map(|(id, _)| id).collect()
}

fn add(participant: ParticipantId) -> RuntimeCall {
	pallet_authorities::Call::add_authority { participant }.into()
}

fn remove(participant: ParticipantId) -> RuntimeCall {
	pallet_authorities::Call::remove_authority { participant }.into()
}

fn suspend(participant: ParticipantId) -> RuntimeCall {
	pallet_registrar::Call::suspend { participant }.into()
}

/// A provider that the council has certified and whose node has set its session keys.
fn newcomer(name: &str, uri: &str) -> AccountKey {
	let new = key(uri);
	three_decide(certify(&new, name));
	succeeds(&new, SessionPairs::new(&format!("{uri}//node")).set_keys(&new));
	new
}

#[test]
fn two_thirds_add_an_authority() {
	run(LOCAL, || {
		let new = newcomer("Hillside Surgery", "//provider");
		three_decide(add(HILLSIDE));
		assert_eq!(authorities(), [0, 1, 2, 3, HILLSIDE]);
		// The seat is taken at once, the validator's place with the second rotation.
		assert_eq!(Authorities::seats(), 5);
		let id = propose(&new, suspend(HARBOUR));
		succeeds(&new, pallet_council::Call::rescind { motion: id });
		to_block(19);
		assert_eq!(pallet_session::Validators::<Runtime>::get().len(), 4);
		to_block(20);
		let validators = pallet_session::Validators::<Runtime>::get();
		assert_eq!(validators.len(), 5);
		assert!(validators.contains(&new.account_id()));
		assert_eq!(pallet_aura::Authorities::<Runtime>::get().len(), 5);
		next_block();
		assert_eq!(Grandpa::grandpa_authorities().len(), 5);
		assert_eq!(pallet_grandpa::CurrentSetId::<Runtime>::get(), 1);
	});
}

#[test]
fn what_a_bare_majority_adds_waits_for_objections() {
	run(LOCAL, || {
		newcomer("Hillside Surgery", "//provider");
		newcomer("Riverside Practice", "//provider//2");
		three_decide(add(HILLSIDE));
		// Three of five.
		let three = [MERCY, LAKESIDE, NORTHGATE].map(provider);
		assert_eq!(decided_by(&three, add(HILLSIDE + 1)), Ok(()));
		let enacted = System::read_events_for_pallet::<Event<Runtime>>().pop();
		let majority = Majority::MoreThanHalf;
		assert!(matches!(
			enacted,
			Some(Event::Enacted { majority: reached, yes: 3, seats: 5, .. }) if reached == majority
		));
		assert_eq!(authorities().len(), 5);
		to_block((System::block_number() + MINUTES).next_multiple_of(10));
		assert_eq!(authorities(), [0, 1, 2, 3, HILLSIDE, HILLSIDE + 1]);
	});
}

#[test]
fn a_vote_waits_for_session_keys() {
	run(LOCAL, || {
		let new = key("//provider");
		three_decide(certify(&new, "Hillside Surgery"));
		let absent: DispatchError = pallet_authorities::Error::<Runtime>::SessionKeysAbsent.into();
		let id = propose(&provider(MERCY), add(HILLSIDE));
		vote(&provider(LAKESIDE), id, true);
		vote(&provider(NORTHGATE), id, true);
		assert_eq!(close(&provider(MERCY), id), Err(absent));
		assert_eq!(authorities(), [0, 1, 2, 3]);
		// Nobody has to vote again.
		succeeds(&new, SessionPairs::new("//provider//node").set_keys(&new));
		assert_eq!(close(&provider(MERCY), id), Ok(()));
		assert_eq!(authorities(), [0, 1, 2, 3, HILLSIDE]);
	});
}

#[test]
fn three_of_four_remove_an_authority_after_a_minute() {
	run(LOCAL, || {
		three_decide(remove(HARBOUR));
		let due = System::block_number() + MINUTES;
		assert_eq!(authorities(), [0, 1, 2, 3]);
		// The rotation before it is due leaves it.
		to_block(due - 1);
		assert_eq!(authorities(), [0, 1, 2, 3]);
		to_block(due.next_multiple_of(10));
		assert_eq!(authorities(), [0, 1, 2]);
		assert_eq!(Authorities::seats(), 3);
		let harbour = provider(HARBOUR).account_id();
		assert!(pallet_session::Validators::<Runtime>::get().contains(&harbour));
		to_block(due.next_multiple_of(10) + 10);
		assert!(!pallet_session::Validators::<Runtime>::get().contains(&harbour));
		next_block();
		assert_eq!(Grandpa::grandpa_authorities().len(), 3);
	});
}

#[test]
fn who_is_removed_loses_its_votes() {
	run(LOCAL, || {
		let opposed = propose(&provider(MERCY), suspend(LAKESIDE));
		vote(&provider(HARBOUR), opposed, false);
		let own = propose(&provider(HARBOUR), suspend(MERCY));
		three_decide(remove(HARBOUR));
		to_block((System::block_number() + MINUTES).next_multiple_of(10));
		assert_eq!(authorities(), [0, 1, 2]);
		let votes = |id| Motions::<Runtime>::get(id).expect("it is open").votes.to_vec();
		assert_eq!(votes(opposed), [(MERCY, true)]);
		assert_eq!(votes(own), []);
		let rescind = pallet_council::Call::rescind { motion: own };
		next_block();
		refused(&provider(HARBOUR), rescind, Refusal::NotForSigner);
		// Two of the three that are left are enough now.
		vote(&provider(NORTHGATE), opposed, true);
		assert_eq!(close(&provider(NORTHGATE), opposed), Ok(()));
	});
}

#[test]
fn two_of_four_objections_keep_an_authority() {
	run(LOCAL, || {
		three_decide(remove(HARBOUR));
		let object = || pallet_authorities::Call::object { participant: HARBOUR };
		succeeds(&provider(HARBOUR), object());
		succeeds(&provider(NORTHGATE), object());
		to_block(2 * MINUTES);
		assert_eq!(authorities(), [0, 1, 2, 3]);
	});
}

#[test]
fn who_was_removed_may_leave_for_good() {
	run(LOCAL, || {
		let (harbour, retire) = (provider(HARBOUR), || pallet_registrar::Call::retire {});
		let holds: DispatchError = pallet_registrar::Error::<Runtime>::CallerHoldsAuthority.into();
		fails(&harbour, retire(), holds);
		three_decide(remove(HARBOUR));
		to_block(40);
		assert_eq!(authorities(), [0, 1, 2]);
		// It is a validator still.
		next_block();
		fails(&harbour, retire(), holds);
		to_block(51);
		succeeds(&harbour, retire());
	});
}

#[test]
fn two_thirds_suspend_a_provider_and_take_its_authority() {
	run(LOCAL, || {
		three_decide(suspend(HARBOUR));
		assert_eq!(account_data(&provider(HARBOUR)).status, ParticipantStatus::Suspended);
		assert_eq!(authorities(), [0, 1, 2]);
		assert_eq!(Authorities::seats(), 3);
		let call = pallet_registrar::Call::set_gatekeeper_key { gatekeeper_key: [1; 32] };
		refused(&provider(HARBOUR), call, Refusal::Suspended);
	});
}

#[test]
fn a_bare_majoritys_suspension_of_an_authority_waits_for_objections() {
	run(LOCAL, || {
		newcomer("Hillside Surgery", "//provider");
		three_decide(add(HILLSIDE));
		let three = [MERCY, LAKESIDE, NORTHGATE].map(provider);
		assert_eq!(decided_by(&three, suspend(HARBOUR)), Ok(()));
		assert_eq!(account_data(&provider(HARBOUR)).status, ParticipantStatus::Active);
		assert_eq!(Authorities::seats(), 5);
		to_block((System::block_number() + MINUTES).next_multiple_of(10));
		assert_eq!(account_data(&provider(HARBOUR)).status, ParticipantStatus::Suspended);
		assert_eq!(authorities(), [0, 1, 2, HILLSIDE]);
	});
}

#[test]
fn never_under_the_minimum() {
	run(LOCAL, || {
		let two = [MERCY, LAKESIDE].map(provider);
		three_decide(suspend(HARBOUR));
		assert_eq!(decided_by(&two, suspend(NORTHGATE)), Ok(()));
		let too_few = pallet_authorities::Error::<Runtime>::TooFewAuthorities;
		assert_eq!(decided_by(&two, suspend(LAKESIDE)), Err(too_few.into()));
		assert_eq!(authorities(), [MERCY, LAKESIDE]);
		assert_eq!(account_data(&provider(LAKESIDE)).status, ParticipantStatus::Active);
	});
}

#[test]
fn the_minimum_and_the_delay_are_the_councils_to_change() {
	run(LOCAL, || {
		three_decide(pallet_authorities::Call::set_minimum_authorities { authorities: 4 });
		let too_few = pallet_authorities::Error::<Runtime>::TooFewAuthorities;
		let three = [MERCY, LAKESIDE, NORTHGATE].map(provider);
		assert_eq!(decided_by(&three, remove(HARBOUR)), Err(too_few.into()));
		three_decide(pallet_authorities::Call::set_minimum_authorities { authorities: 3 });
		three_decide(pallet_authorities::Call::set_removal_delay { blocks: 3 });
		// The motion is still open, and enough have voted.
		let id = Motions::<Runtime>::iter_keys().next().expect("the removal failed");
		assert_eq!(close(&provider(HARBOUR), id), Ok(()));
		to_block((System::block_number() + 3).next_multiple_of(10));
		assert_eq!(authorities(), [0, 1, 2]);
	});
}

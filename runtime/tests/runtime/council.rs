//! What the council decides, with its votes: really signed, through pallet-collective.

use crate::common::{
	account_data, certify, enrol, fails, key, next_block, participant, provider, refused, run,
	send, succeeds, to_block, HARBOUR, LAKESIDE, MERCY, NORTHGATE,
};
use crate::session_keys::SessionPairs;
use frame_support::dispatch::GetDispatchInfo;
use medrec_primitives::{
	ParticipantId, ParticipantKind, ParticipantStatus, Participants, Purposes,
};
use medrec_protocol::account::AccountKey;
use medrec_runtime::{
	genesis_config_presets::{DEV, LOCAL},
	Grandpa, Hash, Refusal, Registrar, Runtime, RuntimeCall, System, MINUTES,
};
use pallet_collective::{Event, Instance1};
use sp_runtime::{
	traits::{BadOrigin, BlakeTwo256, Hash as _},
	DispatchError, DispatchResult,
};

/// Most bytes of a motion in these tests.
const LENGTH_BOUND: u32 = 1_000;

type Collective = pallet_collective::Call<Runtime, Instance1>;

fn hash_of(motion: &RuntimeCall) -> Hash {
	BlakeTwo256::hash_of(motion)
}

/// Put a motion to the council. Returns its number.
fn propose(by: ParticipantId, threshold: u32, motion: &RuntimeCall) -> u32 {
	let index = pallet_collective::ProposalCount::<Runtime, Instance1>::get();
	let proposal = Box::new(motion.clone());
	succeeds(
		&provider(by),
		Collective::propose { threshold, proposal, length_bound: LENGTH_BOUND },
	);
	index
}

fn vote(by: ParticipantId, motion: &RuntimeCall, index: u32, approve: bool) {
	succeeds(&provider(by), Collective::vote { proposal: hash_of(motion), index, approve });
}

fn close(motion: &RuntimeCall, index: u32) -> Collective {
	Collective::close {
		proposal_hash: hash_of(motion),
		index,
		proposal_weight_bound: motion.get_dispatch_info().call_weight,
		length_bound: LENGTH_BOUND,
	}
}

/// What became of the motion that was just closed.
fn executed() -> DispatchResult {
	let events = System::read_events_for_pallet::<Event<Runtime, Instance1>>();
	match events.last() {
		Some(Event::Executed { result, .. }) => *result,
		other => panic!("no motion was executed: {other:?}"),
	}
}

/// Members put a motion that so many have to approve, all of them do, and it is executed.
fn decided_by(
	members: &[ParticipantId],
	threshold: u32,
	motion: impl Into<RuntimeCall>,
) -> DispatchResult {
	let motion = motion.into();
	let index = propose(members[0], threshold, &motion);
	for member in members {
		vote(*member, &motion, index, true);
	}
	succeeds(&provider(members[0]), close(&motion, index));
	executed()
}

/// Three of the four of `local` decide.
#[track_caller]
fn three_decide(motion: impl Into<RuntimeCall>) {
	assert_eq!(decided_by(&[MERCY, LAKESIDE, NORTHGATE], 3, motion), Ok(()));
}

fn authorities() -> Vec<ParticipantId> {
	pallet_authorities::Authorities::<Runtime>::get().into_iter().map(|(id, _)| id).collect()
}

fn members() -> usize {
	pallet_collective::Members::<Runtime, Instance1>::get().len()
}

/// A provider that the council has certified and whose node has set its session keys.
fn newcomer() -> AccountKey {
	let new = key("//provider");
	three_decide(certify(&new, "Hillside Surgery"));
	succeeds(&new, SessionPairs::new("//provider//node").set_keys(&new));
	new
}

#[test]
fn three_of_four_certify_a_provider() {
	run(LOCAL, || {
		let new = key("//provider");
		refused(&new, pallet_registrar::Call::end_sessions {}, Refusal::NotAParticipant);
		three_decide(certify(&new, "Hillside Surgery"));
		assert_eq!(participant(&new), 4);
		let caller = Registrar::caller(&new.account_id()).expect("it was certified");
		assert_eq!(caller.kind, ParticipantKind::Provider);
		succeeds(&new, pallet_registrar::Call::end_sessions {});
		// A provider, and no authority.
		assert_eq!(authorities(), [0, 1, 2, 3]);
	});
}

#[test]
fn two_of_four_decide_nothing() {
	run(LOCAL, || {
		let new = key("//provider");
		let motion = certify(&new, "Hillside Surgery");
		assert_eq!(decided_by(&[MERCY, LAKESIDE], 2, motion), Err(BadOrigin.into()));
		assert_eq!(Registrar::caller(&new.account_id()), None);
		// Alone, without a vote.
		let motion: RuntimeCall = pallet_registrar::Call::suspend { participant: HARBOUR }.into();
		let proposal = Box::new(motion);
		let call = Collective::propose { threshold: 1, proposal, length_bound: LENGTH_BOUND };
		assert_eq!(send(&provider(MERCY), call), Ok(Ok(())));
		assert_eq!(account_data(&provider(HARBOUR)).status, ParticipantStatus::Active);
	});
}

#[test]
fn a_motion_waits_for_its_threshold() {
	run(LOCAL, || {
		let motion: RuntimeCall = pallet_registrar::Call::suspend { participant: HARBOUR }.into();
		let index = propose(MERCY, 3, &motion);
		vote(MERCY, &motion, index, true);
		vote(LAKESIDE, &motion, index, true);
		let too_early: DispatchError =
			pallet_collective::Error::<Runtime, Instance1>::TooEarly.into();
		fails(&provider(MERCY), close(&motion, index), too_early);
		vote(HARBOUR, &motion, index, false);
		fails(&provider(MERCY), close(&motion, index), too_early);
		vote(NORTHGATE, &motion, index, true);
		succeeds(&provider(MERCY), close(&motion, index));
		assert_eq!(executed(), Ok(()));
	});
}

#[test]
fn only_members_propose_and_vote() {
	run(LOCAL, || {
		let patient = key("//patient");
		enrol(MERCY, &patient);
		let motion: RuntimeCall = pallet_registrar::Call::suspend { participant: HARBOUR }.into();
		let proposal = Box::new(motion.clone());
		let call = Collective::propose { threshold: 3, proposal, length_bound: LENGTH_BOUND };
		refused(&patient, call, Refusal::NotForSigner);
		let index = propose(MERCY, 3, &motion);
		let call = Collective::vote { proposal: hash_of(&motion), index, approve: true };
		refused(&patient, call, Refusal::NotForSigner);
	});
}

#[test]
fn nobody_alone_does_what_the_council_decides() {
	run(LOCAL, || {
		let calls: [RuntimeCall; 7] = [
			certify(&key("//provider"), "Hillside Surgery").into(),
			pallet_registrar::Call::suspend { participant: HARBOUR }.into(),
			pallet_registrar::Call::reinstate { participant: HARBOUR }.into(),
			pallet_registrar::Call::set_purposes {
				kind: ParticipantKind::Insurer,
				purposes: Purposes::ALL,
			}
			.into(),
			pallet_authorities::Call::add_authority { participant: HARBOUR }.into(),
			pallet_authorities::Call::remove_authority { participant: HARBOUR }.into(),
			pallet_authorities::Call::set_session_length { blocks: 100 }.into(),
		];
		for call in calls {
			fails(&provider(MERCY), call, BadOrigin);
		}
	});
}

#[test]
fn the_only_provider_of_dev_decides_alone() {
	run(DEV, || {
		let new = key("//provider");
		let motion: RuntimeCall = certify(&new, "Hillside Surgery").into();
		let proposal = Box::new(motion);
		let call = Collective::propose { threshold: 1, proposal, length_bound: LENGTH_BOUND };
		succeeds(&provider(MERCY), call);
		assert_eq!(participant(&new), 1);
	});
}

#[test]
fn three_of_four_add_an_authority() {
	run(LOCAL, || {
		let new = newcomer();
		three_decide(pallet_authorities::Call::add_authority { participant: 4 });
		assert_eq!(authorities(), [0, 1, 2, 3, 4]);
		// The seat is taken at once, the validator's place with the second rotation.
		assert_eq!(members(), 5);
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
fn nobody_is_added_without_session_keys() {
	run(LOCAL, || {
		three_decide(certify(&key("//provider"), "Hillside Surgery"));
		let motion = pallet_authorities::Call::add_authority { participant: 4 };
		let absent = pallet_authorities::Error::<Runtime>::SessionKeysAbsent;
		let outcome = decided_by(&[MERCY, LAKESIDE, NORTHGATE], 3, motion);
		assert_eq!(outcome, Err(absent.into()));
	});
}

#[test]
fn three_of_four_remove_an_authority_after_a_minute() {
	run(LOCAL, || {
		three_decide(pallet_authorities::Call::remove_authority { participant: HARBOUR });
		let due = System::block_number() + MINUTES;
		assert_eq!(authorities(), [0, 1, 2, 3]);
		// The rotation before it is due leaves it.
		to_block(due - 1);
		assert_eq!(authorities(), [0, 1, 2, 3]);
		to_block(due.next_multiple_of(10));
		assert_eq!(authorities(), [0, 1, 2]);
		assert_eq!(members(), 3);
		let harbour = provider(HARBOUR).account_id();
		assert!(pallet_session::Validators::<Runtime>::get().contains(&harbour));
		to_block(due.next_multiple_of(10) + 10);
		assert!(!pallet_session::Validators::<Runtime>::get().contains(&harbour));
		next_block();
		assert_eq!(Grandpa::grandpa_authorities().len(), 3);
	});
}

#[test]
fn two_of_four_objections_keep_an_authority() {
	run(LOCAL, || {
		three_decide(pallet_authorities::Call::remove_authority { participant: HARBOUR });
		let object = || pallet_authorities::Call::object_to_removal { participant: HARBOUR };
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
		three_decide(pallet_authorities::Call::remove_authority { participant: HARBOUR });
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
fn three_of_four_suspend_a_provider_and_take_its_authority() {
	run(LOCAL, || {
		three_decide(pallet_registrar::Call::suspend { participant: HARBOUR });
		assert_eq!(account_data(&provider(HARBOUR)).status, ParticipantStatus::Suspended);
		assert_eq!(authorities(), [0, 1, 2]);
		assert_eq!(members(), 3);
		let call = pallet_registrar::Call::set_gatekeeper_key { gatekeeper_key: [1; 32] };
		refused(&provider(HARBOUR), call, Refusal::Suspended);
	});
}

#[test]
fn never_under_the_minimum() {
	run(LOCAL, || {
		let suspend = |participant| pallet_registrar::Call::suspend { participant };
		three_decide(suspend(HARBOUR));
		assert_eq!(decided_by(&[MERCY, LAKESIDE], 2, suspend(NORTHGATE)), Ok(()));
		let too_few = pallet_authorities::Error::<Runtime>::TooFewAuthorities;
		let outcome = decided_by(&[MERCY, LAKESIDE], 2, suspend(LAKESIDE));
		assert_eq!(outcome, Err(too_few.into()));
		assert_eq!(authorities(), [MERCY, LAKESIDE]);
		assert_eq!(account_data(&provider(LAKESIDE)).status, ParticipantStatus::Active);
	});
}

#[test]
fn three_of_four_suspend_and_reinstate_a_patient() {
	run(LOCAL, || {
		let patient = key("//patient");
		enrol(MERCY, &patient);
		let id = participant(&patient);
		three_decide(pallet_registrar::Call::suspend { participant: id });
		let call = || pallet_registrar::Call::set_encryption_key { encryption_key: [1; 32] };
		refused(&patient, call(), Refusal::Suspended);
		three_decide(pallet_registrar::Call::reinstate { participant: id });
		succeeds(&patient, call());
	});
}

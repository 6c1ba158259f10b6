//! Whatever is done in whatever order, the invariants hold, and the validators follow the authorities.

use crate::{mock::*, Error};
use frame_support::assert_ok;
use medrec_primitives::{AuthorityHolders, ParticipantId, ParticipantStatus, Participants};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Action {
	Add(ParticipantId),
	Remove(ParticipantId),
	Object { objector: ParticipantId, participant: ParticipantId },
	Suspend(ParticipantId),
	Reinstate(ParticipantId),
	SetKeys(ParticipantId, u64),
	SetSessionLength(u32),
	Run(u64),
}

fn participant() -> impl Strategy<Value = ParticipantId> {
	1..=11_u64
}

fn action() -> impl Strategy<Value = Action> {
	prop_oneof![
		3 => participant().prop_map(Action::Add),
		4 => participant().prop_map(Action::Remove),
		3 => (participant(), participant())
			.prop_map(|(objector, participant)| Action::Object { objector, participant }),
		1 => participant().prop_map(Action::Suspend),
		1 => participant().prop_map(Action::Reinstate),
		2 => (participant(), 100..110_u64).prop_map(|(participant, key)| Action::SetKeys(participant, key)),
		1 => (0..20_u32).prop_map(Action::SetSessionLength),
		3 => (1..25_u64).prop_map(Action::Run),
	]
}

/// Do it, whether it succeeds or not.
fn perform(action: &Action) {
	let root = RuntimeOrigin::root;
	match *action {
		Action::Add(participant) => {
			let _ = Authorities::add_authority(root(), participant);
		},
		Action::Remove(participant) => {
			let _ = Authorities::remove_authority(root(), participant);
		},
		Action::Object { objector, participant } => {
			let origin = RuntimeOrigin::signed(account_of(objector));
			let _ = Authorities::object_to_removal(origin, participant);
		},
		Action::Suspend(participant) => match Authorities::relinquish(participant) {
			Ok(()) => TableOfParticipants::set_status(participant, ParticipantStatus::Suspended),
			Err(error) => assert_eq!(error, Error::<Test>::TooFewAuthorities.into()),
		},
		Action::Reinstate(participant) => {
			TableOfParticipants::set_status(participant, ParticipantStatus::Active)
		},
		Action::SetKeys(participant, key) => {
			let _ = set_keys(participant, key);
		},
		Action::SetSessionLength(blocks) => {
			let _ = Authorities::set_session_length(root(), blocks);
		},
		Action::Run(blocks) => run_to(System::block_number() + blocks),
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(192))]

	#[test]
	fn invariants_hold_and_validators_follow(
		minimum in 1..4_u32,
		removal_delay in 0..40_u32,
		session_first: bool,
		actions in prop::collection::vec(action(), 1..60),
	) {
		let network = Network { minimum, removal_delay, session_first, ..Network::default() };
		network.execute_with(|| {
			for action in &actions {
				perform(action);
				check_invariants();
			}

			// Once the last removal is decided and both rotations have passed, the validators are the
			// authorities, and consensus hears of no further change.
			run_to(System::block_number() + u64::from(removal_delay));
			rotate(3);
			let mut validators = Session::validators();
			validators.sort();
			assert_eq!(validators, Council::get());
			for participant in 1..=11 {
				assert_eq!(
					Authorities::holds_authority(participant),
					authorities().contains(&participant)
				);
				if authorities().contains(&participant) {
					assert!(TableOfParticipants::account(participant).is_some());
				}
			}
			Rotations::take();
			rotate(3);
			assert!(Rotations::get().iter().all(|(changed, _)| !changed));
			assert_ok!(Authorities::set_session_length(RuntimeOrigin::root(), 7));
		});
	}
}

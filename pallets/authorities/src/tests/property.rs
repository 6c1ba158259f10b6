//! Whatever is done in whatever order, the invariants hold, and the validators follow the authorities.

use crate::{mock::*, Changes, Error};
use frame_support::assert_ok;
use medrec_primitives::{
	AuthorityHolders, Majority, ParticipantId, ParticipantStatus, Participants, Seats,
};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Action {
	Add(ParticipantId, Majority),
	Remove(ParticipantId),
	Object { objector: ParticipantId, participant: ParticipantId },
	Suspend(ParticipantId, Majority),
	Reinstate(ParticipantId),
	SetKeys(ParticipantId, u64),
	Rotate(ParticipantId),
	Offend(ParticipantId),
	Forgive(ParticipantId),
	SetSessionLength(u32),
	SetMinimum(u32),
	SetDelay(u32),
	Run(u64),
}

fn participant() -> impl Strategy<Value = ParticipantId> {
	1..=11_u64
}

fn majority() -> impl Strategy<Value = Majority> {
	prop_oneof![Just(Majority::MoreThanHalf), Just(Majority::TwoThirds)]
}

fn origin(majority: Majority) -> RuntimeOrigin {
	match majority {
		Majority::MoreThanHalf => bare_majority(),
		Majority::TwoThirds => two_thirds(),
	}
}

fn action() -> impl Strategy<Value = Action> {
	prop_oneof![
		3 => (participant(), majority()).prop_map(|(participant, by)| Action::Add(participant, by)),
		4 => participant().prop_map(Action::Remove),
		3 => (participant(), participant())
			.prop_map(|(objector, participant)| Action::Object { objector, participant }),
		1 => (participant(), majority()).prop_map(|(participant, by)| Action::Suspend(participant, by)),
		1 => participant().prop_map(Action::Reinstate),
		2 => (participant(), 100..110_u64).prop_map(|(participant, key)| Action::SetKeys(participant, key)),
		2 => (1..5_u64).prop_map(Action::Rotate),
		2 => participant().prop_map(Action::Offend),
		1 => participant().prop_map(Action::Forgive),
		1 => (0..20_u32).prop_map(Action::SetSessionLength),
		1 => (0..5_u32).prop_map(Action::SetMinimum),
		1 => (0..40_u32).prop_map(Action::SetDelay),
		3 => (1..25_u64).prop_map(Action::Run),
	]
}

/// Do it, whether it succeeds or not.
fn perform(action: &Action) {
	match *action {
		Action::Add(participant, by) => {
			let before = authorities();
			let outcome = Authorities::add_authority(origin(by), participant);
			// Without two thirds nobody gets a seat at once.
			let is_added = outcome.is_ok() && by == Majority::TwoThirds;
			assert_eq!(authorities() != before, is_added);
		},
		Action::Remove(participant) => {
			let _ = Authorities::remove_authority(two_thirds(), participant);
		},
		Action::Object { objector, participant } => {
			let account =
				TableOfParticipants::account(objector).unwrap_or_else(|| account_of(objector));
			let _ = Authorities::object(RuntimeOrigin::signed(account), participant);
		},
		Action::Suspend(participant, by) => {
			let status = TableOfParticipants::party(participant).map(|party| party.status);
			if status != Some(ParticipantStatus::Active) {
				return;
			}
			let held_seat = Authorities::holds_seat(participant);
			match TableOfParticipants::decide_suspension(participant, by) {
				Ok(()) => assert_eq!(
					Authorities::holds_seat(participant),
					held_seat && by == Majority::MoreThanHalf
				),
				Err(error) => assert!(
					error == Error::<Test>::TooFewAuthorities.into()
						|| error == Error::<Test>::ChangePending.into()
						|| error == Error::<Test>::TooManyChanges.into(),
					"{error:?}"
				),
			}
		},
		Action::Reinstate(participant) => {
			TableOfParticipants::set_status(participant, ParticipantStatus::Active)
		},
		Action::SetKeys(participant, key) => {
			let _ = set_keys(participant, key);
		},
		Action::Rotate(participant) => {
			// The accounts of a test have room for three moves.
			if Moves::get().iter().filter(|(mover, _)| *mover == participant).count() < 3 {
				assert_ok!(TableOfParticipants::rotate(participant));
			}
		},
		Action::Offend(participant) => {
			let validators = Session::validators();
			let name =
				validators.iter().find(|it| TableOfParticipants::owner(it) == Some(participant));
			if let Some(name) = name {
				let _ =
					super::offences::report(name.clone(), participant, Session::current_index());
			}
		},
		Action::Forgive(participant) => {
			let _ = Authorities::forgive(bare_majority(), participant);
		},
		Action::SetSessionLength(blocks) => {
			let _ = Authorities::set_session_length(bare_majority(), blocks);
		},
		Action::SetMinimum(minimum) => {
			let _ = Authorities::set_minimum_authorities(bare_majority(), minimum);
		},
		Action::SetDelay(blocks) => {
			assert_ok!(Authorities::set_removal_delay(two_thirds(), blocks));
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

			// Once the last change is decided and both rotations have passed, the validators are the
			// authorities, and consensus hears of no further change.
			let due = Changes::<Test>::get().iter().map(|pending| pending.due).max().unwrap_or(0);
			run_to(System::block_number().max(due));
			rotate(3);
			let mut validating = validators();
			validating.sort();
			assert_eq!(validating, authorities());
			assert!(Changes::<Test>::get().is_empty());
			for participant in 1..=11 {
				assert_eq!(
					Authorities::holds_authority(participant),
					authorities().contains(&participant)
				);
			}
			// Nobody validates under an account that it has left.
			for validator in Session::validators() {
				assert!(TableOfParticipants::caller(&validator).is_some());
			}
			Rotations::take();
			rotate(3);
			assert!(Rotations::get().iter().all(|(changed, _)| !changed));
			assert_ok!(Authorities::set_session_length(two_thirds(), 7));
		});
	}
}

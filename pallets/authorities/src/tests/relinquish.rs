//! Taking authority from a provider that is being suspended.

use crate::{mock::*, Changes, Error, Event};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	AuthorityChange, AuthorityHolders, Majority, ParticipantId, ParticipantStatus, Participants,
	Relinquished, Seats,
};
use sp_runtime::{DispatchError, DispatchResult};

fn at_once(participant: ParticipantId) -> Result<Relinquished, DispatchError> {
	Authorities::relinquish(participant, Majority::TwoThirds)
}

fn later(participant: ParticipantId) -> Result<Relinquished, DispatchError> {
	Authorities::relinquish(participant, Majority::MoreThanHalf)
}

fn status(participant: ParticipantId) -> Option<ParticipantStatus> {
	TableOfParticipants::party(participant).map(|party| party.status)
}

#[test]
fn two_thirds_take_seat_and_authority_at_once() {
	Network::default().execute_with(|| {
		assert_eq!(at_once(3), Ok(Relinquished::Now));
		TableOfParticipants::set_status(3, ParticipantStatus::Suspended);
		assert_eq!(authorities(), [1, 2, 4]);
		assert!(!Authorities::holds_seat(3));
		assert_eq!(LostSeats::get(), [3]);
		assert_eq!(events(), [Event::AuthorityRemoved { participant: 3, account: account_of(3) }]);
		assert!(Authorities::holds_authority(3));
		rotate(2);
		assert_eq!(validators(), [1, 2, 4]);
		assert!(!Authorities::holds_authority(3));
	});
}

#[test]
fn what_a_bare_majority_decides_waits_and_then_suspends() {
	Network::default().execute_with(|| {
		assert_eq!(later(3), Ok(Relinquished::Later));
		let decided =
			Event::ChangeDecided { participant: 3, change: AuthorityChange::Suspension, due: 16 };
		assert_eq!(events(), std::slice::from_ref(&decided));
		run_to(19);
		assert!(Authorities::holds_seat(3));
		assert_eq!(status(3), Some(ParticipantStatus::Active));

		run_to(20);
		assert_eq!(authorities(), [1, 2, 4]);
		assert_eq!(LostSeats::get(), [3]);
		assert_eq!(status(3), Some(ParticipantStatus::Suspended));
		let removed = Event::AuthorityRemoved { participant: 3, account: account_of(3) };
		assert_eq!(events(), [decided, removed]);
	});
}

#[test]
fn who_holds_no_authority_has_nothing_to_relinquish() {
	Network::default().execute_with(|| {
		for participant in [7, PATIENT, 99] {
			assert!(!Authorities::holds_authority(participant));
			for majority in [Majority::MoreThanHalf, Majority::TwoThirds] {
				assert_eq!(Authorities::relinquish(participant, majority), Ok(Relinquished::Now));
			}
		}
		assert_eq!(authorities(), [1, 2, 3, 4]);
		assert!(events().is_empty());
	});
}

#[test]
fn the_minimum_holds_here_too() {
	let network = Network { minimum: 3, ..Network::default() };
	network.execute_with(|| {
		assert_ok!(at_once(3));
		for relinquish in [at_once, later] {
			assert_noop!(relinquish(1), Error::<Test>::TooFewAuthorities);
		}
		TableOfParticipants::set_status(3, ParticipantStatus::Suspended);
	});
}

#[test]
fn losses_that_wait_count_towards_the_minimum() {
	let removal = || Authorities::remove_authority(two_thirds(), 1);
	let suspension = || TableOfParticipants::decide_suspension(1, Majority::MoreThanHalf);
	for decide in [&removal as &dyn Fn() -> DispatchResult, &suspension] {
		let network = Network { minimum: 3, ..Network::default() };
		network.execute_with(|| {
			assert_ok!(decide());
			for relinquish in [at_once, later] {
				assert_noop!(relinquish(2), Error::<Test>::TooFewAuthorities);
			}
			// The one whose loss waits is counted already.
			assert_ok!(at_once(1));
			assert_eq!(authorities(), [2, 3, 4]);
			assert!(Changes::<Test>::get().is_empty());
		});
	}
}

#[test]
fn one_decision_waits_at_a_time() {
	Network::default().execute_with(|| {
		assert_ok!(later(3));
		assert_noop!(later(3), Error::<Test>::ChangePending);
		assert_noop!(Authorities::remove_authority(two_thirds(), 3), Error::<Test>::ChangePending);
	});
}

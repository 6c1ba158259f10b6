//! Setting the length of sessions, and when they end.

use crate::{mock::*, Error, Event, SessionLength, SessionStart, MIN_SESSION_LENGTH};
use frame_support::{assert_noop, assert_ok, traits::EstimateNextSessionRotation};
use sp_runtime::{DispatchError, Permill};

fn set_length(blocks: u32) {
	assert_ok!(Authorities::set_session_length(bare_majority(), blocks));
}

/// The blocks in which the session is rotated, up to this one.
fn rotations_up_to(block: u64) -> Vec<u64> {
	let mut rotations = vec![];
	while System::block_number() < block {
		let before = Session::current_index();
		run_to(System::block_number() + 1);
		if Session::current_index() != before {
			rotations.push(System::block_number());
		}
	}
	rotations
}

#[test]
fn sessions_end_after_their_length() {
	Network::default().execute_with(|| {
		assert_eq!(rotations_up_to(35), [10, 20, 30]);
		assert_eq!(SessionStart::<Test>::get(), 30);
	});
}

#[test]
fn a_longer_session_holds_for_the_running_one() {
	Network::default().execute_with(|| {
		run_to(12);
		set_length(25);
		assert_eq!(events(), [Event::SessionLengthSet { blocks: 25 }]);
		assert_eq!(SessionLength::<Test>::get(), 25);
		assert_eq!(rotations_up_to(65), [35, 60]);
	});
}

#[test]
fn a_shorter_session_ends_the_running_one_if_it_is_over() {
	Network::default().execute_with(|| {
		run_to(18);
		set_length(MIN_SESSION_LENGTH);
		assert_eq!(rotations_up_to(30), [19, 24, 29]);
	});
}

#[test]
fn a_length_that_was_set_by_mistake_can_be_set_right() {
	Network::default().execute_with(|| {
		set_length(u32::MAX);
		assert!(rotations_up_to(40).is_empty());
		set_length(10);
		assert_eq!(rotations_up_to(60), [41, 51]);
	});
}

#[test]
fn sessions_are_not_too_short() {
	Network::default().execute_with(|| {
		for blocks in [0, MIN_SESSION_LENGTH - 1] {
			assert_noop!(
				Authorities::set_session_length(bare_majority(), blocks),
				Error::<Test>::SessionTooShort
			);
		}
	});
}

#[test]
fn only_the_council_sets_the_length() {
	Network::default().execute_with(|| {
		for origin in [RuntimeOrigin::signed(account_of(1)), RuntimeOrigin::none()] {
			assert_noop!(Authorities::set_session_length(origin, 50), DispatchError::BadOrigin);
		}
	});
}

#[test]
fn estimates_agree_with_what_happens() {
	Network::default().execute_with(|| {
		assert_eq!(Authorities::average_session_length(), 10);
		for block in 1..=40 {
			run_to(block);
			let expected = (block / SESSION + 1) * SESSION;
			assert_eq!(Authorities::estimate_next_session_rotation(block).0, Some(expected));
			let elapsed = (block % SESSION) as u32 + 1;
			assert_eq!(
				Authorities::estimate_current_session_progress(block).0,
				Some(Permill::from_rational(elapsed, SESSION as u32))
			);
		}
	});
}

#[test]
fn a_session_that_is_overdue_is_estimated_to_end_with_the_next_block() {
	Network::default().execute_with(|| {
		run_to(18);
		set_length(MIN_SESSION_LENGTH);
		assert_eq!(Authorities::estimate_next_session_rotation(18).0, Some(19));
		assert_eq!(Authorities::estimate_current_session_progress(18).0, Some(Permill::one()));
	});
}

//! Recognizing what the council decided, and counting.

use crate::{mock::*, Origin, Tally};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::Majority;
use sp_runtime::traits::BadOrigin;

fn origin(majority: Majority) -> RuntimeOrigin {
	Origin::Council { majority, yes: 1, seats: 1 }.into()
}

#[test]
fn a_greater_majority_does_for_a_smaller_one() {
	with_seats(4, || {
		for majority in [Majority::MoreThanHalf, Majority::TwoThirds] {
			assert_ok!(Recorder::record(origin(majority), 1));
		}
		assert_ok!(Recorder::record_by_two_thirds(origin(Majority::TwoThirds), 2));
		assert_noop!(Recorder::record_by_two_thirds(origin(Majority::MoreThanHalf), 2), BadOrigin);
		assert_eq!(
			recorded(),
			[
				(1, Some(Majority::MoreThanHalf)),
				(1, Some(Majority::TwoThirds)),
				(2, Some(Majority::TwoThirds))
			]
		);
	});
}

#[test]
fn nobody_else_is_taken_for_the_council() {
	with_seats(4, || {
		for origin in [signed(1), RuntimeOrigin::root(), RuntimeOrigin::none()] {
			assert_noop!(Recorder::record(origin.clone(), 1), BadOrigin);
			assert_noop!(Recorder::record_by_two_thirds(origin, 1), BadOrigin);
		}
		assert_noop!(Recorder::record_as_root(origin(Majority::TwoThirds), 1), BadOrigin);
	});
}

#[test]
fn a_majority_can_be_reached_until_too_many_disapprove() {
	let tally = |yes, no| Tally { yes, no, seats: 6 };
	assert!(tally(0, 2).can_reach(Majority::TwoThirds));
	assert!(!tally(3, 3).can_reach(Majority::TwoThirds));
	assert!(tally(0, 2).can_reach(Majority::MoreThanHalf));
	assert!(!tally(0, 3).can_reach(Majority::MoreThanHalf));
	// More votes than seats are no reason to panic.
	assert!(!tally(0, 7).can_reach(Majority::MoreThanHalf));
}

#[test]
fn without_seats_there_is_no_majority() {
	let tally = Tally { yes: 0, no: 0, seats: 0 };
	assert_eq!(tally.majority(), None);
	assert!(!tally.can_reach(Majority::MoreThanHalf));
}

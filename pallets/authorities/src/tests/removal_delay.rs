//! Setting how long a change waits for objections.

use crate::{mock::*, Changes, Error, Event, RemovalDelay};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError;

#[test]
fn two_thirds_set_the_delay_and_what_is_decided_keeps_its_day() {
	Network::default().execute_with(|| {
		assert_ok!(Authorities::remove_authority(two_thirds(), 1));
		assert_ok!(Authorities::set_removal_delay(two_thirds(), 3));
		assert_eq!(events()[1], Event::RemovalDelaySet { blocks: 3 });
		assert_eq!(RemovalDelay::<Test>::get(), 3);
		assert_ok!(Authorities::remove_authority(two_thirds(), 2));
		let due: Vec<_> = Changes::<Test>::get().iter().map(|pending| pending.due).collect();
		assert_eq!(due, [16, 4]);
		rotate(1);
		assert_eq!(authorities(), [1, 3, 4]);
	});
}

#[test]
fn a_bare_majority_does_not_shorten_the_delay() {
	Network::default().execute_with(|| {
		assert_noop!(
			Authorities::set_removal_delay(bare_majority(), 0),
			Error::<Test>::TwoThirdsNeeded
		);
	});
}

#[test]
fn only_the_council_sets_the_delay() {
	Network::default().execute_with(|| {
		for origin in [RuntimeOrigin::signed(account_of(1)), RuntimeOrigin::none()] {
			assert_noop!(Authorities::set_removal_delay(origin, 2), DispatchError::BadOrigin);
		}
	});
}

//! Setting the fewest authorities that changes may leave.

use crate::{mock::*, Error, Event, MinimumAuthorities};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::Majority;
use sp_runtime::DispatchError;

#[test]
fn the_council_sets_the_minimum() {
	Network::default().execute_with(|| {
		for authorities in [4, 1, 3] {
			assert_ok!(Authorities::set_minimum_authorities(bare_majority(), authorities));
			assert_eq!(MinimumAuthorities::<Test>::get(), authorities);
		}
		assert_eq!(events()[2], Event::MinimumAuthoritiesSet { authorities: 3 });
		assert_ok!(Authorities::remove_authority(bare_majority(), 1));
		assert_noop!(
			Authorities::remove_authority(bare_majority(), 2),
			Error::<Test>::TooFewAuthorities
		);
	});
}

#[test]
fn the_minimum_is_at_least_one() {
	Network::default().execute_with(|| {
		assert_noop!(
			Authorities::set_minimum_authorities(two_thirds(), 0),
			Error::<Test>::MinimumTooLow
		);
	});
}

#[test]
fn the_minimum_is_no_more_than_are_left_when_all_losses_are_enacted() {
	Network::default().execute_with(|| {
		assert_noop!(
			Authorities::set_minimum_authorities(two_thirds(), 5),
			Error::<Test>::TooFewAuthorities
		);
		assert_ok!(Authorities::remove_authority(two_thirds(), 1));
		assert_ok!(TableOfParticipants::decide_suspension(2, Majority::MoreThanHalf));
		// An addition that may still be refused counts for nothing.
		assert_ok!(Authorities::add_authority(bare_majority(), 7));
		assert_noop!(
			Authorities::set_minimum_authorities(two_thirds(), 3),
			Error::<Test>::TooFewAuthorities
		);
		assert_ok!(Authorities::set_minimum_authorities(two_thirds(), 2));
		rotate(2);
		assert_eq!(authorities(), [3, 4, 7]);
	});
}

#[test]
fn only_the_council_sets_the_minimum() {
	Network::default().execute_with(|| {
		for origin in [RuntimeOrigin::signed(account_of(1)), RuntimeOrigin::none()] {
			assert_noop!(Authorities::set_minimum_authorities(origin, 2), DispatchError::BadOrigin);
		}
	});
}

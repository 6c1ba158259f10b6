//! Taking authority away by a decision of the council.

use crate::{mock::*, Changes, Error, Event};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{AuthorityChange, AuthorityHolders, Seats};
use sp_runtime::DispatchError;

#[test]
fn a_removal_is_enacted_by_the_first_rotation_after_the_delay() {
	Network::default().execute_with(|| {
		// Decided in block 1, due in block 16; the session is rotated in blocks 10 and 20.
		assert_ok!(Authorities::remove_authority(two_thirds(), 2));
		let decided =
			Event::ChangeDecided { participant: 2, change: AuthorityChange::Removal, due: 16 };
		assert_eq!(events(), std::slice::from_ref(&decided));

		run_to(19);
		assert_eq!(authorities(), [1, 2, 3, 4]);
		assert_eq!(Authorities::seat_of(&account_of(2)), Some(2));
		assert!(LostSeats::get().is_empty());

		run_to(20);
		assert_eq!(authorities(), [1, 3, 4]);
		assert_eq!(Authorities::seat_of(&account_of(2)), None);
		assert_eq!(LostSeats::get(), [2]);
		assert!(Changes::<Test>::get().is_empty());
		assert_eq!(
			events(),
			[decided, Event::AuthorityRemoved { participant: 2, account: account_of(2) }]
		);
	});
}

#[test]
fn a_removal_that_is_due_in_the_block_of_a_rotation_is_enacted_by_it() {
	let network = Network { removal_delay: 9, ..Network::default() };
	network.execute_with(|| {
		assert_ok!(Authorities::remove_authority(two_thirds(), 2));
		run_to(9);
		assert_eq!(authorities(), [1, 2, 3, 4]);
		run_to(10);
		assert_eq!(authorities(), [1, 3, 4]);
	});
}

#[test]
fn a_removed_provider_holds_authority_until_it_no_longer_validates() {
	Network::default().execute_with(|| {
		assert_ok!(Authorities::remove_authority(two_thirds(), 2));
		rotate(2);
		assert_eq!(authorities(), [1, 3, 4]);
		assert!(Session::validators().contains(&account_of(2)));
		assert!(Authorities::holds_authority(2));

		rotate(1);
		assert_eq!(Session::validators(), accounts_of(&[1, 3, 4]));
		assert!(!Authorities::holds_authority(2));
	});
}

#[test]
fn a_removed_provider_can_be_added_again() {
	Network::default().execute_with(|| {
		assert_ok!(Authorities::remove_authority(two_thirds(), 2));
		rotate(4);
		assert_ok!(Authorities::add_authority(two_thirds(), 2));
		rotate(2);
		assert_eq!(Session::validators(), accounts_of(&[1, 2, 3, 4]));
	});
}

#[test]
fn only_the_council_removes() {
	Network::default().execute_with(|| {
		for origin in [RuntimeOrigin::signed(account_of(1)), RuntimeOrigin::none()] {
			assert_noop!(Authorities::remove_authority(origin, 2), DispatchError::BadOrigin);
		}
	});
}

#[test]
fn who_holds_no_authority_is_not_removed() {
	Network::default().execute_with(|| {
		for participant in [7, PATIENT, 99] {
			assert_noop!(
				Authorities::remove_authority(two_thirds(), participant),
				Error::<Test>::NotAuthority
			);
		}
	});
}

#[test]
fn a_removal_is_decided_once() {
	Network::default().execute_with(|| {
		assert_ok!(Authorities::remove_authority(two_thirds(), 2));
		assert_noop!(Authorities::remove_authority(two_thirds(), 2), Error::<Test>::ChangePending);
	});
}

#[test]
fn removals_that_wait_count_towards_the_minimum() {
	let network = Network { minimum: 2, ..Network::default() };
	network.execute_with(|| {
		assert_ok!(Authorities::remove_authority(two_thirds(), 1));
		assert_ok!(Authorities::remove_authority(two_thirds(), 2));
		assert_noop!(
			Authorities::remove_authority(two_thirds(), 3),
			Error::<Test>::TooFewAuthorities
		);
		rotate(2);
		assert_eq!(authorities(), [3, 4]);
		assert_noop!(
			Authorities::remove_authority(two_thirds(), 3),
			Error::<Test>::TooFewAuthorities
		);
	});
}

#[test]
fn no_majority_is_spared_the_delay() {
	for origin in [two_thirds, bare_majority] {
		Network::default().execute_with(|| {
			assert_ok!(Authorities::remove_authority(origin(), 2));
			rotate(1);
			assert_eq!(authorities(), [1, 2, 3, 4]);
			rotate(1);
			assert_eq!(authorities(), [1, 3, 4]);
		});
	}
}

#[test]
fn additions_that_wait_do_not_count_towards_the_minimum() {
	let network = Network { minimum: 4, ..Network::default() };
	network.execute_with(|| {
		assert_ok!(Authorities::add_authority(bare_majority(), 7));
		assert_noop!(
			Authorities::remove_authority(two_thirds(), 1),
			Error::<Test>::TooFewAuthorities
		);
	});
}

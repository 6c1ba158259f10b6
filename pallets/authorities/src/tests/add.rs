//! Giving authority to a provider.

use crate::{mock::*, Error, Event, MinimumAuthorities, Removals};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::AuthorityHolders;
use sp_runtime::DispatchError;

#[test]
fn an_added_provider_votes_at_once_and_validates_two_rotations_later() {
	Network::default().execute_with(|| {
		assert_ok!(Authorities::add_authority(RuntimeOrigin::root(), 7));
		assert_eq!(events(), [Event::AuthorityAdded { participant: 7, account: account_of(7) }]);
		assert_eq!(authorities(), [1, 2, 3, 4, 7]);
		assert!(Council::get().contains(&account_of(7)));
		assert!(Authorities::holds_authority(7));

		rotate(1);
		assert_eq!(Session::validators(), accounts_of(&[1, 2, 3, 4]));
		rotate(1);
		assert_eq!(Session::validators(), accounts_of(&[1, 2, 3, 4, 7]));
	});
}

#[test]
fn authorities_are_kept_in_the_order_of_participants() {
	let network = Network { authorities: vec![4, 6], ..Network::default() };
	network.execute_with(|| {
		for participant in [5, 1, 8] {
			assert_ok!(Authorities::add_authority(RuntimeOrigin::root(), participant));
		}
		assert_eq!(authorities(), [1, 4, 5, 6, 8]);
	});
}

#[test]
fn only_the_council_adds() {
	Network::default().execute_with(|| {
		for origin in [RuntimeOrigin::signed(account_of(1)), RuntimeOrigin::none()] {
			assert_noop!(Authorities::add_authority(origin, 7), DispatchError::BadOrigin);
		}
	});
}

#[test]
fn strangers_and_participants_of_other_kinds_are_refused() {
	Network::default().execute_with(|| {
		assert_noop!(
			Authorities::add_authority(RuntimeOrigin::root(), 99),
			Error::<Test>::ParticipantAbsent
		);
		assert_noop!(
			Authorities::add_authority(RuntimeOrigin::root(), PATIENT),
			Error::<Test>::NotProvider
		);
		assert_noop!(
			Authorities::add_authority(RuntimeOrigin::root(), SUSPENDED_PROVIDER),
			Error::<Test>::ProviderNotActive
		);
	});
}

#[test]
fn a_provider_without_session_keys_is_refused_until_it_has_set_them() {
	Network::default().execute_with(|| {
		assert_noop!(
			Authorities::add_authority(RuntimeOrigin::root(), PROVIDER_WITHOUT_KEYS),
			Error::<Test>::SessionKeysAbsent
		);
		assert_ok!(set_keys(PROVIDER_WITHOUT_KEYS, 900));
		assert_ok!(Authorities::add_authority(RuntimeOrigin::root(), PROVIDER_WITHOUT_KEYS));
	});
}

#[test]
fn an_authority_is_not_added_twice_even_while_its_removal_waits() {
	Network::default().execute_with(|| {
		assert_ok!(Authorities::remove_authority(RuntimeOrigin::root(), 2));
		for participant in [1, 2] {
			assert_noop!(
				Authorities::add_authority(RuntimeOrigin::root(), participant),
				Error::<Test>::AlreadyAuthority
			);
		}
	});
}

#[test]
fn there_are_no_more_authorities_than_there_can_be() {
	Network::default().execute_with(|| {
		assert_ok!(Authorities::add_authority(RuntimeOrigin::root(), 5));
		assert_ok!(Authorities::add_authority(RuntimeOrigin::root(), 6));
		assert_eq!(authorities().len() as u32, MAX_AUTHORITIES);
		assert_noop!(
			Authorities::add_authority(RuntimeOrigin::root(), 7),
			Error::<Test>::TooManyAuthorities
		);
	});
}

#[test]
fn an_added_authority_makes_room_for_a_removal() {
	let network = Network { minimum: 4, ..Network::default() };
	network.execute_with(|| {
		assert_eq!(MinimumAuthorities::<Test>::get(), 4);
		assert_noop!(
			Authorities::remove_authority(RuntimeOrigin::root(), 1),
			Error::<Test>::TooFewAuthorities
		);
		assert_ok!(Authorities::add_authority(RuntimeOrigin::root(), 7));
		assert_ok!(Authorities::remove_authority(RuntimeOrigin::root(), 1));
		assert_eq!(Removals::<Test>::get().len(), 1);
	});
}

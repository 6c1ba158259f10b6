//! Giving authority to a provider.

use crate::{mock::*, Changes, Error, Event, MinimumAuthorities};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{AuthorityChange, AuthorityHolders, ParticipantStatus, Seats};
use sp_runtime::DispatchError;

#[test]
fn an_added_provider_votes_at_once_and_validates_two_rotations_later() {
	Network::default().execute_with(|| {
		assert_ok!(Authorities::add_authority(two_thirds(), 7));
		assert_eq!(events(), [Event::AuthorityAdded { participant: 7, account: account_of(7) }]);
		assert_eq!(authorities(), [1, 2, 3, 4, 7]);
		assert_eq!(Authorities::seat_of(&account_of(7)), Some(7));
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
			assert_ok!(Authorities::add_authority(two_thirds(), participant));
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
			Authorities::add_authority(two_thirds(), 99),
			Error::<Test>::ParticipantAbsent
		);
		assert_noop!(Authorities::add_authority(two_thirds(), PATIENT), Error::<Test>::NotProvider);
		assert_noop!(
			Authorities::add_authority(two_thirds(), SUSPENDED_PROVIDER),
			Error::<Test>::ProviderNotActive
		);
	});
}

#[test]
fn a_provider_without_session_keys_is_refused_until_it_has_set_them() {
	Network::default().execute_with(|| {
		assert_noop!(
			Authorities::add_authority(two_thirds(), PROVIDER_WITHOUT_KEYS),
			Error::<Test>::SessionKeysAbsent
		);
		assert_ok!(set_keys(PROVIDER_WITHOUT_KEYS, 900));
		assert_ok!(Authorities::add_authority(two_thirds(), PROVIDER_WITHOUT_KEYS));
	});
}

#[test]
fn an_authority_is_not_added_twice_even_while_its_removal_waits() {
	Network::default().execute_with(|| {
		assert_ok!(Authorities::remove_authority(two_thirds(), 2));
		for participant in [1, 2] {
			assert_noop!(
				Authorities::add_authority(two_thirds(), participant),
				Error::<Test>::AlreadyAuthority
			);
		}
	});
}

#[test]
fn there_are_no_more_authorities_than_there_can_be() {
	Network::default().execute_with(|| {
		assert_ok!(Authorities::add_authority(two_thirds(), 5));
		assert_ok!(Authorities::add_authority(two_thirds(), 6));
		assert_eq!(authorities().len() as u32, MAX_AUTHORITIES);
		assert_noop!(
			Authorities::add_authority(two_thirds(), 7),
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
			Authorities::remove_authority(two_thirds(), 1),
			Error::<Test>::TooFewAuthorities
		);
		assert_ok!(Authorities::add_authority(two_thirds(), 7));
		assert_ok!(Authorities::remove_authority(two_thirds(), 1));
		assert_eq!(Changes::<Test>::get().len(), 1);
	});
}

/// Decided in block 1, due in block 16; the session is rotated in blocks 10 and 20.
const DECIDED: Event<Test> =
	Event::ChangeDecided { participant: 7, change: AuthorityChange::Addition, due: 16 };

#[test]
fn what_a_bare_majority_decides_waits_for_objections() {
	Network::default().execute_with(|| {
		assert_ok!(Authorities::add_authority(bare_majority(), 7));
		assert_eq!(events(), [DECIDED]);
		run_to(19);
		assert_eq!(authorities(), [1, 2, 3, 4]);
		assert!(!Authorities::holds_seat(7));
		assert!(!Authorities::holds_authority(7));

		run_to(20);
		assert_eq!(authorities(), [1, 2, 3, 4, 7]);
		assert!(Changes::<Test>::get().is_empty());
		let added = Event::AuthorityAdded { participant: 7, account: account_of(7) };
		assert_eq!(events(), [DECIDED, added]);
		rotate(1);
		assert_eq!(validators(), [1, 2, 3, 4, 7]);
	});
}

#[test]
fn a_bare_majority_is_refused_what_two_thirds_are() {
	Network::default().execute_with(|| {
		for (participant, error) in [
			(99, Error::<Test>::ParticipantAbsent),
			(PATIENT, Error::<Test>::NotProvider),
			(SUSPENDED_PROVIDER, Error::<Test>::ProviderNotActive),
			(PROVIDER_WITHOUT_KEYS, Error::<Test>::SessionKeysAbsent),
			(1, Error::<Test>::AlreadyAuthority),
		] {
			assert_noop!(Authorities::add_authority(bare_majority(), participant), error);
		}
		for participant in [5, 6] {
			assert_ok!(Authorities::add_authority(two_thirds(), participant));
		}
		assert_noop!(
			Authorities::add_authority(bare_majority(), 7),
			Error::<Test>::TooManyAuthorities
		);
	});
}

#[test]
fn an_addition_is_decided_once() {
	Network::default().execute_with(|| {
		assert_ok!(Authorities::add_authority(bare_majority(), 7));
		assert_noop!(Authorities::add_authority(bare_majority(), 7), Error::<Test>::ChangePending);
	});
}

#[test]
fn two_thirds_need_not_wait_for_what_a_bare_majority_decided() {
	Network::default().execute_with(|| {
		assert_ok!(Authorities::add_authority(bare_majority(), 7));
		assert_ok!(Authorities::add_authority(two_thirds(), 7));
		assert_eq!(authorities(), [1, 2, 3, 4, 7]);
		assert!(Changes::<Test>::get().is_empty());
	});
}

#[test]
fn an_addition_that_has_become_impossible_is_dropped() {
	let dropped = Event::ChangeDropped { participant: 7, change: AuthorityChange::Addition };
	let no_keys = || {
		assert_ok!(Session::purge_keys(RuntimeOrigin::signed(account_of(7))));
	};
	let suspended = || TableOfParticipants::set_status(7, ParticipantStatus::Suspended);
	let no_room = || {
		for participant in [5, 6] {
			assert_ok!(Authorities::add_authority(two_thirds(), participant));
		}
	};
	for becomes_impossible in [&no_keys as &dyn Fn(), &suspended, &no_room] {
		Network::default().execute_with(|| {
			assert_ok!(Authorities::add_authority(bare_majority(), 7));
			becomes_impossible();
			rotate(2);
			assert!(!authorities().contains(&7));
			assert!(Changes::<Test>::get().is_empty());
			assert!(events().contains(&dropped));
		});
	}
}

#[test]
fn no_more_changes_wait_than_can() {
	let network = Network { authorities: vec![1], ..Network::default() };
	network.execute_with(|| {
		assert_ok!(set_keys(PROVIDER_WITHOUT_KEYS, 900));
		for participant in 2..8 {
			assert_ok!(Authorities::add_authority(bare_majority(), participant));
		}
		assert_noop!(Authorities::add_authority(bare_majority(), 8), Error::<Test>::TooManyChanges);
		// Five of the six find room.
		rotate(2);
		assert_eq!(authorities(), [1, 2, 3, 4, 5, 6]);
		assert!(Changes::<Test>::get().is_empty());
	});
}

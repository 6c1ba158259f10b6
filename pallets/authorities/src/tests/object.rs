//! Objecting to a removal.

use crate::{mock::*, Error, Event, Removals};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{AuthorityHolders, ParticipantId};
use sp_runtime::{DispatchError, DispatchResult};

fn remove(participant: ParticipantId) -> DispatchResult {
	Authorities::remove_authority(RuntimeOrigin::root(), participant)
}

fn object(objector: ParticipantId, participant: ParticipantId) -> DispatchResult {
	Authorities::object_to_removal(RuntimeOrigin::signed(account_of(objector)), participant)
}

#[test]
fn a_removal_is_off_as_soon_as_more_than_a_third_object() {
	Network::default().execute_with(|| {
		assert_ok!(remove(2));
		assert_ok!(object(2, 2));
		assert_eq!(Removals::<Test>::get()[0].objectors.to_vec(), [2]);
		assert_ok!(object(4, 2));
		assert!(Removals::<Test>::get().is_empty());
		assert_eq!(
			events()[1..],
			[
				Event::RemovalObjected { participant: 2, objector: 2 },
				Event::RemovalObjected { participant: 2, objector: 4 },
				Event::RemovalRefused { participant: 2 },
			]
		);
		rotate(3);
		assert_eq!(authorities(), [1, 2, 3, 4]);
		// The council may decide it again.
		assert_ok!(remove(2));
	});
}

#[test]
fn the_objection_of_one_in_four_stops_nothing() {
	Network::default().execute_with(|| {
		assert_ok!(remove(2));
		assert_ok!(object(2, 2));
		rotate(2);
		assert_eq!(authorities(), [1, 3, 4]);
	});
}

#[test]
fn exactly_a_third_stops_nothing() {
	let network = Network { authorities: vec![1, 2, 3], ..Network::default() };
	network.execute_with(|| {
		assert_ok!(remove(2));
		assert_ok!(object(2, 2));
		rotate(2);
		assert_eq!(authorities(), [1, 3]);
	});
}

#[test]
fn a_majority_without_two_thirds_cannot_remove_dissenters() {
	let network = Network { authorities: vec![1, 2, 3, 4, 5], ..Network::default() };
	network.execute_with(|| {
		// 1, 2 and 3 are a majority; with 5 gone they would be three of four.
		assert_ok!(remove(5));
		assert_ok!(object(4, 5));
		assert_ok!(object(5, 5));
		rotate(2);
		assert_eq!(authorities(), [1, 2, 3, 4, 5]);
	});
}

#[test]
fn objections_are_counted_again_when_a_removal_is_due() {
	let network = Network { authorities: vec![1, 2, 3, 4, 5, 6], ..Network::default() };
	network.execute_with(|| {
		assert_ok!(remove(1));
		assert_ok!(remove(6));
		assert_ok!(object(4, 6));
		assert_ok!(object(5, 6));
		assert_eq!(Removals::<Test>::get().len(), 2);
		rotate(2);
		// With 1 gone, two objectors are more than a third of five.
		assert_eq!(authorities(), [2, 3, 4, 5, 6]);
		assert!(Removals::<Test>::get().is_empty());
		assert!(events().contains(&Event::RemovalRefused { participant: 6 }));
	});
}

#[test]
fn objections_of_those_who_are_gone_no_longer_count() {
	let network = Network { authorities: vec![1, 2, 3, 4, 5, 6], ..Network::default() };
	network.execute_with(|| {
		assert_ok!(remove(6));
		assert_ok!(object(4, 6));
		assert_ok!(object(5, 6));
		assert_ok!(Authorities::relinquish(5));
		assert_eq!(Removals::<Test>::get()[0].objectors.to_vec(), [4]);
		rotate(2);
		assert_eq!(authorities(), [1, 2, 3, 4]);
	});
}

#[test]
fn only_authorities_object_and_only_from_their_own_account() {
	Network::default().execute_with(|| {
		assert_ok!(remove(2));
		for account in [account_of(7), account_of(PATIENT), operator_of(1)] {
			assert_noop!(
				Authorities::object_to_removal(RuntimeOrigin::signed(account), 2),
				Error::<Test>::ObjectorNotAuthority
			);
		}
		for origin in [RuntimeOrigin::root(), RuntimeOrigin::none()] {
			assert_noop!(Authorities::object_to_removal(origin, 2), DispatchError::BadOrigin);
		}
	});
}

#[test]
fn there_has_to_be_a_removal_to_object_to() {
	Network::default().execute_with(|| {
		assert_ok!(remove(2));
		for participant in [1, 7, 99] {
			assert_noop!(object(3, participant), Error::<Test>::RemovalAbsent);
		}
		rotate(2);
		assert_noop!(object(3, 2), Error::<Test>::RemovalAbsent);
	});
}

#[test]
fn nobody_objects_twice() {
	Network::default().execute_with(|| {
		assert_ok!(remove(2));
		assert_ok!(object(3, 2));
		assert_noop!(object(3, 2), Error::<Test>::AlreadyObjected);
	});
}

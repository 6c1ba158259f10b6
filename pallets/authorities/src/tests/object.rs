//! Objecting to what is decided of a provider.

use crate::{mock::*, Changes, Error, Event};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	AuthorityChange, Majority, ParticipantId, ParticipantStatus, Participants,
};
use sp_runtime::{DispatchError, DispatchResult};

fn remove(participant: ParticipantId) -> DispatchResult {
	Authorities::remove_authority(two_thirds(), participant)
}

fn object(objector: ParticipantId, participant: ParticipantId) -> DispatchResult {
	Authorities::object(RuntimeOrigin::signed(account_of(objector)), participant)
}

#[test]
fn a_removal_is_off_as_soon_as_more_than_a_third_object() {
	Network::default().execute_with(|| {
		assert_ok!(remove(2));
		assert_ok!(object(2, 2));
		assert_eq!(Changes::<Test>::get()[0].objectors.to_vec(), [2]);
		assert_ok!(object(4, 2));
		assert!(Changes::<Test>::get().is_empty());
		assert_eq!(
			events()[1..],
			[
				Event::Objected { participant: 2, objector: 2 },
				Event::Objected { participant: 2, objector: 4 },
				Event::ChangeRefused { participant: 2, change: AuthorityChange::Removal },
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
		assert_eq!(Changes::<Test>::get().len(), 2);
		rotate(2);
		// With 1 gone, two objectors are more than a third of five.
		assert_eq!(authorities(), [2, 3, 4, 5, 6]);
		assert!(Changes::<Test>::get().is_empty());
		assert!(events()
			.contains(&Event::ChangeRefused { participant: 6, change: AuthorityChange::Removal }));
	});
}

#[test]
fn objections_of_those_who_are_gone_no_longer_count() {
	let network = Network { authorities: vec![1, 2, 3, 4, 5, 6], ..Network::default() };
	network.execute_with(|| {
		assert_ok!(remove(6));
		assert_ok!(object(4, 6));
		assert_ok!(object(5, 6));
		assert_ok!(TableOfParticipants::decide_suspension(5, Majority::TwoThirds));
		assert_eq!(Changes::<Test>::get()[0].objectors.to_vec(), [4]);
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
				Authorities::object(RuntimeOrigin::signed(account), 2),
				Error::<Test>::ObjectorNotAuthority
			);
		}
		for origin in [RuntimeOrigin::root(), RuntimeOrigin::none()] {
			assert_noop!(Authorities::object(origin, 2), DispatchError::BadOrigin);
		}
	});
}

#[test]
fn there_has_to_be_a_removal_to_object_to() {
	Network::default().execute_with(|| {
		assert_ok!(remove(2));
		for participant in [1, 7, 99] {
			assert_noop!(object(3, participant), Error::<Test>::ChangeAbsent);
		}
		rotate(2);
		assert_noop!(object(3, 2), Error::<Test>::ChangeAbsent);
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

#[test]
fn an_addition_and_a_suspension_are_objected_to_as_well() {
	Network::default().execute_with(|| {
		assert_ok!(Authorities::add_authority(bare_majority(), 7));
		assert_ok!(TableOfParticipants::decide_suspension(2, Majority::MoreThanHalf));
		for (participant, change) in
			[(7, AuthorityChange::Addition), (2, AuthorityChange::Suspension)]
		{
			for objector in [3, 4] {
				assert_ok!(object(objector, participant));
			}
			assert!(events().contains(&Event::ChangeRefused { participant, change }));
		}
		rotate(2);
		assert_eq!(authorities(), [1, 2, 3, 4]);
		assert!(
			TableOfParticipants::party(2).is_some_and(|it| it.status == ParticipantStatus::Active)
		);
	});
}

#[test]
fn a_majority_without_two_thirds_cannot_add_its_friends() {
	let network = Network { authorities: vec![1, 2, 3, 4, 5], ..Network::default() };
	network.execute_with(|| {
		// 1, 2 and 3 are a majority; with 6 they would be four of six.
		assert_ok!(Authorities::add_authority(bare_majority(), 6));
		assert_ok!(object(4, 6));
		assert_ok!(object(5, 6));
		rotate(2);
		assert_eq!(authorities(), [1, 2, 3, 4, 5]);
	});
}

#[test]
fn who_is_to_be_added_has_no_say_yet() {
	Network::default().execute_with(|| {
		assert_ok!(Authorities::add_authority(bare_majority(), 7));
		assert_noop!(object(7, 7), Error::<Test>::ObjectorNotAuthority);
	});
}

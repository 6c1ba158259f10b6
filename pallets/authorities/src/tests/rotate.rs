//! Moving an authority to a new account.

use crate::{mock::*, ActiveKeys, Changes, Event};
use frame_support::assert_ok;
use medrec_primitives::{
	AuthorityChange, AuthorityHolders, Majority, ParticipantId, ParticipantStatus, Seats,
};
use pallet_session::NextKeys;
use sp_core::crypto::key_types::DUMMY;
use sp_runtime::{testing::UintAuthorityId, RuntimeAppPublic};

fn rotated(participant: ParticipantId) {
	assert_ok!(TableOfParticipants::rotate(participant));
	check_invariants();
}

/// The keys that the present validators work with, in their order.
fn keys() -> Vec<u64> {
	ActiveKeys::<Test>::get().into_iter().map(|(_, keys)| keys.dummy.0).collect()
}

#[test]
fn seat_and_session_keys_move_at_once() {
	Network::default().execute_with(|| {
		rotated(2);
		let new = moved_account_of(2, 1);
		assert_eq!(events(), [Event::AuthorityMoved { participant: 2, account: new.clone() }]);
		assert_eq!(Authorities::seat_of(&new), Some(2));
		assert_eq!(Authorities::seat_of(&account_of(2)), None);
		assert_eq!(authorities(), [1, 2, 3, 4]);
		assert!(LostSeats::get().is_empty());

		assert_eq!(NextKeys::<Test>::get(account_of(2)), None);
		assert_eq!(NextKeys::<Test>::get(&new), Some(SessionKeys { dummy: UintAuthorityId(2) }));
		let public = UintAuthorityId(2).to_raw_vec();
		assert_eq!(Session::key_owner(DUMMY, &public), Some(new));
	});
}

#[test]
fn it_validates_all_the_time_with_the_same_keys() {
	Network::default().execute_with(|| {
		rotated(2);
		for session in 0..4 {
			assert_eq!(validators(), [1, 2, 3, 4]);
			assert_eq!(keys(), [1, 2, 3, 4]);
			assert!(Authorities::holds_authority(2));
			let name = if session < 2 { account_of(2) } else { moved_account_of(2, 1) };
			assert_eq!(Session::validators()[1], name, "session {session}");
			rotate(1);
		}
		// Consensus is told once, when the name of the validator changes.
		let changes: Vec<_> = Rotations::get().into_iter().map(|(changed, _)| changed).collect();
		assert_eq!(changes, [false, true, false, false]);
	});
}

#[test]
fn it_moves_more_than_once() {
	Network::default().execute_with(|| {
		rotated(2);
		rotated(2);
		rotate(1);
		rotated(2);
		rotate(2);
		assert_eq!(Session::validators()[1], moved_account_of(2, 3));
		assert_eq!(keys(), [1, 2, 3, 4]);
		assert_ok!(set_keys(2, 200));
		rotate(2);
		assert_eq!(keys(), [1, 200, 3, 4]);
	});
}

#[test]
fn what_is_decided_of_it_stays_decided() {
	Network::default().execute_with(|| {
		assert_ok!(Authorities::remove_authority(two_thirds(), 2));
		assert_ok!(Authorities::object(RuntimeOrigin::signed(account_of(2)), 2));
		rotated(2);
		let pending = &Changes::<Test>::get()[0];
		assert_eq!((pending.participant, pending.change), (2, AuthorityChange::Removal));
		assert_eq!(pending.objectors.to_vec(), [2]);
		rotate(2);
		assert_eq!(authorities(), [1, 3, 4]);
		let removed = Event::AuthorityRemoved { participant: 2, account: moved_account_of(2, 1) };
		assert!(events().contains(&removed));
	});
}

#[test]
fn who_is_to_be_added_may_move_before() {
	Network::default().execute_with(|| {
		assert_ok!(Authorities::add_authority(bare_majority(), 7));
		rotated(7);
		rotate(3);
		assert_eq!(Session::validators()[4], moved_account_of(7, 1));
	});
}

#[test]
fn who_moves_on_its_way_out_holds_authority_until_it_no_longer_validates() {
	Network::default().execute_with(|| {
		assert_ok!(Authorities::remove_authority(two_thirds(), 2));
		rotate(2);
		rotated(2);
		assert_eq!(authorities(), [1, 3, 4]);
		assert_eq!(Session::validators()[1], account_of(2));
		assert!(Authorities::holds_authority(2));
		rotate(1);
		assert_eq!(validators(), [1, 3, 4]);
		assert!(!Authorities::holds_authority(2));
	});
}

#[test]
fn the_suspended_leave_their_session_keys_behind() {
	Network::default().execute_with(|| {
		assert_ok!(TableOfParticipants::decide_suspension(2, Majority::TwoThirds));
		rotated(2);
		assert_eq!(NextKeys::<Test>::get(account_of(2)), None);
		assert_eq!(NextKeys::<Test>::get(moved_account_of(2, 1)), None);
		TableOfParticipants::set_status(2, ParticipantStatus::Active);
		assert_ok!(set_keys(2, 2));
	});
}

#[test]
fn who_has_no_session_keys_moves_without() {
	Network::default().execute_with(|| {
		rotated(PROVIDER_WITHOUT_KEYS);
		assert!(events().is_empty());
		assert_ok!(set_keys(PROVIDER_WITHOUT_KEYS, 900));
	});
}

#[test]
fn accounts_keep_no_references_that_sessions_do_not_need() {
	Network::default().execute_with(|| {
		assert_eq!(System::consumers(&account_of(2)), 1);
		rotated(2);
		assert_eq!(System::consumers(&account_of(2)), 0);
		assert_ok!(set_keys(2, 200));
		assert_eq!(System::consumers(&moved_account_of(2, 1)), 1);
	});
}

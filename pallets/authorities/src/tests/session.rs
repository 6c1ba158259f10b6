//! Planning sessions: what pallet-session and consensus are told.

use crate::{mock::*, Authorities as AuthoritiesStorage};
use frame_support::assert_ok;
use medrec_primitives::ParticipantId;
use pallet_session::{historical::HistoricalSessions, Event as SessionEvent, SessionManager};

/// For each rotation since genesis, whether consensus was told of a change.
fn changes() -> Vec<bool> {
	Rotations::get().into_iter().map(|(changed, _)| changed).collect()
}

fn purge_keys(participant: ParticipantId) {
	assert_ok!(Session::purge_keys(RuntimeOrigin::signed(account_of(participant))));
}

#[test]
fn consensus_is_told_of_no_change_while_nothing_changes() {
	for session_first in [false, true] {
		Network { session_first, ..Network::default() }.execute_with(|| {
			rotate(6);
			assert_eq!(changes(), [false; 6]);
			assert!(!System::read_events_for_pallet::<SessionEvent<Test>>()
				.contains(&SessionEvent::NewQueued));
		});
	}
}

#[test]
fn consensus_is_told_once_of_an_addition() {
	Network::default().execute_with(|| {
		assert_ok!(Authorities::add_authority(two_thirds(), 7));
		rotate(5);
		assert_eq!(changes(), [false, true, false, false, false]);
		assert_eq!(Rotations::get()[0].1, accounts_of(&[1, 2, 3, 4]));
		assert_eq!(Rotations::get()[1].1, accounts_of(&[1, 2, 3, 4, 7]));
	});
}

#[test]
fn consensus_is_told_once_of_a_removal() {
	let network = Network { removal_delay: 0, ..Network::default() };
	network.execute_with(|| {
		assert_ok!(Authorities::remove_authority(two_thirds(), 4));
		rotate(5);
		assert_eq!(changes(), [false, true, false, false, false]);
		assert_eq!(Rotations::get()[1].1, accounts_of(&[1, 2, 3]));
	});
}

#[test]
fn consensus_is_told_once_of_new_keys_in_an_unchanged_set() {
	Network::default().execute_with(|| {
		rotate(1);
		assert_ok!(set_keys(3, 300));
		rotate(4);
		assert_eq!(changes(), [false, false, true, false, false]);
		// A new set was queued, which the historical manager needs to take up the new keys.
		let queued = System::read_events_for_pallet::<SessionEvent<Test>>()
			.into_iter()
			.filter(|event| *event == SessionEvent::NewQueued)
			.count();
		assert_eq!(queued, 1);
	});
}

#[test]
fn keys_of_others_change_nothing() {
	Network::default().execute_with(|| {
		assert_ok!(set_keys(7, 700));
		rotate(3);
		assert_eq!(changes(), [false; 3]);
	});
}

#[test]
fn a_change_that_is_taken_back_in_time_is_none() {
	Network::default().execute_with(|| {
		assert_ok!(set_keys(3, 300));
		assert_ok!(set_keys(3, 3));
		rotate(3);
		assert_eq!(changes(), [false; 3]);
	});
}

#[test]
fn an_authority_without_keys_is_left_out_and_consensus_is_told() {
	Network::default().execute_with(|| {
		// The last one: pallet-session alone would let it go without telling consensus.
		purge_keys(4);
		rotate(4);
		assert_eq!(Session::validators(), accounts_of(&[1, 2, 3]));
		assert_eq!(changes(), [false, true, false, false]);
		assert_eq!(authorities(), [1, 2, 3, 4]);

		assert_ok!(set_keys(4, 400));
		rotate(2);
		assert_eq!(Session::validators(), accounts_of(&[1, 2, 3, 4]));
	});
}

#[test]
fn no_empty_set_is_ever_planned() {
	Network::default().execute_with(|| {
		for participant in [1, 2, 3, 4] {
			purge_keys(participant);
		}
		assert_eq!(<Authorities as SessionManager<_>>::new_session(9), None);
	});
	Network::default().build().execute_with(|| {
		AuthoritiesStorage::<Test>::kill();
		assert_eq!(<Authorities as SessionManager<_>>::new_session(9), None);
		assert_eq!(<Authorities as SessionManager<_>>::new_session_genesis(0), None);
	});
}

#[test]
fn the_sessions_that_evidence_may_be_of_are_kept_and_no_others() {
	Network::default().execute_with(|| {
		let is_kept = |session| HistoricalSessions::<Test>::contains_key(session);
		rotate(KEPT_SESSIONS + 3);
		let now = Session::current_index();
		assert!((now - KEPT_SESSIONS..=now + 1).all(is_kept));
		assert!((0..now - KEPT_SESSIONS).all(|session| !is_kept(session)));
	});
}

#[test]
fn two_changes_in_two_sessions_both_arrive() {
	let network = Network { removal_delay: 0, ..Network::default() };
	network.execute_with(|| {
		assert_ok!(Authorities::add_authority(two_thirds(), 7));
		rotate(1);
		assert_ok!(Authorities::remove_authority(two_thirds(), 1));
		rotate(1);
		assert_eq!(Session::validators(), accounts_of(&[1, 2, 3, 4, 7]));
		rotate(1);
		assert_eq!(Session::validators(), accounts_of(&[2, 3, 4, 7]));
		rotate(2);
		assert_eq!(changes(), [false, true, true, false, false]);
	});
}

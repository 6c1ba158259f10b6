//! Each invariant notices when it is broken.

use crate::{mock::*, Entries};
use frame_support::assert_ok;
use medrec_primitives::{RelationshipRole, RelationshipStatus};
use sp_runtime::DispatchError;

/// Break a sound state, and expect the check to name the invariant.
fn broken(number: char, damage: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		open(7, ALICE, MERCY, RelationshipStatus::Active);
		open(8, ALICE, MERCY, RelationshipStatus::Ended);
		assert_ok!(Summary::do_try_state());
		damage();
		match Summary::do_try_state() {
			Err(DispatchError::Other(text)) => assert!(text.starts_with(number), "{text}"),
			other => panic!("{other:?}"),
		}
	});
}

#[test]
fn entries_are_of_participants() {
	broken('1', || Entries::<Test>::insert(99, 7, RelationshipRole::Patron));
}

#[test]
fn entries_are_of_relationships() {
	broken('2', || Stored::remove(7));
}

#[test]
fn roles_agree() {
	broken('3', || Entries::<Test>::insert(ALICE, 7, RelationshipRole::Steward));
	broken('3', || Entries::<Test>::insert(BOB, 7, RelationshipRole::Patron));
}

#[test]
fn both_parties_have_their_entry() {
	broken('4', || Entries::<Test>::remove(ALICE, 7));
	broken('4', || Entries::<Test>::remove(MERCY, 7));
	broken('4', || Entries::<Test>::remove(MERCY, 8));
}

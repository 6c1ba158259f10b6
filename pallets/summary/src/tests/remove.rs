//! A patron removes an ended relationship from her summary.

use crate::{mock::*, Call, Entries, Error, Event};
use codec::Encode;
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{RelationshipRole, RelationshipStatus};

#[test]
fn removes_her_entry_and_leaves_the_stewards() {
	run(|| {
		open(7, ALICE, MERCY, RelationshipStatus::Ended);
		assert_ok!(Summary::remove(signed(ALICE), 7));
		assert_eq!(
			Entries::<Test>::iter().collect::<Vec<_>>(),
			[(MERCY, 7, RelationshipRole::Steward)]
		);
		assert_eq!(events(), [Event::Removed { participant: ALICE, relationship: 7 }]);
	});
}

#[test]
fn leaves_other_relationships_alone() {
	run(|| {
		open(7, ALICE, MERCY, RelationshipStatus::Ended);
		open(8, ALICE, MERCY, RelationshipStatus::Ended);
		open(9, BOB, MERCY, RelationshipStatus::Ended);
		assert_ok!(Summary::remove(signed(ALICE), 7));
		assert!(Entries::<Test>::contains_key(ALICE, 8));
		assert!(Entries::<Test>::contains_key(BOB, 9));
	});
}

#[test]
fn only_once_it_is_ended() {
	run(|| {
		for (id, status) in [
			(0, RelationshipStatus::ProposedByPatron),
			(1, RelationshipStatus::ProposedBySteward),
			(2, RelationshipStatus::Active),
		] {
			open(id, ALICE, MERCY, status);
			assert_noop!(Summary::remove(signed(ALICE), id), Error::<Test>::RelationshipNotEnded);
		}
		end(2);
		assert_ok!(Summary::remove(signed(ALICE), 2));
	});
}

#[test]
fn only_once() {
	run(|| {
		assert_noop!(Summary::remove(signed(ALICE), 7), Error::<Test>::EntryAbsent);
		open(7, ALICE, MERCY, RelationshipStatus::Ended);
		assert_ok!(Summary::remove(signed(ALICE), 7));
		assert_noop!(Summary::remove(signed(ALICE), 7), Error::<Test>::EntryAbsent);
	});
}

#[test]
fn is_a_short_call() {
	// Index of the call, then a number of five bytes.
	assert_eq!(Call::<Test>::remove { relationship: u32::MAX.into() }.encode().len(), 6);
}

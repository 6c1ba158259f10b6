//! The relationship pallet enters relationships and takes them out.

use crate::{mock::*, Entries, Error};
use frame_support::{assert_noop, assert_ok, traits::StorageInfoTrait};
use medrec_primitives::{RelationshipRole, RelationshipStatus, SummaryIndex};

#[test]
fn a_new_relationship_is_in_both_summaries() {
	run(|| {
		open(7, ALICE, MERCY, RelationshipStatus::Active);
		assert_eq!(Summary::role(ALICE, 7), Some(RelationshipRole::Patron));
		assert_eq!(Summary::role(MERCY, 7), Some(RelationshipRole::Steward));
		assert_eq!(Summary::role(BOB, 7), None);
		assert_eq!(Summary::role(ALICE, 8), None);
		assert_eq!(Entries::<Test>::iter().count(), 2);
	});
}

#[test]
fn no_relationship_is_entered_twice() {
	run(|| {
		open(7, ALICE, MERCY, RelationshipStatus::Active);
		for (patron, steward) in [(ALICE, COUNTY), (BOB, MERCY), (MERCY, ALICE)] {
			assert_noop!(
				<Summary as SummaryIndex>::insert(7, patron, steward),
				Error::<Test>::EntryExists
			);
		}
		assert_ok!(<Summary as SummaryIndex>::insert(8, ALICE, MERCY));
		<Summary as SummaryIndex>::remove(8, ALICE, MERCY);
	});
}

#[test]
fn what_never_came_to_be_is_taken_out_of_both() {
	run(|| {
		open(7, ALICE, MERCY, RelationshipStatus::ProposedByPatron);
		open(8, ALICE, MERCY, RelationshipStatus::ProposedByPatron);
		<Summary as SummaryIndex>::remove(7, ALICE, MERCY);
		assert_eq!(Summary::role(ALICE, 7), None);
		assert_eq!(Summary::role(MERCY, 7), None);
		assert_eq!(Summary::role(ALICE, 8), Some(RelationshipRole::Patron));
	});
}

#[test]
fn entries_are_one_byte() {
	let [info] = &Entries::<Test>::storage_info()[..] else { panic!("one map") };
	assert_eq!(info.max_size, Some(8 + 8 + 1));
}

//! Either side ends a relationship.

use crate::{mock::*, Error, Event, Grants};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{ExpiryDay, RelationshipRole, RelationshipStatus};

#[test]
fn either_side_may_end() {
	run(|| {
		let (first, second, third) =
			(active(ALICE, MERCY), active(ALICE, MERCY), active(ALICE, MERCY));
		Now::set(START + 5);
		let by_patron = RelationshipRole::Patron;
		let by_steward = RelationshipRole::Steward;
		for (id, origin, by) in [
			(first, signed(ALICE), by_patron),
			(second, signed(MERCY), by_steward),
			(third, operator(MERCY), by_steward),
		] {
			assert_ok!(Relationships::end(origin, id));
			assert_eq!(relationship(id).status, RelationshipStatus::Ended);
			assert_eq!(relationship(id).since, START + 5);
			assert_eq!(events().last(), Some(&Event::Ended { relationship: id, by }));
		}
	});
}

#[test]
fn keeps_relationship_tags_and_summaries() {
	run(|| {
		let id = active(ALICE, MERCY);
		assert_ok!(Relationships::grant(signed(ALICE), id, tag(1), ExpiryDay::of(START)));
		assert_ok!(Relationships::end(signed(MERCY), id));
		assert_eq!(relationship(id).tags, 1);
		assert!(Grants::<Test>::contains_key(id, tag(1)));
		assert_eq!(Entries::get(ALICE, id), Some(RelationshipRole::Patron));
		assert_eq!(Entries::get(MERCY, id), Some(RelationshipRole::Steward));
	});
}

#[test]
fn is_final() {
	run(|| {
		let id = ended(ALICE, MERCY);
		for origin in [signed(ALICE), signed(MERCY)] {
			assert_noop!(Relationships::end(origin, id), Error::<Test>::RelationshipNotActive);
		}
	});
}

#[test]
fn only_what_is_active() {
	run(|| {
		assert_noop!(Relationships::end(signed(ALICE), 0), Error::<Test>::RelationshipAbsent);
		let id = proposed(ALICE, MERCY);
		for origin in [signed(ALICE), signed(MERCY)] {
			assert_noop!(Relationships::end(origin, id), Error::<Test>::RelationshipNotActive);
		}
	});
}

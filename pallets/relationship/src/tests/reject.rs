//! The side that did not propose rejects.

use crate::{mock::*, Error, Event, OpenProposals};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{ParticipantStatus, RelationshipId, RelationshipRole};

fn assert_gone(id: RelationshipId) {
	assert!(!crate::Relationships::<Test>::contains_key(id));
	assert_eq!(Entries::iter().filter(|(_, entry, _)| *entry == id).count(), 0);
}

#[test]
fn leaves_nothing_of_the_proposal() {
	run(|| {
		let id = proposed(ALICE, MERCY);
		assert_ok!(Relationships::reject(signed(MERCY), id));
		assert_gone(id);
		assert!(!OpenProposals::<Test>::contains_key(ALICE));
		assert_eq!(events().last(), Some(&Event::Rejected { relationship: id }));
	});
}

#[test]
fn the_patron_rejects_what_the_steward_proposed() {
	run(|| {
		assert_ok!(Relationships::propose(signed(MERCY), ALICE, RelationshipRole::Steward));
		assert_ok!(Relationships::reject(signed(ALICE), 0));
		assert_gone(0);
		assert!(!OpenProposals::<Test>::contains_key(MERCY));
	});
}

#[test]
fn also_when_the_proposer_is_retired() {
	run(|| {
		let id = proposed(ALICE, MERCY);
		set_status(ALICE, ParticipantStatus::Retired);
		assert_ok!(Relationships::reject(operator(MERCY), id));
		assert_gone(id);
	});
}

#[test]
fn only_what_is_proposed() {
	run(|| {
		assert_noop!(Relationships::reject(signed(MERCY), 0), Error::<Test>::RelationshipAbsent);
		for id in [active(ALICE, MERCY), ended(ALICE, MERCY)] {
			assert_noop!(Relationships::reject(signed(MERCY), id), Error::<Test>::NotProposed);
		}
	});
}

#[test]
fn other_proposals_stay() {
	run(|| {
		let (first, second) = (proposed(ALICE, MERCY), proposed(ALICE, MERCY));
		assert_ok!(Relationships::reject(signed(MERCY), first));
		assert_eq!(relationship(second).patron, ALICE);
		assert_eq!(OpenProposals::<Test>::get(ALICE), 1);
	});
}

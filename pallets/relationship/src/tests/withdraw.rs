//! The proposer withdraws.

use crate::{mock::*, Error, Event, OpenProposals};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::RelationshipRole;

#[test]
fn leaves_nothing_of_the_proposal() {
	run(|| {
		let id = proposed(ALICE, MERCY);
		assert_ok!(Relationships::withdraw(signed(ALICE), id));
		assert!(!crate::Relationships::<Test>::contains_key(id));
		assert_eq!(Entries::iter().count(), 0);
		assert!(!OpenProposals::<Test>::contains_key(ALICE));
		assert_eq!(events().last(), Some(&Event::Withdrawn { relationship: id }));
	});
}

#[test]
fn a_provider_withdraws_what_its_operator_proposed() {
	run(|| {
		assert_ok!(Relationships::propose(operator(MERCY), ALICE, RelationshipRole::Steward));
		assert_ok!(Relationships::withdraw(signed(MERCY), 0));
		assert!(!OpenProposals::<Test>::contains_key(MERCY));
	});
}

#[test]
fn only_what_is_proposed() {
	run(|| {
		assert_noop!(Relationships::withdraw(signed(ALICE), 0), Error::<Test>::RelationshipAbsent);
		for id in [active(ALICE, MERCY), ended(ALICE, MERCY)] {
			assert_noop!(Relationships::withdraw(signed(ALICE), id), Error::<Test>::NotProposed);
		}
	});
}

#[test]
fn what_is_withdrawn_is_not_accepted_any_more() {
	run(|| {
		let id = proposed(ALICE, MERCY);
		assert_ok!(Relationships::withdraw(signed(ALICE), id));
		assert_noop!(
			Relationships::accept(signed(MERCY), id, ALICE),
			Error::<Test>::RelationshipAbsent
		);
	});
}

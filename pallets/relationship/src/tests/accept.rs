//! The side that did not propose accepts.

use crate::{mock::*, Error, Event, OpenProposals};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{ParticipantStatus, Relationship, RelationshipRole, RelationshipStatus};

#[test]
fn makes_the_relationship_active() {
	run(|| {
		let id = proposed(ALICE, MERCY);
		Now::set(START + 5);
		assert_ok!(Relationships::accept(signed(MERCY), id, ALICE));
		assert_eq!(
			relationship(id),
			Relationship {
				patron: ALICE,
				steward: MERCY,
				status: RelationshipStatus::Active,
				since: START + 5,
				tags: 0
			}
		);
		assert!(!OpenProposals::<Test>::contains_key(ALICE));
		assert_eq!(events().last(), Some(&Event::Accepted { relationship: id }));
	});
}

#[test]
fn the_patron_accepts_what_the_steward_proposed() {
	run(|| {
		assert_ok!(Relationships::propose(operator(MERCY), ALICE, RelationshipRole::Steward));
		assert_ok!(Relationships::accept(signed(ALICE), 0, MERCY));
		assert_eq!(relationship(0).status, RelationshipStatus::Active);
		assert!(!OpenProposals::<Test>::contains_key(MERCY));
	});
}

#[test]
fn an_operator_accepts_for_its_provider() {
	run(|| {
		let id = proposed(ALICE, MERCY);
		assert_ok!(Relationships::accept(operator(MERCY), id, ALICE));
		assert_eq!(relationship(id).status, RelationshipStatus::Active);
	});
}

#[test]
fn means_the_named_counterparty_only() {
	run(|| {
		// Mercy saw Bob's proposal under this number, in a block that did not stay.
		let id = proposed(ALICE, MERCY);
		for counterparty in [BOB, MERCY, NOBODY] {
			assert_noop!(
				Relationships::accept(signed(MERCY), id, counterparty),
				Error::<Test>::CounterpartyDiffers
			);
		}
	});
}

#[test]
fn the_proposer_is_active_still() {
	run(|| {
		let id = proposed(ALICE, MERCY);
		for status in [ParticipantStatus::Suspended, ParticipantStatus::Retired] {
			set_status(ALICE, status);
			assert_noop!(
				Relationships::accept(signed(MERCY), id, ALICE),
				Error::<Test>::CounterpartyNotActive
			);
		}
		set_status(ALICE, ParticipantStatus::Active);
		assert_ok!(Relationships::accept(signed(MERCY), id, ALICE));
	});
}

#[test]
fn only_what_is_proposed() {
	run(|| {
		assert_noop!(
			Relationships::accept(signed(MERCY), 0, ALICE),
			Error::<Test>::RelationshipAbsent
		);
		let active = active(ALICE, MERCY);
		assert_noop!(
			Relationships::accept(signed(MERCY), active, ALICE),
			Error::<Test>::NotProposed
		);
		let ended = ended(ALICE, MERCY);
		assert_noop!(
			Relationships::accept(signed(MERCY), ended, ALICE),
			Error::<Test>::NotProposed
		);
	});
}

#[test]
fn other_proposals_of_the_proposer_stay_counted() {
	run(|| {
		let first = proposed(ALICE, MERCY);
		proposed(ALICE, COUNTY);
		assert_ok!(Relationships::accept(signed(MERCY), first, ALICE));
		assert_eq!(OpenProposals::<Test>::get(ALICE), 1);
	});
}

//! One side proposes a relationship to the other.

use crate::{mock::*, Error, Event, NextRelationshipId, OpenProposals};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	ParticipantStatus, Relationship, RelationshipId, RelationshipRole, RelationshipStatus,
};

#[test]
fn either_side_may_propose() {
	run(|| {
		assert_ok!(Relationships::propose(signed(ALICE), MERCY, RelationshipRole::Patron));
		assert_ok!(Relationships::propose(signed(MERCY), ALICE, RelationshipRole::Steward));
		let by_patron = Relationship {
			patron: ALICE,
			steward: MERCY,
			status: RelationshipStatus::ProposedByPatron,
			since: START,
			tags: 0,
		};
		assert_eq!(relationship(0), by_patron);
		let by_steward =
			Relationship { status: RelationshipStatus::ProposedBySteward, ..by_patron };
		assert_eq!(relationship(1), by_steward);
		for id in [0, 1] {
			assert_eq!(Entries::get(ALICE, id), Some(RelationshipRole::Patron));
			assert_eq!(Entries::get(MERCY, id), Some(RelationshipRole::Steward));
		}
		assert_eq!(OpenProposals::<Test>::get(ALICE), 1);
		assert_eq!(OpenProposals::<Test>::get(MERCY), 1);
		let event = |relationship, proposer| Event::Proposed {
			relationship,
			patron: ALICE,
			steward: MERCY,
			proposer,
		};
		assert_eq!(
			events(),
			[event(0, RelationshipRole::Patron), event(1, RelationshipRole::Steward)]
		);
	});
}

#[test]
fn an_operator_proposes_for_its_provider() {
	run(|| {
		assert_ok!(Relationships::propose(operator(MERCY), ALICE, RelationshipRole::Steward));
		assert_eq!(relationship(0).steward, MERCY);
		assert_eq!(OpenProposals::<Test>::get(MERCY), 1);
	});
}

#[test]
fn whoever_is_to_be_steward_must_be_of_a_kind_that_may() {
	run(|| {
		assert_ok!(Relationships::propose(signed(ALICE), DELEGATE, RelationshipRole::Patron));
		assert_ok!(Relationships::propose(signed(DELEGATE), ALICE, RelationshipRole::Steward));
		// A provider may be someone's patron.
		assert_ok!(Relationships::propose(signed(MERCY), COUNTY, RelationshipRole::Patron));
		for steward in [BOB, INSURER] {
			assert_noop!(
				Relationships::propose(signed(ALICE), steward, RelationshipRole::Patron),
				Error::<Test>::KindNotSteward
			);
			assert_noop!(
				Relationships::propose(signed(steward), ALICE, RelationshipRole::Steward),
				Error::<Test>::KindNotSteward
			);
		}
	});
}

#[test]
fn not_to_oneself() {
	run(|| {
		for role in [RelationshipRole::Patron, RelationshipRole::Steward] {
			for origin in [signed(MERCY), operator(MERCY)] {
				assert_noop!(
					Relationships::propose(origin, MERCY, role),
					Error::<Test>::SameParticipant
				);
			}
		}
	});
}

#[test]
fn the_counterparty_is_on_the_chain_and_active() {
	run(|| {
		assert_noop!(
			Relationships::propose(signed(ALICE), NOBODY, RelationshipRole::Patron),
			Error::<Test>::CounterpartyAbsent
		);
		for status in [ParticipantStatus::Suspended, ParticipantStatus::Retired] {
			set_status(MERCY, status);
			assert_noop!(
				Relationships::propose(signed(ALICE), MERCY, RelationshipRole::Patron),
				Error::<Test>::CounterpartyNotActive
			);
		}
	});
}

#[test]
fn open_proposals_are_bounded_per_proposer() {
	run(|| {
		for _ in 0..MAX_OPEN_PROPOSALS {
			proposed(ALICE, MERCY);
		}
		assert_noop!(
			Relationships::propose(signed(ALICE), COUNTY, RelationshipRole::Patron),
			Error::<Test>::TooManyOpenProposals
		);
		// Proposals to her do not count against her, nor hers against Bob.
		assert_ok!(Relationships::propose(signed(MERCY), ALICE, RelationshipRole::Steward));
		assert_ok!(Relationships::propose(signed(BOB), MERCY, RelationshipRole::Patron));
		// An answer makes room.
		assert_ok!(Relationships::reject(signed(MERCY), 0));
		assert_ok!(Relationships::propose(signed(ALICE), COUNTY, RelationshipRole::Patron));
	});
}

#[test]
fn numbers_are_never_given_twice() {
	run(|| {
		let first = proposed(ALICE, MERCY);
		assert_ok!(Relationships::withdraw(signed(ALICE), first));
		assert_eq!(proposed(ALICE, MERCY), first + 1);
	});
}

#[test]
fn fails_when_all_numbers_are_given() {
	new_test_ext().execute_with(|| {
		NextRelationshipId::<Test>::put(RelationshipId::MAX);
		let error = Relationships::propose(signed(ALICE), MERCY, RelationshipRole::Patron);
		assert_eq!(error, Err(Error::<Test>::IdsExhausted.into()));
	});
}

//! Each invariant notices when it is broken.

use crate::{mock::*, Grants, NextRelationshipId, OpenProposals, Relationships as Stored};
use frame_support::assert_ok;
use medrec_primitives::{ExpiryDay, Relationship, RelationshipId, RelationshipRole};
use sp_runtime::DispatchError;

/// Break a sound state, and expect the check to name the invariant.
fn broken(number: char, damage: impl FnOnce(RelationshipId)) {
	new_test_ext().execute_with(|| {
		proposed(BOB, MERCY);
		let id = active(ALICE, MERCY);
		assert_ok!(Relationships::grant(signed(ALICE), id, tag(1), ExpiryDay(u16::MAX)));
		assert_ok!(Relationships::do_try_state());
		damage(id);
		match Relationships::do_try_state() {
			Err(DispatchError::Other(text)) => assert!(text.starts_with(number), "{text}"),
			other => panic!("{other:?}"),
		}
	});
}

fn alter(id: RelationshipId, change: impl FnOnce(&mut Relationship)) {
	Stored::<Test>::mutate(id, |stored| change(stored.as_mut().expect("it is there")));
}

#[test]
fn numbers_are_below_the_next() {
	broken('1', NextRelationshipId::<Test>::put);
}

#[test]
fn parties_are_two_participants_and_the_steward_may_be_one() {
	broken('2', |id| alter(id, |stored| stored.patron = stored.steward));
	broken('2', |id| alter(id, |stored| stored.patron = NOBODY));
	broken('2', |id| alter(id, |stored| stored.steward = NOBODY));
	broken('2', |id| alter(id, |stored| stored.steward = INSURER));
}

#[test]
fn tags_are_counted_and_bounded() {
	broken('3', |id| alter(id, |stored| stored.tags = 0));
	broken('3', |id| Grants::<Test>::remove(id, tag(1)));
	broken('3', |id| {
		for number in 0..=MAX_TAGS as u8 {
			Grants::<Test>::insert(id, tag(number), ExpiryDay(0));
		}
		alter(id, |stored| stored.tags = MAX_TAGS + 1);
	});
	broken('3', |id| {
		OpenProposals::<Test>::insert(ALICE, 1);
		alter(id, |stored| {
			stored.status = medrec_primitives::RelationshipStatus::ProposedByPatron;
		});
	});
}

#[test]
fn tags_stand_under_relationships() {
	broken('4', |id| Grants::<Test>::insert(id + 1, tag(1), ExpiryDay(0)));
}

#[test]
fn open_proposals_are_counted_and_bounded() {
	broken('5', |_| OpenProposals::<Test>::remove(BOB));
	broken('5', |_| OpenProposals::<Test>::insert(BOB, 2));
	broken('5', |_| OpenProposals::<Test>::insert(ALICE, 0));
	broken('5', |_| {
		let next = NextRelationshipId::<Test>::get();
		let template = Stored::<Test>::get(0).expect("Bob proposed it");
		for id in next..next + u64::from(MAX_OPEN_PROPOSALS) {
			Stored::<Test>::insert(id, template);
			Entries::insert(BOB, id, RelationshipRole::Patron);
			Entries::insert(MERCY, id, RelationshipRole::Steward);
			NextRelationshipId::<Test>::put(id + 1);
		}
		OpenProposals::<Test>::insert(BOB, MAX_OPEN_PROPOSALS + 1);
	});
}

#[test]
fn summaries_agree() {
	broken('6', |id| Entries::remove(ALICE, id));
	broken('6', |id| Entries::remove(MERCY, id));
	broken('6', |id| Entries::insert(ALICE, id, RelationshipRole::Steward));
}

#[test]
fn the_patron_may_have_removed_an_ended_one_and_the_steward_not() {
	new_test_ext().execute_with(|| {
		let id = ended(ALICE, MERCY);
		Entries::remove(ALICE, id);
		assert_ok!(Relationships::do_try_state());
		Entries::remove(MERCY, id);
		assert!(Relationships::do_try_state().is_err());
	});
}

//! The patron removes a sealed grant.

use crate::{mock::*, Error, Event, Grants};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{ExpiryDay, ParticipantStatus, RelationshipId};

fn granted(numbers: &[u8]) -> RelationshipId {
	let id = active(ALICE, MERCY);
	for number in numbers {
		assert_ok!(Relationships::grant(signed(ALICE), id, tag(*number), ExpiryDay::of(START)));
	}
	id
}

#[test]
fn removes_that_tag_alone() {
	run(|| {
		let id = granted(&[1, 2]);
		assert_ok!(Relationships::revoke(signed(ALICE), id, tag(1)));
		assert!(!Grants::<Test>::contains_key(id, tag(1)));
		assert!(Grants::<Test>::contains_key(id, tag(2)));
		assert_eq!(relationship(id).tags, 1);
		assert_eq!(events().last(), Some(&Event::Revoked { relationship: id, tag: tag(1) }));
	});
}

#[test]
fn also_an_expired_tag_and_after_the_end() {
	run(|| {
		let id = granted(&[1, 2]);
		Now::set(ExpiryDay::of(START).end());
		assert_ok!(Relationships::revoke(signed(ALICE), id, tag(1)));
		assert_ok!(Relationships::end(signed(MERCY), id));
		assert_ok!(Relationships::revoke(signed(ALICE), id, tag(2)));
		assert_eq!(Grants::<Test>::iter().count(), 0);
		assert_eq!(relationship(id).tags, 0);
	});
}

#[test]
fn a_patron_who_has_retired_takes_back_what_she_granted() {
	run(|| {
		let id = granted(&[1, 2]);
		set_status(ALICE, ParticipantStatus::Retired);
		assert_ok!(Relationships::revoke(signed(ALICE), id, tag(1)));
		assert_ok!(Relationships::end(signed(ALICE), id));
		assert_ok!(Relationships::revoke(signed(ALICE), id, tag(2)));
		assert_eq!(Grants::<Test>::iter().count(), 0);
	});
}

#[test]
fn the_same_tag_may_be_granted_again() {
	run(|| {
		let id = granted(&[1]);
		assert_ok!(Relationships::revoke(signed(ALICE), id, tag(1)));
		assert_ok!(Relationships::grant(signed(ALICE), id, tag(1), ExpiryDay::of(START)));
	});
}

#[test]
fn only_what_stands_there() {
	run(|| {
		assert_noop!(
			Relationships::revoke(signed(ALICE), 0, tag(1)),
			Error::<Test>::RelationshipAbsent
		);
		let id = granted(&[1]);
		let other = active(ALICE, COUNTY);
		for (relationship, tag) in [(id, tag(2)), (other, tag(1))] {
			assert_noop!(
				Relationships::revoke(signed(ALICE), relationship, tag),
				Error::<Test>::TagAbsent
			);
		}
		assert_ok!(Relationships::revoke(signed(ALICE), id, tag(1)));
		assert_noop!(Relationships::revoke(signed(ALICE), id, tag(1)), Error::<Test>::TagAbsent);
	});
}

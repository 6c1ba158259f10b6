//! The patron adds a sealed grant.

use crate::{mock::*, Error, Event, Grants};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::ExpiryDay;

#[test]
fn stores_tag_and_expiry_and_nothing_else() {
	run(|| {
		let id = active(ALICE, MERCY);
		let expiry = ExpiryDay(20_001);
		Now::set(START + 5);
		assert_ok!(Relationships::grant(signed(ALICE), id, tag(1), expiry));
		assert_eq!(Grants::<Test>::iter().collect::<Vec<_>>(), [(id, tag(1), expiry)]);
		assert_eq!(relationship(id).tags, 1);
		// Since when it is active has not changed.
		assert_eq!(relationship(id).since, START);
		let granted = Event::Granted { relationship: id, tag: tag(1), expiry };
		assert_eq!(events().last(), Some(&granted));
	});
}

#[test]
fn may_expire_at_the_end_of_today_but_not_yesterday() {
	run(|| {
		let id = active(ALICE, MERCY);
		let today = ExpiryDay::of(START);
		let yesterday = ExpiryDay(today.0 - 1);
		assert_noop!(
			Relationships::grant(signed(ALICE), id, tag(1), yesterday),
			Error::<Test>::ExpiryOver
		);
		Now::set(today.end() - 1);
		assert_ok!(Relationships::grant(signed(ALICE), id, tag(1), today));
		Now::set(today.end());
		assert_noop!(
			Relationships::grant(signed(ALICE), id, tag(2), today),
			Error::<Test>::ExpiryOver
		);
	});
}

#[test]
fn a_tag_stands_once_under_a_relationship() {
	run(|| {
		let (first, second) = (active(ALICE, MERCY), active(ALICE, COUNTY));
		let (today, later) = (ExpiryDay::of(START), ExpiryDay(u16::MAX));
		assert_ok!(Relationships::grant(signed(ALICE), first, tag(1), today));
		// Not even to prolong it.
		assert_noop!(
			Relationships::grant(signed(ALICE), first, tag(1), later),
			Error::<Test>::TagExists
		);
		assert_ok!(Relationships::grant(signed(ALICE), second, tag(1), later));
		assert_eq!(Grants::<Test>::get(first, tag(1)), Some(today));
		assert_eq!(Grants::<Test>::get(second, tag(1)), Some(later));
	});
}

#[test]
fn tags_are_bounded_per_relationship() {
	run(|| {
		let (first, second) = (active(ALICE, MERCY), active(ALICE, COUNTY));
		let expiry = ExpiryDay(u16::MAX);
		for number in 0..MAX_TAGS as u8 {
			assert_ok!(Relationships::grant(signed(ALICE), first, tag(number), expiry));
		}
		assert_noop!(
			Relationships::grant(signed(ALICE), first, tag(100), expiry),
			Error::<Test>::TooManyTags
		);
		assert_ok!(Relationships::grant(signed(ALICE), second, tag(100), expiry));
		assert_ok!(Relationships::revoke(signed(ALICE), first, tag(0)));
		assert_ok!(Relationships::grant(signed(ALICE), first, tag(100), expiry));
	});
}

#[test]
fn only_under_an_active_relationship() {
	run(|| {
		let expiry = ExpiryDay(u16::MAX);
		assert_noop!(
			Relationships::grant(signed(ALICE), 0, tag(1), expiry),
			Error::<Test>::RelationshipAbsent
		);
		for id in [proposed(ALICE, MERCY), ended(ALICE, MERCY)] {
			assert_noop!(
				Relationships::grant(signed(ALICE), id, tag(1), expiry),
				Error::<Test>::RelationshipNotActive
			);
		}
	});
}

//! Anyone removes tags that no longer grant anything.

use crate::{mock::*, Call, Error, Event, Grants, WeightInfo};
use frame_support::{
	assert_noop, assert_ok,
	dispatch::{DispatchResultWithPostInfo, GetDispatchInfo},
	weights::Weight,
};
use medrec_primitives::{ExpiryDay, RelationshipId, Tag};

const TODAY: ExpiryDay = ExpiryDay(20_000);
const LATER: ExpiryDay = ExpiryDay(20_010);

/// An active relationship with tags 0 and 2 that hold until today and tags 1 and 3 that hold longer.
fn mixed() -> RelationshipId {
	let id = active(ALICE, MERCY);
	for (number, expiry) in (0..).zip([TODAY, LATER, TODAY, LATER]) {
		assert_ok!(Relationships::grant(signed(ALICE), id, tag(number), expiry));
	}
	id
}

fn clean(id: RelationshipId, limit: u32) -> DispatchResultWithPostInfo {
	Relationships::clean_grants(signed(INSURER), id, limit)
}

/// What a call with this limit is charged before it runs.
fn charged(id: RelationshipId, limit: u32) -> Weight {
	let call = Call::<Test>::clean_grants { relationship: id, limit };
	call.get_dispatch_info().call_weight
}

fn tags(id: RelationshipId) -> Vec<Tag> {
	let mut tags = Grants::<Test>::iter_key_prefix(id).collect::<Vec<_>>();
	tags.sort();
	tags
}

#[test]
fn removes_the_expired_and_keeps_the_rest() {
	run(|| {
		let id = mixed();
		Now::set(TODAY.end() - 1);
		assert_noop!(
			clean(id, u32::MAX).map_err(|failed| failed.error),
			Error::<Test>::NothingToClean
		);
		Now::set(TODAY.end());
		let used = clean(id, u32::MAX).expect("two tags are over").actual_weight;
		assert_eq!(tags(id), [tag(1), tag(3)]);
		assert_eq!(relationship(id).tags, 2);
		assert_eq!(used, Some(<() as WeightInfo>::clean_grants(2, 2)));
		assert_eq!(events().last(), Some(&Event::GrantsCleaned { relationship: id, removed: 2 }));
	});
}

#[test]
fn removes_all_of_an_ended_relationship() {
	run(|| {
		let id = mixed();
		assert_ok!(Relationships::end(signed(MERCY), id));
		assert_ok!(clean(id, u32::MAX));
		assert_eq!(tags(id), []);
		assert_eq!(relationship(id).tags, 0);
	});
}

#[test]
fn removes_no_more_than_its_limit() {
	run(|| {
		let id = mixed();
		assert_ok!(Relationships::end(signed(MERCY), id));
		for left in [3, 2, 1, 0] {
			assert_ok!(clean(id, 1));
			assert_eq!(relationship(id).tags, left);
		}
		assert_noop!(clean(id, 1).map_err(|failed| failed.error), Error::<Test>::NothingToClean);
	});
}

#[test]
fn a_small_limit_still_finds_what_is_over() {
	run(|| {
		// Wherever the iteration begins, one of the four tags alone is over.
		for over in 0..MAX_TAGS as u8 {
			let id = active(ALICE, MERCY);
			for number in 0..MAX_TAGS as u8 {
				let expiry = if number == over { TODAY } else { LATER };
				assert_ok!(Relationships::grant(signed(ALICE), id, tag(number), expiry));
			}
			Now::set(TODAY.end());
			assert_ok!(clean(id, 1));
			assert!(!Grants::<Test>::contains_key(id, tag(over)));
			assert_eq!(relationship(id).tags, MAX_TAGS - 1);
			Now::set(START);
		}
	});
}

#[test]
fn is_charged_for_its_limit_and_refunds_what_it_did_not_use() {
	run(|| {
		let id = mixed();
		Now::set(TODAY.end());
		let weight = <() as WeightInfo>::clean_grants;
		assert_eq!(charged(id, 0), weight(4, 0));
		assert_eq!(charged(id, 1), weight(3, 1));
		assert_eq!(charged(id, 4), weight(0, 4));
		assert_eq!(charged(id, u32::MAX), weight(0, 4));

		let failed = clean(id, 0).expect_err("the limit is nought");
		assert_eq!(failed.error, Error::<Test>::NothingToClean.into());
		assert_eq!(failed.post_info.actual_weight, Some(weight(0, 0)));

		let used = clean(id, 4).expect("two tags are over").actual_weight;
		assert_eq!(used, Some(weight(2, 2)));
		assert!(weight(2, 2).all_lt(charged(id, 4).saturating_add(Weight::from_parts(0, 1))));

		let failed = clean(id, 4).expect_err("the rest is not over");
		assert_eq!(failed.post_info.actual_weight, Some(weight(2, 0)));
	});
}

#[test]
fn leaves_other_relationships_alone() {
	run(|| {
		let (first, second) = (mixed(), mixed());
		Now::set(TODAY.end());
		assert_ok!(clean(first, u32::MAX));
		assert_eq!(relationship(second).tags, 4);
	});
}

#[test]
fn needs_a_relationship() {
	run(|| {
		assert_noop!(clean(0, 1), Error::<Test>::RelationshipAbsent);
	});
}

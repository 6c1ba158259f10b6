//! A summary is read page by page.

use crate::{mock::*, PageEntry, MAX_PAGE};
use frame_support::assert_ok;
use medrec_primitives::{ParticipantId, RelationshipId, RelationshipRole, RelationshipStatus};

/// All pages of a summary, one after the other.
fn all(participant: ParticipantId, limit: u32) -> Vec<PageEntry> {
	let mut entries = Vec::<PageEntry>::new();
	loop {
		let page = Summary::page(participant, entries.last().map(|(id, ..)| *id), limit);
		assert!(page.len() <= limit.min(MAX_PAGE) as usize);
		if page.is_empty() {
			return entries;
		}
		entries.extend(page);
	}
}

fn ids(entries: &[PageEntry]) -> Vec<RelationshipId> {
	let mut ids = entries.iter().map(|(id, ..)| *id).collect::<Vec<_>>();
	ids.sort_unstable();
	ids
}

#[test]
fn joins_the_relationship_as_it_stands_now() {
	run(|| {
		open(7, ALICE, MERCY, RelationshipStatus::Active);
		let page = Summary::page(ALICE, None, 10);
		assert_eq!(page, [(7, RelationshipRole::Patron, Stored::get(7))]);
		end(7);
		let [(7, RelationshipRole::Steward, Some(relationship))] =
			Summary::page(MERCY, None, 10)[..]
		else {
			panic!("the steward has one entry")
		};
		assert_eq!(relationship.status, RelationshipStatus::Ended);
	});
}

#[test]
fn shows_ones_own_entries_only() {
	run(|| {
		open(7, ALICE, MERCY, RelationshipStatus::Active);
		open(8, BOB, MERCY, RelationshipStatus::Active);
		assert_eq!(ids(&Summary::page(ALICE, None, 10)), [7]);
		assert_eq!(ids(&Summary::page(BOB, None, 10)), [8]);
		assert_eq!(ids(&Summary::page(MERCY, None, 10)), [7, 8]);
		assert_eq!(Summary::page(COUNTY, None, 10), []);
		assert_eq!(Summary::page(99, None, 10), []);
	});
}

#[test]
fn pages_hold_every_entry_once() {
	run(|| {
		// Numbers whose bytes differ in every place.
		let numbers = (0..40u64).map(|number| number << (number % 8 * 7)).collect::<Vec<_>>();
		for id in &numbers {
			if Stored::get(id).is_none() {
				open(*id, ALICE, MERCY, RelationshipStatus::Active);
			}
		}
		let expected = ids(&Summary::page(ALICE, None, MAX_PAGE));
		assert!(expected.len() > 30);
		for limit in [1, 2, 7, 39, 40, 41, u32::MAX] {
			assert_eq!(ids(&all(ALICE, limit)), expected);
			assert_eq!(ids(&all(MERCY, limit)), expected);
		}
	});
}

#[test]
fn a_page_is_never_longer_than_the_longest() {
	run(|| {
		for id in 0..u64::from(MAX_PAGE) + 5 {
			open(id, ALICE, MERCY, RelationshipStatus::Active);
		}
		let first = Summary::page(MERCY, None, u32::MAX);
		assert_eq!(first.len(), MAX_PAGE as usize);
		let rest = Summary::page(MERCY, first.last().map(|(id, ..)| *id), u32::MAX);
		assert_eq!(rest.len(), 5);
		let total = [first, rest].concat();
		assert_eq!(ids(&total), (0..u64::from(MAX_PAGE) + 5).collect::<Vec<_>>());
	});
}

#[test]
fn goes_on_behind_an_entry_that_was_removed_meanwhile() {
	run(|| {
		for id in 0..4 {
			open(id, ALICE, MERCY, RelationshipStatus::Ended);
		}
		let first = Summary::page(ALICE, None, 2);
		let last = first[1].0;
		assert_ok!(Summary::remove(signed(ALICE), last));
		let rest = Summary::page(ALICE, Some(last), 10);
		assert_eq!(rest.len(), 2);
		assert_eq!(ids(&[first, rest].concat()), [0, 1, 2, 3]);
	});
}

#[test]
fn nothing_for_no_limit() {
	run(|| {
		open(7, ALICE, MERCY, RelationshipStatus::Active);
		assert_eq!(Summary::page(ALICE, None, 0), []);
	});
}

//! A provider loses its seat.

use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};

#[test]
fn its_votes_go_with_it() {
	with_seats(5, || {
		let (first, second, third) =
			(propose(1, record(1)), propose(2, record(2)), propose(3, record(3)));
		assert_ok!(vote(2, first, true));
		assert_ok!(vote(3, first, false));
		let before = events().len();
		TableOfSeats::take(2);
		assert_eq!(votes(first), [(1, true), (3, false)]);
		assert!(votes(second).is_empty());
		assert_eq!(votes(third), [(3, true)]);
		let mut dropped = events()[before..].to_vec();
		dropped.sort_by_key(|event| match event {
			Event::VoteDropped { motion, .. } => *motion,
			other => panic!("only votes are dropped: {other:?}"),
		});
		assert_eq!(
			dropped,
			[
				Event::VoteDropped { motion: first, participant: 2 },
				Event::VoteDropped { motion: second, participant: 2 }
			]
		);
	});
}

#[test]
fn a_vote_does_not_come_back_with_the_seat() {
	with_seats(3, || {
		let motion = propose(1, record(7));
		assert_ok!(vote(2, motion, true));
		TableOfSeats::take(2);
		TableOfSeats::give(2);
		assert_noop!(close(1, motion), Error::<Test>::TooEarly);
		assert_ok!(vote(2, motion, true));
		assert_ok!(close(1, motion));
	});
}

#[test]
fn its_motions_stay_for_the_others() {
	with_seats(4, || {
		let motion = propose(4, record(7));
		TableOfSeats::take(4);
		assert_ok!(vote(1, motion, true));
		assert_ok!(vote(2, motion, true));
		assert_ok!(close(3, motion));
		assert_eq!(recorded().len(), 1);
	});
}

#[test]
fn who_has_not_voted_leaves_nothing_behind() {
	with_seats(4, || {
		propose(1, record(7));
		let before = events();
		TableOfSeats::take(4);
		assert_eq!(events(), before);
	});
}

//! Voting on a motion.

use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::traits::BadOrigin;

#[test]
fn votes_are_kept_and_told() {
	with_seats(4, || {
		let motion = propose(1, record(7));
		assert_ok!(vote(3, motion, true));
		assert_eq!(
			last_event(),
			Some(Event::Voted { motion, participant: 3, approve: true, yes: 2, no: 0 })
		);
		assert_ok!(vote(2, motion, false));
		assert_eq!(
			last_event(),
			Some(Event::Voted { motion, participant: 2, approve: false, yes: 2, no: 1 })
		);
		assert_eq!(votes(motion), [(1, true), (3, true), (2, false)]);
		// Nothing is done before the motion is closed.
		assert!(recorded().is_empty());
	});
}

#[test]
fn a_vote_may_be_changed_also_by_the_proposer() {
	with_seats(4, || {
		let motion = propose(1, record(7));
		assert_ok!(vote(1, motion, false));
		assert_eq!(votes(motion), [(1, false)]);
		assert_ok!(vote(1, motion, true));
		assert_eq!(votes(motion), [(1, true)]);
	});
}

#[test]
fn the_same_vote_again_is_refused() {
	with_seats(4, || {
		let motion = propose(1, record(7));
		assert_noop!(vote(1, motion, true), Error::<Test>::VoteUnchanged);
		assert_ok!(vote(2, motion, false));
		assert_noop!(vote(2, motion, false), Error::<Test>::VoteUnchanged);
	});
}

#[test]
fn only_seat_holders_vote() {
	with_seats(4, || {
		let motion = propose(1, record(7));
		assert_noop!(vote(5, motion, true), Error::<Test>::NotSeatHolder);
		assert_noop!(Council::vote(RuntimeOrigin::root(), motion, true), BadOrigin);
		assert_noop!(Council::vote(RuntimeOrigin::none(), motion, true), BadOrigin);
	});
}

#[test]
fn a_newcomer_votes_on_motions_that_are_older_than_its_seat() {
	with_seats(4, || {
		let motion = propose(1, record(7));
		TableOfSeats::give(5);
		assert_ok!(vote(5, motion, true));
	});
}

#[test]
fn there_has_to_be_a_motion() {
	with_seats(4, || {
		assert_noop!(vote(1, 0, true), Error::<Test>::MotionAbsent);
		let motion = propose(1, record(7));
		assert_ok!(Council::rescind(signed(1), motion));
		assert_noop!(vote(2, motion, true), Error::<Test>::MotionAbsent);
	});
}

#[test]
fn nobody_votes_after_the_last_block() {
	with_seats(4, || {
		let motion = propose(1, record(7));
		System::set_block_number(1 + DURATION);
		assert_ok!(vote(2, motion, true));
		System::set_block_number(2 + DURATION);
		assert_noop!(vote(3, motion, true), Error::<Test>::MotionExpired);
	});
}

//! Taking a motion back.

use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::traits::BadOrigin;

#[test]
fn a_rescinded_motion_is_gone() {
	with_seats(4, || {
		let motion = propose(1, record(7));
		assert_ok!(vote(2, motion, true));
		assert_ok!(vote(3, motion, true));
		assert_ok!(Council::rescind(signed(1), motion));
		assert_eq!(last_event(), Some(Event::Rescinded { motion }));
		assert!(motions().is_empty());
		assert_noop!(close(1, motion), Error::<Test>::MotionAbsent);
		assert!(recorded().is_empty());
	});
}

#[test]
fn only_the_proposer_rescinds() {
	with_seats(4, || {
		let motion = propose(1, record(7));
		assert_noop!(Council::rescind(signed(2), motion), Error::<Test>::NotProposer);
		assert_noop!(Council::rescind(signed(5), motion), Error::<Test>::NotSeatHolder);
		assert_noop!(Council::rescind(RuntimeOrigin::root(), motion), BadOrigin);
		assert_noop!(Council::rescind(RuntimeOrigin::none(), motion), BadOrigin);
		assert_noop!(Council::rescind(signed(1), motion + 1), Error::<Test>::MotionAbsent);
	});
}

#[test]
fn a_proposer_without_a_seat_rescinds_nothing() {
	with_seats(4, || {
		let motion = propose(1, record(7));
		TableOfSeats::take(1);
		assert_noop!(Council::rescind(signed(1), motion), Error::<Test>::NotSeatHolder);
		TableOfSeats::give(1);
		assert_ok!(Council::rescind(signed(1), motion));
	});
}

#[test]
fn an_expired_motion_may_be_rescinded() {
	with_seats(4, || {
		let motion = propose(1, record(7));
		System::set_block_number(2 + DURATION);
		assert_ok!(Council::rescind(signed(1), motion));
	});
}

//! Closing a motion.

use crate::{mock::*, Error, Event, Motions};
use frame_support::{assert_noop, assert_ok, weights::Weight};
use medrec_primitives::Majority::{self, MoreThanHalf, TwoThirds};
use sp_runtime::traits::BadOrigin;

/// Propose as the first of `yes` providers, who all approve; the `no` last ones disapprove.
fn voted_on(seats: u64, yes: u64, no: u64, call: RuntimeCall) -> crate::MotionId {
	let motion = propose(1, call);
	for participant in 2..=yes {
		assert_ok!(vote(participant, motion, true));
	}
	for participant in seats - no + 1..=seats {
		assert_ok!(vote(participant, motion, false));
	}
	motion
}

#[test]
fn a_motion_is_enacted_by_its_majority_and_not_before() {
	// Seats, and the fewest that decide by more than half and by two thirds.
	for (seats, half, thirds) in
		[(1, 1, 1), (2, 2, 2), (3, 2, 2), (4, 3, 3), (5, 3, 4), (6, 4, 4), (7, 4, 5)]
	{
		for (call, needed) in [(record(7), half), (record_by_two_thirds(7), thirds)] {
			for yes in 1..=seats {
				with_seats(seats, || {
					let motion = voted_on(seats, yes, 0, call.clone());
					if yes < needed {
						assert_noop!(close(1, motion), Error::<Test>::TooEarly);
						return;
					}
					assert_ok!(close(1, motion));
					let majority = if yes >= thirds { TwoThirds } else { MoreThanHalf };
					assert_eq!(recorded(), [(7, Some(majority))], "{yes} of {seats}");
					assert_eq!(
						last_event(),
						Some(Event::Enacted {
							motion,
							majority,
							yes: yes as u32,
							seats: seats as u32
						})
					);
					assert!(motions().is_empty());
				});
			}
		}
	}
}

#[test]
fn whoever_holds_a_seat_closes() {
	with_seats(4, || {
		let motion = voted_on(4, 3, 0, record(7));
		assert_noop!(close(5, motion), Error::<Test>::NotSeatHolder);
		assert_noop!(Council::close(RuntimeOrigin::root(), motion), BadOrigin);
		assert_noop!(Council::close(RuntimeOrigin::none(), motion), BadOrigin);
		assert_noop!(close(4, motion + 1), Error::<Test>::MotionAbsent);
		// Also who has not voted.
		assert_ok!(close(4, motion));
		assert_noop!(close(4, motion), Error::<Test>::MotionAbsent);
		assert_eq!(recorded().len(), 1);
	});
}

#[test]
fn root_calls_are_made_as_root() {
	with_seats(4, || {
		let motion = voted_on(4, 3, 0, recorder::Call::record_as_root { value: 7 }.into());
		assert_ok!(close(1, motion));
		assert_eq!(recorded(), [(7, None)]);
	});
}

#[test]
fn a_motion_is_rejected_as_soon_as_it_cannot_be_carried() {
	for (seats, call, least) in
		[(4, record(7), 2), (5, record(7), 3), (4, record_by_two_thirds(7), 2)]
	{
		with_seats(seats, || {
			let motion = voted_on(seats, 1, least - 1, call.clone());
			assert_noop!(close(1, motion), Error::<Test>::TooEarly);
			assert_ok!(vote(2, motion, false));
			assert_ok!(close(1, motion));
			assert_eq!(
				last_event(),
				Some(Event::Rejected { motion, no: least as u32, seats: seats as u32 })
			);
			assert!(motions().is_empty());
			assert!(recorded().is_empty());
		});
	}
}

#[test]
fn who_changed_its_mind_counts_as_it_voted_last() {
	with_seats(4, || {
		let motion = voted_on(4, 3, 0, record(7));
		assert_ok!(vote(3, motion, false));
		assert_noop!(close(1, motion), Error::<Test>::TooEarly);
		assert_ok!(vote(3, motion, true));
		assert_ok!(close(1, motion));
	});
}

#[test]
fn an_expired_motion_is_cleared_away_and_never_enacted() {
	with_seats(4, || {
		let motion = voted_on(4, 4, 0, record(7));
		System::set_block_number(2 + DURATION);
		assert_ok!(close(2, motion));
		assert_eq!(last_event(), Some(Event::Expired { motion }));
		assert!(motions().is_empty());
		assert!(recorded().is_empty());
	});
}

#[test]
fn the_last_block_still_counts() {
	with_seats(4, || {
		let motion = voted_on(4, 3, 0, record(7));
		System::set_block_number(1 + DURATION);
		assert_ok!(close(2, motion));
		assert_eq!(recorded().len(), 1);
	});
}

#[test]
fn a_motion_whose_call_fails_stays_open() {
	with_seats(4, || {
		let motion = voted_on(4, 3, 0, record(7));
		recorder::Broken::<Test>::put(true);
		// Nothing is changed, also by the call that failed half way.
		assert_noop!(close(1, motion), recorder::Error::<Test>::Broken);
		assert_eq!(votes(motion), [(1, true), (2, true), (3, true)]);
		recorder::Broken::<Test>::put(false);
		assert_ok!(close(1, motion));
		assert_eq!(recorded(), [(7, Some(TwoThirds))]);
	});
}

#[test]
fn a_motion_of_another_encoding_of_calls_is_cleared_away() {
	with_seats(4, || {
		let motion = voted_on(4, 4, 0, record(7));
		TransactionVersion::set(2);
		assert_ok!(close(1, motion));
		assert_eq!(last_event(), Some(Event::Outdated { motion }));
		assert!(motions().is_empty());
		assert!(recorded().is_empty());
	});
}

#[test]
fn a_motion_that_left_the_agenda_is_cleared_away() {
	with_seats(4, || {
		let motion = voted_on(4, 4, 0, record(7));
		RecordingIsOffAgenda::set(true);
		assert_ok!(close(1, motion));
		assert_eq!(last_event(), Some(Event::Outdated { motion }));
		assert!(recorded().is_empty());
	});
}

#[test]
fn of_an_old_and_a_new_majority_the_stricter_holds() {
	with_seats(5, || {
		let motion = voted_on(5, 3, 0, record(7));
		RecordingTakesTwoThirds::set(true);
		assert_noop!(close(1, motion), Error::<Test>::TooEarly);
		assert_ok!(vote(4, motion, true));
		assert_ok!(close(1, motion));
	});
	with_seats(5, || {
		RecordingTakesTwoThirds::set(true);
		let motion = voted_on(5, 3, 0, record(7));
		RecordingTakesTwoThirds::set(false);
		assert_noop!(close(1, motion), Error::<Test>::TooEarly);
	});
}

#[test]
fn a_call_that_an_upgrade_made_too_heavy_waits() {
	with_seats(4, || {
		let limit = MaxMotionWeight::get();
		let call = recorder::Call::weigh { weight: limit, used: Weight::zero() };
		let motion = voted_on(4, 3, 0, call.into());
		MaxMotionWeight::set(limit - Weight::from_parts(1, 0));
		assert_noop!(close(1, motion), Error::<Test>::MotionTooHeavy);
		MaxMotionWeight::set(limit);
		assert_ok!(close(1, motion));
	});
}

#[test]
fn votes_are_counted_against_the_seats_that_there_are_now() {
	// Three of four approve; with two newcomers three are half of six.
	with_seats(4, || {
		let motion = voted_on(4, 3, 0, record(7));
		TableOfSeats::give(5);
		TableOfSeats::give(6);
		assert_noop!(close(1, motion), Error::<Test>::TooEarly);
		assert_ok!(vote(6, motion, true));
		assert_ok!(close(1, motion));
		assert_eq!(recorded(), [(7, Some(Majority::TwoThirds))]);
	});
	// Two of four approve; with one less they are two of three.
	with_seats(4, || {
		let motion = voted_on(4, 2, 0, record(7));
		assert_noop!(close(1, motion), Error::<Test>::TooEarly);
		TableOfSeats::take(4);
		assert_ok!(close(1, motion));
	});
}

#[test]
fn a_vote_that_was_left_behind_does_not_count() {
	with_seats(4, || {
		let motion = voted_on(4, 3, 0, record(7));
		// As if nobody had told this pallet.
		SeatTable::mutate(|table| table.retain(|participant| *participant != 3));
		TableOfSeats::give(5);
		assert_noop!(close(1, motion), Error::<Test>::TooEarly);
		Motions::<Test>::remove(motion);
	});
}

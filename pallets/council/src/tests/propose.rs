//! Putting a motion to the council.

use crate::{mock::*, Error, Event, Motions};
use frame_support::{assert_noop, assert_ok, weights::Weight};
use medrec_primitives::Majority;
use sp_runtime::traits::BadOrigin;

#[test]
fn a_motion_is_open_with_its_proposers_approval() {
	with_seats(4, || {
		assert_eq!(propose(2, record(7)), 0);
		let motion = Motions::<Test>::get(0).expect("it was proposed");
		assert_eq!(motion.proposer, 2);
		assert_eq!(motion.decode_call(), Some(record(7)));
		assert_eq!(motion.majority, Majority::MoreThanHalf);
		assert_eq!((motion.opened, motion.closes), (1, 1 + DURATION));
		assert_eq!(votes(0), [(2, true)]);
		assert_eq!(
			events(),
			[Event::Proposed {
				motion: 0,
				proposer: 2,
				majority: Majority::MoreThanHalf,
				closes: 1 + DURATION
			}]
		);
		assert!(recorded().is_empty());
	});
}

#[test]
fn the_majority_is_the_agendas() {
	with_seats(4, || {
		propose(1, record_by_two_thirds(7));
		assert_eq!(
			Motions::<Test>::get(0).map(|motion| motion.majority),
			Some(Majority::TwoThirds)
		);
	});
}

#[test]
fn numbers_are_not_given_again() {
	with_seats(4, || {
		assert_eq!(propose(1, record(1)), 0);
		assert_ok!(Council::rescind(signed(1), 0));
		assert_eq!(propose(1, record(1)), 1);
	});
}

#[test]
fn only_seat_holders_propose() {
	with_seats(4, || {
		let call = || Box::new(record(1));
		assert_noop!(Council::propose(signed(5), call()), Error::<Test>::NotSeatHolder);
		assert_noop!(Council::propose(RuntimeOrigin::root(), call()), BadOrigin);
		assert_noop!(Council::propose(RuntimeOrigin::none(), call()), BadOrigin);
	});
}

#[test]
fn a_call_has_to_be_on_the_agenda() {
	with_seats(4, || {
		for call in [
			frame_system::Call::set_heap_pages { pages: 1 }.into(),
			// Not even by way of the council itself.
			RuntimeCall::from(crate::Call::propose { call: Box::new(record(1)) }),
		] {
			assert_noop!(Council::propose(signed(1), Box::new(call)), Error::<Test>::NotOnAgenda);
		}
	});
}

#[test]
fn a_value_has_to_be_within_its_limits() {
	with_seats(4, || {
		assert_noop!(
			Council::propose(signed(1), Box::new(record(MAX_VALUE + 1))),
			Error::<Test>::ValueOutOfRange
		);
		propose(1, record(MAX_VALUE));
	});
}

#[test]
fn a_call_is_bounded_in_weight() {
	with_seats(4, || {
		let weigh = |weight| recorder::Call::weigh { weight, used: Weight::zero() };
		let limit = MaxMotionWeight::get();
		for weight in [Weight::from_parts(1, 0), Weight::from_parts(0, 1)] {
			let call = weigh(limit.saturating_add(weight));
			assert_noop!(
				Council::propose(signed(1), Box::new(call.into())),
				Error::<Test>::MotionTooHeavy
			);
		}
		propose(1, weigh(limit).into());
	});
}

#[test]
fn a_call_is_bounded_in_bytes() {
	with_seats(4, || {
		// Pallet, call and the length of the bytes take one byte each.
		let swallow = |bytes: u32| recorder::Call::swallow { bytes: vec![0; bytes as usize] };
		assert_noop!(
			Council::propose(signed(1), Box::new(swallow(MAX_MOTION_SIZE - 2).into())),
			Error::<Test>::MotionTooLong
		);
		propose(1, swallow(MAX_MOTION_SIZE - 3).into());
	});
}

#[test]
fn there_is_one_motion_for_a_call() {
	with_seats(4, || {
		propose(1, record(7));
		assert_noop!(Council::propose(signed(2), Box::new(record(7))), Error::<Test>::MotionExists);
		propose(2, record(8));
	});
}

#[test]
fn a_provider_has_only_so_many_motions() {
	with_seats(4, || {
		for value in 0..MAX_MOTIONS_PER_SEAT {
			propose(1, record(value));
		}
		assert_noop!(
			Council::propose(signed(1), Box::new(record(100))),
			Error::<Test>::TooManyMotionsOfSeat
		);
		propose(2, record(100));
		assert_ok!(Council::rescind(signed(1), 0));
		propose(1, record(101));
	});
}

#[test]
fn there_are_only_so_many_motions() {
	with_seats(4, || {
		for value in 0..MAX_MOTIONS {
			propose(u64::from(value / MAX_MOTIONS_PER_SEAT) + 1, record(value));
		}
		assert_noop!(
			Council::propose(signed(3), Box::new(record(100))),
			Error::<Test>::TooManyMotions
		);
	});
}

#[test]
fn expired_motions_are_in_nobodys_way() {
	with_seats(4, || {
		for value in 0..MAX_MOTIONS {
			propose(u64::from(value / MAX_MOTIONS_PER_SEAT) + 1, record(value));
		}
		System::set_block_number(1 + DURATION);
		assert_noop!(Council::propose(signed(1), Box::new(record(0))), Error::<Test>::MotionExists);
		System::set_block_number(2 + DURATION);
		let before = events().len();
		let id = propose(1, record(0));
		assert_eq!(motions(), [id]);
		let expired: Vec<_> = events()[before..]
			.iter()
			.filter(|event| matches!(event, Event::Expired { .. }))
			.cloned()
			.collect();
		assert_eq!(expired.len() as u32, MAX_MOTIONS);
	});
}

#[test]
fn outdated_motions_are_in_nobodys_way() {
	with_seats(4, || {
		propose(1, record(7));
		TransactionVersion::set(2);
		let id = propose(2, record(7));
		assert_eq!(motions(), [id]);
		assert!(events().contains(&Event::Outdated { motion: 0 }));
	});
}

#[test]
fn a_new_duration_holds_for_new_motions() {
	with_seats(4, || {
		propose(1, record(1));
		MotionDuration::set(3);
		propose(1, record(2));
		System::set_block_number(5);
		assert_ok!(vote(2, 0, true));
		assert_noop!(vote(2, 1, true), Error::<Test>::MotionExpired);
	});
}

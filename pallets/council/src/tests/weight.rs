//! What is charged, and what of it is given back.

use crate::{mock::*, Config, WeightInfo};
use frame_support::{
	assert_ok,
	dispatch::{DispatchClass, GetDispatchInfo},
	weights::Weight,
};

type Weights = <Test as Config>::WeightInfo;

fn weigh() -> RuntimeCall {
	let (weight, used) = (Weight::from_parts(1_000, 100), Weight::from_parts(400, 40));
	recorder::Call::weigh { weight, used }.into()
}

#[test]
fn votes_enter_blocks_that_take_no_normal_transactions() {
	let calls: [RuntimeCall; 4] = [
		crate::Call::propose { call: Box::new(record(1)) }.into(),
		crate::Call::vote { motion: 0, approve: true }.into(),
		crate::Call::rescind { motion: 0 }.into(),
		crate::Call::close { motion: 0 }.into(),
	];
	for call in calls {
		assert_eq!(call.get_dispatch_info().class, DispatchClass::Operational, "{call:?}");
	}
}

#[test]
fn closing_is_charged_for_any_motion_and_gives_back_what_this_one_did_not_use() {
	with_seats(2, || {
		let motion = propose(1, weigh());
		assert_ok!(vote(2, motion, true));
		let declared = crate::Call::<Test>::close { motion }.get_dispatch_info().call_weight;
		assert_eq!(declared, Weights::close(MAX_SEATS) + MaxMotionWeight::get());
		let used = Council::close(signed(1), motion).expect("it is carried").actual_weight;
		assert_eq!(used, Some(Weights::close(2) + Weight::from_parts(400, 40)));
	});
}

#[test]
fn a_call_that_fails_is_charged() {
	with_seats(1, || {
		let motion = propose(1, weigh());
		recorder::Broken::<Test>::put(true);
		let error = Council::close(signed(1), motion).expect_err("the call fails");
		assert_eq!(
			error.post_info.actual_weight,
			Some(Weights::close(1) + Weight::from_parts(1_000, 100))
		);
	});
}

#[test]
fn who_closes_too_early_is_not_charged_for_the_call() {
	with_seats(3, || {
		let motion = propose(1, weigh());
		let outcomes = [
			(signed(1), motion, Weights::close(1)),
			(signed(1), motion + 1, Weights::close(0)),
			(signed(4), motion, Weights::close(0)),
		];
		for (origin, motion, weight) in outcomes {
			let error = Council::close(origin, motion).expect_err("it cannot be closed");
			assert_eq!(error.post_info.actual_weight, Some(weight));
		}
	});
}

#[test]
fn clearing_a_motion_away_is_charged_without_its_call() {
	with_seats(1, || {
		let motion = propose(1, weigh());
		System::set_block_number(2 + DURATION);
		let used = Council::close(signed(1), motion).expect("it is expired").actual_weight;
		assert_eq!(used, Some(Weights::close(1)));
	});
}

#[test]
fn proposing_is_charged_for_the_motions_that_were_looked_through() {
	with_seats(1, || {
		for motions in 0..MAX_MOTIONS_PER_SEAT {
			let used = Council::propose(signed(1), Box::new(record(motions)))
				.expect("there is room")
				.actual_weight;
			assert_eq!(used, Some(Weights::propose(motions)));
		}
	});
}

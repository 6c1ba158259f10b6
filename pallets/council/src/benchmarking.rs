//! Benchmarks: each call on its most expensive way.

use crate::{
	types::transaction_version, Agenda, BoundedVotes, Call, Config, Motion, MotionId, Motions,
	NextMotionId, Pallet,
};
use alloc::boxed::Box;
use codec::Encode;
use frame_benchmarking::{v2::*, BenchmarkError};
use frame_support::{traits::Get, BoundedVec};
use frame_system::{pallet_prelude::BlockNumberFor, Pallet as System, RawOrigin};
use medrec_primitives::{AccountId, ParticipantId, Seats};

/// A motion for a call of the agenda with these votes.
fn open<T: Config>(
	number: u32,
	proposer: ParticipantId,
	closes: BlockNumberFor<T>,
	votes: BoundedVotes<T>,
) -> Result<MotionId, BenchmarkError> {
	let call = T::Agenda::benchmark_call(number);
	let item = T::Agenda::item(&call).map_err(|_| BenchmarkError::Stop("not on the agenda"))?;
	let id = NextMotionId::<T>::get();
	NextMotionId::<T>::put(id.saturating_add(1));
	Motions::<T>::insert(
		id,
		Motion {
			proposer,
			call: BoundedVec::truncate_from(call.encode()),
			majority: item.majority,
			transaction_version: transaction_version::<T>(),
			opened: System::<T>::block_number(),
			closes,
			votes,
		},
	);
	Ok(id)
}

/// The same vote of each of these.
fn votes_of<T: Config>(seats: &[(ParticipantId, AccountId)], approve: bool) -> BoundedVotes<T> {
	BoundedVec::truncate_from(seats.iter().map(|(id, _)| (*id, approve)).collect())
}

#[benchmarks]
mod benchmarks {
	use super::*;

	/// With so many motions that are over and are cleared away.
	#[benchmark]
	fn propose(m: Linear<0, { T::MaxMotions::get() }>) -> Result<(), BenchmarkError> {
		let seats = T::Seats::benchmark_seats(T::MaxSeats::get());
		System::<T>::set_block_number(10u32.into());
		for number in 0..m {
			open::<T>(number, seats[0].0, 1u32.into(), votes_of::<T>(&seats, false))?;
		}
		let call = Box::new(T::Agenda::benchmark_call(m));

		#[extrinsic_call]
		_(RawOrigin::Signed(seats[0].1.clone()), call);

		assert_eq!(Motions::<T>::count(), 1);
		Ok(())
	}

	#[benchmark]
	fn vote(v: Linear<1, { T::MaxSeats::get() }>) -> Result<(), BenchmarkError> {
		let seats = T::Seats::benchmark_seats(T::MaxSeats::get());
		let voters = &seats[..v as usize];
		let closes = System::<T>::block_number() + 10u32.into();
		let id = open::<T>(0, seats[0].0, closes, votes_of::<T>(voters, false))?;
		let (_, last) = voters[voters.len() - 1].clone();

		#[extrinsic_call]
		_(RawOrigin::Signed(last), id, true);

		assert!(Motions::<T>::get(id).is_some_and(|motion| motion.votes[v as usize - 1].1));
		Ok(())
	}

	#[benchmark]
	fn rescind() -> Result<(), BenchmarkError> {
		let seats = T::Seats::benchmark_seats(T::MaxSeats::get());
		let closes = System::<T>::block_number() + 10u32.into();
		let id = open::<T>(0, seats[0].0, closes, votes_of::<T>(&seats, true))?;

		#[extrinsic_call]
		_(RawOrigin::Signed(seats[0].1.clone()), id);

		assert_eq!(Motions::<T>::count(), 0);
		Ok(())
	}

	/// The weight of the motion's call is charged on top of this one's, so it is rejected here.
	#[benchmark]
	fn close(v: Linear<1, { T::MaxSeats::get() }>) -> Result<(), BenchmarkError> {
		let seats = T::Seats::benchmark_seats(v);
		let closes = System::<T>::block_number() + 10u32.into();
		let id = open::<T>(0, seats[0].0, closes, votes_of::<T>(&seats, false))?;

		#[extrinsic_call]
		_(RawOrigin::Signed(seats[0].1.clone()), id);

		assert_eq!(Motions::<T>::count(), 0);
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}

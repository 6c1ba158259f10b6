//! Weights of the calls, from counted reads and writes until they are measured.

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::ParityDbWeight, RuntimeDbWeight, Weight},
};

/// Bytes of a proof for a motion: the entry and its way in the trie.
const MOTION_PROOF: u64 = 5_000;

/// Bytes of a proof for the list of seats.
const SEATS_PROOF: u64 = 6_500;

/// Weights of this pallet's calls.
pub trait WeightInfo {
	/// See [`crate::Pallet::propose`]; with so many motions before it.
	fn propose(motions: u32) -> Weight;
	/// See [`crate::Pallet::vote`]; with so many votes.
	fn vote(votes: u32) -> Weight;
	/// See [`crate::Pallet::rescind`].
	fn rescind() -> Weight;
	/// See [`crate::Pallet::close`]; with so many votes, without the motion's call.
	fn close(votes: u32) -> Weight;
}

/// Reads seats, next number, duration, counter and each motion; writes next number, counter, the new
/// motion, and removes each motion that is over.
fn propose(db: RuntimeDbWeight, motions: u32) -> Weight {
	let motions = u64::from(motions);
	Weight::from_parts(40_000_000, SEATS_PROOF + 3 * MOTION_PROOF)
		.saturating_add(db.reads_writes(5, 3))
		.saturating_add(
			Weight::from_parts(15_000_000, MOTION_PROOF)
				.saturating_add(db.reads_writes(1, 1))
				.saturating_mul(motions),
		)
}

/// Looking up a voter among the seats, which are read once and decoded for each.
fn tally(votes: u32) -> Weight {
	Weight::from_parts(8_000_000, 0).saturating_mul(u64::from(votes))
}

/// Reads seats and motion; writes the motion.
fn vote(db: RuntimeDbWeight, votes: u32) -> Weight {
	Weight::from_parts(25_000_000, SEATS_PROOF + MOTION_PROOF)
		.saturating_add(db.reads_writes(2, 1))
		.saturating_add(tally(votes))
}

/// Reads seats, motion, counter; removes the motion, writes the counter.
fn rescind(db: RuntimeDbWeight) -> Weight {
	Weight::from_parts(20_000_000, SEATS_PROOF + MOTION_PROOF).saturating_add(db.reads_writes(3, 2))
}

/// Reads seats, motion, counter; removes the motion, writes the counter.
fn close(db: RuntimeDbWeight, votes: u32) -> Weight {
	Weight::from_parts(40_000_000, SEATS_PROOF + MOTION_PROOF)
		.saturating_add(db.reads_writes(3, 2))
		.saturating_add(tally(votes))
}

/// The weights with the database costs of a runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn propose(motions: u32) -> Weight {
		propose(T::DbWeight::get(), motions)
	}

	fn vote(votes: u32) -> Weight {
		vote(T::DbWeight::get(), votes)
	}

	fn rescind() -> Weight {
		rescind(T::DbWeight::get())
	}

	fn close(votes: u32) -> Weight {
		close(T::DbWeight::get(), votes)
	}
}

/// The weights with the database costs of ParityDB, for tests.
impl WeightInfo for () {
	fn propose(motions: u32) -> Weight {
		propose(ParityDbWeight::get(), motions)
	}

	fn vote(votes: u32) -> Weight {
		vote(ParityDbWeight::get(), votes)
	}

	fn rescind() -> Weight {
		rescind(ParityDbWeight::get())
	}

	fn close(votes: u32) -> Weight {
		close(ParityDbWeight::get(), votes)
	}
}

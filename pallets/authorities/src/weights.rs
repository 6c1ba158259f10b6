//! Weights of the calls, from counted reads and writes until they are measured.

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::ParityDbWeight, RuntimeDbWeight, Weight},
};

/// Motions that the council is taken to have open: when its members change, the votes of each are
/// read and written.
const MOTIONS: u64 = 32;

/// Weights of this pallet's calls.
pub trait WeightInfo {
	/// See [`crate::Pallet::add_authority`].
	fn add_authority() -> Weight;
	/// See [`crate::Pallet::remove_authority`].
	fn remove_authority() -> Weight;
	/// See [`crate::Pallet::set_session_length`].
	fn set_session_length() -> Weight;
	/// See [`crate::Pallet::object_to_removal`].
	fn object_to_removal() -> Weight;
}

/// Reads participant, authorities, keys, motions and their votes; writes authorities, members, prime
/// and votes.
fn add_authority(db: RuntimeDbWeight) -> Weight {
	Weight::from_parts(60_000_000, 20_000).saturating_add(db.reads_writes(4 + MOTIONS, 3 + MOTIONS))
}

/// Reads authorities, removals, minimum, delay; writes removals.
fn remove_authority(db: RuntimeDbWeight) -> Weight {
	Weight::from_parts(20_000_000, 12_000).saturating_add(db.reads_writes(4, 1))
}

/// Writes the length.
fn set_session_length(db: RuntimeDbWeight) -> Weight {
	Weight::from_parts(8_000_000, 0).saturating_add(db.writes(1))
}

/// Reads authorities and removals; writes removals.
fn object_to_removal(db: RuntimeDbWeight) -> Weight {
	Weight::from_parts(25_000_000, 12_000).saturating_add(db.reads_writes(2, 1))
}

/// The weights with the database costs of a runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn add_authority() -> Weight {
		add_authority(T::DbWeight::get())
	}

	fn remove_authority() -> Weight {
		remove_authority(T::DbWeight::get())
	}

	fn set_session_length() -> Weight {
		set_session_length(T::DbWeight::get())
	}

	fn object_to_removal() -> Weight {
		object_to_removal(T::DbWeight::get())
	}
}

/// The weights with the database costs of ParityDB, for tests.
impl WeightInfo for () {
	fn add_authority() -> Weight {
		add_authority(ParityDbWeight::get())
	}

	fn remove_authority() -> Weight {
		remove_authority(ParityDbWeight::get())
	}

	fn set_session_length() -> Weight {
		set_session_length(ParityDbWeight::get())
	}

	fn object_to_removal() -> Weight {
		object_to_removal(ParityDbWeight::get())
	}
}

//! Weights of the calls, from counted reads and writes until they are measured.

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::ParityDbWeight, RuntimeDbWeight, Weight},
};

/// Validators that a session is taken to have, each with an account that it has left since.
const VALIDATORS: u64 = 100;

/// Weights of this pallet's calls.
pub trait WeightInfo {
	/// See [`crate::Pallet::add_authority`].
	fn add_authority() -> Weight;
	/// See [`crate::Pallet::remove_authority`].
	fn remove_authority() -> Weight;
	/// See [`crate::Pallet::set_session_length`].
	fn set_session_length() -> Weight;
	/// See [`crate::Pallet::object`].
	fn object() -> Weight;
	/// See [`crate::Pallet::set_minimum_authorities`].
	fn set_minimum_authorities() -> Weight;
	/// See [`crate::Pallet::set_removal_delay`].
	fn set_removal_delay() -> Weight;
	/// See [`crate::Pallet::forgive`].
	fn forgive() -> Weight;
}

/// Reads participant, authorities, keys, changes, delay; writes authorities and changes.
fn add_authority(db: RuntimeDbWeight) -> Weight {
	Weight::from_parts(60_000_000, 320_000).saturating_add(db.reads_writes(5, 2))
}

/// Reads authorities, changes, minimum, delay; writes changes.
fn remove_authority(db: RuntimeDbWeight) -> Weight {
	Weight::from_parts(60_000_000, 320_000).saturating_add(db.reads_writes(4, 1))
}

/// Writes the length.
fn set_session_length(db: RuntimeDbWeight) -> Weight {
	Weight::from_parts(8_000_000, 0).saturating_add(db.writes(1))
}

/// Reads authorities and changes; writes changes.
fn object(db: RuntimeDbWeight) -> Weight {
	Weight::from_parts(60_000_000, 320_000).saturating_add(db.reads_writes(2, 1))
}

/// Reads authorities and changes; writes the minimum.
fn set_minimum_authorities(db: RuntimeDbWeight) -> Weight {
	Weight::from_parts(60_000_000, 320_000).saturating_add(db.reads_writes(2, 1))
}

/// Writes the delay.
fn set_removal_delay(db: RuntimeDbWeight) -> Weight {
	Weight::from_parts(8_000_000, 0).saturating_add(db.writes(1))
}

/// Reads offenders, authorities, session's index, validators and disabled ones, and the account of each
/// validator; writes offenders, disabled validators and what each consensus is told.
fn forgive(db: RuntimeDbWeight) -> Weight {
	Weight::from_parts(100_000_000, 300_000).saturating_add(db.reads_writes(5 + VALIDATORS, 3))
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

	fn object() -> Weight {
		object(T::DbWeight::get())
	}

	fn set_minimum_authorities() -> Weight {
		set_minimum_authorities(T::DbWeight::get())
	}

	fn set_removal_delay() -> Weight {
		set_removal_delay(T::DbWeight::get())
	}

	fn forgive() -> Weight {
		forgive(T::DbWeight::get())
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

	fn object() -> Weight {
		object(ParityDbWeight::get())
	}

	fn set_minimum_authorities() -> Weight {
		set_minimum_authorities(ParityDbWeight::get())
	}

	fn set_removal_delay() -> Weight {
		set_removal_delay(ParityDbWeight::get())
	}

	fn forgive() -> Weight {
		forgive(ParityDbWeight::get())
	}
}

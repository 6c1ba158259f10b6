//! Weights of the calls: storage accesses counted by hand, and times estimated from them, until they
//! are measured.
//!
//! The size of a proof is nought: no relay chain executes these blocks.

use frame_support::weights::{constants::ParityDbWeight, Weight};

/// Weights of this pallet's calls.
pub trait WeightInfo {
	/// [`remove`](crate::Pallet::remove).
	fn remove() -> Weight;
}

impl WeightInfo for () {
	// Reads: signer's account, entry, relationship. Writes: entry.
	fn remove() -> Weight {
		Weight::from_parts(20_000_000, 0).saturating_add(ParityDbWeight::get().reads_writes(3, 1))
	}
}

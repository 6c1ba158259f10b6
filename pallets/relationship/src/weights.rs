//! Weights of the calls: storage accesses counted by hand, and times estimated from them and from the
//! verification of signatures, until they are measured.
//!
//! The size of a proof is nought: no relay chain executes these blocks.

use frame_support::weights::{constants::ParityDbWeight, Weight};

/// Weights of this pallet's calls.
pub trait WeightInfo {
	/// [`enrol`](crate::Pallet::enrol) of a new account.
	fn enrol() -> Weight;
	/// [`propose`](crate::Pallet::propose).
	fn propose() -> Weight;
	/// [`accept`](crate::Pallet::accept).
	fn accept() -> Weight;
	/// [`reject`](crate::Pallet::reject).
	fn reject() -> Weight;
	/// [`withdraw`](crate::Pallet::withdraw).
	fn withdraw() -> Weight;
	/// [`end`](crate::Pallet::end).
	fn end() -> Weight;
	/// [`grant`](crate::Pallet::grant).
	fn grant() -> Weight;
	/// [`revoke`](crate::Pallet::revoke).
	fn revoke() -> Weight;
	/// [`clean_grants`](crate::Pallet::clean_grants) that looks at `kept` tags which stay and removes
	/// `removed`.
	fn clean_grants(kept: u32, removed: u32) -> Weight;
}

/// Two verifications of an ecdsa signature (as signed, and as browser wallets wrap it), the dearest of
/// the three kinds, in picoseconds.
const CONSENT_VERIFICATION: u64 = 300_000_000;

/// Executing a call without its signature checks and database accesses, in picoseconds.
const EXECUTION: u64 = 20_000_000;

/// Looking at one tag in an iteration, in picoseconds.
const ITERATION: u64 = 5_000_000;

impl WeightInfo for () {
	// Reads: signer's account, enrolled account, participant (number, entry), next relationship, genesis
	// hash, time, two summary entries.
	// Writes: enrolled account, participant (number, entry), next relationship, relationship, two
	// summary entries.
	fn enrol() -> Weight {
		Weight::from_parts(CONSENT_VERIFICATION + 2 * EXECUTION, 0)
			.saturating_add(ParityDbWeight::get().reads_writes(9, 7))
	}

	// Reads: signer's account, counterparty, open proposals, next relationship, time, two summary
	// entries. Writes: open proposals, next relationship, relationship, two summary entries.
	fn propose() -> Weight {
		Weight::from_parts(EXECUTION, 0).saturating_add(ParityDbWeight::get().reads_writes(7, 5))
	}

	// Reads: signer's account, relationship, counterparty, open proposals, time.
	// Writes: relationship, open proposals.
	fn accept() -> Weight {
		Weight::from_parts(EXECUTION, 0).saturating_add(ParityDbWeight::get().reads_writes(5, 2))
	}

	// Reads: signer's account, relationship, open proposals.
	// Writes: relationship, two summary entries, open proposals.
	fn reject() -> Weight {
		Weight::from_parts(EXECUTION, 0).saturating_add(ParityDbWeight::get().reads_writes(3, 4))
	}

	// As `reject`.
	fn withdraw() -> Weight {
		Weight::from_parts(EXECUTION, 0).saturating_add(ParityDbWeight::get().reads_writes(3, 4))
	}

	// Reads: signer's account, relationship, time. Writes: relationship.
	fn end() -> Weight {
		Weight::from_parts(EXECUTION, 0).saturating_add(ParityDbWeight::get().reads_writes(3, 1))
	}

	// Reads: signer's account, relationship, time, tag. Writes: relationship, tag.
	fn grant() -> Weight {
		Weight::from_parts(EXECUTION, 0).saturating_add(ParityDbWeight::get().reads_writes(4, 2))
	}

	// Reads: signer's account, relationship, tag. Writes: relationship, tag.
	fn revoke() -> Weight {
		Weight::from_parts(EXECUTION, 0).saturating_add(ParityDbWeight::get().reads_writes(3, 2))
	}

	// Reads: signer's account, relationship, time, the end of the iteration, every tag looked at.
	// Writes: relationship, every tag removed.
	fn clean_grants(kept: u32, removed: u32) -> Weight {
		let (kept, removed) = (u64::from(kept), u64::from(removed));
		let seen = kept.saturating_add(removed);
		Weight::from_parts(EXECUTION, 0)
			.saturating_add(Weight::from_parts(ITERATION, 0).saturating_mul(seen))
			.saturating_add(
				ParityDbWeight::get()
					.reads_writes(seen.saturating_add(4), removed.saturating_add(1)),
			)
	}
}

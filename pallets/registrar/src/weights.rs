//! Weights of the calls, as estimates that a runtime replaces by measured ones: database accesses
//! counted by hand, and time and proof sizes on the safe side.

use frame_support::weights::{constants::ParityDbWeight, Weight};

/// Weights of this pallet's calls, at their worst.
pub trait WeightInfo {
	/// See [`Pallet::register`](crate::Pallet::register).
	fn register() -> Weight;
	/// See [`Pallet::rotate_key`](crate::Pallet::rotate_key).
	fn rotate_key() -> Weight;
	/// See [`Pallet::set_encryption_key`](crate::Pallet::set_encryption_key).
	fn set_encryption_key() -> Weight;
	/// See [`Pallet::end_sessions`](crate::Pallet::end_sessions).
	fn end_sessions() -> Weight;
	/// See [`Pallet::retire`](crate::Pallet::retire).
	fn retire() -> Weight;
	/// See [`Pallet::set_endpoint`](crate::Pallet::set_endpoint).
	fn set_endpoint() -> Weight;
	/// See [`Pallet::set_gatekeeper_key`](crate::Pallet::set_gatekeeper_key).
	fn set_gatekeeper_key() -> Weight;
	/// See [`Pallet::set_operator`](crate::Pallet::set_operator).
	fn set_operator() -> Weight;
	/// See [`Pallet::certify`](crate::Pallet::certify).
	fn certify() -> Weight;
	/// See [`Pallet::suspend`](crate::Pallet::suspend).
	fn suspend() -> Weight;
	/// See [`Pallet::reinstate`](crate::Pallet::reinstate).
	fn reinstate() -> Weight;
	/// See [`Pallet::set_purposes`](crate::Pallet::set_purposes).
	fn set_purposes() -> Weight;
	/// See [`Pallet::set_peer_ids`](crate::Pallet::set_peer_ids).
	fn set_peer_ids() -> Weight;
}

/// Time of a call without database and signatures, in picoseconds.
const BASE: u64 = 15_000_000;

/// Time to verify a consent: two ECDSA signatures, the dearest kind, because wallets may have wrapped
/// the text.
const CONSENT: u64 = 300_000_000;

/// Entries of the council that are read and written when a provider loses its seat: its open motions.
const LOST_SEAT: u64 = 64;

/// Bytes of proof that one read adds.
const PROOF_PER_READ: u64 = 2_600;

fn estimate(time: u64, reads: u64, writes: u64) -> Weight {
	Weight::from_parts(time, PROOF_PER_READ.saturating_mul(reads))
		.saturating_add(ParityDbWeight::get().reads_writes(reads, writes))
}

impl WeightInfo for () {
	/// Reads: the signer's and the new account, time, genesis hash, next number. Writes: the new account,
	/// participant, next number.
	fn register() -> Weight {
		estimate(BASE + CONSENT, 5, 3)
	}

	/// Reads: both accounts, participant, genesis hash; of a provider also authorities, session keys with
	/// their owners, and how both accounts' keys were set. Writes: both accounts, participant; of a
	/// provider also authorities, session keys under both accounts, their owners, and how they were set.
	fn rotate_key() -> Weight {
		estimate(BASE + CONSENT, 13, 13)
	}

	/// Reads: account, participant. Writes: participant.
	fn set_encryption_key() -> Weight {
		estimate(BASE, 2, 1)
	}

	/// Reads: account, participant. Writes: participant.
	fn end_sessions() -> Weight {
		estimate(BASE, 2, 1)
	}

	/// Reads: account, participant, provider, operator account; of a provider also authorities, session's
	/// validators and queued keys, and the accounts of validators that are about to leave or have moved.
	/// Writes: both accounts, participant, provider, peer ids.
	fn retire() -> Weight {
		estimate(BASE, 16, 5)
	}

	/// Reads: account, provider. Writes: provider.
	fn set_endpoint() -> Weight {
		estimate(BASE, 2, 1)
	}

	/// Reads: account, provider. Writes: provider.
	fn set_gatekeeper_key() -> Weight {
		estimate(BASE, 2, 1)
	}

	/// Reads: account, provider, replaced and new operator account, genesis hash. Writes: provider,
	/// replaced and new operator account.
	fn set_operator() -> Weight {
		estimate(BASE + CONSENT, 5, 3)
	}

	/// Reads: name, account, next number. Writes: account, next number, participant, name, provider.
	fn certify() -> Weight {
		estimate(BASE, 3, 5)
	}

	/// Reads: participant, provider, both accounts; authorities, their pending changes, minimum, delay.
	/// Writes: participant, both accounts, peer ids; authorities, pending changes. What the council does
	/// when a seat is lost is charged by [`LOST_SEAT`].
	fn suspend() -> Weight {
		estimate(BASE, 8, 6).saturating_add(estimate(0, LOST_SEAT, LOST_SEAT))
	}

	/// Reads: participant, provider, both accounts. Writes: participant, both accounts.
	fn reinstate() -> Weight {
		estimate(BASE, 4, 3)
	}

	/// Reads: the table. Writes: the table.
	fn set_purposes() -> Weight {
		estimate(BASE, 1, 1)
	}

	/// Reads: account. Writes: peer ids.
	fn set_peer_ids() -> Weight {
		estimate(BASE, 1, 1)
	}
}

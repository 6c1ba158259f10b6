//! Proofs of who held a session key in a session.

use crate::{ActiveKeys, Config};
use core::marker::PhantomData;
use frame_support::{
	storage::{with_transaction_unchecked, TransactionOutcome},
	traits::KeyOwnerProofSystem,
};
use pallet_session::{historical::Pallet as Historical, NextKeys};
use sp_runtime::KeyTypeId;

/// The historical pallet's proofs, right for the present session too.
///
/// For the present session pallet-session's historical takes the keys that each validator has set last
/// for the keys that it works with. Who equivocated could set new ones, or move to a new account, and
/// nothing could be proven of it until the session after the next. So both directions run on the keys
/// that are in use, put in place for as long as the proof takes and taken back then.
pub struct KeyOwnership<T>(PhantomData<T>);

impl<T: Config, D: AsRef<[u8]>> KeyOwnerProofSystem<(KeyTypeId, D)> for KeyOwnership<T> {
	type Proof = <Historical<T> as KeyOwnerProofSystem<(KeyTypeId, D)>>::Proof;
	type IdentificationTuple =
		<Historical<T> as KeyOwnerProofSystem<(KeyTypeId, D)>>::IdentificationTuple;

	/// `None` for a key that is not in use; the historical pallet alone proves also that.
	fn prove((key_type, key): (KeyTypeId, D)) -> Option<Self::Proof> {
		let key = (key_type, key.as_ref());
		with_active_keys::<T, _>(|| {
			Historical::<T>::prove(key)
				.filter(|proof| Historical::<T>::check_proof(key, proof.clone()).is_some())
		})
	}

	fn check_proof(key: (KeyTypeId, D), proof: Self::Proof) -> Option<Self::IdentificationTuple> {
		with_active_keys::<T, _>(|| Historical::<T>::check_proof(key, proof))
	}
}

/// Run something that only reads, on the keys of the present session.
fn with_active_keys<T: Config, R>(read: impl FnOnce() -> R) -> R {
	with_transaction_unchecked(|| {
		for (validator, keys) in ActiveKeys::<T>::get() {
			NextKeys::<T>::insert(validator, keys);
		}
		TransactionOutcome::Rollback(read())
	})
}

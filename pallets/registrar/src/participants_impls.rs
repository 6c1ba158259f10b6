//! What other pallets may ask of this one.

use crate::{Config, Error, Pallet};
use frame_support::{
	ensure,
	pallet_prelude::{DispatchError, DispatchResult},
};
use medrec_primitives::{
	AccountId, AccountRole, Caller, EncryptionKey, ParticipantId, ParticipantKind, Participants,
	Party, Suspensions,
};

impl<T: Config> Participants<AccountId> for Pallet<T> {
	fn caller(account: &AccountId) -> Option<Caller> {
		Self::caller_of(account)
	}

	fn party(participant: ParticipantId) -> Option<Party> {
		crate::Participants::<T>::get(participant).map(|entry| Party {
			participant,
			kind: entry.kind,
			status: entry.status,
		})
	}

	fn account(participant: ParticipantId) -> Option<AccountId> {
		crate::Participants::<T>::get(participant).map(|entry| entry.account)
	}

	fn encryption_key(participant: ParticipantId) -> Option<EncryptionKey> {
		crate::Participants::<T>::get(participant).map(|entry| entry.encryption_key)
	}

	fn owner(account: &AccountId) -> Option<ParticipantId> {
		// What an account belonged to stays in it when it becomes a tombstone.
		let data = frame_system::Account::<T>::get(account).data;
		(data.role != AccountRole::Vacant).then_some(data.participant)
	}

	fn role(account: &AccountId) -> AccountRole {
		frame_system::Account::<T>::get(account).data.role
	}

	fn register(
		account: AccountId,
		kind: ParticipantKind,
		encryption_key: EncryptionKey,
	) -> Result<ParticipantId, DispatchError> {
		ensure!(kind != ParticipantKind::Provider, Error::<T>::KindNeedsCertification);
		Self::admit(account, kind, encryption_key)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_participant(account: AccountId, kind: ParticipantKind) -> ParticipantId {
		crate::benchmarking::participant::<T>(account, kind)
	}
}

impl<T: Config> Suspensions for Pallet<T> {
	fn suspend(participant: ParticipantId) -> DispatchResult {
		Self::make_suspended(participant)
	}
}

//! What the calls share: who is calling, consents, and keeping accounts and participants in step.

use crate::{Config, Error, Event, NextParticipantId, Pallet, Participants, PeerIds, Providers};
use frame_support::{
	ensure,
	pallet_prelude::{DispatchError, DispatchResult, Zero},
	traits::UnixTime,
};
use frame_system::pallet_prelude::BlockNumberFor;
use medrec_primitives::{
	AccountRole, AuthorityHolders, Caller, Consent, EncryptionKey, Epoch, Hash, Moment,
	Participant, ParticipantAccount, ParticipantId, ParticipantKind, ParticipantStatus, Provider,
	Signature,
};
use sp_runtime::SaturatedConversion;

/// Who is calling.
impl<T: Config> Pallet<T> {
	/// Who an account acts as; `None` for strangers and tombstones.
	pub(crate) fn caller_of(account: &T::AccountId) -> Option<Caller> {
		let ParticipantAccount { participant, role, status, .. } =
			frame_system::Account::<T>::get(account).data;
		let is_operator = role == AccountRole::Operator;
		role.kind().map(|kind| Caller { participant, kind, status, is_operator })
	}

	pub(crate) fn ensure_caller(who: &T::AccountId) -> Result<Caller, DispatchError> {
		Self::caller_of(who).ok_or(Error::<T>::CallerUnknown.into())
	}

	/// The participant whose own account this is, in whatever standing.
	pub(crate) fn ensure_principal(who: &T::AccountId) -> Result<Caller, DispatchError> {
		let caller = Self::ensure_caller(who)?;
		ensure!(!caller.is_operator, Error::<T>::CallerIsOperator);
		Ok(caller)
	}

	pub(crate) fn ensure_active_principal(who: &T::AccountId) -> Result<Caller, DispatchError> {
		let caller = Self::ensure_principal(who)?;
		Self::ensure_active(&caller)?;
		Ok(caller)
	}

	pub(crate) fn ensure_active_provider(
		who: &T::AccountId,
	) -> Result<ParticipantId, DispatchError> {
		let caller = Self::ensure_principal(who)?;
		ensure!(caller.kind == ParticipantKind::Provider, Error::<T>::CallerNotProvider);
		Self::ensure_active(&caller)?;
		Ok(caller.participant)
	}

	pub(crate) fn ensure_active(caller: &Caller) -> DispatchResult {
		Self::ensure_not_retired(caller)?;
		ensure!(caller.status != ParticipantStatus::Suspended, Error::<T>::CallerSuspended);
		Ok(())
	}

	pub(crate) fn ensure_not_retired(caller: &Caller) -> DispatchResult {
		ensure!(caller.status != ParticipantStatus::Retired, Error::<T>::CallerRetired);
		Ok(())
	}

	pub(crate) fn ensure_without_authority(caller: &Caller) -> DispatchResult {
		ensure!(
			caller.kind != ParticipantKind::Provider
				|| !T::Authorities::holds_authority(caller.participant),
			Error::<T>::CallerHoldsAuthority
		);
		Ok(())
	}
}

/// Consents.
impl<T: Config> Pallet<T> {
	/// The block's time.
	pub(crate) fn now() -> Moment {
		T::UnixTime::now().as_millis().saturated_into()
	}

	/// Hash of the genesis block, by which a consent names the chain. The system pallet never prunes it.
	pub(crate) fn genesis_hash() -> Hash {
		frame_system::BlockHash::<T>::get(BlockNumberFor::<T>::zero())
	}

	/// Take a consent that an account signed, once: it is bound to the account's nonce, which goes up.
	pub(crate) fn consume_consent(
		consent: &Consent,
		account: &T::AccountId,
		signature: &Signature,
	) -> DispatchResult {
		let nonce = frame_system::Pallet::<T>::account_nonce(account);
		ensure!(
			consent.verify(&Self::genesis_hash(), account, nonce, signature),
			Error::<T>::ConsentInvalid
		);
		frame_system::Pallet::<T>::inc_account_nonce(account);
		Ok(())
	}
}

/// Accounts and participants.
impl<T: Config> Pallet<T> {
	/// Whether an account may become a participant's or an operator's.
	pub(crate) fn ensure_vacant(account: &T::AccountId) -> DispatchResult {
		match frame_system::Account::<T>::get(account).data.role {
			AccountRole::Vacant => Ok(()),
			AccountRole::Tombstone => Err(Error::<T>::AccountTombstone.into()),
			_ => Err(Error::<T>::AccountTaken.into()),
		}
	}

	/// Put a vacant account on the chain as a new participant. Who admits a provider also writes its
	/// [`Providers`] entry and its name.
	pub(crate) fn admit(
		account: T::AccountId,
		kind: ParticipantKind,
		encryption_key: EncryptionKey,
	) -> Result<ParticipantId, DispatchError> {
		Self::ensure_vacant(&account)?;
		let participant = NextParticipantId::<T>::get();
		let next = participant.checked_add(1).ok_or(Error::<T>::ParticipantIdsExhausted)?;
		NextParticipantId::<T>::put(next);

		let data =
			ParticipantAccount { participant, role: kind.into(), ..ParticipantAccount::default() };
		Self::occupy(&account, data);
		Participants::<T>::insert(
			participant,
			Participant {
				account: account.clone(),
				kind,
				status: data.status,
				encryption_key,
				epoch: 0,
			},
		);
		Self::deposit_event(Event::Registered { participant, account, kind });
		Ok(participant)
	}

	/// Make a vacant account what `data` says, and keep it for ever: without a provider reference the
	/// system pallet would refuse its transactions and forget its nonce.
	pub(crate) fn occupy(account: &T::AccountId, data: ParticipantAccount) {
		frame_system::Pallet::<T>::inc_providers(account);
		frame_system::Account::<T>::mutate(account, |info| info.data = data);
	}

	/// Make an account unusable for ever. Returns what it was.
	pub(crate) fn entomb(account: &T::AccountId) -> ParticipantAccount {
		frame_system::Account::<T>::mutate(account, |info| {
			let was = info.data;
			info.data.role = AccountRole::Tombstone;
			was
		})
	}

	pub(crate) fn mutate_participant<R>(
		id: ParticipantId,
		change: impl FnOnce(&mut Participant<T::AccountId>) -> Result<R, DispatchError>,
	) -> Result<R, DispatchError> {
		Participants::<T>::try_mutate(id, |entry| {
			change(entry.as_mut().ok_or(Error::<T>::ParticipantAbsent)?)
		})
	}

	pub(crate) fn mutate_provider<R>(
		id: ParticipantId,
		change: impl FnOnce(&mut Provider<T::AccountId>) -> Result<R, DispatchError>,
	) -> Result<R, DispatchError> {
		Providers::<T>::try_mutate(id, |entry| {
			change(entry.as_mut().ok_or(Error::<T>::ParticipantAbsent)?)
		})
	}

	/// End the participant's sessions. Fails rather than saturates: an epoch that stood still would leave
	/// sessions alive that their owner believes ended.
	pub(crate) fn raise_epoch(
		participant: &mut Participant<T::AccountId>,
	) -> Result<Epoch, DispatchError> {
		participant.epoch = participant.epoch.checked_add(1).ok_or(Error::<T>::EpochsExhausted)?;
		Ok(participant.epoch)
	}

	pub(crate) fn ensure_may_be_suspended(status: ParticipantStatus) -> DispatchResult {
		match status {
			ParticipantStatus::Active => Ok(()),
			ParticipantStatus::Suspended => Err(Error::<T>::AlreadySuspended.into()),
			ParticipantStatus::Retired => Err(Error::<T>::ParticipantRetired.into()),
		}
	}

	/// Suspend an active participant that holds no seat in the council.
	pub(crate) fn make_suspended(id: ParticipantId) -> DispatchResult {
		Self::mutate_participant(id, |participant| {
			Self::ensure_may_be_suspended(participant.status)?;
			Self::set_status(id, participant, ParticipantStatus::Suspended);
			Ok(())
		})?;
		Self::deposit_event(Event::Suspended { participant: id });
		Ok(())
	}

	/// Change a participant's standing, also where its account and its operator's repeat it. Only who is
	/// active has nodes that others take as peers.
	pub(crate) fn set_status(
		id: ParticipantId,
		participant: &mut Participant<T::AccountId>,
		status: ParticipantStatus,
	) {
		participant.status = status;
		if status != ParticipantStatus::Active && participant.kind == ParticipantKind::Provider {
			PeerIds::<T>::remove(id);
		}
		let operator = match participant.kind {
			ParticipantKind::Provider => {
				Providers::<T>::get(id).and_then(|provider| provider.operator)
			},
			_ => None,
		};
		for account in core::iter::once(&participant.account).chain(&operator) {
			frame_system::Account::<T>::mutate(account, |info| {
				info.data.status = status;
				if status == ParticipantStatus::Suspended {
					// From now on only the rotation counts that a suspended participant may make.
					info.data.used = 0;
				}
			});
		}
	}
}

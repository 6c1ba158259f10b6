//! Changing who holds authority: at once, or after the others could object.

use crate::{
	types::{is_among, spares_one},
	Authorities, Changes, Config, Error, Event, MinimumAuthorities, Pallet, PendingChange,
	RemovalDelay, LOG_TARGET,
};
use frame_support::{dispatch::DispatchResult, ensure, traits::Get, BoundedVec};
use medrec_primitives::{
	AccountId, AuthorityChange, OnSeatLost, ParticipantId, ParticipantKind, ParticipantStatus,
	Participants, Suspensions,
};
use sp_runtime::{DispatchError, Saturating};

impl<T: Config> Pallet<T> {
	/// Whether a provider can be given authority as things stand. Returns its account.
	pub(crate) fn ensure_admissible(
		participant: ParticipantId,
	) -> Result<AccountId, DispatchError> {
		let party = T::Participants::party(participant).ok_or(Error::<T>::ParticipantAbsent)?;
		ensure!(party.kind == ParticipantKind::Provider, Error::<T>::NotProvider);
		ensure!(party.status == ParticipantStatus::Active, Error::<T>::ProviderNotActive);
		let authorities = Authorities::<T>::get();
		ensure!(!is_among::<T>(&authorities, participant), Error::<T>::AlreadyAuthority);
		let account = T::Participants::account(participant).ok_or(Error::<T>::ParticipantAbsent)?;
		ensure!(
			pallet_session::NextKeys::<T>::contains_key(&account),
			Error::<T>::SessionKeysAbsent
		);
		ensure!(
			authorities.len() < T::MaxAuthorities::get() as usize,
			Error::<T>::TooManyAuthorities
		);
		Ok(account)
	}

	/// Give a provider authority, and end what was decided of it before.
	pub(crate) fn admit(participant: ParticipantId) -> DispatchResult {
		let account = Self::ensure_admissible(participant)?;
		Authorities::<T>::try_mutate(|authorities| {
			let place = authorities.partition_point(|(id, _)| *id < participant);
			authorities
				.try_insert(place, (participant, account.clone()))
				.map_err(|_| Error::<T>::TooManyAuthorities)
		})?;
		Changes::<T>::mutate(|changes| changes.retain(|it| it.participant != participant));
		Self::deposit_event(Event::AuthorityAdded { participant, account });
		Ok(())
	}

	/// Take authority from a provider, and with it what was decided of it and its objections.
	pub(crate) fn expel(participant: ParticipantId) {
		let mut authorities = Authorities::<T>::get();
		let Ok(place) = authorities.binary_search_by_key(&participant, |(id, _)| *id) else {
			return;
		};
		let (_, account) = authorities.remove(place);
		Authorities::<T>::put(authorities);
		Changes::<T>::mutate(|changes| {
			changes.retain(|pending| pending.participant != participant);
			for pending in changes.iter_mut() {
				pending.objectors.retain(|objector| *objector != participant);
			}
		});
		T::OnSeatLost::seat_lost(participant);
		Self::deposit_event(Event::AuthorityRemoved { participant, account });
	}

	/// Whether one more authority can go.
	pub(crate) fn ensure_spares_one() -> DispatchResult {
		ensure!(
			spares_one::<T>(
				&Authorities::<T>::get(),
				&Changes::<T>::get(),
				MinimumAuthorities::<T>::get()
			),
			Error::<T>::TooFewAuthorities
		);
		Ok(())
	}

	/// Whether nothing is decided of a provider that waits for objections.
	pub(crate) fn ensure_no_change_pending(participant: ParticipantId) -> DispatchResult {
		ensure!(
			Changes::<T>::get().iter().all(|pending| pending.participant != participant),
			Error::<T>::ChangePending
		);
		Ok(())
	}

	/// Have a change wait for objections. The caller has checked that it is possible.
	pub(crate) fn announce(participant: ParticipantId, change: AuthorityChange) -> DispatchResult {
		Self::ensure_no_change_pending(participant)?;
		let due = frame_system::Pallet::<T>::block_number()
			.saturating_add(RemovalDelay::<T>::get().into());
		Changes::<T>::try_mutate(|changes| {
			changes
				.try_push(PendingChange { participant, change, due, objectors: BoundedVec::new() })
				.map_err(|_| Error::<T>::TooManyChanges)
		})?;
		Self::deposit_event(Event::ChangeDecided { participant, change, due });
		Ok(())
	}

	/// Enact the changes that are due, in the order of the decisions, unless too many object by now.
	pub(crate) fn enact_changes() {
		let now = frame_system::Pallet::<T>::block_number();
		for pending in Changes::<T>::get().into_iter().filter(|pending| pending.due <= now) {
			let participant = pending.participant;
			// Read again: an authority that has gone since takes its objections along, and fewer objectors
			// are more than a third of a set that has shrunk.
			let mut changes = Changes::<T>::get();
			let Some(place) = changes.iter().position(|it| it.participant == participant) else {
				continue;
			};
			let pending = changes.remove(place);
			let change = pending.change;
			Changes::<T>::put(changes);
			if pending.is_refused(Authorities::<T>::decode_len().unwrap_or(0)) {
				Self::deposit_event(Event::ChangeRefused { participant, change });
			} else {
				Self::enact(participant, change);
			}
		}
	}

	fn enact(participant: ParticipantId, change: AuthorityChange) {
		match change {
			AuthorityChange::Addition => {
				if let Err(error) = Self::admit(participant) {
					log::warn!(
						target: LOG_TARGET,
						"provider {participant} does not get the authority decided for it: {error:?}"
					);
					Self::deposit_event(Event::ChangeDropped { participant, change });
				}
			},
			AuthorityChange::Removal => Self::expel(participant),
			AuthorityChange::Suspension => {
				Self::expel(participant);
				// An authority is active, so there is nothing that could stand against it.
				if let Err(error) = T::Suspensions::suspend(participant) {
					log::error!(
						target: LOG_TARGET,
						"provider {participant} lost its authority and was not suspended: {error:?}"
					);
				}
			},
		}
	}
}

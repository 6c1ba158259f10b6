//! What the calls do once their origin is checked.

use crate::{
	types::spares_one, Authorities, AuthorityList, Config, Error, Event, MinimumAuthorities,
	Pallet, Removal, RemovalDelay, RemovalList, Removals, SessionLength, MIN_SESSION_LENGTH,
};
use alloc::vec::Vec;
use frame_support::{dispatch::DispatchResult, ensure, traits::ChangeMembers, BoundedVec};
use medrec_primitives::{
	AccountId, ParticipantId, ParticipantKind, ParticipantStatus, Participants,
};
use sp_runtime::Saturating;

impl<T: Config> Pallet<T> {
	pub(crate) fn do_add_authority(participant: ParticipantId) -> DispatchResult {
		let party = T::Participants::party(participant).ok_or(Error::<T>::ParticipantAbsent)?;
		ensure!(party.kind == ParticipantKind::Provider, Error::<T>::NotProvider);
		ensure!(party.status == ParticipantStatus::Active, Error::<T>::ProviderNotActive);
		let account = T::Participants::account(participant).ok_or(Error::<T>::ParticipantAbsent)?;

		let mut authorities = Authorities::<T>::get();
		let place = match authorities.binary_search_by_key(&participant, |(id, _)| *id) {
			Ok(_) => return Err(Error::<T>::AlreadyAuthority.into()),
			Err(place) => place,
		};
		ensure!(
			pallet_session::NextKeys::<T>::contains_key(&account),
			Error::<T>::SessionKeysAbsent
		);
		authorities
			.try_insert(place, (participant, account.clone()))
			.map_err(|_| Error::<T>::TooManyAuthorities)?;
		Self::replace_authorities(authorities);
		Self::deposit_event(Event::AuthorityAdded { participant, account });
		Ok(())
	}

	pub(crate) fn do_remove_authority(participant: ParticipantId) -> DispatchResult {
		let authorities = Authorities::<T>::get();
		ensure!(is_among::<T>(&authorities, participant), Error::<T>::NotAuthority);
		let mut removals = Removals::<T>::get();
		ensure!(
			removals.iter().all(|removal| removal.participant != participant),
			Error::<T>::RemovalPending
		);
		ensure!(
			spares_one::<T>(&authorities, &removals, MinimumAuthorities::<T>::get()),
			Error::<T>::TooFewAuthorities
		);
		let due = frame_system::Pallet::<T>::block_number()
			.saturating_add(RemovalDelay::<T>::get().into());
		// There is room: removals name different authorities, of which there are no more than places.
		removals
			.try_push(Removal { participant, due, objectors: BoundedVec::new() })
			.map_err(|_| Error::<T>::TooFewAuthorities)?;
		Removals::<T>::put(removals);
		Self::deposit_event(Event::RemovalDecided { participant, due });
		Ok(())
	}

	pub(crate) fn do_set_session_length(blocks: u32) -> DispatchResult {
		ensure!(blocks >= MIN_SESSION_LENGTH, Error::<T>::SessionTooShort);
		SessionLength::<T>::put(blocks);
		Self::deposit_event(Event::SessionLengthSet { blocks });
		Ok(())
	}

	pub(crate) fn do_object_to_removal(
		account: &AccountId,
		participant: ParticipantId,
	) -> DispatchResult {
		let authorities = Authorities::<T>::get();
		let objector = authorities
			.iter()
			.find(|(_, holder)| holder == account)
			.map(|(id, _)| *id)
			.ok_or(Error::<T>::ObjectorNotAuthority)?;
		let mut removals = Removals::<T>::get();
		let removal = removals
			.iter_mut()
			.find(|removal| removal.participant == participant)
			.ok_or(Error::<T>::RemovalAbsent)?;
		// There is room: objectors are different authorities, of which there are no more than places.
		ensure!(!removal.objectors.contains(&objector), Error::<T>::AlreadyObjected);
		removal.objectors.try_push(objector).map_err(|_| Error::<T>::AlreadyObjected)?;
		let is_refused = removal.is_refused(authorities.len());
		if is_refused {
			removals.retain(|removal| removal.participant != participant);
		}
		Removals::<T>::put(removals);
		Self::deposit_event(Event::RemovalObjected { participant, objector });
		if is_refused {
			Self::deposit_event(Event::RemovalRefused { participant });
		}
		Ok(())
	}

	/// Store the set and give the council the same members.
	pub(crate) fn replace_authorities(authorities: AuthorityList<T>) {
		let before = sorted_accounts::<T>(&Authorities::<T>::get());
		T::Membership::set_members_sorted(&sorted_accounts::<T>(&authorities), &before);
		Authorities::<T>::put(authorities);
	}
}

/// Whether a provider holds authority.
pub(crate) fn is_among<T: Config>(
	authorities: &AuthorityList<T>,
	participant: ParticipantId,
) -> bool {
	authorities.binary_search_by_key(&participant, |(id, _)| *id).is_ok()
}

/// The accounts of the authorities in the order in which the council wants its members.
pub(crate) fn sorted_accounts<T: Config>(authorities: &AuthorityList<T>) -> Vec<AccountId> {
	let mut accounts: Vec<_> = authorities.iter().map(|(_, account)| account.clone()).collect();
	accounts.sort();
	accounts
}

/// Take a provider out of the set, and with it its removal and its objections.
pub(crate) fn take_out<T: Config>(
	authorities: &mut AuthorityList<T>,
	removals: &mut RemovalList<T>,
	participant: ParticipantId,
) -> Option<AccountId> {
	let place = authorities.binary_search_by_key(&participant, |(id, _)| *id).ok()?;
	let (_, account) = authorities.remove(place);
	removals.retain(|removal| removal.participant != participant);
	for removal in removals.iter_mut() {
		removal.objectors.retain(|objector| *objector != participant);
	}
	Some(account)
}

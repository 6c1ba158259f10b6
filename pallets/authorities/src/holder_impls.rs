//! What other pallets ask and want of those who hold authority.

use crate::{
	dispatchable_impls::{is_among, take_out},
	types::spares_one,
	Authorities, Config, Error, Event, MinimumAuthorities, Pallet, Removals,
};
use core::marker::PhantomData;
use frame_support::{dispatch::DispatchResult, ensure};
use medrec_primitives::{
	AccountId, AuthorityHolders, ParticipantId, ParticipantKind, Participants,
};
use sp_runtime::traits::Convert;

impl<T: Config> AuthorityHolders for Pallet<T> {
	/// True also for a provider that was removed, until pallet-session has let it go: its account is
	/// the name of a validator up to then.
	fn holds_authority(participant: ParticipantId) -> bool {
		is_among::<T>(&Authorities::<T>::get(), participant)
			|| T::Participants::account(participant).is_some_and(|account| {
				pallet_session::Validators::<T>::get().contains(&account)
					|| pallet_session::QueuedKeys::<T>::get()
						.iter()
						.any(|(validator, _)| *validator == account)
			})
	}

	/// Without delay and without objections, unlike [`Pallet::remove_authority`].
	fn relinquish(participant: ParticipantId) -> DispatchResult {
		let mut authorities = Authorities::<T>::get();
		if !is_among::<T>(&authorities, participant) {
			return Ok(());
		}
		let mut removals = Removals::<T>::get();
		let is_counted_already = removals.iter().any(|removal| removal.participant == participant);
		ensure!(
			is_counted_already
				|| spares_one::<T>(&authorities, &removals, MinimumAuthorities::<T>::get()),
			Error::<T>::TooFewAuthorities
		);
		if let Some(account) = take_out::<T>(&mut authorities, &mut removals, participant) {
			Removals::<T>::put(removals);
			Self::replace_authorities(authorities);
			Self::deposit_event(Event::AuthorityRemoved { participant, account });
		}
		Ok(())
	}
}

/// An account as the name of a validator, if it may be one: the account of an active provider. To be
/// the runtime's `pallet_session::Config::ValidatorIdOf`, so that nobody else sets session keys.
pub struct ProviderAccountOf<T>(PhantomData<T>);

impl<T: Config> Convert<AccountId, Option<AccountId>> for ProviderAccountOf<T> {
	fn convert(account: AccountId) -> Option<AccountId> {
		let caller = T::Participants::caller(&account)?;
		let may_validate =
			caller.kind == ParticipantKind::Provider && caller.is_active() && !caller.is_operator;
		may_validate.then_some(account)
	}
}

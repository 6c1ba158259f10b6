//! What other pallets ask and want of those who hold authority.

use crate::{types::is_among, Authorities, Changes, Config, Event, Pallet};
use core::marker::PhantomData;
use frame_support::dispatch::DispatchResult;
use frame_system::RawOrigin;
use medrec_primitives::{
	AccountId, AuthorityChange, AuthorityHolders, Majority, ParticipantId, ParticipantKind,
	Participants, Relinquished, Seats,
};
use pallet_session::{NextKeys, QueuedKeys, SessionInterface, Validators};
use sp_runtime::{traits::Convert, DispatchError};

impl<T: Config> AuthorityHolders<AccountId> for Pallet<T> {
	/// True also for a provider that was removed, until pallet-session has let it go: its account, or
	/// one that it had, is the name of a validator up to then.
	fn holds_authority(participant: ParticipantId) -> bool {
		let authorities = Authorities::<T>::get();
		let is_its = |validator: &AccountId| {
			authorities.iter().all(|(_, account)| account != validator)
				&& T::Participants::owner(validator) == Some(participant)
		};
		is_among::<T>(&authorities, participant)
			|| Validators::<T>::get().iter().any(is_its)
			|| QueuedKeys::<T>::get().iter().any(|(validator, _)| is_its(validator))
	}

	fn relinquish(
		participant: ParticipantId,
		majority: Majority,
	) -> Result<Relinquished, DispatchError> {
		if !Self::holds_seat(participant) {
			return Ok(Relinquished::Now);
		}
		if majority < Majority::TwoThirds {
			Self::ensure_no_change_pending(participant)?;
			Self::ensure_spares_one()?;
			Self::announce(participant, AuthorityChange::Suspension)?;
			return Ok(Relinquished::Later);
		}
		let is_counted_already =
			Changes::<T>::get().iter().any(|pending| pending.participant == participant);
		if !is_counted_already {
			Self::ensure_spares_one()?;
		}
		Self::expel(participant);
		Ok(Relinquished::Now)
	}

	/// The session keys of a provider that is not active do not move: it sets them anew when it is
	/// reinstated. The names of validators change with the rotations that follow, while the keys that
	/// blocks are signed with stay the same.
	fn account_rotated(
		participant: ParticipantId,
		old: &AccountId,
		new: &AccountId,
	) -> DispatchResult {
		if let Some(keys) = NextKeys::<T>::get(old) {
			pallet_session::Pallet::<T>::purge_keys(RawOrigin::Signed(old.clone()).into())?;
			if ProviderAccountOf::<T>::convert(new.clone()).is_some() {
				<pallet_session::Pallet<T> as SessionInterface>::set_keys(new, keys)?;
			}
		}
		let mut authorities = Authorities::<T>::get();
		if let Ok(place) = authorities.binary_search_by_key(&participant, |(id, _)| *id) {
			authorities[place].1 = new.clone();
			Authorities::<T>::put(authorities);
			Self::deposit_event(Event::AuthorityMoved { participant, account: new.clone() });
		}
		Ok(())
	}
}

impl<T: Config> Seats<AccountId> for Pallet<T> {
	fn seat_of(account: &AccountId) -> Option<ParticipantId> {
		Authorities::<T>::get()
			.iter()
			.find(|(_, holder)| holder == account)
			.map(|(participant, _)| *participant)
	}

	fn holds_seat(participant: ParticipantId) -> bool {
		is_among::<T>(&Authorities::<T>::get(), participant)
	}

	fn seats() -> u32 {
		// No more than `MaxAuthorities`, which is a u32.
		Authorities::<T>::decode_len().unwrap_or(0) as u32
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_seats(count: u32) -> alloc::vec::Vec<(ParticipantId, AccountId)> {
		crate::benchmarking::fill::<T>(count).into_inner()
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

/// Which participant a validator is, whose name may be an account that it has left since. To be the
/// runtime's `pallet_session::historical::Config::FullIdentificationOf`.
pub struct ParticipantOf<T>(PhantomData<T>);

impl<T: Config> Convert<AccountId, Option<ParticipantId>> for ParticipantOf<T> {
	fn convert(account: AccountId) -> Option<ParticipantId> {
		T::Participants::owner(&account)
	}
}

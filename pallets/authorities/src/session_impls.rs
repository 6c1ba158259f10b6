//! What pallet-session asks: when a session ends, and who validates in the one after the next.

use crate::{
	dispatchable_impls::take_out, Authorities, Config, Event, Pallet, Removals, SessionLength,
	SessionStart, LOG_TARGET,
};
use alloc::vec::Vec;
use frame_support::{
	traits::{EstimateNextSessionRotation, Get},
	weights::Weight,
};
use frame_system::pallet_prelude::BlockNumberFor;
use medrec_primitives::AccountId;
use pallet_session::{NextKeys, QueuedKeys, SessionManager, ShouldEndSession};
use sp_runtime::{traits::One, Permill, Saturating};
use sp_staking::SessionIndex;

impl<T: Config> SessionManager<AccountId> for Pallet<T> {
	/// `None` as long as the set and its keys are what pallet-session has queued already: `Some` with
	/// the same set would make GRANDPA change its authorities in every session.
	fn new_session(_: SessionIndex) -> Option<Vec<AccountId>> {
		Self::enact_removals();
		let planned = Self::authorities_with_keys();
		if planned.is_empty() {
			// Without validators the chain would stop for good.
			log::error!(target: LOG_TARGET, "no authority has session keys; keeping the validators");
			return None;
		}
		let queued = QueuedKeys::<T>::get();
		let is_queued = planned.len() == queued.len()
			&& planned.iter().all(|validator| queued.contains(validator));
		(!is_queued).then(|| planned.into_iter().map(|(account, _)| account).collect())
	}

	/// `None` where pallet-session is built before this pallet; it then takes the accounts of its own
	/// genesis keys, which have to be the same.
	fn new_session_genesis(_: SessionIndex) -> Option<Vec<AccountId>> {
		let planned: Vec<_> =
			Self::authorities_with_keys().into_iter().map(|(account, _)| account).collect();
		(!planned.is_empty()).then_some(planned)
	}

	fn end_session(_: SessionIndex) {}

	fn start_session(_: SessionIndex) {
		SessionStart::<T>::put(frame_system::Pallet::<T>::block_number());
	}
}

impl<T: Config> ShouldEndSession<BlockNumberFor<T>> for Pallet<T> {
	fn should_end_session(now: BlockNumberFor<T>) -> bool {
		now >= Self::session_end()
	}
}

impl<T: Config> EstimateNextSessionRotation<BlockNumberFor<T>> for Pallet<T> {
	fn average_session_length() -> BlockNumberFor<T> {
		SessionLength::<T>::get().into()
	}

	/// Counts the block `now` as over, so that the last block of a session answers 100 %.
	fn estimate_current_session_progress(now: BlockNumberFor<T>) -> (Option<Permill>, Weight) {
		let length = BlockNumberFor::<T>::from(SessionLength::<T>::get());
		let elapsed =
			now.saturating_sub(SessionStart::<T>::get()).saturating_add(One::one()).min(length);
		(Some(Permill::from_rational(elapsed, length)), T::DbWeight::get().reads(2))
	}

	/// Asked after the session was rotated in the block `now`, if it was.
	fn estimate_next_session_rotation(
		now: BlockNumberFor<T>,
	) -> (Option<BlockNumberFor<T>>, Weight) {
		let next = Self::session_end().max(now.saturating_add(One::one()));
		(Some(next), T::DbWeight::get().reads(2))
	}
}

impl<T: Config> Pallet<T> {
	/// The first block that is not in the current session any more.
	fn session_end() -> BlockNumberFor<T> {
		SessionStart::<T>::get().saturating_add(SessionLength::<T>::get().into())
	}

	/// The authorities with the keys that they validate with in a session planned now. Who has none
	/// (purged since) is left out here, as pallet-session would leave it out.
	fn authorities_with_keys() -> Vec<(AccountId, T::Keys)> {
		Authorities::<T>::get()
			.into_iter()
			.filter_map(|(_, account)| NextKeys::<T>::get(&account).map(|keys| (account, keys)))
			.collect()
	}

	/// Remove the authorities whose removal is due, unless too many object by now.
	fn enact_removals() {
		let mut removals = Removals::<T>::get();
		let now = frame_system::Pallet::<T>::block_number();
		let due: Vec<_> = removals
			.iter()
			.filter(|removal| removal.due <= now)
			.map(|removal| removal.participant)
			.collect();
		if due.is_empty() {
			return;
		}
		let mut authorities = Authorities::<T>::get();
		for participant in due {
			// Counted again, because fewer objectors are more than a third of a set that has shrunk.
			let is_refused = removals.iter().any(|removal| {
				removal.participant == participant && removal.is_refused(authorities.len())
			});
			if is_refused {
				removals.retain(|removal| removal.participant != participant);
				Self::deposit_event(Event::RemovalRefused { participant });
			} else if let Some(account) =
				take_out::<T>(&mut authorities, &mut removals, participant)
			{
				Self::deposit_event(Event::AuthorityRemoved { participant, account });
			}
		}
		Removals::<T>::put(removals);
		Self::replace_authorities(authorities);
	}
}

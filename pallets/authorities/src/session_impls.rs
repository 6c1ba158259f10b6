//! What pallet-session asks: when a session ends, and who validates in the one after the next.

use crate::{
	ActiveKeys, Authorities, Config, Pallet, ParticipantOf, SessionLength, SessionStart, LOG_TARGET,
};
use alloc::vec::Vec;
use frame_support::{
	traits::{EstimateNextSessionRotation, Get},
	weights::Weight,
};
use frame_system::pallet_prelude::BlockNumberFor;
use medrec_primitives::{AccountId, ParticipantId};
use pallet_session::{
	historical::{self, StoredRange},
	NextKeys, QueuedKeys, SessionManager, ShouldEndSession,
};
use sp_runtime::{
	traits::{Convert, One},
	Permill, Saturating,
};
use sp_staking::SessionIndex;

/// Most sessions that one rotation forgets.
const MAX_PRUNED: SessionIndex = 4;

impl<T: Config> SessionManager<AccountId> for Pallet<T> {
	/// `None` as long as the set and its keys are what pallet-session has queued already: `Some` with
	/// the same set would make GRANDPA change its authorities in every session.
	fn new_session(_: SessionIndex) -> Option<Vec<AccountId>> {
		Self::enact_changes();
		Self::forget_offenders();
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

	/// pallet-session has put the validators in place already, and has not queued the next ones yet.
	fn start_session(session: SessionIndex) {
		SessionStart::<T>::put(frame_system::Pallet::<T>::block_number());
		let keys = QueuedKeys::<T>::get();
		if ActiveKeys::<T>::get() != keys {
			ActiveKeys::<T>::put(keys);
		}
		// A change of the set has let go of all who were disabled.
		Self::disable_offenders();
		Self::prune_historical_sessions(session);
	}
}

impl<T: Config> historical::SessionManager<AccountId, ParticipantId> for Pallet<T> {
	fn new_session(session: SessionIndex) -> Option<Vec<(AccountId, ParticipantId)>> {
		<Self as SessionManager<_>>::new_session(session).map(identified::<T>)
	}

	fn new_session_genesis(session: SessionIndex) -> Option<Vec<(AccountId, ParticipantId)>> {
		<Self as SessionManager<_>>::new_session_genesis(session).map(identified::<T>)
	}

	fn start_session(session: SessionIndex) {
		<Self as SessionManager<_>>::start_session(session)
	}

	fn end_session(session: SessionIndex) {
		<Self as SessionManager<_>>::end_session(session)
	}
}

/// Validators with the participants that they are.
fn identified<T: Config>(validators: Vec<AccountId>) -> Vec<(AccountId, ParticipantId)> {
	validators
		.into_iter()
		.filter_map(|validator| {
			ParticipantOf::<T>::convert(validator.clone()).map(|owner| (validator, owner))
		})
		.collect()
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

	/// Forget who validated before the sessions that evidence may be of. At most a few at a time: each
	/// session adds one.
	fn prune_historical_sessions(session: SessionIndex) {
		let Some((first, _)) = StoredRange::<T>::get() else { return };
		let keep_from = session.saturating_sub(T::KeptSessions::get());
		if first < keep_from {
			let up_to = keep_from.min(first.saturating_add(MAX_PRUNED));
			historical::Pallet::<T>::prune_up_to(up_to);
		}
	}
}

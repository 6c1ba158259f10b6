//! What becomes of authorities that equivocate, and when it is over.

use crate::{
	Authorities, Config, Error, Event, Offender, OffenderList, Offenders, Pallet, LOG_TARGET,
};
use alloc::vec::Vec;
use core::marker::PhantomData;
use frame_support::{dispatch::DispatchResult, ensure, traits::Get, weights::Weight};
use medrec_primitives::{AccountId, AuthorityHolders, ParticipantId, Participants};
use pallet_session::{historical::IdentificationTuple, Pallet as Session};
use sp_runtime::Perbill;
use sp_staking::{
	offence::{
		Offence, OffenceDetails, OffenceError, OffenceSeverity, OnOffenceHandler, ReportOffence,
	},
	SessionIndex,
};

impl<T: Config> OnOffenceHandler<AccountId, IdentificationTuple<T>, Weight> for Pallet<T> {
	/// Records each offender and disables it, as far as the runtime's strategy allows. The fraction that
	/// a chain with a coin would slash means nothing here.
	fn on_offence(
		offenders: &[OffenceDetails<AccountId, IdentificationTuple<T>>],
		_: &[Perbill],
		session: SessionIndex,
	) -> Weight {
		for details in offenders {
			Self::record(details.offender.1, session);
		}
		Self::disable_offenders();
		// Each offender's entry and who it is among the validators; what is disabled.
		let entries = (offenders.len() as u64).saturating_add(4);
		T::DbWeight::get().reads_writes(entries, 3)
	}
}

impl<T: Config> Pallet<T> {
	/// Whether evidence against a provider changes nothing: it is on record already, or holds no
	/// authority any more, or was forgiven for what it did up to that session.
	fn is_settled(participant: ParticipantId, session: Option<SessionIndex>) -> bool {
		let offenders = Offenders::<T>::get();
		let entry = offenders.iter().find(|entry| entry.participant == participant);
		match entry.map(|entry| entry.forgiven) {
			Some(None) => true,
			Some(Some(forgiven)) => session.is_some_and(|session| session < forgiven),
			None => !Self::holds_authority(participant),
		}
	}

	fn record(participant: ParticipantId, session: SessionIndex) {
		if Self::is_settled(participant, Some(session)) {
			return;
		}
		let reported = frame_system::Pallet::<T>::block_number();
		let entry = Offender { participant, session, reported, forgiven: None };
		let mut offenders = Offenders::<T>::get();
		match offenders.binary_search_by_key(&participant, |entry| entry.participant) {
			Ok(place) => offenders[place] = entry,
			Err(place) => {
				if offenders.try_insert(place, entry).is_err() {
					// As many as there can be authorities: those that are leaving are on record as well.
					log::error!(target: LOG_TARGET, "no room to record offender {participant}");
					return;
				}
			},
		}
		Offenders::<T>::put(offenders);
		Self::deposit_event(Event::OffenderRecorded { participant, session });
	}

	pub(crate) fn do_forgive(participant: ParticipantId) -> DispatchResult {
		let session = Session::<T>::current_index();
		Offenders::<T>::try_mutate(|offenders| {
			let entry = offenders
				.iter_mut()
				.find(|entry| entry.participant == participant && entry.forgiven.is_none())
				.ok_or(Error::<T>::NotOffender)?;
			entry.forgiven = Some(session);
			Ok::<_, Error<T>>(())
		})?;
		for (index, owner) in Self::validating() {
			if owner == Some(participant) {
				Session::<T>::reenable_index(index);
			}
		}
		Self::deposit_event(Event::OffenderForgiven { participant });
		// There may be room now for one that could not be disabled before.
		Self::disable_offenders();
		Ok(())
	}

	/// Disable those on record among the present validators, as far as the runtime's strategy allows.
	pub(crate) fn disable_offenders() {
		let on_record: Vec<_> = Offenders::<T>::get()
			.into_iter()
			.filter(|entry| entry.forgiven.is_none())
			.map(|entry| entry.participant)
			.collect();
		if on_record.is_empty() {
			return;
		}
		let validators = Session::<T>::validators();
		let disabled = Session::<T>::disabled_validators();
		for (index, owner) in Self::validating() {
			let is_due = owner.is_some_and(|owner| on_record.contains(&owner));
			if is_due && !disabled.contains(&index) {
				if let Some(validator) = validators.get(index as usize) {
					Session::<T>::report_offence(
						validator.clone(),
						OffenceSeverity::max_severity(),
					);
				}
			}
		}
	}

	/// Forget those who have stopped validating.
	pub(crate) fn forget_offenders() {
		let offenders = Offenders::<T>::get();
		let kept: Vec<_> = offenders
			.iter()
			.filter(|entry| Self::holds_authority(entry.participant))
			.cloned()
			.collect();
		if kept.len() < offenders.len() {
			Offenders::<T>::put(OffenderList::<T>::truncate_from(kept));
		}
	}

	/// The present validators by their index, and which participant each of them is.
	fn validating() -> impl Iterator<Item = (u32, Option<ParticipantId>)> {
		let authorities = Authorities::<T>::get();
		(0..).zip(Session::<T>::validators()).map(move |(index, validator)| {
			let holder = authorities.iter().find(|(_, account)| *account == validator);
			let owner = match holder {
				Some((participant, _)) => Some(*participant),
				None => T::Participants::owner(&validator),
			};
			(index, owner)
		})
	}
}

/// Reports offences to `R`, one of each provider until the council has forgiven it: what comes after
/// the first changes nothing, and an authority could fill the state with it.
pub struct OncePerOffender<T, R>(PhantomData<(T, R)>);

impl<T, R, O> ReportOffence<AccountId, IdentificationTuple<T>, O> for OncePerOffender<T, R>
where
	T: Config,
	R: ReportOffence<AccountId, IdentificationTuple<T>, O>,
	O: Offence<IdentificationTuple<T>>,
{
	fn report_offence(reporters: Vec<AccountId>, offence: O) -> Result<(), OffenceError> {
		let session = offence.session_index();
		let is_settled =
			offence.offenders().iter().all(|(_, id)| Pallet::<T>::is_settled(*id, Some(session)));
		ensure!(!is_settled, OffenceError::DuplicateReport);
		R::report_offence(reporters, offence)
	}

	fn is_known_offence(offenders: &[IdentificationTuple<T>], time_slot: &O::Slot) -> bool {
		offenders.iter().all(|(_, id)| Pallet::<T>::is_settled(*id, None))
			|| R::is_known_offence(offenders, time_slot)
	}
}

//! What the calls do once their origin is checked.

use crate::{
	types::remaining, Authorities, Changes, Config, Error, Event, MinimumAuthorities, Pallet,
	RemovalDelay, SessionLength, MIN_SESSION_LENGTH,
};
use frame_support::{dispatch::DispatchResult, ensure};
use medrec_primitives::{AccountId, AuthorityChange, Majority, ParticipantId, Seats};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_add_authority(
		participant: ParticipantId,
		majority: Majority,
	) -> DispatchResult {
		if majority >= Majority::TwoThirds {
			Self::admit(participant)
		} else {
			Self::ensure_admissible(participant)?;
			Self::announce(participant, AuthorityChange::Addition)
		}
	}

	pub(crate) fn do_remove_authority(participant: ParticipantId) -> DispatchResult {
		ensure!(Self::holds_seat(participant), Error::<T>::NotAuthority);
		Self::ensure_no_change_pending(participant)?;
		Self::ensure_spares_one()?;
		Self::announce(participant, AuthorityChange::Removal)
	}

	pub(crate) fn do_set_session_length(blocks: u32) -> DispatchResult {
		ensure!(blocks >= MIN_SESSION_LENGTH, Error::<T>::SessionTooShort);
		SessionLength::<T>::put(blocks);
		Self::deposit_event(Event::SessionLengthSet { blocks });
		Ok(())
	}

	pub(crate) fn do_set_minimum_authorities(authorities: u32) -> DispatchResult {
		ensure!(authorities > 0, Error::<T>::MinimumTooLow);
		let left = remaining::<T>(&Authorities::<T>::get(), &Changes::<T>::get());
		ensure!(left >= authorities as usize, Error::<T>::TooFewAuthorities);
		MinimumAuthorities::<T>::put(authorities);
		Self::deposit_event(Event::MinimumAuthoritiesSet { authorities });
		Ok(())
	}

	pub(crate) fn do_set_removal_delay(blocks: u32, majority: Majority) -> DispatchResult {
		// A bare majority that shortens the delay could do without the objections of the others.
		ensure!(majority >= Majority::TwoThirds, Error::<T>::TwoThirdsNeeded);
		RemovalDelay::<T>::put(blocks);
		Self::deposit_event(Event::RemovalDelaySet { blocks });
		Ok(())
	}

	pub(crate) fn do_object(account: &AccountId, participant: ParticipantId) -> DispatchResult {
		let objector = Self::seat_of(account).ok_or(Error::<T>::ObjectorNotAuthority)?;
		let mut changes = Changes::<T>::get();
		let place = changes
			.iter()
			.position(|pending| pending.participant == participant)
			.ok_or(Error::<T>::ChangeAbsent)?;
		let pending = &mut changes[place];
		let change = pending.change;
		// There is room: objectors are different authorities, of which there are no more than places.
		ensure!(!pending.objectors.contains(&objector), Error::<T>::AlreadyObjected);
		pending.objectors.try_push(objector).map_err(|_| Error::<T>::AlreadyObjected)?;
		let is_refused = pending.is_refused(Authorities::<T>::decode_len().unwrap_or(0));
		if is_refused {
			changes.remove(place);
		}
		Changes::<T>::put(changes);
		Self::deposit_event(Event::Objected { participant, objector });
		if is_refused {
			Self::deposit_event(Event::ChangeRefused { participant, change });
		}
		Ok(())
	}
}

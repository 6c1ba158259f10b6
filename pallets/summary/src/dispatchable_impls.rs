//! What happens when a call is made.

use crate::{Config, Entries, Error, Event, Pallet};
use frame_support::{ensure, pallet_prelude::DispatchResult};
use medrec_primitives::{
	Caller, RelationshipId, RelationshipRole, RelationshipStatus, Relationships,
};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_remove(caller: Caller, relationship: RelationshipId) -> DispatchResult {
		ensure!(caller.is_active(), Error::<T>::CallerNotActive);
		ensure!(!caller.is_operator, Error::<T>::OperatorNotAllowed);
		let participant = caller.participant;
		let role = Entries::<T>::get(participant, relationship).ok_or(Error::<T>::EntryAbsent)?;
		ensure!(role == RelationshipRole::Patron, Error::<T>::NotPatron);
		let status = T::Relationships::relationship(relationship).map(|found| found.status);
		ensure!(status == Some(RelationshipStatus::Ended), Error::<T>::RelationshipNotEnded);

		Entries::<T>::remove(participant, relationship);
		Self::deposit_event(Event::Removed { participant, relationship });
		Ok(())
	}
}

//! How the relationship pallet sees this one.

use crate::{Config, Entries, Error, Pallet};
use frame_support::{ensure, pallet_prelude::DispatchResult};
use medrec_primitives::{ParticipantId, RelationshipId, RelationshipRole, SummaryIndex};

impl<T: Config> SummaryIndex for Pallet<T> {
	/// Fails with [`Error::EntryExists`] and changes nothing if either summary has an entry of the
	/// relationship already.
	fn insert(
		relationship: RelationshipId,
		patron: ParticipantId,
		steward: ParticipantId,
	) -> DispatchResult {
		let entries = [(patron, RelationshipRole::Patron), (steward, RelationshipRole::Steward)];
		for (participant, _) in entries {
			ensure!(
				!Entries::<T>::contains_key(participant, relationship),
				Error::<T>::EntryExists
			);
		}
		for (participant, role) in entries {
			Entries::<T>::insert(participant, relationship, role);
		}
		Ok(())
	}

	fn remove(relationship: RelationshipId, patron: ParticipantId, steward: ParticipantId) {
		Entries::<T>::remove(patron, relationship);
		Entries::<T>::remove(steward, relationship);
	}

	fn role(participant: ParticipantId, relationship: RelationshipId) -> Option<RelationshipRole> {
		Entries::<T>::get(participant, relationship)
	}
}

//! How the other pallets see this one.

use crate::{Config, Pallet, Relationships};
use medrec_primitives::{Relationship, RelationshipId};

impl<T: Config> medrec_primitives::Relationships for Pallet<T> {
	fn relationship(id: RelationshipId) -> Option<Relationship> {
		Relationships::<T>::get(id)
	}

	/// # Panics
	///
	/// Where the summary refuses the entry; benchmarks begin with an empty one.
	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_ended(
		patron: medrec_primitives::ParticipantId,
		steward: medrec_primitives::ParticipantId,
	) -> RelationshipId {
		Self::open(patron, steward, medrec_primitives::RelationshipStatus::Ended)
			.expect("the benchmark's summary has no entry of a new relationship; qed")
	}
}

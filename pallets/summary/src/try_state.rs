//! What always holds of this pallet's storage.

use crate::{Config, Entries, Pallet};
use frame_support::ensure;
use medrec_primitives::{Participants, RelationshipStatus, Relationships, SummaryIndex};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// # Invariants
	///
	/// 1. Every entry is of a participant that is on the chain.
	/// 2. Every entry is of a relationship that is on the chain.
	/// 3. Every entry's role is the participant's side of the relationship.
	/// 4. The other party has its entry too, unless the relationship is ended and the other party is
	///    the patron, who may have removed hers.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		for (participant, id, role) in Entries::<T>::iter() {
			ensure!(
				T::Participants::party(participant).is_some(),
				"1: a summary entry of a participant that is not on the chain"
			);
			let relationship = T::Relationships::relationship(id)
				.ok_or("2: a summary entry of a relationship that is not on the chain")?;
			ensure!(
				relationship.role_of(participant) == Some(role),
				"3: a summary entry with another role than the relationship's"
			);
			let other_present =
				[relationship.patron, relationship.steward].into_iter().all(|party| {
					<Self as SummaryIndex>::role(party, id).is_some()
						|| (party == relationship.patron
							&& relationship.status == RelationshipStatus::Ended)
				});
			ensure!(other_present, "4: a relationship in the summary of one party only");
		}
		Ok(())
	}
}

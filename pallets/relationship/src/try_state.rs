//! What always holds of this pallet's storage.

use crate::{Config, Grants, NextRelationshipId, OpenProposals, Pallet, Relationships};
use alloc::collections::BTreeMap;
use frame_support::{ensure, traits::Get};
use medrec_primitives::{
	ParticipantId, Participants, Relationship, RelationshipId, RelationshipRole,
	RelationshipStatus, SummaryIndex,
};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// # Invariants
	///
	/// 1. [`NextRelationshipId`] is above the number of every relationship.
	/// 2. Patron and steward of a relationship are two participants that are on the chain, the steward
	///    of a kind that may be one.
	/// 3. A relationship's `tags` counts its entries in [`Grants`] and is at most `MaxTags`; a
	///    proposed relationship has none.
	/// 4. Every entry in [`Grants`] is under a relationship.
	/// 5. [`OpenProposals`] counts the proposed relationships of each proposer, is at most
	///    `MaxOpenProposals`, and has no entry that is nought.
	/// 6. Every relationship is in the summaries of both its parties with their roles, except that the
	///    patron may have removed an ended one from hers.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let mut proposals = BTreeMap::<ParticipantId, u16>::new();
		for (id, relationship) in Relationships::<T>::iter() {
			ensure!(id < NextRelationshipId::<T>::get(), "1: a number that is yet to be given");
			Self::check_parties(&relationship)?;
			Self::check_tags(id, &relationship)?;
			Self::check_summary(id, &relationship)?;
			if let Some(role) = relationship.status.proposer() {
				let count = proposals.entry(relationship.party(role)).or_default();
				*count = count.saturating_add(1);
			}
		}
		for (id, _, _) in Grants::<T>::iter() {
			ensure!(Relationships::<T>::contains_key(id), "4: a tag under no relationship");
		}
		let stored = OpenProposals::<T>::iter().collect::<BTreeMap<_, _>>();
		ensure!(stored == proposals, "5: open proposals are miscounted");
		ensure!(
			stored.values().all(|count| *count <= T::MaxOpenProposals::get()),
			"5: more open proposals than one may have"
		);
		Ok(())
	}

	fn check_parties(relationship: &Relationship) -> Result<(), TryRuntimeError> {
		let Relationship { patron, steward, .. } = *relationship;
		ensure!(patron != steward, "2: patron and steward are the same");
		ensure!(T::Participants::party(patron).is_some(), "2: the patron is not on the chain");
		ensure!(
			T::Participants::party(steward).is_some_and(|party| party.kind.may_be_steward()),
			"2: the steward is not on the chain or of a kind that holds no records"
		);
		Ok(())
	}

	fn check_tags(id: RelationshipId, relationship: &Relationship) -> Result<(), TryRuntimeError> {
		let stored = Grants::<T>::iter_key_prefix(id).count();
		ensure!(stored == usize::from(relationship.tags), "3: tags are miscounted");
		ensure!(relationship.tags <= T::MaxTags::get(), "3: more tags than may stand there");
		ensure!(
			stored == 0 || relationship.status.proposer().is_none(),
			"3: tags under a relationship that is only proposed"
		);
		Ok(())
	}

	fn check_summary(
		id: RelationshipId,
		relationship: &Relationship,
	) -> Result<(), TryRuntimeError> {
		for role in [RelationshipRole::Patron, RelationshipRole::Steward] {
			let entry = T::Summary::role(relationship.party(role), id);
			let removed = entry.is_none()
				&& role == RelationshipRole::Patron
				&& relationship.status == RelationshipStatus::Ended;
			ensure!(entry == Some(role) || removed, "6: a summary does not agree");
		}
		Ok(())
	}
}

//! What the calls that only take away (reject, end, revoke) demand, each in one place, for the calls
//! themselves and for whoever asks beforehand whether they would take effect.
//!
//! None of them asks for the caller's standing: what a participant gave it can take back while it is
//! suspended, and also after it has retired, when its grants would otherwise hold with nobody able to
//! revoke them.

use crate::{Config, Error, Grants, Pallet};
use frame_support::ensure;
use medrec_primitives::{
	Caller, Relationship, RelationshipId, RelationshipRole, RelationshipStatus, Tag,
};

impl<T: Config> Pallet<T> {
	/// Whether [`reject`](Pallet::reject) by this caller would take effect now.
	pub fn may_reject(caller: &Caller, relationship: RelationshipId) -> bool {
		Self::ensure_may_reject(caller, relationship).is_ok()
	}

	/// Whether [`end`](Pallet::end) by this caller would take effect now.
	pub fn may_end(caller: &Caller, relationship: RelationshipId) -> bool {
		Self::ensure_may_end(caller, relationship).is_ok()
	}

	/// Whether [`revoke`](Pallet::revoke) by this caller would take effect now.
	pub fn may_revoke(caller: &Caller, relationship: RelationshipId, tag: &Tag) -> bool {
		Self::ensure_may_revoke(caller, relationship, tag).is_ok()
	}

	/// The proposal to reject, and the side that made it.
	pub(crate) fn ensure_may_reject(
		caller: &Caller,
		id: RelationshipId,
	) -> Result<(Relationship, RelationshipRole), Error<T>> {
		Self::ensure_answerable(caller, id)
	}

	/// The relationship to end, and the caller's side of it.
	pub(crate) fn ensure_may_end(
		caller: &Caller,
		id: RelationshipId,
	) -> Result<(Relationship, RelationshipRole), Error<T>> {
		let (relationship, role) = Self::ensure_party(caller, id)?;
		ensure!(
			relationship.status == RelationshipStatus::Active,
			Error::<T>::RelationshipNotActive
		);
		Ok((relationship, role))
	}

	/// The relationship from under which to remove a tag.
	pub(crate) fn ensure_may_revoke(
		caller: &Caller,
		id: RelationshipId,
		tag: &Tag,
	) -> Result<Relationship, Error<T>> {
		Self::ensure_not_operator(caller)?;
		let relationship = Self::ensure_patron(caller, id)?;
		ensure!(Grants::<T>::contains_key(id, tag), Error::<T>::TagAbsent);
		Ok(relationship)
	}
}

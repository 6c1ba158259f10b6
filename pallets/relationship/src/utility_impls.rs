//! What several calls share: who calls, in which standing, and the bookkeeping of proposals.

use crate::{Config, Error, NextRelationshipId, OpenProposals, Pallet, Relationships};
use frame_support::{
	ensure,
	pallet_prelude::{DispatchError, DispatchResult},
	traits::{Get, UnixTime},
};
use frame_system::{ensure_signed, pallet_prelude::OriginFor};
use medrec_primitives::{
	Caller, Moment, ParticipantId, Participants, Relationship, RelationshipId, RelationshipRole,
	RelationshipStatus, SummaryIndex,
};

impl<T: Config> Pallet<T> {
	/// Time of the block. Saturates some 584 million years from now.
	pub(crate) fn now() -> Moment {
		Moment::try_from(T::UnixTime::now().as_millis()).unwrap_or(Moment::MAX)
	}

	/// Who a signed origin acts as.
	pub(crate) fn ensure_caller(origin: OriginFor<T>) -> Result<Caller, DispatchError> {
		let account = ensure_signed(origin)?;
		Ok(T::Participants::caller(&account).ok_or(Error::<T>::NotParticipant)?)
	}

	/// For calls that suspended and retired participants may not make.
	pub(crate) fn ensure_active(caller: &Caller) -> Result<(), Error<T>> {
		ensure!(caller.is_active(), Error::<T>::CallerNotActive);
		Ok(())
	}

	/// For calls that a provider makes with its own account only.
	pub(crate) fn ensure_not_operator(caller: &Caller) -> Result<(), Error<T>> {
		ensure!(!caller.is_operator, Error::<T>::OperatorNotAllowed);
		Ok(())
	}

	/// A relationship and the side of it on which the caller is.
	pub(crate) fn ensure_party(
		caller: &Caller,
		id: RelationshipId,
	) -> Result<(Relationship, RelationshipRole), Error<T>> {
		let relationship = Relationships::<T>::get(id).ok_or(Error::<T>::RelationshipAbsent)?;
		let role = relationship.role_of(caller.participant).ok_or(Error::<T>::NotParty)?;
		Ok((relationship, role))
	}

	/// A relationship of which the caller is patron.
	pub(crate) fn ensure_patron(
		caller: &Caller,
		id: RelationshipId,
	) -> Result<Relationship, Error<T>> {
		let relationship = Relationships::<T>::get(id).ok_or(Error::<T>::RelationshipAbsent)?;
		ensure!(relationship.patron == caller.participant, Error::<T>::NotPatron);
		Ok(relationship)
	}

	/// A proposal that the caller may answer, and the side that made it.
	pub(crate) fn ensure_answerable(
		caller: &Caller,
		id: RelationshipId,
	) -> Result<(Relationship, RelationshipRole), Error<T>> {
		let (relationship, role) = Self::ensure_party(caller, id)?;
		let proposer = relationship.status.proposer().ok_or(Error::<T>::NotProposed)?;
		ensure!(role != proposer, Error::<T>::OwnProposal);
		Ok((relationship, proposer))
	}

	/// Store a new relationship and enter it into both summaries.
	pub(crate) fn open(
		patron: ParticipantId,
		steward: ParticipantId,
		status: RelationshipStatus,
	) -> Result<RelationshipId, DispatchError> {
		let id = NextRelationshipId::<T>::get();
		let next = id.checked_add(1).ok_or(Error::<T>::IdsExhausted)?;
		T::Summary::insert(id, patron, steward)?;
		NextRelationshipId::<T>::put(next);
		let relationship = Relationship { patron, steward, status, since: Self::now(), tags: 0 };
		Relationships::<T>::insert(id, relationship);
		Ok(id)
	}

	/// Remove a proposal as if it had never been.
	pub(crate) fn discard(
		id: RelationshipId,
		relationship: &Relationship,
		proposer: RelationshipRole,
	) {
		Relationships::<T>::remove(id);
		T::Summary::remove(id, relationship.patron, relationship.steward);
		Self::close_proposal(relationship.party(proposer));
	}

	/// Count a proposal against its proposer.
	pub(crate) fn open_proposal(proposer: ParticipantId) -> DispatchResult {
		OpenProposals::<T>::try_mutate(proposer, |open| {
			ensure!(*open < T::MaxOpenProposals::get(), Error::<T>::TooManyOpenProposals);
			// Never saturates: it is below a bound of the same type.
			*open = open.saturating_add(1);
			Ok(())
		})
	}

	/// Count a proposal no longer.
	pub(crate) fn close_proposal(proposer: ParticipantId) {
		OpenProposals::<T>::mutate_exists(proposer, |open| {
			*open = open.and_then(|count| count.checked_sub(1)).filter(|count| *count > 0);
		});
	}
}

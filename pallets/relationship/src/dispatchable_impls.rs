//! What happens when a call is made.

use crate::{Config, Error, Event, Grants, Pallet, Relationships, WeightInfo};
use alloc::vec::Vec;
use frame_support::{
	dispatch::{DispatchResultWithPostInfo, WithPostDispatchInfo},
	ensure,
	pallet_prelude::{DispatchResult, Weight},
	traits::Get,
};
use frame_system::pallet_prelude::BlockNumberFor;
use medrec_primitives::{
	AccountId, AccountRole, Caller, Consent, ExpiryDay, Moment, ParticipantId, ParticipantKind,
	ParticipantStatus, Participants, Relationship, RelationshipId, RelationshipRole,
	RelationshipStatus, Signature, SignedConsent, Tag, MAX_CONSENT_LIFETIME,
};
use sp_runtime::traits::Zero;

impl<T: Config> Pallet<T> {
	pub(crate) fn do_enrol(
		caller: Caller,
		consent: SignedConsent<AccountId, Signature>,
	) -> DispatchResult {
		Self::ensure_active(&caller)?;
		ensure!(caller.kind.may_be_steward(), Error::<T>::KindNotSteward);
		let known = Self::ensure_enrollable(&caller, &consent)?;
		Self::ensure_consent(&caller, &consent)?;

		let SignedConsent { account, kind, encryption_key, .. } = consent;
		let patron = match known {
			Some(participant) => participant,
			None => T::Participants::register(account.clone(), kind, encryption_key)?,
		};
		// The signature was over this nonce, so that it is good for nothing from now on.
		frame_system::Pallet::<T>::inc_account_nonce(&account);
		let steward = caller.participant;
		let relationship = Self::open(patron, steward, RelationshipStatus::Active)?;
		Self::deposit_event(Event::Enrolled { relationship, patron, steward });
		Ok(())
	}

	/// The participant to enrol; `None` for an account that has to be registered first.
	fn ensure_enrollable(
		steward: &Caller,
		consent: &SignedConsent<AccountId, Signature>,
	) -> Result<Option<ParticipantId>, Error<T>> {
		match T::Participants::role(&consent.account) {
			AccountRole::Vacant => {
				ensure!(consent.kind == ParticipantKind::Patient, Error::<T>::KindNotRegistrable);
				return Ok(None);
			},
			AccountRole::Operator => return Err(Error::<T>::AccountIsOperator),
			AccountRole::Tombstone => return Err(Error::<T>::AccountIsTombstone),
			AccountRole::Patient
			| AccountRole::Provider
			| AccountRole::Delegate
			| AccountRole::Insurer
			| AccountRole::Researcher
			| AccountRole::Other => {},
		}
		let patron =
			T::Participants::caller(&consent.account).ok_or(Error::<T>::CounterpartyAbsent)?;
		ensure!(patron.participant != steward.participant, Error::<T>::SameParticipant);
		ensure!(patron.is_active(), Error::<T>::CounterpartyNotActive);
		ensure!(patron.kind == consent.kind, Error::<T>::KindDiffers);
		ensure!(
			T::Participants::encryption_key(patron.participant) == Some(consent.encryption_key),
			Error::<T>::EncryptionKeyDiffers
		);
		Ok(Some(patron.participant))
	}

	/// The account agreed to this, on this chain, with this steward, and the agreement still holds.
	fn ensure_consent(
		steward: &Caller,
		consent: &SignedConsent<AccountId, Signature>,
	) -> Result<(), Error<T>> {
		let now = Self::now();
		ensure!(now < consent.deadline, Error::<T>::ConsentExpired);
		ensure!(
			consent.deadline <= now.saturating_add(MAX_CONSENT_LIFETIME),
			Error::<T>::ConsentTooLong
		);
		let genesis = frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero());
		let nonce = frame_system::Pallet::<T>::account_nonce(&consent.account);
		let agreement = Consent::Enrol {
			steward: steward.participant,
			kind: consent.kind,
			encryption_key: consent.encryption_key,
			deadline: consent.deadline,
		};
		ensure!(
			agreement.verify(&genesis, &consent.account, nonce, &consent.signature),
			Error::<T>::ConsentInvalid
		);
		Ok(())
	}

	pub(crate) fn do_propose(
		caller: Caller,
		counterparty: ParticipantId,
		role: RelationshipRole,
	) -> DispatchResult {
		Self::ensure_active(&caller)?;
		let proposer = caller.participant;
		ensure!(counterparty != proposer, Error::<T>::SameParticipant);
		let other = T::Participants::party(counterparty).ok_or(Error::<T>::CounterpartyAbsent)?;
		ensure!(other.status == ParticipantStatus::Active, Error::<T>::CounterpartyNotActive);
		let (patron, steward, steward_kind, status) = match role {
			RelationshipRole::Patron => {
				(proposer, counterparty, other.kind, RelationshipStatus::ProposedByPatron)
			},
			RelationshipRole::Steward => {
				(counterparty, proposer, caller.kind, RelationshipStatus::ProposedBySteward)
			},
		};
		ensure!(steward_kind.may_be_steward(), Error::<T>::KindNotSteward);

		Self::open_proposal(proposer)?;
		let relationship = Self::open(patron, steward, status)?;
		Self::deposit_event(Event::Proposed { relationship, patron, steward, proposer: role });
		Ok(())
	}

	pub(crate) fn do_accept(
		caller: Caller,
		id: RelationshipId,
		counterparty: ParticipantId,
	) -> DispatchResult {
		Self::ensure_active(&caller)?;
		let (relationship, proposer) = Self::ensure_answerable(&caller, id)?;
		ensure!(relationship.party(proposer) == counterparty, Error::<T>::CounterpartyDiffers);
		let other = T::Participants::party(counterparty).ok_or(Error::<T>::CounterpartyAbsent)?;
		ensure!(other.status == ParticipantStatus::Active, Error::<T>::CounterpartyNotActive);

		Self::enter_status(id, relationship, RelationshipStatus::Active);
		Self::close_proposal(counterparty);
		Self::deposit_event(Event::Accepted { relationship: id });
		Ok(())
	}

	pub(crate) fn do_reject(caller: Caller, id: RelationshipId) -> DispatchResult {
		let (relationship, proposer) = Self::ensure_may_reject(&caller, id)?;
		Self::discard(id, &relationship, proposer);
		Self::deposit_event(Event::Rejected { relationship: id });
		Ok(())
	}

	pub(crate) fn do_withdraw(caller: Caller, id: RelationshipId) -> DispatchResult {
		Self::ensure_active(&caller)?;
		Self::ensure_not_operator(&caller)?;
		let (relationship, role) = Self::ensure_party(&caller, id)?;
		let proposer = relationship.status.proposer().ok_or(Error::<T>::NotProposed)?;
		ensure!(role == proposer, Error::<T>::NotProposer);

		Self::discard(id, &relationship, proposer);
		Self::deposit_event(Event::Withdrawn { relationship: id });
		Ok(())
	}

	pub(crate) fn do_end(caller: Caller, id: RelationshipId) -> DispatchResult {
		let (relationship, by) = Self::ensure_may_end(&caller, id)?;
		Self::enter_status(id, relationship, RelationshipStatus::Ended);
		Self::deposit_event(Event::Ended { relationship: id, by });
		Ok(())
	}

	fn enter_status(id: RelationshipId, relationship: Relationship, status: RelationshipStatus) {
		Relationships::<T>::insert(id, Relationship { status, since: Self::now(), ..relationship });
	}

	pub(crate) fn do_grant(
		caller: Caller,
		id: RelationshipId,
		tag: Tag,
		expiry: ExpiryDay,
	) -> DispatchResult {
		Self::ensure_active(&caller)?;
		Self::ensure_not_operator(&caller)?;
		let relationship = Self::ensure_patron(&caller, id)?;
		ensure!(
			relationship.status == RelationshipStatus::Active,
			Error::<T>::RelationshipNotActive
		);
		ensure!(!expiry.is_over(Self::now()), Error::<T>::ExpiryOver);
		ensure!(!Grants::<T>::contains_key(id, tag), Error::<T>::TagExists);
		ensure!(relationship.tags < T::MaxTags::get(), Error::<T>::TooManyTags);

		Grants::<T>::insert(id, tag, expiry);
		let tags = relationship.tags.saturating_add(1);
		Relationships::<T>::insert(id, Relationship { tags, ..relationship });
		Self::deposit_event(Event::Granted { relationship: id, tag, expiry });
		Ok(())
	}

	pub(crate) fn do_revoke(caller: Caller, id: RelationshipId, tag: Tag) -> DispatchResult {
		let relationship = Self::ensure_may_revoke(&caller, id, &tag)?;
		Grants::<T>::remove(id, tag);
		let tags = relationship.tags.saturating_sub(1);
		Relationships::<T>::insert(id, Relationship { tags, ..relationship });
		Self::deposit_event(Event::Revoked { relationship: id, tag });
		Ok(())
	}

	pub(crate) fn do_clean_grants(
		caller: Caller,
		id: RelationshipId,
		limit: u32,
		now: Moment,
	) -> DispatchResultWithPostInfo {
		Self::ensure_active(&caller)?;
		Self::ensure_not_operator(&caller)?;
		let relationship = Relationships::<T>::get(id).ok_or(Error::<T>::RelationshipAbsent)?;

		let ended = relationship.status == RelationshipStatus::Ended;
		let limit = usize::try_from(limit).unwrap_or(usize::MAX);
		let mut seen = 0u32;
		let over: Vec<Tag> = Grants::<T>::iter_prefix(id)
			.take(T::MaxTags::get().into())
			.inspect(|_| seen = seen.saturating_add(1))
			.filter(|(_, expiry)| ended || expiry.is_over(now))
			.map(|(tag, _)| tag)
			.take(limit)
			.collect();
		// At most `MaxTags` were taken, which is a u16.
		let removed = u16::try_from(over.len()).unwrap_or(u16::MAX);
		let used = T::WeightInfo::clean_grants(seen.saturating_sub(removed.into()), removed.into());
		if over.is_empty() {
			return Err(Error::<T>::NothingToClean.with_weight(used));
		}

		for tag in over {
			Grants::<T>::remove(id, tag);
		}
		let tags = relationship.tags.saturating_sub(removed);
		Relationships::<T>::insert(id, Relationship { tags, ..relationship });
		Self::deposit_event(Event::GrantsCleaned { relationship: id, removed });
		Ok(Some(used).into())
	}

	/// Most that [`clean_grants`](Pallet::clean_grants) with this limit can use.
	pub(crate) fn clean_grants_weight(limit: u32) -> Weight {
		let tags = u32::from(T::MaxTags::get());
		let removed = limit.min(tags);
		T::WeightInfo::clean_grants(tags.saturating_sub(removed), removed)
	}
}

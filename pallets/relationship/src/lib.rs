#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod dispatchable_impls;
#[cfg(test)]
mod mock;
mod removal_impls;
#[cfg(test)]
mod tests;
mod trait_impls;
#[cfg(any(test, feature = "try-runtime"))]
mod try_state;
mod utility_impls;
pub mod weights;

pub use pallet::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
	use super::WeightInfo;
	use frame_support::{pallet_prelude::*, traits::UnixTime};
	use frame_system::pallet_prelude::*;
	use medrec_primitives::{
		AccountId, ExpiryDay, Hash, ParticipantId, Participants, Relationship, RelationshipId,
		RelationshipRole, Signature, SignedConsent, SummaryIndex, Tag,
	};

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config:
		frame_system::Config<
		AccountId = AccountId,
		Nonce = u32,
		Hash = Hash,
		RuntimeEvent: From<Event<Self>>,
	>
	{
		/// Time of the block.
		type UnixTime: UnixTime;

		/// Who accounts act as.
		type Participants: Participants<AccountId>;

		/// Each participant's list of relationships.
		type Summary: SummaryIndex;

		/// Most grant tags under one relationship.
		#[pallet::constant]
		type MaxTags: Get<u16>;

		/// Most proposals of one participant that wait for an answer.
		#[pallet::constant]
		type MaxOpenProposals: Get<u16>;

		/// Weights of the calls.
		type WeightInfo: WeightInfo;
	}

	/// Number of the next relationship. Always above all numbers given, so that none is given twice.
	#[pallet::storage]
	pub type NextRelationshipId<T> = StorageValue<_, RelationshipId, ValueQuery>;

	/// The relationships. A proposal that is rejected or withdrawn leaves nothing behind; an ended
	/// relationship stays, because its patron still reads her records in it.
	///
	/// Values are 27 bytes, so that they stay inline in the trie. The hasher is `Identity` because
	/// the chain assigns the numbers.
	#[pallet::storage]
	pub type Relationships<T> = StorageMap<_, Identity, RelationshipId, Relationship>;

	/// Last day of each sealed grant, by relationship and tag. Held apart from [`Relationships`] so
	/// that a decision reads one tag and not all of them. [`Relationship::tags`] always counts the
	/// entries of its relationship.
	///
	/// Tags are chosen by patrons, and `Identity` lets them choose the keys with them: what this can
	/// unbalance is bounded to the few tags under the patron's own relationship.
	#[pallet::storage]
	pub type Grants<T> =
		StorageDoubleMap<_, Identity, RelationshipId, Identity, Tag, ExpiryDay, OptionQuery>;

	/// How many proposals of a participant wait for an answer. No entry stands for none.
	#[pallet::storage]
	pub type OpenProposals<T> = StorageMap<_, Identity, ParticipantId, u16, ValueQuery>;

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A steward enrolled a patron; the relationship is active.
		Enrolled { relationship: RelationshipId, patron: ParticipantId, steward: ParticipantId },
		/// One side proposed a relationship; the other has to answer.
		Proposed {
			relationship: RelationshipId,
			patron: ParticipantId,
			steward: ParticipantId,
			/// Side of the two that proposed.
			proposer: RelationshipRole,
		},
		/// The other side accepted; the relationship is active.
		Accepted { relationship: RelationshipId },
		/// The other side rejected; the relationship is gone.
		Rejected { relationship: RelationshipId },
		/// The proposer withdrew; the relationship is gone.
		Withdrawn { relationship: RelationshipId },
		/// One side ended the relationship.
		Ended {
			relationship: RelationshipId,
			/// Side that ended it.
			by: RelationshipRole,
		},
		/// The patron granted what the tag commits to.
		Granted { relationship: RelationshipId, tag: Tag, expiry: ExpiryDay },
		/// The patron took back what the tag commits to.
		Revoked { relationship: RelationshipId, tag: Tag },
		/// Tags that no longer grant anything were removed.
		GrantsCleaned { relationship: RelationshipId, removed: u16 },
	}

	#[pallet::error]
	pub enum Error<T> {
		/// The account is nobody's: it was never registered, or it was rotated away or replaced.
		NotParticipant,
		/// You are suspended or retired, and this call is not one of those that only take away
		/// (reject, end, revoke).
		CallerNotActive,
		/// An operator account may not do this; the provider's own account has to.
		OperatorNotAllowed,
		/// The steward-to-be is of a kind that holds no records: stewards are providers and delegates.
		KindNotSteward,
		/// Patron and steward would be the same participant.
		SameParticipant,
		/// The consent's deadline is over; it has to be signed again.
		ConsentExpired,
		/// The consent's deadline lies further ahead than a consent may.
		ConsentTooLong,
		/// The signature is not the account's over this consent: another chain, steward, kind, key,
		/// deadline or nonce, or it was used already.
		ConsentInvalid,
		/// The account to enrol is a provider's operator account.
		AccountIsOperator,
		/// The account to enrol was rotated away or replaced.
		AccountIsTombstone,
		/// The account to enrol is new, and only patients are registered by being enrolled. Providers come
		/// through the council, everyone else through `registrar.register`.
		KindNotRegistrable,
		/// The account to enrol is a participant of another kind than the consent says.
		KindDiffers,
		/// The account to enrol is a participant with another encryption key than the consent says.
		EncryptionKeyDiffers,
		/// The other side is not on the chain.
		CounterpartyAbsent,
		/// The other side is suspended or retired.
		CounterpartyNotActive,
		/// The proposer is not the one that you named.
		CounterpartyDiffers,
		/// You have as many unanswered proposals as one may have: withdraw one or wait for an answer.
		TooManyOpenProposals,
		/// There is no relationship of this number: never was, or its proposal was rejected or
		/// withdrawn.
		RelationshipAbsent,
		/// You are neither patron nor steward of this relationship.
		NotParty,
		/// The relationship waits for no answer: it is active or ended.
		NotProposed,
		/// You proposed this yourself: the other side answers, you may withdraw.
		OwnProposal,
		/// The other side proposed this: you may accept or reject.
		NotProposer,
		/// The relationship is only proposed, or it is ended.
		RelationshipNotActive,
		/// Only the relationship's patron grants and revokes.
		NotPatron,
		/// The tag stands under this relationship already.
		TagExists,
		/// The tag does not stand under this relationship: never granted, or removed.
		TagAbsent,
		/// The expiry day is over.
		ExpiryOver,
		/// As many tags stand under this relationship as may: revoke or clean some.
		TooManyTags,
		/// No tag under this relationship is expired, and the relationship is not ended.
		NothingToClean,
		/// All numbers are given.
		IdsExhausted,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Become steward of an account that agreed to it.
		///
		/// - **Origin**: Signed, by an active provider or delegate, or a provider's operator.
		/// - **Details**: `consent` carries the account's signature over
		///   [`Consent::Enrol`](medrec_primitives::Consent::Enrol) with the caller as steward and the
		///   account's current nonce, which is consumed. A new account is registered; an account that
		///   is a participant already has to be active and to have the kind and encryption key that
		///   the consent names. The relationship is active at once and enters both summaries.
		/// - **Errors**: [`Error::NotParticipant`], [`Error::CallerNotActive`],
		///   [`Error::KindNotSteward`], [`Error::ConsentExpired`], [`Error::ConsentTooLong`],
		///   [`Error::AccountIsOperator`], [`Error::AccountIsTombstone`],
		///   [`Error::KindNotRegistrable`], [`Error::SameParticipant`],
		///   [`Error::CounterpartyNotActive`], [`Error::KindDiffers`],
		///   [`Error::EncryptionKeyDiffers`], [`Error::ConsentInvalid`], [`Error::IdsExhausted`].
		/// - **Events**: [`Event::Enrolled`], and the registrar's for a new account.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::enrol())]
		pub fn enrol(
			origin: OriginFor<T>,
			consent: SignedConsent<AccountId, Signature>,
		) -> DispatchResult {
			let caller = Self::ensure_caller(origin)?;
			Self::do_enrol(caller, consent)
		}

		/// Propose a relationship to another participant.
		///
		/// - **Origin**: Signed, by an active participant or a provider's operator.
		/// - **Details**: `role` is the side that the caller takes. Whoever is to be steward has to be
		///   a provider or a delegate; the counterparty has to be active. The proposal enters both
		///   summaries and counts against the caller's `MaxOpenProposals` until it is answered or
		///   withdrawn.
		/// - **Errors**: [`Error::NotParticipant`], [`Error::CallerNotActive`],
		///   [`Error::SameParticipant`], [`Error::CounterpartyAbsent`],
		///   [`Error::CounterpartyNotActive`], [`Error::KindNotSteward`],
		///   [`Error::TooManyOpenProposals`], [`Error::IdsExhausted`].
		/// - **Events**: [`Event::Proposed`].
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::propose())]
		pub fn propose(
			origin: OriginFor<T>,
			#[pallet::compact] counterparty: ParticipantId,
			role: RelationshipRole,
		) -> DispatchResult {
			let caller = Self::ensure_caller(origin)?;
			Self::do_propose(caller, counterparty, role)
		}

		/// Accept a proposed relationship.
		///
		/// - **Origin**: Signed, by the side that did not propose, or its operator.
		/// - **Details**: `counterparty` names the proposer, so that a reorganisation that gives the
		///   number to another proposal cannot make the call mean something else. The proposer has to
		///   be active still.
		/// - **Errors**: [`Error::NotParticipant`], [`Error::CallerNotActive`],
		///   [`Error::RelationshipAbsent`], [`Error::NotParty`], [`Error::NotProposed`],
		///   [`Error::OwnProposal`], [`Error::CounterpartyDiffers`],
		///   [`Error::CounterpartyNotActive`].
		/// - **Events**: [`Event::Accepted`].
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::accept())]
		pub fn accept(
			origin: OriginFor<T>,
			#[pallet::compact] relationship: RelationshipId,
			#[pallet::compact] counterparty: ParticipantId,
		) -> DispatchResult {
			let caller = Self::ensure_caller(origin)?;
			Self::do_accept(caller, relationship, counterparty)
		}

		/// Reject a proposed relationship.
		///
		/// - **Origin**: Signed, by the side that did not propose (also while suspended, and when
		///   retired), or its operator.
		/// - **Details**: The relationship and its entries in both summaries are removed.
		/// - **Errors**: [`Error::NotParticipant`], [`Error::RelationshipAbsent`],
		///   [`Error::NotParty`], [`Error::NotProposed`], [`Error::OwnProposal`].
		/// - **Events**: [`Event::Rejected`].
		#[pallet::call_index(3)]
		#[pallet::weight((T::WeightInfo::reject(), DispatchClass::Operational))]
		pub fn reject(
			origin: OriginFor<T>,
			#[pallet::compact] relationship: RelationshipId,
		) -> DispatchResult {
			let caller = Self::ensure_caller(origin)?;
			Self::do_reject(caller, relationship)
		}

		/// Withdraw one's own proposal.
		///
		/// - **Origin**: Signed, by the proposer; not its operator.
		/// - **Details**: The relationship and its entries in both summaries are removed.
		/// - **Errors**: [`Error::NotParticipant`], [`Error::CallerNotActive`],
		///   [`Error::OperatorNotAllowed`], [`Error::RelationshipAbsent`], [`Error::NotParty`],
		///   [`Error::NotProposed`], [`Error::NotProposer`].
		/// - **Events**: [`Event::Withdrawn`].
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::withdraw())]
		pub fn withdraw(
			origin: OriginFor<T>,
			#[pallet::compact] relationship: RelationshipId,
		) -> DispatchResult {
			let caller = Self::ensure_caller(origin)?;
			Self::do_withdraw(caller, relationship)
		}

		/// End an active relationship, for good.
		///
		/// - **Origin**: Signed, by patron or steward (also while suspended, and when retired), or the
		///   operator.
		/// - **Details**: Grants under the relationship allow nothing from now on; their tags stay
		///   until they are revoked or cleaned up. The patron goes on seeing her own records.
		/// - **Errors**: [`Error::NotParticipant`], [`Error::RelationshipAbsent`],
		///   [`Error::NotParty`], [`Error::RelationshipNotActive`].
		/// - **Events**: [`Event::Ended`].
		#[pallet::call_index(5)]
		#[pallet::weight((T::WeightInfo::end(), DispatchClass::Operational))]
		pub fn end(
			origin: OriginFor<T>,
			#[pallet::compact] relationship: RelationshipId,
		) -> DispatchResult {
			let caller = Self::ensure_caller(origin)?;
			Self::do_end(caller, relationship)
		}

		/// Add a sealed grant.
		///
		/// - **Origin**: Signed, by the patron.
		/// - **Details**: `tag` commits to who is granted what
		///   ([`Opening::tag`](medrec_primitives::Opening::tag)); `expiry` is the last UTC day on
		///   which it can hold, which is enforced too and not over yet. At most `MaxTags` tags stand
		///   under a relationship.
		/// - **Errors**: [`Error::NotParticipant`], [`Error::CallerNotActive`],
		///   [`Error::OperatorNotAllowed`], [`Error::RelationshipAbsent`], [`Error::NotPatron`],
		///   [`Error::RelationshipNotActive`], [`Error::ExpiryOver`], [`Error::TagExists`],
		///   [`Error::TooManyTags`].
		/// - **Events**: [`Event::Granted`].
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::grant())]
		pub fn grant(
			origin: OriginFor<T>,
			#[pallet::compact] relationship: RelationshipId,
			tag: Tag,
			expiry: ExpiryDay,
		) -> DispatchResult {
			let caller = Self::ensure_caller(origin)?;
			Self::do_grant(caller, relationship, tag, expiry)
		}

		/// Remove a sealed grant.
		///
		/// - **Origin**: Signed, by the patron (also while suspended, when retired, and after the
		///   relationship's end).
		/// - **Details**: What the tag commits to is allowed no longer.
		/// - **Errors**: [`Error::NotParticipant`], [`Error::OperatorNotAllowed`],
		///   [`Error::RelationshipAbsent`], [`Error::NotPatron`], [`Error::TagAbsent`].
		/// - **Events**: [`Event::Revoked`].
		#[pallet::call_index(7)]
		#[pallet::weight((T::WeightInfo::revoke(), DispatchClass::Operational))]
		pub fn revoke(
			origin: OriginFor<T>,
			#[pallet::compact] relationship: RelationshipId,
			tag: Tag,
		) -> DispatchResult {
			let caller = Self::ensure_caller(origin)?;
			Self::do_revoke(caller, relationship, tag)
		}

		/// Remove tags that no longer grant anything.
		///
		/// - **Origin**: Signed, by any active participant.
		/// - **Details**: Removes up to `limit` tags (never more than `MaxTags`) whose expiry day is
		///   over or whose relationship is ended. Charged for looking at `MaxTags` tags and removing
		///   `limit`; what was not used is refunded.
		/// - **Errors**: [`Error::NotParticipant`], [`Error::CallerNotActive`],
		///   [`Error::OperatorNotAllowed`], [`Error::RelationshipAbsent`],
		///   [`Error::NothingToClean`].
		/// - **Events**: [`Event::GrantsCleaned`].
		#[pallet::call_index(8)]
		#[pallet::weight(Pallet::<T>::clean_grants_weight(*limit))]
		pub fn clean_grants(
			origin: OriginFor<T>,
			#[pallet::compact] relationship: RelationshipId,
			limit: u32,
		) -> DispatchResultWithPostInfo {
			let caller = Self::ensure_caller(origin)?;
			Self::do_clean_grants(caller, relationship, limit, Self::now())
		}
	}
}

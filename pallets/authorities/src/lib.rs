#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod change_impls;
mod dispatchable_impls;
mod genesis;
mod holder_impls;
mod key_ownership;
#[cfg(test)]
mod mock;
mod offence_impls;
mod session_impls;
#[cfg(test)]
mod tests;
#[cfg(any(test, feature = "try-runtime"))]
mod try_state;
mod types;
pub mod weights;

pub use holder_impls::{ParticipantOf, ProviderAccountOf};
pub use key_ownership::KeyOwnership;
pub use offence_impls::OncePerOffender;
pub use pallet::*;
pub use types::{AuthorityList, ChangeList, Offender, OffenderList, PendingChange};
pub use weights::WeightInfo;

/// Target of this pallet's log messages.
pub(crate) const LOG_TARGET: &str = "runtime::authorities";

/// Shortest session, in blocks. A block that rotates a session takes no normal transactions, so
/// shorter ones would leave little room for any.
pub const MIN_SESSION_LENGTH: u32 = 5;

#[frame_support::pallet]
pub mod pallet {
	use crate::{AuthorityList, ChangeList, OffenderList, WeightInfo, MIN_SESSION_LENGTH};
	use alloc::vec::Vec;
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;
	use medrec_primitives::{
		AccountId, AuthorityChange, Majority, OnSeatLost, ParticipantId, Participants, Suspensions,
	};
	use sp_staking::SessionIndex;

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config:
		frame_system::Config<AccountId = AccountId, RuntimeEvent: From<Event<Self>>>
		+ pallet_session::Config<ValidatorId = AccountId>
		+ pallet_session::historical::Config<FullIdentification = ParticipantId>
	{
		/// Who adds and removes authorities, forgives offenders and sets the rules: more than half of the
		/// council, and how much more.
		type CouncilOrigin: EnsureOrigin<Self::RuntimeOrigin, Success = Majority>;

		/// Who is a provider, in which standing, behind which account.
		type Participants: Participants<AccountId>;

		/// Where a provider is suspended once nobody has stopped the decision.
		type Suspensions: Suspensions;

		/// Who is told that a provider has lost its seat in the council: the council. Who has one, it
		/// asks this pallet.
		type OnSeatLost: OnSeatLost;

		/// Most authorities that there can be, and most changes that can wait for objections.
		#[pallet::constant]
		type MaxAuthorities: Get<u32>;

		/// How many past sessions evidence of an equivocation may be of.
		#[pallet::constant]
		type KeptSessions: Get<SessionIndex>;

		/// Weights of this pallet's calls.
		type WeightInfo: WeightInfo;
	}

	/// The providers that hold authority and the account that each of them validates and votes with,
	/// ordered by participant. pallet-session takes them over one session after the next rotation.
	#[pallet::storage]
	pub type Authorities<T: Config> = StorageValue<_, AuthorityList<T>, ValueQuery>;

	/// Changes that the council decided and that are not enacted yet. Held separately from
	/// [`Authorities`], because nothing changes for the provider until then. At most one of each
	/// provider: an addition of one that holds no authority, or a loss of one that does. Together the
	/// losses leave at least [`MinimumAuthorities`].
	#[pallet::storage]
	pub type Changes<T: Config> = StorageValue<_, ChangeList<T>, ValueQuery>;

	/// The fewest authorities that changes may leave; at least one.
	#[pallet::storage]
	pub type MinimumAuthorities<T: Config> = StorageValue<_, u32, ValueQuery>;

	/// Blocks that pass at least between the decision of an [`AuthorityChange`] that waits for objections
	/// and its enactment.
	#[pallet::storage]
	pub type RemovalDelay<T: Config> = StorageValue<_, u32, ValueQuery>;

	/// Providers that equivocated and still validate, or are to. Held separately from pallet-session's
	/// list of disabled validators, which knows indices only and is lost with every change of the set.
	#[pallet::storage]
	pub type Offenders<T: Config> = StorageValue<_, OffenderList<T>, ValueQuery>;

	/// The validators of the present session and the keys that they work with. pallet-session keeps only
	/// those of the next session and those that were set last; evidence of an equivocation is about
	/// these. As long as pallet-session's list of validators.
	#[pallet::storage]
	#[pallet::unbounded]
	pub type ActiveKeys<T: Config> = StorageValue<_, Vec<(AccountId, T::Keys)>, ValueQuery>;

	/// Length of a session, in blocks; at least [`MIN_SESSION_LENGTH`].
	#[pallet::storage]
	pub type SessionLength<T: Config> =
		StorageValue<_, u32, ValueQuery, ConstU32<MIN_SESSION_LENGTH>>;

	/// The block in which the current session began.
	#[pallet::storage]
	pub type SessionStart<T: Config> = StorageValue<_, BlockNumberFor<T>, ValueQuery>;

	/// The authorities that a chain starts with, and the rules for changing them.
	#[pallet::genesis_config]
	pub struct GenesisConfig<T: Config> {
		/// The providers that hold authority and their accounts, in any order. Each has to be an active
		/// provider in the registrar's genesis and to have keys in pallet-session's.
		pub authorities: Vec<(ParticipantId, AccountId)>,
		/// See [`MinimumAuthorities`].
		pub minimum_authorities: u32,
		/// See [`SessionLength`].
		pub session_length: u32,
		/// See [`RemovalDelay`].
		pub removal_delay: u32,
		#[doc(hidden)]
		#[serde(skip)]
		pub _config: PhantomData<T>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			self.initialize()
		}
	}

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A provider was given authority and a seat in the council.
		AuthorityAdded {
			/// The provider.
			participant: ParticipantId,
			/// The account that it validates and votes with.
			account: AccountId,
		},
		/// The council decided a change that waits for objections.
		ChangeDecided {
			/// The provider.
			participant: ParticipantId,
			/// What is to happen to it.
			change: AuthorityChange,
			/// From this block on the next rotation of the session enacts it.
			due: BlockNumberFor<T>,
		},
		/// An authority objected to a change.
		Objected {
			/// The provider that is to be added, removed or suspended.
			participant: ParticipantId,
			/// The provider that objects.
			objector: ParticipantId,
		},
		/// More than a third of the authorities objected; everything stays as it is.
		ChangeRefused {
			/// The provider.
			participant: ParticipantId,
			/// What does not happen to it.
			change: AuthorityChange,
		},
		/// A change was due and could not be made: the provider has no session keys any more, is not
		/// active any more, or there is no room.
		ChangeDropped {
			/// The provider.
			participant: ParticipantId,
			/// What does not happen to it.
			change: AuthorityChange,
		},
		/// A provider lost authority and its seat in the council.
		AuthorityRemoved {
			/// The provider.
			participant: ParticipantId,
			/// The account that it validated and voted with.
			account: AccountId,
		},
		/// An authority moved to a new account, with its seat and its session keys.
		AuthorityMoved {
			/// The provider.
			participant: ParticipantId,
			/// The account that it validates and votes with now.
			account: AccountId,
		},
		/// The length of sessions was set.
		SessionLengthSet {
			/// In blocks.
			blocks: u32,
		},
		/// The fewest authorities that changes may leave were set.
		MinimumAuthoritiesSet {
			/// How many.
			authorities: u32,
		},
		/// The time for objections was set.
		RemovalDelaySet {
			/// In blocks.
			blocks: u32,
		},
		/// An authority equivocated. It is disabled, as far as not too many are already (see
		/// pallet-session's `ValidatorDisabled`).
		OffenderRecorded {
			/// The provider.
			participant: ParticipantId,
			/// The session in which it did.
			session: SessionIndex,
		},
		/// The council forgave an offender, which validates again.
		OffenderForgiven {
			/// The provider.
			participant: ParticipantId,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// There is no participant of this number.
		ParticipantAbsent,
		/// The participant is no provider; only providers hold authority.
		NotProvider,
		/// The provider is suspended or retired.
		ProviderNotActive,
		/// The provider has not set session keys for its account (`session.setKeys`).
		SessionKeysAbsent,
		/// The provider holds authority already.
		AlreadyAuthority,
		/// There are as many authorities as there can be.
		TooManyAuthorities,
		/// The provider holds no authority.
		NotAuthority,
		/// There would be fewer authorities than the minimum, counting the losses that are already
		/// decided.
		TooFewAuthorities,
		/// A change of this provider is decided already and waits for objections.
		ChangePending,
		/// As many changes wait for objections as can.
		TooManyChanges,
		/// No change of this provider is waiting for objections.
		ChangeAbsent,
		/// Only authorities may object.
		ObjectorNotAuthority,
		/// This authority has objected already.
		AlreadyObjected,
		/// A session has at least [`MIN_SESSION_LENGTH`] blocks.
		SessionTooShort,
		/// The minimum is at least one authority.
		MinimumTooLow,
		/// More than half of the council is not enough for this; it takes two thirds.
		TwoThirdsNeeded,
		/// The provider is not on record as an offender, or is forgiven already.
		NotOffender,
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
		/// Give a provider authority: a place among the validators and a seat in the council.
		///
		/// **Origin**: [`Config::CouncilOrigin`].
		///
		/// **Details**: If two thirds want it, the seat is taken at once. What a bare majority decides
		/// waits like a removal and can be objected to: otherwise a bare majority could make itself two
		/// thirds with seats for its friends. Everything is checked again when the addition is enacted; if
		/// it has become impossible, it is dropped. The provider validates from the second rotation of
		/// the session on.
		///
		/// **Errors**: [`Error::ParticipantAbsent`], [`Error::NotProvider`],
		/// [`Error::ProviderNotActive`], [`Error::AlreadyAuthority`], [`Error::SessionKeysAbsent`],
		/// [`Error::TooManyAuthorities`], [`Error::ChangePending`], [`Error::TooManyChanges`].
		///
		/// **Events**: [`Event::AuthorityAdded`], or [`Event::ChangeDecided`] and on enactment
		/// [`Event::AuthorityAdded`] or [`Event::ChangeDropped`].
		#[pallet::call_index(0)]
		#[pallet::weight(<T as Config>::WeightInfo::add_authority())]
		pub fn add_authority(
			origin: OriginFor<T>,
			#[pallet::compact] participant: ParticipantId,
		) -> DispatchResult {
			let majority = T::CouncilOrigin::ensure_origin(origin)?;
			Self::do_add_authority(participant, majority)
		}

		/// Decide that a provider loses authority and council seat.
		///
		/// **Origin**: [`Config::CouncilOrigin`].
		///
		/// **Details**: Enacted by the first rotation of the session at which [`RemovalDelay`] blocks
		/// have passed, however large the majority, unless more than a third of the authorities have
		/// objected. The provider stops validating one session later. Never leaves fewer than
		/// [`MinimumAuthorities`].
		///
		/// **Errors**: [`Error::NotAuthority`], [`Error::ChangePending`],
		/// [`Error::TooFewAuthorities`], [`Error::TooManyChanges`].
		///
		/// **Events**: [`Event::ChangeDecided`]; on enactment [`Event::AuthorityRemoved`].
		#[pallet::call_index(1)]
		#[pallet::weight(<T as Config>::WeightInfo::remove_authority())]
		pub fn remove_authority(
			origin: OriginFor<T>,
			#[pallet::compact] participant: ParticipantId,
		) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Self::do_remove_authority(participant)
		}

		/// Set the length of sessions.
		///
		/// **Origin**: [`Config::CouncilOrigin`].
		///
		/// **Details**: Holds for the current session too: if it has lasted that long already, it ends
		/// with the next block.
		///
		/// **Errors**: [`Error::SessionTooShort`].
		///
		/// **Events**: [`Event::SessionLengthSet`].
		#[pallet::call_index(2)]
		#[pallet::weight(<T as Config>::WeightInfo::set_session_length())]
		pub fn set_session_length(
			origin: OriginFor<T>,
			#[pallet::compact] blocks: u32,
		) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Self::do_set_session_length(blocks)
		}

		/// Object to what is decided of a provider: its addition, removal or suspension.
		///
		/// **Origin**: signed by the account of an authority, the one concerned included.
		///
		/// **Details**: As soon as more than a third of the authorities have objected, the change is
		/// off. So a majority cannot make itself two thirds by removing those who vote against it.
		///
		/// **Errors**: [`Error::ObjectorNotAuthority`], [`Error::ChangeAbsent`],
		/// [`Error::AlreadyObjected`].
		///
		/// **Events**: [`Event::Objected`], [`Event::ChangeRefused`].
		#[pallet::call_index(3)]
		#[pallet::weight(<T as Config>::WeightInfo::object())]
		pub fn object(
			origin: OriginFor<T>,
			#[pallet::compact] participant: ParticipantId,
		) -> DispatchResult {
			let account = ensure_signed(origin)?;
			Self::do_object(&account, participant)
		}

		/// Set the fewest authorities that changes may leave.
		///
		/// **Origin**: [`Config::CouncilOrigin`].
		///
		/// **Errors**: [`Error::MinimumTooLow`]; [`Error::TooFewAuthorities`]: there are fewer, or will
		/// be when the losses that are decided are enacted.
		///
		/// **Events**: [`Event::MinimumAuthoritiesSet`].
		#[pallet::call_index(4)]
		#[pallet::weight(<T as Config>::WeightInfo::set_minimum_authorities())]
		pub fn set_minimum_authorities(
			origin: OriginFor<T>,
			#[pallet::compact] authorities: u32,
		) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Self::do_set_minimum_authorities(authorities)
		}

		/// Set how long a change waits for objections.
		///
		/// **Origin**: [`Config::CouncilOrigin`], with two thirds.
		///
		/// **Details**: Changes that are decided already keep their day.
		///
		/// **Errors**: [`Error::TwoThirdsNeeded`].
		///
		/// **Events**: [`Event::RemovalDelaySet`].
		#[pallet::call_index(5)]
		#[pallet::weight(<T as Config>::WeightInfo::set_removal_delay())]
		pub fn set_removal_delay(
			origin: OriginFor<T>,
			#[pallet::compact] blocks: u32,
		) -> DispatchResult {
			let majority = T::CouncilOrigin::ensure_origin(origin)?;
			Self::do_set_removal_delay(blocks, majority)
		}

		/// Let an authority that equivocated validate again.
		///
		/// **Origin**: [`Config::CouncilOrigin`].
		///
		/// **Details**: For when its operators have found the cause. What it did in sessions before the
		/// present one counts no more, whenever evidence of it comes.
		///
		/// **Errors**: [`Error::NotOffender`].
		///
		/// **Events**: [`Event::OffenderForgiven`].
		#[pallet::call_index(6)]
		#[pallet::weight(<T as Config>::WeightInfo::forgive())]
		pub fn forgive(
			origin: OriginFor<T>,
			#[pallet::compact] participant: ParticipantId,
		) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Self::do_forgive(participant)
		}
	}
}

#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod dispatchable_impls;
mod genesis;
mod holder_impls;
#[cfg(test)]
mod mock;
mod session_impls;
#[cfg(test)]
mod tests;
#[cfg(any(test, feature = "try-runtime"))]
mod try_state;
mod types;
pub mod weights;

pub use holder_impls::ProviderAccountOf;
pub use pallet::*;
pub use types::{AuthorityList, Removal, RemovalList};
pub use weights::WeightInfo;

/// Target of this pallet's log messages.
pub(crate) const LOG_TARGET: &str = "runtime::authorities";

/// Shortest session, in blocks. A block that rotates a session takes no normal transactions, so
/// shorter ones would leave little room for any.
pub const MIN_SESSION_LENGTH: u32 = 5;

#[frame_support::pallet]
pub mod pallet {
	use crate::{AuthorityList, RemovalList, WeightInfo, MIN_SESSION_LENGTH};
	use alloc::vec::Vec;
	use frame_support::{
		pallet_prelude::*,
		traits::{ChangeMembers, InitializeMembers},
	};
	use frame_system::pallet_prelude::*;
	use medrec_primitives::{AccountId, ParticipantId, Participants};

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config:
		frame_system::Config<AccountId = AccountId, RuntimeEvent: From<Event<Self>>>
		+ pallet_session::Config<ValidatorId = AccountId>
	{
		/// Who adds and removes authorities and sets the length of sessions: more than half of the
		/// council.
		type CouncilOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// Who is a provider, in which standing, behind which account.
		type Participants: Participants<AccountId>;

		/// The council. Its members are at all times the accounts of [`Authorities`].
		type Membership: ChangeMembers<AccountId> + InitializeMembers<AccountId>;

		/// Most authorities that there can be.
		#[pallet::constant]
		type MaxAuthorities: Get<u32>;

		/// Weights of this pallet's calls.
		type WeightInfo: WeightInfo;
	}

	/// The providers that hold authority and the account that each of them validates and votes with,
	/// ordered by participant. pallet-session takes them over one session after the next rotation.
	#[pallet::storage]
	pub type Authorities<T: Config> = StorageValue<_, AuthorityList<T>, ValueQuery>;

	/// Removals that the council decided and that are not enacted yet. Held separately from
	/// [`Authorities`], because nothing changes for the authority until then. Every entry names an
	/// authority, and together they leave at least [`MinimumAuthorities`].
	#[pallet::storage]
	pub type Removals<T: Config> = StorageValue<_, RemovalList<T>, ValueQuery>;

	/// The fewest authorities that removals may leave; at least one. Set by genesis.
	#[pallet::storage]
	pub type MinimumAuthorities<T: Config> = StorageValue<_, u32, ValueQuery>;

	/// Blocks that pass at least between a decision to remove an authority and its enactment, in
	/// which the others can object. Set by genesis.
	#[pallet::storage]
	pub type RemovalDelay<T: Config> = StorageValue<_, u32, ValueQuery>;

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
		/// The council decided to remove an authority.
		RemovalDecided {
			/// The provider.
			participant: ParticipantId,
			/// From this block on the next rotation of the session enacts it.
			due: BlockNumberFor<T>,
		},
		/// An authority objected to a removal.
		RemovalObjected {
			/// The provider to be removed.
			participant: ParticipantId,
			/// The provider that objects.
			objector: ParticipantId,
		},
		/// More than a third of the authorities objected; the provider keeps its authority.
		RemovalRefused {
			/// The provider.
			participant: ParticipantId,
		},
		/// A provider lost authority and its seat in the council.
		AuthorityRemoved {
			/// The provider.
			participant: ParticipantId,
			/// The account that it validated and voted with.
			account: AccountId,
		},
		/// The length of sessions was set.
		SessionLengthSet {
			/// In blocks.
			blocks: u32,
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
		/// Without this authority there would be fewer than the minimum, counting the removals that are
		/// already decided.
		TooFewAuthorities,
		/// The removal of this authority is decided already.
		RemovalPending,
		/// No removal of this provider is waiting for objections.
		RemovalAbsent,
		/// Only authorities may object to a removal.
		ObjectorNotAuthority,
		/// This authority has objected already.
		AlreadyObjected,
		/// A session has at least [`MIN_SESSION_LENGTH`] blocks.
		SessionTooShort,
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
		/// **Details**: The seat is taken at once. The provider validates from the second rotation of
		/// the session on.
		///
		/// **Errors**: [`Error::ParticipantAbsent`], [`Error::NotProvider`],
		/// [`Error::ProviderNotActive`], [`Error::AlreadyAuthority`], [`Error::SessionKeysAbsent`],
		/// [`Error::TooManyAuthorities`].
		///
		/// **Events**: [`Event::AuthorityAdded`].
		#[pallet::call_index(0)]
		#[pallet::weight(<T as Config>::WeightInfo::add_authority())]
		pub fn add_authority(
			origin: OriginFor<T>,
			#[pallet::compact] participant: ParticipantId,
		) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Self::do_add_authority(participant)
		}

		/// Decide that a provider loses authority and council seat.
		///
		/// **Origin**: [`Config::CouncilOrigin`].
		///
		/// **Details**: Enacted by the first rotation of the session at which [`RemovalDelay`] blocks
		/// have passed, unless more than a third of the authorities have objected. The provider stops
		/// validating one session later. Never leaves fewer than [`MinimumAuthorities`].
		///
		/// **Errors**: [`Error::NotAuthority`], [`Error::RemovalPending`],
		/// [`Error::TooFewAuthorities`].
		///
		/// **Events**: [`Event::RemovalDecided`]; on enactment [`Event::AuthorityRemoved`].
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

		/// Object to the removal of an authority.
		///
		/// **Origin**: signed by the account of an authority, the one to be removed included.
		///
		/// **Details**: As soon as more than a third of the authorities have objected, the removal is
		/// off. So a majority cannot make itself two thirds by removing those who vote against it.
		///
		/// **Errors**: [`Error::ObjectorNotAuthority`], [`Error::RemovalAbsent`],
		/// [`Error::AlreadyObjected`].
		///
		/// **Events**: [`Event::RemovalObjected`], [`Event::RemovalRefused`].
		#[pallet::call_index(3)]
		#[pallet::weight(<T as Config>::WeightInfo::object_to_removal())]
		pub fn object_to_removal(
			origin: OriginFor<T>,
			#[pallet::compact] participant: ParticipantId,
		) -> DispatchResult {
			let account = ensure_signed(origin)?;
			Self::do_object_to_removal(&account, participant)
		}
	}
}

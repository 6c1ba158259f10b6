#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod dispatchable_impls;
mod genesis_impls;
mod participants_impls;
mod peer_ids;
mod types;
mod utility_impls;
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
#[cfg(any(test, feature = "try-runtime"))]
mod try_state;

pub use pallet::*;
pub use peer_ids::is_valid_peer_id;
pub use types::{is_valid_endpoint, is_valid_name, name_key, GenesisProvider};
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
	use super::{GenesisProvider, WeightInfo};
	use alloc::vec::Vec;
	use frame_support::{pallet_prelude::*, traits::UnixTime};
	use frame_system::pallet_prelude::*;
	use medrec_primitives::{
		AccountId, AuthorityHolders, EncryptionKey, Epoch, GatekeeperKey, Hash, Majority,
		Participant, ParticipantAccount, ParticipantId, ParticipantKind, Provider,
		ProviderEndpoint, ProviderName, PurposesTable, Signature, SignedConsent,
	};

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// What the runtime decides for this pallet.
	#[pallet::config]
	pub trait Config:
		frame_system::Config<
		AccountId = AccountId,
		AccountData = ParticipantAccount,
		Nonce = u32,
		Hash = Hash,
		RuntimeEvent: From<Event<Self>>,
	>
	{
		/// The time that deadlines are compared with.
		type UnixTime: UnixTime;

		/// Who certifies, suspends and reinstates, and who edits the table of purposes: more than half
		/// of the council, and how much more.
		type CouncilOrigin: EnsureOrigin<Self::RuntimeOrigin, Success = Majority>;

		/// Who validates: such a provider does not retire, takes its authority along to a new account,
		/// and loses it when it is suspended.
		type Authorities: AuthorityHolders<AccountId>;

		/// Weights of the calls.
		type WeightInfo: WeightInfo;
	}

	/// Number that the next participant gets. Numbers are never reused.
	#[pallet::storage]
	pub type NextParticipantId<T> = StorageValue<_, ParticipantId, ValueQuery>;

	/// Every participant there ever was, retired ones too.
	///
	/// The way back, from an account to its participant, is `frame_system::Account`'s data
	/// ([`ParticipantAccount`]), which every transaction reads anyway; both are always written together.
	#[pallet::storage]
	pub type Participants<T: Config> =
		StorageMap<_, Identity, ParticipantId, Participant<T::AccountId>, OptionQuery>;

	/// What providers have beyond every participant. Held apart from [`Participants`] so that access
	/// decisions never decode names and endpoints. There is an entry exactly for each participant of kind
	/// `Provider`.
	#[pallet::storage]
	pub type Providers<T: Config> =
		StorageMap<_, Identity, ParticipantId, Provider<T::AccountId>, OptionQuery>;

	/// The provider that bears a name (in lower case, see [`name_key`](crate::name_key)). Always written
	/// together with its [`Providers`] entry, and never removed: the name of a provider that retired stays
	/// taken, so that nobody inherits its good name.
	#[pallet::storage]
	pub type ProviderNames<T> =
		StorageMap<_, Blake2_128Concat, ProviderName, ParticipantId, OptionQuery>;

	/// The nodes of active providers, for nodes that take nobody else as a peer.
	///
	/// Held apart from [`Providers`] so that a node reads all of them, and nothing else. There is an entry
	/// exactly for each active provider that has named nodes: it goes when the provider is suspended or
	/// retires, and no list is empty.
	#[pallet::storage]
	pub type PeerIds<T> =
		StorageMap<_, Identity, ParticipantId, medrec_primitives::PeerIds, OptionQuery>;

	/// Which kinds of participant may claim which purposes.
	#[pallet::storage]
	pub type Purposes<T> = StorageValue<_, PurposesTable, ValueQuery>;

	/// Providers that are on the chain from its first block. They are numbered from 0, in order.
	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// The providers. Building the genesis state fails on an invalid or taken name, an invalid
		/// endpoint, or an account that is named twice.
		pub providers: Vec<GenesisProvider<T::AccountId>>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			Pallet::<T>::build_genesis(&self.providers);
		}
	}

	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// An account became a participant.
		Registered {
			/// Its number.
			participant: ParticipantId,
			/// The account.
			account: T::AccountId,
			/// What it is.
			kind: ParticipantKind,
		},
		/// A participant moved to a new account.
		KeyRotated {
			/// The participant.
			participant: ParticipantId,
			/// The account that acts as it from now on.
			account: T::AccountId,
			/// Its epoch from now on.
			epoch: Epoch,
		},
		/// A participant changed where messages to it are sealed to.
		EncryptionKeySet {
			/// The participant.
			participant: ParticipantId,
			/// The new key.
			encryption_key: EncryptionKey,
		},
		/// A participant ended all of its sessions.
		SessionsEnded {
			/// The participant.
			participant: ParticipantId,
			/// Its epoch from now on.
			epoch: Epoch,
		},
		/// A participant left for good.
		Retired {
			/// The participant.
			participant: ParticipantId,
		},
		/// A provider moved its gatekeeper.
		EndpointSet {
			/// The provider.
			participant: ParticipantId,
			/// The new origin.
			endpoint: ProviderEndpoint,
		},
		/// A provider changed the key with which its gatekeeper signs.
		GatekeeperKeySet {
			/// The provider.
			participant: ParticipantId,
			/// The new key.
			gatekeeper_key: GatekeeperKey,
		},
		/// A provider said which nodes are its own.
		PeerIdsSet {
			/// The provider.
			participant: ParticipantId,
			/// All of its nodes from now on; none if this is empty.
			peer_ids: medrec_primitives::PeerIds,
		},
		/// A provider named, replaced or removed its operator account.
		OperatorSet {
			/// The provider.
			participant: ParticipantId,
			/// The operator account from now on.
			operator: Option<T::AccountId>,
		},
		/// The council admitted a provider.
		Certified {
			/// Its number.
			participant: ParticipantId,
			/// Its account.
			account: T::AccountId,
			/// Its name.
			name: ProviderName,
		},
		/// The council suspended a participant.
		Suspended {
			/// The participant.
			participant: ParticipantId,
		},
		/// The council took a suspension back.
		Reinstated {
			/// The participant.
			participant: ParticipantId,
		},
		/// The council changed the purposes that a kind of participant may claim.
		PurposesSet {
			/// The kind.
			kind: ParticipantKind,
			/// Its purposes from now on.
			purposes: medrec_primitives::Purposes,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// The signer is no participant: never registered, or its account was rotated away or replaced.
		CallerUnknown,
		/// The signer is a provider's operator account, which may not do this: use the provider's own.
		CallerIsOperator,
		/// The signer is not a provider, and only providers may do this.
		CallerNotProvider,
		/// The signer is suspended.
		CallerSuspended,
		/// The signer has retired.
		CallerRetired,
		/// The signer holds authority: have the council remove it from the authorities first.
		CallerHoldsAuthority,
		/// Providers are not registered: the council certifies them.
		KindNeedsCertification,
		/// The account already acts as a participant, or as a provider's operator.
		AccountTaken,
		/// The account was rotated away or replaced, and is never usable again.
		AccountTombstone,
		/// The consent's deadline has passed: have it signed again.
		ConsentExpired,
		/// The consent's deadline lies further ahead than
		/// [`MAX_CONSENT_LIFETIME`](medrec_primitives::MAX_CONSENT_LIFETIME).
		ConsentDeadlineTooFar,
		/// The account did not sign this: another text, chain, account or nonce, or used already.
		ConsentInvalid,
		/// The name is empty, not UTF-8, has characters that are not seen, or space at its ends or twice.
		NameInvalid,
		/// Another provider bears, or bore, this name.
		NameTaken,
		/// The endpoint is not an origin: `https://` or `http://`, host in lower case, port unless it is
		/// the default, and nothing after it.
		EndpointInvalid,
		/// The provider has no operator account to remove.
		OperatorAbsent,
		/// A peer id is none: see [`is_valid_peer_id`](crate::is_valid_peer_id).
		PeerIdInvalid,
		/// A peer id is in the list twice.
		PeerIdRepeated,
		/// There is no participant of this number.
		ParticipantAbsent,
		/// The participant is suspended already.
		AlreadySuspended,
		/// The participant is not suspended.
		NotSuspended,
		/// The participant has retired: nothing can be done to it any more.
		ParticipantRetired,
		/// The purposes have members that this version of the runtime does not know.
		PurposesUnknown,
		/// Epochs have run out: this participant can rotate its key and end its sessions no more.
		EpochsExhausted,
		/// Numbers of participants have run out.
		ParticipantIdsExhausted,
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
		/// Register a participant of any kind but `Provider`, with its account's own signature.
		///
		/// # Origin
		/// Signed by an active provider or its operator.
		///
		/// # Details
		/// The account signs [`Consent::Register`](medrec_primitives::Consent::Register), which names the
		/// provider and the account's nonce; that nonce is consumed. The account gets a provider reference
		/// that it never loses. Who registered whom is not stored.
		///
		/// # Errors
		/// - [`Error::CallerUnknown`], [`Error::CallerNotProvider`], [`Error::CallerSuspended`],
		///   [`Error::CallerRetired`]: the signer is no active provider.
		/// - [`Error::KindNeedsCertification`]: the kind is `Provider`.
		/// - [`Error::AccountTaken`], [`Error::AccountTombstone`]: the account is not vacant.
		/// - [`Error::ConsentExpired`], [`Error::ConsentDeadlineTooFar`], [`Error::ConsentInvalid`].
		/// - [`Error::ParticipantIdsExhausted`].
		///
		/// # Events
		/// - [`Event::Registered`].
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::register())]
		pub fn register(
			origin: OriginFor<T>,
			consent: SignedConsent<T::AccountId, Signature>,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_register(&who, consent)
		}

		/// Move the signer's participant to a new account.
		///
		/// # Origin
		/// Signed by a participant, active or suspended; not by an operator.
		///
		/// # Details
		/// The new account signs [`Consent::Rotate`](medrec_primitives::Consent::Rotate) with its own
		/// nonce, which is consumed. The participant keeps its number, relationships, grants and the quota
		/// that it has used; its epoch rises, which ends its sessions. The old account becomes a tombstone.
		/// A provider that validates goes on doing so, with its session keys and its seat in the council.
		///
		/// # Errors
		/// - [`Error::CallerUnknown`], [`Error::CallerIsOperator`], [`Error::CallerRetired`].
		/// - [`Error::AccountTaken`], [`Error::AccountTombstone`]: the new account is not vacant.
		/// - [`Error::ConsentInvalid`].
		/// - [`Error::EpochsExhausted`].
		/// - Whatever [`AuthorityHolders::account_rotated`] refuses with.
		///
		/// # Events
		/// - [`Event::KeyRotated`].
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::rotate_key())]
		pub fn rotate_key(
			origin: OriginFor<T>,
			new_account: T::AccountId,
			signature: Signature,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_rotate_key(&who, new_account, &signature)
		}

		/// Change where messages to the signer are sealed to.
		///
		/// # Origin
		/// Signed by an active participant; not by an operator.
		///
		/// # Details
		/// What was sealed to the old key stays readable with the old key only.
		///
		/// # Errors
		/// - [`Error::CallerUnknown`], [`Error::CallerIsOperator`], [`Error::CallerSuspended`],
		///   [`Error::CallerRetired`].
		///
		/// # Events
		/// - [`Event::EncryptionKeySet`].
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::set_encryption_key())]
		pub fn set_encryption_key(
			origin: OriginFor<T>,
			encryption_key: EncryptionKey,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_set_encryption_key(&who, encryption_key)
		}

		/// Log out everywhere: end every session key that the signer delegated to.
		///
		/// # Origin
		/// Signed by a participant, active or suspended; not by an operator.
		///
		/// # Details
		/// The epoch rises; delegations name the epoch that they were made in.
		///
		/// # Errors
		/// - [`Error::CallerUnknown`], [`Error::CallerIsOperator`], [`Error::CallerRetired`].
		/// - [`Error::EpochsExhausted`].
		///
		/// # Events
		/// - [`Event::SessionsEnded`].
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::end_sessions())]
		pub fn end_sessions(origin: OriginFor<T>) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_end_sessions(&who)
		}

		/// Leave for good.
		///
		/// # Origin
		/// Signed by an active participant; not by an operator.
		///
		/// # Details
		/// There is no way back: the account can act as nothing else, and its number means this
		/// participant for ever. All that is left to it is to take back what it gave. A provider's
		/// operator account becomes a tombstone, its name stays taken, and its nodes are no longer named.
		/// Who is suspended cannot retire: the suspension stays on record.
		///
		/// # Errors
		/// - [`Error::CallerUnknown`], [`Error::CallerIsOperator`], [`Error::CallerSuspended`],
		///   [`Error::CallerRetired`].
		/// - [`Error::CallerHoldsAuthority`].
		///
		/// # Events
		/// - [`Event::Retired`].
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::retire())]
		pub fn retire(origin: OriginFor<T>) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_retire(&who)
		}

		/// Change where the signer's gatekeeper is reached.
		///
		/// # Origin
		/// Signed by an active provider; not by its operator.
		///
		/// # Errors
		/// - [`Error::CallerUnknown`], [`Error::CallerIsOperator`], [`Error::CallerNotProvider`],
		///   [`Error::CallerSuspended`], [`Error::CallerRetired`].
		/// - [`Error::EndpointInvalid`].
		///
		/// # Events
		/// - [`Event::EndpointSet`].
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::set_endpoint())]
		pub fn set_endpoint(origin: OriginFor<T>, endpoint: ProviderEndpoint) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_set_endpoint(&who, endpoint)
		}

		/// Change the key with which the signer's gatekeeper signs its answers.
		///
		/// # Origin
		/// Signed by an active provider; not by its operator.
		///
		/// # Errors
		/// - [`Error::CallerUnknown`], [`Error::CallerIsOperator`], [`Error::CallerNotProvider`],
		///   [`Error::CallerSuspended`], [`Error::CallerRetired`].
		///
		/// # Events
		/// - [`Event::GatekeeperKeySet`].
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::set_gatekeeper_key())]
		pub fn set_gatekeeper_key(
			origin: OriginFor<T>,
			gatekeeper_key: GatekeeperKey,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_set_gatekeeper_key(&who, gatekeeper_key)
		}

		/// Name, replace or remove the signer's operator account.
		///
		/// # Origin
		/// Signed by an active provider; not by its operator.
		///
		/// # Details
		/// A new operator account signs [`Consent::Operate`](medrec_primitives::Consent::Operate) with its
		/// own nonce, which is consumed, and takes over the quota used by the account that it replaces (by
		/// the provider's own, if there was none). The replaced account becomes a tombstone.
		///
		/// # Errors
		/// - [`Error::CallerUnknown`], [`Error::CallerIsOperator`], [`Error::CallerNotProvider`],
		///   [`Error::CallerSuspended`], [`Error::CallerRetired`].
		/// - [`Error::AccountTaken`], [`Error::AccountTombstone`]: the new account is not vacant.
		/// - [`Error::ConsentInvalid`].
		/// - [`Error::OperatorAbsent`]: `None`, and there is none.
		///
		/// # Events
		/// - [`Event::OperatorSet`].
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::set_operator())]
		pub fn set_operator(
			origin: OriginFor<T>,
			operator: Option<(T::AccountId, Signature)>,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_set_operator(&who, operator)
		}

		/// Admit a provider.
		///
		/// # Origin
		/// [`Config::CouncilOrigin`].
		///
		/// # Details
		/// The council has checked who is behind the account. Names are compared without ASCII case.
		///
		/// # Errors
		/// - [`Error::AccountTaken`], [`Error::AccountTombstone`]: the account is not vacant.
		/// - [`Error::NameInvalid`], [`Error::NameTaken`], [`Error::EndpointInvalid`].
		/// - [`Error::ParticipantIdsExhausted`].
		///
		/// # Events
		/// - [`Event::Registered`] and [`Event::Certified`].
		#[pallet::call_index(8)]
		#[pallet::weight(T::WeightInfo::certify())]
		pub fn certify(
			origin: OriginFor<T>,
			account: T::AccountId,
			name: ProviderName,
			endpoint: ProviderEndpoint,
			encryption_key: EncryptionKey,
			gatekeeper_key: GatekeeperKey,
		) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Self::do_certify(account, name, endpoint, encryption_key, gatekeeper_key)
		}

		/// Suspend an active participant.
		///
		/// # Origin
		/// [`Config::CouncilOrigin`].
		///
		/// # Details
		/// A suspended participant may only take back what it gave and protect its key; a suspended
		/// patron still reads her own records. A provider loses its authority, and its nodes are no longer
		/// named. If it holds authority and only a bare majority of the council wants it suspended, nothing
		/// changes yet: others can object, and the authorities pallet suspends it when they have not.
		///
		/// # Errors
		/// - [`Error::ParticipantAbsent`], [`Error::AlreadySuspended`], [`Error::ParticipantRetired`].
		/// - Whatever [`AuthorityHolders::relinquish`] refuses with, where too few authorities would be
		///   left.
		///
		/// # Events
		/// - [`Event::Suspended`], now or when the delay is over.
		#[pallet::call_index(9)]
		#[pallet::weight(T::WeightInfo::suspend())]
		pub fn suspend(
			origin: OriginFor<T>,
			#[pallet::compact] participant: ParticipantId,
		) -> DispatchResult {
			let majority = T::CouncilOrigin::ensure_origin(origin)?;
			Self::do_suspend(participant, majority)
		}

		/// Take a suspension back.
		///
		/// # Origin
		/// [`Config::CouncilOrigin`].
		///
		/// # Details
		/// A provider does not get its authority back: the council adds it again. Its nodes it names again
		/// itself.
		///
		/// # Errors
		/// - [`Error::ParticipantAbsent`], [`Error::NotSuspended`], [`Error::ParticipantRetired`].
		///
		/// # Events
		/// - [`Event::Reinstated`].
		#[pallet::call_index(10)]
		#[pallet::weight(T::WeightInfo::reinstate())]
		pub fn reinstate(
			origin: OriginFor<T>,
			#[pallet::compact] participant: ParticipantId,
		) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Self::do_reinstate(participant)
		}

		/// Change the purposes that participants of a kind may claim.
		///
		/// # Origin
		/// [`Config::CouncilOrigin`].
		///
		/// # Errors
		/// - [`Error::PurposesUnknown`].
		///
		/// # Events
		/// - [`Event::PurposesSet`].
		#[pallet::call_index(11)]
		#[pallet::weight(T::WeightInfo::set_purposes())]
		pub fn set_purposes(
			origin: OriginFor<T>,
			kind: ParticipantKind,
			purposes: medrec_primitives::Purposes,
		) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Self::do_set_purposes(kind, purposes)
		}

		/// Say which nodes are the signer's, in place of those that it named before.
		///
		/// # Origin
		/// Signed by an active provider; not by its operator.
		///
		/// # Details
		/// Nodes with private peering take these as peers, and drop those that are no longer named, when
		/// this block is final. Each id is a multihash (`medrec-node key inspect-node-key` prints it in
		/// base58). Only its shape is checked: that somebody has the key is seen when the node connects, and
		/// nodes skip what they cannot read. An empty list removes all. Two providers may name the same
		/// node; each answers for those that it names.
		///
		/// # Errors
		/// - [`Error::CallerUnknown`], [`Error::CallerIsOperator`], [`Error::CallerNotProvider`],
		///   [`Error::CallerSuspended`], [`Error::CallerRetired`].
		/// - [`Error::PeerIdInvalid`], [`Error::PeerIdRepeated`].
		///
		/// # Events
		/// - [`Event::PeerIdsSet`].
		#[pallet::call_index(12)]
		#[pallet::weight(T::WeightInfo::set_peer_ids())]
		pub fn set_peer_ids(
			origin: OriginFor<T>,
			peer_ids: medrec_primitives::PeerIds,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_set_peer_ids(&who, peer_ids)
		}
	}
}

//! A runtime of this pallet over the real pallet-session and its historical part, with a registrar that
//! is a table, and a council that only hears of lost seats.

use crate as pallet_authorities;
use crate::{Authorities as AuthoritiesStorage, GenesisConfig, ParticipantOf, ProviderAccountOf};
use codec::Encode;
use frame_support::{
	construct_runtime, derive_impl, parameter_types,
	traits::{ConstU32, EitherOf, MapSuccess, OnInitialize, SortedMembers},
};
use frame_system::{EnsureRoot, EnsureSignedBy};
use medrec_primitives::{
	AccountId, Majority, OnSeatLost, ParticipantId, ParticipantKind, ParticipantStatus,
	Participants, Seats,
};
use pallet_session::{disabling::UpToLimitDisablingStrategy, historical, SessionHandler};
use sp_core::crypto::key_types::DUMMY;
use sp_io::TestExternalities;
use sp_runtime::{
	impl_opaque_keys,
	testing::UintAuthorityId,
	traits::{IdentityLookup, OpaqueKeys, Replace},
	BuildStorage, DispatchResult, KeyTypeId, RuntimeAppPublic,
};

mod registrar;

pub use registrar::*;

type Block = frame_system::mocking::MockBlock<Test>;

construct_runtime!(
	pub enum Test {
		System: frame_system,
		Balances: pallet_balances,
		Authorities: pallet_authorities,
		Session: pallet_session,
		Historical: historical,
	}
);

impl_opaque_keys! {
	pub struct SessionKeys {
		pub dummy: UintAuthorityId,
	}
}

/// Most authorities in these tests.
pub const MAX_AUTHORITIES: u32 = 6;

/// Past sessions that evidence may be of.
pub const KEPT_SESSIONS: u32 = 5;

/// Providers with session keys from genesis on.
pub const PROVIDERS: [ParticipantId; 8] = [1, 2, 3, 4, 5, 6, 7, 8];

/// An active provider that has never set session keys.
pub const PROVIDER_WITHOUT_KEYS: ParticipantId = 9;

/// A suspended provider with session keys.
pub const SUSPENDED_PROVIDER: ParticipantId = 10;

/// A patient.
pub const PATIENT: ParticipantId = 20;

/// Blocks of a session, unless a test says otherwise.
pub const SESSION: u64 = 10;

parameter_types! {
	/// Who lost its seat in the council.
	pub static LostSeats: Vec<ParticipantId> = vec![];
	/// What root stands for.
	pub const TwoThirds: Majority = Majority::TwoThirds;
	/// What [`bare_majority`] stands for.
	pub const MoreThanHalf: Majority = Majority::MoreThanHalf;
	/// For each rotation whether consensus was told of a change, and who validates from then on.
	pub static Rotations: Vec<(bool, Vec<AccountId>)> = vec![];
}

/// Two thirds of the council.
pub fn two_thirds() -> RuntimeOrigin {
	RuntimeOrigin::root()
}

/// More than half of the council, and fewer than two thirds.
pub fn bare_majority() -> RuntimeOrigin {
	RuntimeOrigin::signed(BareMajority::sorted_members().remove(0))
}

/// The account that stands for a bare majority of the council.
pub struct BareMajority;

impl SortedMembers<AccountId> for BareMajority {
	fn sorted_members() -> Vec<AccountId> {
		vec![[0xBA; 32].into()]
	}
}

/// The council, as far as it is told of this pallet.
pub struct Council;

impl OnSeatLost for Council {
	fn seat_lost(participant: ParticipantId) {
		assert!(
			!Authorities::holds_seat(participant),
			"the seat is lost when the council hears of it"
		);
		LostSeats::mutate(|lost| lost.push(participant));
	}
}

/// Consensus, as far as it is told of sessions.
pub struct RotationRecorder;

impl SessionHandler<AccountId> for RotationRecorder {
	const KEY_TYPE_IDS: &'static [KeyTypeId] = &[UintAuthorityId::ID];

	fn on_genesis_session<Keys: OpaqueKeys>(_: &[(AccountId, Keys)]) {}

	fn on_new_session<Keys: OpaqueKeys>(
		changed: bool,
		validators: &[(AccountId, Keys)],
		_: &[(AccountId, Keys)],
	) {
		let validators = validators
			.iter()
			.inspect(|(_, keys)| {
				assert!(keys.get::<UintAuthorityId>(DUMMY).is_some(), "validators have keys")
			})
			.map(|(account, _)| account.clone())
			.collect();
		Rotations::mutate(|rotations| rotations.push((changed, validators)));
	}

	fn on_disabled(_: u32) {}
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
	type AccountData = pallet_balances::AccountData<u64>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type AccountStore = System;
}

parameter_types! {
	pub const KeyDeposit: u64 = 0;
}

impl pallet_session::Config for Test {
	type RuntimeEvent = RuntimeEvent;
	type ValidatorId = AccountId;
	type ValidatorIdOf = ProviderAccountOf<Test>;
	type ShouldEndSession = Authorities;
	type NextSessionRotation = Authorities;
	type SessionManager = historical::NoteHistoricalRoot<Test, Authorities>;
	type SessionHandler = RotationRecorder;
	type Keys = SessionKeys;
	type DisablingStrategy = UpToLimitDisablingStrategy;
	type WeightInfo = ();
	type Currency = Balances;
	type KeyDeposit = KeyDeposit;
}

impl historical::Config for Test {
	type RuntimeEvent = RuntimeEvent;
	type FullIdentification = ParticipantId;
	type FullIdentificationOf = ParticipantOf<Test>;
}

impl pallet_authorities::Config for Test {
	type CouncilOrigin = EitherOf<
		MapSuccess<EnsureRoot<AccountId>, Replace<TwoThirds>>,
		MapSuccess<EnsureSignedBy<BareMajority, AccountId>, Replace<MoreThanHalf>>,
	>;
	type Participants = TableOfParticipants;
	type Suspensions = TableOfParticipants;
	type OnSeatLost = Council;
	type MaxAuthorities = ConstU32<MAX_AUTHORITIES>;
	type KeptSessions = ConstU32<KEPT_SESSIONS>;
	type WeightInfo = ();
}

/// A chain to test on.
pub struct Network {
	pub authorities: Vec<ParticipantId>,
	pub minimum: u32,
	pub session_length: u32,
	pub removal_delay: u32,
	/// Whether pallet-session's genesis is built before this pallet's.
	pub session_first: bool,
}

impl Default for Network {
	/// Four authorities of which three may be removed, with a session and a half to object.
	fn default() -> Self {
		Self {
			authorities: vec![1, 2, 3, 4],
			minimum: 1,
			session_length: SESSION as u32,
			removal_delay: 15,
			session_first: false,
		}
	}
}

impl Network {
	/// The state after genesis.
	pub fn build(self) -> TestExternalities {
		Registrar::take();
		Moves::take();
		LostSeats::take();
		Rotations::take();
		for participant in PROVIDERS.into_iter().chain([PROVIDER_WITHOUT_KEYS]) {
			TableOfParticipants::enter(
				participant,
				ParticipantKind::Provider,
				ParticipantStatus::Active,
			);
		}
		TableOfParticipants::enter(
			SUSPENDED_PROVIDER,
			ParticipantKind::Provider,
			ParticipantStatus::Suspended,
		);
		TableOfParticipants::enter(PATIENT, ParticipantKind::Patient, ParticipantStatus::Active);

		let mut storage = frame_system::GenesisConfig::<Test>::default()
			.build_storage()
			.expect("the system's genesis builds");
		let balances = pallet_balances::GenesisConfig::<Test> {
			balances: PROVIDERS
				.into_iter()
				.chain([PROVIDER_WITHOUT_KEYS, SUSPENDED_PROVIDER, PATIENT])
				.flat_map(|participant| {
					[account_of(participant), operator_of(participant)]
						.into_iter()
						.chain((1..4).map(move |times| moved_account_of(participant, times)))
				})
				.map(|account| (account, 1_000))
				.collect(),
			dev_accounts: None,
		};
		balances.assimilate_storage(&mut storage).expect("the balances' genesis builds");

		let authorities = GenesisConfig::<Test> {
			authorities: self.authorities.iter().map(|id| (*id, account_of(*id))).collect(),
			minimum_authorities: self.minimum,
			session_length: self.session_length,
			removal_delay: self.removal_delay,
			..Default::default()
		};
		let entry = |id: &ParticipantId| {
			(account_of(*id), account_of(*id), SessionKeys { dummy: UintAuthorityId(*id) })
		};
		let session = pallet_session::GenesisConfig::<Test> {
			keys: self.authorities.iter().map(entry).collect(),
			non_authority_keys: PROVIDERS
				.iter()
				.chain([&SUSPENDED_PROVIDER])
				.filter(|id| !self.authorities.contains(id))
				.map(entry)
				.collect(),
		};
		if self.session_first {
			session.assimilate_storage(&mut storage).expect("the session's genesis builds");
			authorities.assimilate_storage(&mut storage).expect("the authorities' genesis builds");
		} else {
			authorities.assimilate_storage(&mut storage).expect("the authorities' genesis builds");
			session.assimilate_storage(&mut storage).expect("the session's genesis builds");
		}
		let mut state = TestExternalities::new(storage);
		// Events are kept from the first block on.
		state.execute_with(|| System::set_block_number(1));
		state
	}

	/// Run a test case and check every invariant after it.
	pub fn execute_with(self, case: impl FnOnce()) {
		self.build().execute_with(|| {
			check_invariants();
			case();
			check_invariants();
		});
	}
}

/// The state that the benchmarks are tested on.
#[cfg(feature = "runtime-benchmarks")]
pub fn new_test_ext() -> TestExternalities {
	Network::default().build()
}

/// This pallet's invariants, and that it answers for the seats in the council.
pub fn check_invariants() {
	Authorities::do_try_state().expect("invariants hold");
	let authorities = AuthoritiesStorage::<Test>::get();
	assert_eq!(Authorities::seats() as usize, authorities.len());
	for (participant, account) in authorities {
		assert!(Authorities::holds_seat(participant));
		assert_eq!(Authorities::seat_of(&account), Some(participant));
	}
}

/// The providers that hold authority.
pub fn authorities() -> Vec<ParticipantId> {
	AuthoritiesStorage::<Test>::get().into_iter().map(|(id, _)| id).collect()
}

/// The present validators, as participants.
pub fn validators() -> Vec<ParticipantId> {
	let owner = |account| TableOfParticipants::owner(account).expect("validators are participants");
	Session::validators().iter().map(owner).collect()
}

/// Make blocks up to this one.
pub fn run_to(block: u64) {
	while System::block_number() < block {
		let next = System::block_number() + 1;
		System::set_block_number(next);
		Session::on_initialize(next);
	}
}

/// Make blocks until the session was rotated this often.
pub fn rotate(times: u32) {
	let target = Session::current_index() + times;
	while Session::current_index() < target {
		run_to(System::block_number() + 1);
	}
}

/// Set a provider's session keys as its operators would, with a proof of ownership.
pub fn set_keys(participant: ParticipantId, key: u64) -> DispatchResult {
	let account =
		TableOfParticipants::account(participant).unwrap_or_else(|| account_of(participant));
	set_keys_as(account, key)
}

/// Set the session keys of an account.
pub fn set_keys_as(account: AccountId, key: u64) -> DispatchResult {
	let dummy = UintAuthorityId(key);
	let proof = dummy.sign(&account.encode()).expect("test keys sign").encode();
	Session::set_keys(RuntimeOrigin::signed(account), SessionKeys { dummy }, proof)
}

/// The events of this pallet so far.
pub fn events() -> Vec<crate::Event<Test>> {
	System::read_events_for_pallet::<crate::Event<Test>>()
}

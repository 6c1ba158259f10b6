//! A chain of this pallet alone, with a registrar and a summary that are small maps.

use crate as pallet_relationship;
use codec::Encode;
use core::time::Duration;
use frame_support::{
	assert_ok, construct_runtime, derive_impl, parameter_types, storage_alias,
	traits::{ConstU16, UnixTime},
	Blake2_128Concat, Identity,
};
use medrec_primitives::{
	AccountId, AccountRole, Caller, EncryptionKey, Moment, Participant, ParticipantId,
	ParticipantKind, ParticipantStatus, Participants, Party, RelationshipId, RelationshipRole,
	SummaryIndex, Tag, MILLISECONDS_PER_DAY,
};
use sp_core::{sr25519, Pair};
use sp_runtime::{traits::IdentityLookup, BuildStorage, DispatchError, DispatchResult};

construct_runtime!(
	pub enum Test {
		System: frame_system,
		Relationships: pallet_relationship,
	}
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlock<Test>;
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
}

/// Few, so that tests reach the bounds.
pub const MAX_TAGS: u16 = 4;
pub const MAX_OPEN_PROPOSALS: u16 = 3;

impl pallet_relationship::Config for Test {
	type UnixTime = MockTime;
	type Participants = MockRegistrar;
	type Summary = MockSummary;
	type MaxTags = ConstU16<MAX_TAGS>;
	type MaxOpenProposals = ConstU16<MAX_OPEN_PROPOSALS>;
	type WeightInfo = ();
}

/// Time at which every test begins: noon of day 20,000 (2024-10-04).
pub const START: Moment = 20_000 * MILLISECONDS_PER_DAY + MILLISECONDS_PER_DAY / 2;

parameter_types! {
	pub static Now: Moment = START;
}

pub struct MockTime;

impl UnixTime for MockTime {
	fn now() -> Duration {
		Duration::from_millis(Now::get())
	}
}

#[storage_alias]
pub type Accounts =
	StorageMap<MockRegistrar, Blake2_128Concat, AccountId, (AccountRole, ParticipantId)>;

#[storage_alias]
pub type Registered = StorageMap<MockRegistrar, Identity, ParticipantId, Participant<AccountId>>;

/// A registrar whose storage is the chain's, so that a call that fails takes back what it registered.
pub struct MockRegistrar;

impl MockRegistrar {
	pub fn insert(account: AccountId, kind: ParticipantKind, key: EncryptionKey) -> ParticipantId {
		let participant = Registered::iter().count() as ParticipantId;
		Accounts::insert(&account, (AccountRole::from(kind), participant));
		Registered::insert(
			participant,
			Participant {
				account,
				kind,
				status: ParticipantStatus::Active,
				encryption_key: key,
				epoch: 0,
			},
		);
		participant
	}
}

impl Participants<AccountId> for MockRegistrar {
	fn caller(account: &AccountId) -> Option<Caller> {
		let (role, participant) = Accounts::get(account)?;
		role.kind()?;
		let Participant { kind, status, .. } = Registered::get(participant)?;
		Some(Caller { participant, kind, status, is_operator: role == AccountRole::Operator })
	}

	fn party(participant: ParticipantId) -> Option<Party> {
		let Participant { kind, status, .. } = Registered::get(participant)?;
		Some(Party { participant, kind, status })
	}

	fn account(participant: ParticipantId) -> Option<AccountId> {
		Registered::get(participant).map(|found| found.account)
	}

	fn encryption_key(participant: ParticipantId) -> Option<EncryptionKey> {
		Registered::get(participant).map(|found| found.encryption_key)
	}

	fn owner(account: &AccountId) -> Option<ParticipantId> {
		Accounts::get(account).map(|(_, participant)| participant)
	}

	fn role(account: &AccountId) -> AccountRole {
		Accounts::get(account).map(|(role, _)| role).unwrap_or_default()
	}

	fn register(
		account: AccountId,
		kind: ParticipantKind,
		encryption_key: EncryptionKey,
	) -> Result<ParticipantId, DispatchError> {
		Ok(Self::insert(account, kind, encryption_key))
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_participant(account: AccountId, kind: ParticipantKind) -> ParticipantId {
		Self::insert(account, kind, [0; 32])
	}
}

#[storage_alias]
pub type Entries = StorageDoubleMap<
	MockSummary,
	Identity,
	ParticipantId,
	Identity,
	RelationshipId,
	RelationshipRole,
>;

pub struct MockSummary;

impl SummaryIndex for MockSummary {
	fn insert(
		relationship: RelationshipId,
		patron: ParticipantId,
		steward: ParticipantId,
	) -> DispatchResult {
		Entries::insert(patron, relationship, RelationshipRole::Patron);
		Entries::insert(steward, relationship, RelationshipRole::Steward);
		Ok(())
	}

	fn remove(relationship: RelationshipId, patron: ParticipantId, steward: ParticipantId) {
		Entries::remove(patron, relationship);
		Entries::remove(steward, relationship);
	}

	fn role(participant: ParticipantId, relationship: RelationshipId) -> Option<RelationshipRole> {
		Entries::get(participant, relationship)
	}
}

/// The participants that every test finds, each with the account of [`pair`] of the same number.
pub const ALICE: ParticipantId = 0;
pub const BOB: ParticipantId = 1;
pub const MERCY: ParticipantId = 2;
pub const COUNTY: ParticipantId = 3;
pub const DELEGATE: ParticipantId = 4;
pub const INSURER: ParticipantId = 5;

/// A number that is no participant's.
pub const NOBODY: ParticipantId = 99;

const KINDS: [ParticipantKind; 6] = [
	ParticipantKind::Patient,
	ParticipantKind::Patient,
	ParticipantKind::Provider,
	ParticipantKind::Provider,
	ParticipantKind::Delegate,
	ParticipantKind::Insurer,
];

/// A key pair of a number; the first are the participants', the rest are strangers'.
pub fn pair(number: u8) -> sr25519::Pair {
	sr25519::Pair::from_seed(&[number; 32])
}

pub fn account(number: u8) -> AccountId {
	pair(number).public().into()
}

/// Encryption key of the participant of a number.
pub fn encryption_key(number: u8) -> EncryptionKey {
	[number.wrapping_add(100); 32]
}

/// Origin of a participant's own account.
pub fn signed(participant: ParticipantId) -> RuntimeOrigin {
	let account = Registered::get(participant).expect("a test names a participant").account;
	RuntimeOrigin::signed(account)
}

/// Origin of a provider's operator account.
pub fn operator(provider: ParticipantId) -> RuntimeOrigin {
	RuntimeOrigin::signed(operator_account(provider))
}

pub fn operator_account(provider: ParticipantId) -> AccountId {
	account(200 + provider as u8)
}

/// Origin of an account that was rotated away.
pub fn tombstone() -> RuntimeOrigin {
	RuntimeOrigin::signed(tombstone_account())
}

pub fn tombstone_account() -> AccountId {
	account(198)
}

/// Origin of an account that never was on the chain.
pub fn stranger() -> RuntimeOrigin {
	RuntimeOrigin::signed(account(199))
}

pub fn set_status(participant: ParticipantId, status: ParticipantStatus) {
	Registered::mutate(participant, |found| {
		found.as_mut().expect("a test names a participant").status = status;
	});
}

pub fn tag(number: u8) -> Tag {
	Tag([number; 32])
}

/// A relationship that waits for its steward's answer.
pub fn proposed(patron: ParticipantId, steward: ParticipantId) -> RelationshipId {
	let id = pallet_relationship::NextRelationshipId::<Test>::get();
	assert_ok!(Relationships::propose(signed(patron), steward, RelationshipRole::Patron));
	id
}

/// An active relationship.
pub fn active(patron: ParticipantId, steward: ParticipantId) -> RelationshipId {
	let id = proposed(patron, steward);
	assert_ok!(Relationships::accept(signed(steward), id, patron));
	id
}

/// An ended relationship.
pub fn ended(patron: ParticipantId, steward: ParticipantId) -> RelationshipId {
	let id = active(patron, steward);
	assert_ok!(Relationships::end(signed(patron), id));
	id
}

/// The relationship of a number, which a test knows to be there.
pub fn relationship(id: RelationshipId) -> medrec_primitives::Relationship {
	pallet_relationship::Relationships::<Test>::get(id).expect("a test names a relationship")
}

/// The pallet's events so far.
pub fn events() -> Vec<pallet_relationship::Event<Test>> {
	System::read_events_for_pallet::<pallet_relationship::Event<Test>>()
}

/// A hash of everything in storage.
pub fn state() -> Vec<u8> {
	sp_io::storage::root(sp_runtime::StateVersion::V1).encode()
}

pub fn new_test_ext() -> sp_io::TestExternalities {
	let storage = frame_system::GenesisConfig::<Test>::default()
		.build_storage()
		.expect("a genesis of system alone builds");
	let mut ext = sp_io::TestExternalities::new(storage);
	#[cfg(feature = "runtime-benchmarks")]
	ext.register_extension(sp_keystore::KeystoreExt::new(
		sp_keystore::testing::MemoryKeystore::new(),
	));
	ext.execute_with(|| {
		Now::set(START);
		System::set_block_number(1);
		for (number, kind) in (0u8..).zip(KINDS) {
			let participant = MockRegistrar::insert(account(number), kind, encryption_key(number));
			assert_eq!(participant, ParticipantId::from(number));
		}
		for provider in [MERCY, COUNTY] {
			Accounts::insert(operator_account(provider), (AccountRole::Operator, provider));
		}
		Accounts::insert(tombstone_account(), (AccountRole::Tombstone, ALICE));
	});
	ext
}

/// Run a test case on a fresh chain, then check the invariants.
pub fn run(case: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		case();
		assert_ok!(Relationships::do_try_state());
	});
}

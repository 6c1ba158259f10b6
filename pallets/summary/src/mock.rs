//! A chain of this pallet alone, with a registrar and a relationship pallet that are small maps.

use crate as pallet_summary;
use codec::Encode;
use frame_support::{
	assert_ok, construct_runtime, derive_impl, storage_alias, Blake2_128Concat, Identity,
};
use medrec_primitives::{
	AccountId, AccountRole, Caller, EncryptionKey, ParticipantId, ParticipantKind,
	ParticipantStatus, Participants, Party, Relationship, RelationshipId, RelationshipStatus,
	SummaryIndex,
};
use sp_runtime::{traits::IdentityLookup, BuildStorage, DispatchError};

construct_runtime!(
	pub enum Test {
		System: frame_system,
		Summary: pallet_summary,
	}
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlock<Test>;
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
}

impl pallet_summary::Config for Test {
	type Participants = MockRegistrar;
	type Relationships = MockRelationships;
	type WeightInfo = ();
}

#[storage_alias]
pub type Callers = StorageMap<MockRegistrar, Blake2_128Concat, AccountId, (Party, bool)>;

#[storage_alias]
pub type Parties = StorageMap<MockRegistrar, Identity, ParticipantId, Party>;

/// A registrar of accounts that were put there by hand.
pub struct MockRegistrar;

/// Give a participant a kind and standing, an account and, if it is a provider, an operator.
pub fn set(participant: ParticipantId, kind: ParticipantKind, status: ParticipantStatus) {
	let party = Party { participant, kind, status };
	Parties::insert(party.participant, party);
	Callers::insert(account(party.participant), (party, false));
	if party.kind == ParticipantKind::Provider {
		Callers::insert(operator_account(party.participant), (party, true));
	}
}

impl Participants<AccountId> for MockRegistrar {
	fn caller(account: &AccountId) -> Option<Caller> {
		let (Party { participant, kind, status }, is_operator) = Callers::get(account)?;
		Some(Caller { participant, kind, status, is_operator })
	}

	fn party(participant: ParticipantId) -> Option<Party> {
		Parties::get(participant)
	}

	fn account(participant: ParticipantId) -> Option<AccountId> {
		Parties::get(participant).map(|_| account(participant))
	}

	fn encryption_key(participant: ParticipantId) -> Option<EncryptionKey> {
		Parties::get(participant).map(|_| [0; 32])
	}

	fn owner(account: &AccountId) -> Option<ParticipantId> {
		Callers::get(account).map(|(party, _)| party.participant)
	}

	fn role(account: &AccountId) -> AccountRole {
		Callers::get(account).map_or(AccountRole::Vacant, |(party, is_operator)| {
			if is_operator {
				AccountRole::Operator
			} else {
				party.kind.into()
			}
		})
	}

	fn register(
		_: AccountId,
		_: ParticipantKind,
		_: EncryptionKey,
	) -> Result<ParticipantId, DispatchError> {
		Err(DispatchError::Other("a summary registers nobody"))
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_participant(account: AccountId, kind: ParticipantKind) -> ParticipantId {
		let participant = 1_000 + Parties::iter().count() as ParticipantId;
		let party = Party { participant, kind, status: ParticipantStatus::Active };
		Parties::insert(participant, party);
		Callers::insert(account, (party, false));
		participant
	}
}

#[storage_alias]
pub type Stored = StorageMap<MockRelationships, Identity, RelationshipId, Relationship>;

/// A relationship pallet whose relationships were put there by hand.
pub struct MockRelationships;

impl medrec_primitives::Relationships for MockRelationships {
	fn relationship(id: RelationshipId) -> Option<Relationship> {
		Stored::get(id)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_ended(patron: ParticipantId, steward: ParticipantId) -> RelationshipId {
		let id = Stored::iter().count() as RelationshipId;
		open(id, patron, steward, RelationshipStatus::Ended);
		id
	}
}

/// The participants that every test finds.
pub const ALICE: ParticipantId = 0;
pub const BOB: ParticipantId = 1;
pub const MERCY: ParticipantId = 2;
pub const COUNTY: ParticipantId = 3;

fn account(participant: ParticipantId) -> AccountId {
	AccountId::new([participant as u8; 32])
}

fn operator_account(participant: ParticipantId) -> AccountId {
	AccountId::new([200 + participant as u8; 32])
}

pub fn signed(participant: ParticipantId) -> RuntimeOrigin {
	RuntimeOrigin::signed(account(participant))
}

pub fn operator(participant: ParticipantId) -> RuntimeOrigin {
	RuntimeOrigin::signed(operator_account(participant))
}

pub fn stranger() -> RuntimeOrigin {
	RuntimeOrigin::signed(AccountId::new([199; 32]))
}

/// What the relationship pallet does when a relationship begins, in whatever status.
pub fn open(
	id: RelationshipId,
	patron: ParticipantId,
	steward: ParticipantId,
	status: RelationshipStatus,
) {
	Stored::insert(id, Relationship { patron, steward, status, since: 1, tags: 0 });
	assert_ok!(<Summary as SummaryIndex>::insert(id, patron, steward));
}

/// What the relationship pallet does when a relationship ends.
pub fn end(id: RelationshipId) {
	Stored::mutate(id, |stored| {
		stored.as_mut().expect("a test names a relationship").status = RelationshipStatus::Ended;
	});
}

/// The pallet's events so far.
pub fn events() -> Vec<pallet_summary::Event<Test>> {
	System::read_events_for_pallet::<pallet_summary::Event<Test>>()
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
	ext.execute_with(|| {
		System::set_block_number(1);
		set(ALICE, ParticipantKind::Patient, ParticipantStatus::Active);
		set(BOB, ParticipantKind::Patient, ParticipantStatus::Active);
		set(MERCY, ParticipantKind::Provider, ParticipantStatus::Active);
		set(COUNTY, ParticipantKind::Provider, ParticipantStatus::Active);
	});
	ext
}

/// Run a test case on a fresh chain, then check the invariants.
pub fn run(case: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		case();
		assert_ok!(Summary::do_try_state());
	});
}

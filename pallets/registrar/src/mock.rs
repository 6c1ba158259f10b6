//! A runtime of system and registrar, with a settable clock, settable authorities, and people whose keys
//! are made from their names.

use crate::{self as pallet_registrar, GenesisProvider};
use core::time::Duration;
use frame_support::{
	assert_ok, derive_impl, parameter_types,
	traits::{EitherOf, MapSuccess, SortedMembers, UnixTime},
};
use frame_system::{EnsureRoot, EnsureSignedBy};
use medrec_primitives::{
	AccountId, AuthorityHolders, Consent, Hash, Majority, Moment, ParticipantAccount,
	ParticipantId, ParticipantKind, PeerId, PeerIds, ProviderEndpoint, ProviderName, Relinquished,
	Signature, SignedConsent,
};
use sp_core::{sr25519, Pair};
use sp_keystore::{testing::MemoryKeystore, KeystoreExt};
use sp_runtime::{
	traits::{IdentityLookup, Replace},
	BuildStorage, DispatchError, DispatchResult,
};

frame_support::construct_runtime!(
	pub enum Test {
		System: frame_system = 0,
		Registrar: pallet_registrar = 20,
	}
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlock<Test>;
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
	type AccountData = ParticipantAccount;
	type Nonce = u32;
}

impl pallet_registrar::Config for Test {
	type UnixTime = Clock;
	type CouncilOrigin = EitherOf<
		MapSuccess<EnsureRoot<AccountId>, Replace<TwoThirds>>,
		MapSuccess<EnsureSignedBy<BareMajority, AccountId>, Replace<MoreThanHalf>>,
	>;
	type Authorities = Authorities;
	type WeightInfo = ();
}

/// Time of the first block, 2026-01-01T00:00:00Z.
pub const START: Moment = 1_767_225_600_000;

pub const GENESIS: Hash = Hash::repeat_byte(0xAB);

parameter_types! {
	/// Time of the block, Unix milliseconds.
	pub static Now: Moment = START;
	/// Who holds authority.
	pub static Holders: Vec<ParticipantId> = Vec::new();
	/// How many authorities there have to be.
	pub static MinimumHolders: u32 = 0;
	/// Rotations that the authorities were told of.
	pub static Rotations: Vec<(ParticipantId, AccountId, AccountId)> = Vec::new();
	/// Whether the authorities refuse rotations.
	pub static RotationsFail: bool = false;
	/// What root stands for.
	pub const TwoThirds: Majority = Majority::TwoThirds;
	/// What [`bare_majority`] stands for.
	pub const MoreThanHalf: Majority = Majority::MoreThanHalf;
}

/// The account that stands for a bare majority of the council.
pub struct BareMajority;

impl SortedMembers<AccountId> for BareMajority {
	fn sorted_members() -> Vec<AccountId> {
		vec![account("bare majority")]
	}
}

pub struct Clock;

impl UnixTime for Clock {
	fn now() -> Duration {
		Duration::from_millis(Now::get())
	}
}

pub const TOO_FEW_AUTHORITIES: DispatchError = DispatchError::Other("too few authorities");

pub const ROTATION_REFUSED: DispatchError = DispatchError::Other("keys cannot be moved");

pub struct Authorities;

impl AuthorityHolders<AccountId> for Authorities {
	fn holds_authority(participant: ParticipantId) -> bool {
		Holders::get().contains(&participant)
	}

	fn relinquish(
		participant: ParticipantId,
		majority: Majority,
	) -> Result<Relinquished, DispatchError> {
		let mut holders = Holders::get();
		if !holders.contains(&participant) {
			return Ok(Relinquished::Now);
		}
		holders.retain(|holder| *holder != participant);
		if (holders.len() as u32) < MinimumHolders::get() {
			return Err(TOO_FEW_AUTHORITIES);
		}
		if majority < Majority::TwoThirds {
			return Ok(Relinquished::Later);
		}
		Holders::set(holders);
		Ok(Relinquished::Now)
	}

	fn account_rotated(
		participant: ParticipantId,
		old: &AccountId,
		new: &AccountId,
	) -> DispatchResult {
		if RotationsFail::get() {
			return Err(ROTATION_REFUSED);
		}
		Rotations::mutate(|told| told.push((participant, old.clone(), new.clone())));
		Ok(())
	}
}

/// Providers of the genesis state: Mercy has an operator, Lakeside has none.
pub const MERCY: ParticipantId = 0;
pub const LAKESIDE: ParticipantId = 1;

/// Any encryption key, and any gatekeeper key.
pub const KEY: [u8; 32] = [7; 32];

pub fn pair(person: &str) -> sr25519::Pair {
	sr25519::Pair::from_seed(&sp_io::hashing::blake2_256(person.as_bytes()))
}

pub fn account(person: &str) -> AccountId {
	pair(person).public().into()
}

pub fn signed(person: &str) -> RuntimeOrigin {
	RuntimeOrigin::signed(account(person))
}

pub fn council() -> RuntimeOrigin {
	RuntimeOrigin::root()
}

pub fn bare_majority() -> RuntimeOrigin {
	signed("bare majority")
}

/// A person's signature over a consent with her account's current nonce.
pub fn agree(person: &str, consent: &Consent) -> Signature {
	let nonce = System::account_nonce(account(person));
	pair(person).sign(&consent.payload(&GENESIS, &account(person), nonce)).into()
}

/// A person's consent to be registered by a provider, good for an hour.
pub fn consent(
	person: &str,
	provider: ParticipantId,
	kind: ParticipantKind,
) -> SignedConsent<AccountId, Signature> {
	consent_until(person, provider, kind, Now::get() + 3_600_000)
}

pub fn consent_until(
	person: &str,
	provider: ParticipantId,
	kind: ParticipantKind,
	deadline: Moment,
) -> SignedConsent<AccountId, Signature> {
	let agreed = Consent::Register { provider, kind, encryption_key: KEY, deadline };
	let signature = agree(person, &agreed);
	SignedConsent { account: account(person), kind, encryption_key: KEY, deadline, signature }
}

/// Have Mercy register a person. Returns her number.
pub fn registered(person: &str, kind: ParticipantKind) -> ParticipantId {
	assert_ok!(Registrar::register(signed("mercy"), consent(person, MERCY, kind)));
	data(person).participant
}

/// Have a person's account replaced, so that it is a tombstone.
pub fn rotated(person: &str, participant: ParticipantId, successor: &str) {
	let epoch = participant_of(participant).epoch;
	let signature = agree(successor, &Consent::Rotate { participant, epoch });
	assert_ok!(Registrar::rotate_key(signed(person), account(successor), signature));
}

pub fn data(person: &str) -> ParticipantAccount {
	System::account(account(person)).data
}

pub fn participant_of(id: ParticipantId) -> medrec_primitives::Participant<AccountId> {
	crate::Participants::<Test>::get(id).expect("the participant exists")
}

pub fn provider_of(id: ParticipantId) -> medrec_primitives::Provider<AccountId> {
	crate::Providers::<Test>::get(id).expect("the provider exists")
}

pub fn name(text: &str) -> ProviderName {
	ProviderName::try_from(text.as_bytes().to_vec()).expect("the name is short enough")
}

pub fn endpoint(text: &str) -> ProviderEndpoint {
	ProviderEndpoint::try_from(text.as_bytes().to_vec()).expect("the endpoint is short enough")
}

/// Peer id of a node whose Ed25519 key is this byte 32 times.
pub fn peer_id(key: u8) -> PeerId {
	let id = [[0x00, 0x24, 0x08, 0x01, 0x12, 0x20].as_slice(), &[key; 32]].concat();
	PeerId::try_from(id).expect("the peer id is short enough")
}

/// Peer ids of several nodes.
pub fn peer_ids(keys: &[u8]) -> PeerIds {
	let ids: Vec<_> = keys.iter().copied().map(peer_id).collect();
	PeerIds::try_from(ids).expect("the peer ids are few enough")
}

pub fn genesis_provider(
	person: &str,
	name: &str,
	operator: Option<&str>,
) -> GenesisProvider<AccountId> {
	GenesisProvider {
		account: account(person),
		name: name.into(),
		endpoint: format!("https://{person}.example"),
		encryption_key: KEY,
		gatekeeper_key: KEY,
		operator: operator.map(account),
	}
}

/// The state at the first block of a chain with these providers.
pub fn ext_with(providers: Vec<GenesisProvider<AccountId>>) -> sp_io::TestExternalities {
	Now::set(START);
	Holders::set(Vec::new());
	MinimumHolders::set(0);
	Rotations::set(Vec::new());
	RotationsFail::set(false);
	let storage = RuntimeGenesisConfig {
		system: Default::default(),
		registrar: crate::GenesisConfig { providers },
	}
	.build_storage()
	.expect("the genesis configuration is valid");
	let mut ext = sp_io::TestExternalities::from(storage);
	ext.register_extension(KeystoreExt::new(MemoryKeystore::new()));
	ext.execute_with(|| System::initialize(&1, &GENESIS, &Default::default()));
	ext
}

pub fn new_test_ext() -> sp_io::TestExternalities {
	ext_with(vec![
		genesis_provider("mercy", "Mercy Hospital", Some("mercy-operator")),
		genesis_provider("lakeside", "Lakeside Clinic", None),
	])
}

/// Run one case, and check afterwards that the invariants hold.
pub fn case(test: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		test();
		assert_ok!(Registrar::do_try_state());
	});
}

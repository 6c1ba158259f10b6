//! Who authors and finalizes blocks, and what becomes of those who vote for two things at once: Aura,
//! GRANDPA, sessions, authority discovery and offences.

use frame_support::{
	traits::{ConstBool, ConstU32, ConstU64, KeyOwnerProofSystem},
	weights::Weight,
};
use frame_system::offchain::{CreateBare, CreateTransactionBase};
use medrec_primitives::ParticipantId;
use pallet_authorities::{KeyOwnership, OncePerOffender, ParticipantOf, ProviderAccountOf};
use pallet_grandpa::{AuthorityId as GrandpaId, EquivocationReportSystem};
use pallet_session::{
	disabling::UpToLimitDisablingStrategy,
	historical::{self, IdentificationTuple, NoteHistoricalRoot},
};
use sp_consensus_aura::sr25519::AuthorityId as AuraId;
use sp_runtime::{traits::OpaqueKeys, KeyTypeId};

use crate::{
	no_currency::NoCurrency, AccountId, Authorities, Offences, Runtime, RuntimeCall, RuntimeEvent,
	Session, SessionKeys, UncheckedExtrinsic, DAYS, MILLISECONDS_PER_BLOCK,
};

/// Most validators.
pub const MAX_AUTHORITIES: u32 = 100;

/// Past sessions that evidence of an equivocation may be of: a week of sessions of five minutes.
pub const KEPT_SESSIONS: u32 = 7 * 24 * 12;

impl pallet_aura::Config for Runtime {
	type AuthorityId = AuraId;
	type DisabledValidators = Session;
	type MaxAuthorities = ConstU32<MAX_AUTHORITIES>;
	type AllowMultipleBlocksPerSlot = ConstBool<false>;
	type SlotDuration = ConstU64<MILLISECONDS_PER_BLOCK>;
}

/// Whose blocks they are: the pallet that reports equivocations without a signature takes the author
/// for the reporter.
impl pallet_authorship::Config for Runtime {
	type FindAuthor = pallet_session::FindAccountFromAuthorIndex<Runtime, crate::Aura>;
	type EventHandler = ();
}

/// Who held a GRANDPA key in a session, as far back as sessions are kept.
type GrandpaKeyOwnership = KeyOwnership<Runtime>;

impl pallet_grandpa::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = GrandpaWeight;
	type MaxAuthorities = ConstU32<MAX_AUTHORITIES>;
	type MaxNominators = ConstU32<0>;
	// A set of authorities lasts a session at least.
	type MaxSetIdSessionEntries = ConstU64<{ KEPT_SESSIONS as u64 }>;
	type KeyOwnerProof =
		<GrandpaKeyOwnership as KeyOwnerProofSystem<(KeyTypeId, GrandpaId)>>::Proof;
	type EquivocationReportSystem = EquivocationReportSystem<
		Runtime,
		OncePerOffender<Runtime, Offences>,
		GrandpaKeyOwnership,
		ConstU64<{ DAYS as u64 }>,
	>;
}

/// The pallet's own weights, and what proving who held a key reads here.
pub struct GrandpaWeight;

impl pallet_grandpa::WeightInfo for GrandpaWeight {
	/// The proof is checked when the report is validated and again when it is dispatched. Each time the
	/// keys in use of every validator are put in place, and of every validator it is read which
	/// participant it is.
	fn report_equivocation(validators: u32, nominators: u32) -> Weight {
		let validators = u64::from(validators.max(MAX_AUTHORITIES));
		<() as pallet_grandpa::WeightInfo>::report_equivocation(validators as u32, nominators)
			.saturating_mul(2)
			.saturating_add(
				<Runtime as frame_system::Config>::DbWeight::get()
					.reads(validators.saturating_mul(4)),
			)
	}

	fn note_stalled() -> Weight {
		<() as pallet_grandpa::WeightInfo>::note_stalled()
	}
}

/// How a node puts a report into its own pool.
impl<C> CreateTransactionBase<C> for Runtime
where
	RuntimeCall: From<C>,
{
	type Extrinsic = UncheckedExtrinsic;
	type RuntimeCall = RuntimeCall;
}

impl<C> CreateBare<C> for Runtime
where
	RuntimeCall: From<C>,
{
	fn create_bare(call: RuntimeCall) -> UncheckedExtrinsic {
		UncheckedExtrinsic::new_bare(call)
	}
}

impl pallet_offences::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type IdentificationTuple = IdentificationTuple<Runtime>;
	type OnOffenceHandler = Authorities;
}

impl pallet_authority_discovery::Config for Runtime {
	type MaxAuthorities = ConstU32<MAX_AUTHORITIES>;
}

impl pallet_session::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type ValidatorId = AccountId;
	type ValidatorIdOf = ProviderAccountOf<Runtime>;
	type ShouldEndSession = Authorities;
	type NextSessionRotation = Authorities;
	type SessionManager = NoteHistoricalRoot<Runtime, Authorities>;
	type SessionHandler = <SessionKeys as OpaqueKeys>::KeyTypeIdProviders;
	type Keys = SessionKeys;
	type DisablingStrategy = UpToLimitDisablingStrategy;
	type WeightInfo = pallet_session::weights::SubstrateWeight<Runtime>;
	type Currency = NoCurrency;
	type KeyDeposit = ConstU32<0>;
}

impl historical::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	// Not only the account, which the provider may have left by the time that evidence comes.
	type FullIdentification = ParticipantId;
	type FullIdentificationOf = ParticipantOf<Runtime>;
}

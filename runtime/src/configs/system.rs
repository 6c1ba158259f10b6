//! The system pallet and the clock.

use frame_support::{
	derive_impl,
	dispatch::DispatchClass,
	parameter_types,
	traits::{ConstU32, ConstU64, Contains},
	weights::{
		constants::{ParityDbWeight, WEIGHT_REF_TIME_PER_SECOND},
		Weight,
	},
};
use frame_system::limits::{BlockLength, BlockWeights};
use medrec_primitives::ParticipantAccount;
use sp_runtime::{traits::AccountIdLookup, Perbill};

use crate::{
	migrations::Migrations, AccountId, Aura, Block, BlockNumber, Hash, Nonce, PalletInfo, Runtime,
	RuntimeCall, RuntimeEvent, RuntimeOrigin, RuntimeTask, MILLISECONDS_PER_BLOCK, VERSION,
};

/// Part of a block that is for normal transactions; the rest is for operational ones.
const NORMAL_RATIO: Perbill = Perbill::from_percent(75);

parameter_types! {
	/// Blocks for which a mortal transaction can refer to an earlier one: 80 minutes.
	pub const BlockHashCount: BlockNumber = 2_400;
	/// Half a slot of computation, so that a block reaches the others within its slot.
	pub RuntimeBlockWeights: BlockWeights = BlockWeights::with_sensible_defaults(
		Weight::from_parts(WEIGHT_REF_TIME_PER_SECOND, u64::MAX),
		NORMAL_RATIO,
	);
	/// Most bytes of a block.
	pub RuntimeBlockLength: BlockLength =
		BlockLength::builder()
			.max_length(2 * 1024 * 1024)
			.modify_max_length_for_class(DispatchClass::Normal, |max| *max = NORMAL_RATIO * *max)
			.build();
	/// This runtime's version.
	pub const Version: sp_version::RuntimeVersion = VERSION;
	/// Format of addresses: the generic one.
	pub const Ss58Prefix: u16 = 42;
}

/// Which calls are open at all, to every origin but root.
pub struct CallFilter;

impl Contains<RuntimeCall> for CallFilter {
	fn contains(call: &RuntimeCall) -> bool {
		// An authority without session keys would silently drop out of the validators and keep its seat
		// in the council. Who wants to leave has the council remove it, and then retires.
		!matches!(call, RuntimeCall::Session(pallet_session::Call::purge_keys { .. }))
	}
}

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
	type BaseCallFilter = CallFilter;
	type Block = Block;
	type BlockWeights = RuntimeBlockWeights;
	type BlockLength = RuntimeBlockLength;
	type BlockHashCount = BlockHashCount;
	type AccountId = AccountId;
	type Nonce = Nonce;
	type Hash = Hash;
	type Lookup = AccountIdLookup<AccountId, ()>;
	type DbWeight = ParityDbWeight;
	type Version = Version;
	type AccountData = ParticipantAccount;
	type SS58Prefix = Ss58Prefix;
	type MaxConsumers = ConstU32<16>;
	type SingleBlockMigrations = Migrations;
}

impl pallet_timestamp::Config for Runtime {
	type Moment = u64;
	type OnTimestampSet = Aura;
	type MinimumPeriod = ConstU64<{ MILLISECONDS_PER_BLOCK / 2 }>;
	type WeightInfo = pallet_timestamp::weights::SubstrateWeight<Runtime>;
}

//! The state transition function of the MedRec chain: which pallets there are, and how they are wired.
//!
//! There is no coin, no fee and no superuser. Who may transact is decided by [`CheckParticipant`], what
//! needs authority goes through the provider council.

#![cfg_attr(not(feature = "std"), no_std)]
#![recursion_limit = "256"]

#[cfg(feature = "std")]
include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));

extern crate alloc;

pub mod apis;
#[cfg(feature = "runtime-benchmarks")]
mod benches;
mod check_participant;
pub mod configs;
mod council_api;
pub mod genesis_config_presets;
pub mod migrations;
mod no_currency;
#[cfg(feature = "try-runtime")]
mod upgrade_trial;

pub use check_participant::{CheckParticipant, Refusal};

use alloc::{borrow::Cow, vec::Vec};
use sp_runtime::{generic, impl_opaque_keys, traits::BlakeTwo256, MultiAddress};
use sp_version::RuntimeVersion;

pub use medrec_primitives::{AccountId, Hash, Moment, Signature};

/// Height of a block.
pub type BlockNumber = u32;
/// Number of an account's transactions so far.
pub type Nonce = u32;
/// How a transaction names an account.
pub type Address = MultiAddress<AccountId, ()>;
/// Header of a block.
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
/// A block.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;
/// What the node needs to know of blocks: it passes transactions on as the bytes that they are.
pub mod opaque {
	use sp_runtime::generic;
	pub use sp_runtime::OpaqueExtrinsic as UncheckedExtrinsic;

	/// A block whose transactions are bytes.
	pub type Block = generic::Block<super::Header, UncheckedExtrinsic>;
}

/// A block and how it was justified.
pub type SignedBlock = generic::SignedBlock<Block>;

/// What every transaction passes before it is dispatched. [`CheckParticipant`] stands in for
/// `CheckNonce`, under that name, so that clients need to know nothing of it.
pub type TxExtension = (
	frame_system::CheckNonZeroSender<Runtime>,
	frame_system::CheckSpecVersion<Runtime>,
	frame_system::CheckTxVersion<Runtime>,
	frame_system::CheckGenesis<Runtime>,
	frame_system::CheckMortality<Runtime>,
	CheckParticipant,
	frame_system::CheckWeight<Runtime>,
	frame_system::WeightReclaim<Runtime>,
);

/// A transaction as it comes in.
pub type UncheckedExtrinsic =
	generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TxExtension>;

/// What is signed of a transaction.
pub type SignedPayload = generic::SignedPayload<RuntimeCall, TxExtension>;

/// Runs blocks.
pub type Executive = frame_executive::Executive<
	Runtime,
	Block,
	frame_system::ChainContext<Runtime>,
	Runtime,
	AllPalletsWithSystem,
>;

/// Time between blocks, milliseconds.
pub const MILLISECONDS_PER_BLOCK: Moment = 2_000;

/// Blocks of a minute.
pub const MINUTES: BlockNumber = 60_000 / (MILLISECONDS_PER_BLOCK as BlockNumber);
/// Blocks of an hour.
pub const HOURS: BlockNumber = 60 * MINUTES;
/// Blocks of a day.
pub const DAYS: BlockNumber = 24 * HOURS;

impl_opaque_keys! {
	/// The keys that a validator works with.
	pub struct SessionKeys {
		pub aura: Aura,
		pub grandpa: Grandpa,
		pub authority_discovery: AuthorityDiscovery,
	}
}

/// The version, around its number, which its macro takes as a literal only.
macro_rules! version {
	($spec_version:tt) => {
		/// Version of this runtime. `spec_version` rises with every change of behaviour,
		/// `transaction_version` with every change of how a call or an extension is encoded.
		#[sp_version::runtime_version]
		pub const VERSION: RuntimeVersion = RuntimeVersion {
			spec_name: Cow::Borrowed("medrec"),
			impl_name: Cow::Borrowed("medrec"),
			authoring_version: 1,
			spec_version: $spec_version,
			impl_version: 1,
			apis: apis::RUNTIME_API_VERSIONS,
			transaction_version: 1,
			system_version: 1,
		};
	};
}

#[cfg(not(feature = "upgrade-rehearsal"))]
version!(100);
#[cfg(feature = "upgrade-rehearsal")]
version!(101);

#[frame_support::runtime]
mod runtime {
	/// The MedRec runtime.
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeSlashReason,
		RuntimeLockId,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Runtime;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(1)]
	pub type Timestamp = pallet_timestamp;

	#[runtime::pallet_index(10)]
	pub type Aura = pallet_aura;
	#[runtime::pallet_index(11)]
	pub type Grandpa = pallet_grandpa;
	#[runtime::pallet_index(12)]
	pub type AuthorityDiscovery = pallet_authority_discovery;
	#[runtime::pallet_index(13)]
	pub type Authorship = pallet_authorship;
	#[runtime::pallet_index(14)]
	pub type Council = pallet_council;
	#[runtime::pallet_index(15)]
	pub type Parameters = pallet_parameters;

	#[runtime::pallet_index(20)]
	pub type Registrar = pallet_registrar;
	#[runtime::pallet_index(21)]
	pub type Relationships = pallet_relationship;
	#[runtime::pallet_index(22)]
	pub type Summary = pallet_summary;
	#[runtime::pallet_index(23)]
	pub type Authorities = pallet_authorities;

	// After the pallets whose genesis it reads: it asks the authorities for the first set.
	#[runtime::pallet_index(24)]
	pub type Session = pallet_session;
	#[runtime::pallet_index(25)]
	pub type Historical = pallet_session::historical;
	#[runtime::pallet_index(26)]
	pub type Offences = pallet_offences;
}

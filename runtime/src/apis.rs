//! What the node may ask the runtime.

use alloc::vec::Vec;
use codec::Encode;
use frame_support::{
	genesis_builder_helper::{build_state, get_preset},
	traits::{Get, KeyOwnerProofSystem},
};
use medrec_primitives::{
	decide, AccessRequest, AccountId, Decision, ExpiryDay, Moment, Participant, ParticipantId,
	Participants, PeerIds, Provider, Question, Relationship, RelationshipId, RelationshipRole, Tag,
};
use medrec_runtime_api::Council;
use pallet_authorities::KeyOwnership;
use pallet_grandpa::AuthorityId as GrandpaId;
use sp_api::impl_runtime_apis;
use sp_authority_discovery::AuthorityId as AuthorityDiscoveryId;
use sp_consensus_aura::sr25519::AuthorityId as AuraId;
use sp_core::OpaqueMetadata;
use sp_inherents::{CheckInherentsResult, InherentData};
use sp_runtime::{
	traits::{Block as BlockT, NumberFor},
	transaction_validity::{TransactionSource, TransactionValidity},
	ApplyExtrinsicResult,
};
use sp_session::OpaqueGeneratedSessionKeys;
use sp_version::RuntimeVersion;

use crate::{
	configs::StalenessLimit, genesis_config_presets, AuthorityDiscovery, Block, Executive, Grandpa,
	Hash, InherentDataExt, Nonce, Registrar, Runtime, RuntimeGenesisConfig, SessionKeys, Summary,
	System, Timestamp, MILLISECONDS_PER_BLOCK, VERSION,
};

/// Most entries of a page.
const MAX_PAGE: u32 = 256;

impl_runtime_apis! {
	impl sp_api::Core<Block> for Runtime {
		fn version() -> RuntimeVersion {
			VERSION
		}

		fn execute_block(block: <Block as BlockT>::LazyBlock) {
			Executive::execute_block(block);
		}

		fn initialize_block(header: &<Block as BlockT>::Header) -> sp_runtime::ExtrinsicInclusionMode {
			Executive::initialize_block(header)
		}
	}

	impl sp_api::Metadata<Block> for Runtime {
		fn metadata() -> OpaqueMetadata {
			OpaqueMetadata::new(Runtime::metadata().into())
		}

		fn metadata_at_version(version: u32) -> Option<OpaqueMetadata> {
			Runtime::metadata_at_version(version)
		}

		fn metadata_versions() -> Vec<u32> {
			Runtime::metadata_versions()
		}
	}

	impl frame_support::view_functions::runtime_api::RuntimeViewFunction<Block> for Runtime {
		fn execute_view_function(
			id: frame_support::view_functions::ViewFunctionId,
			input: Vec<u8>,
		) -> Result<Vec<u8>, frame_support::view_functions::ViewFunctionDispatchError> {
			Runtime::execute_view_function(id, input)
		}
	}

	impl sp_block_builder::BlockBuilder<Block> for Runtime {
		fn apply_extrinsic(extrinsic: <Block as BlockT>::Extrinsic) -> ApplyExtrinsicResult {
			Executive::apply_extrinsic(extrinsic)
		}

		fn finalize_block() -> <Block as BlockT>::Header {
			Executive::finalize_block()
		}

		fn inherent_extrinsics(data: InherentData) -> Vec<<Block as BlockT>::Extrinsic> {
			data.create_extrinsics()
		}

		fn check_inherents(
			block: <Block as BlockT>::LazyBlock,
			data: InherentData,
		) -> CheckInherentsResult {
			data.check_extrinsics(&block)
		}
	}

	impl sp_transaction_pool::runtime_api::TaggedTransactionQueue<Block> for Runtime {
		fn validate_transaction(
			source: TransactionSource,
			tx: <Block as BlockT>::Extrinsic,
			block_hash: <Block as BlockT>::Hash,
		) -> TransactionValidity {
			Executive::validate_transaction(source, tx, block_hash)
		}
	}

	impl sp_offchain::OffchainWorkerApi<Block> for Runtime {
		fn offchain_worker(header: &<Block as BlockT>::Header) {
			Executive::offchain_worker(header)
		}
	}

	impl sp_consensus_aura::AuraApi<Block, AuraId> for Runtime {
		fn slot_duration() -> sp_consensus_aura::SlotDuration {
			sp_consensus_aura::SlotDuration::from_millis(MILLISECONDS_PER_BLOCK)
		}

		fn authorities() -> Vec<AuraId> {
			pallet_aura::Authorities::<Runtime>::get().into_inner()
		}
	}

	impl sp_session::SessionKeys<Block> for Runtime {
		fn generate_session_keys(owner: Vec<u8>, seed: Option<Vec<u8>>) -> OpaqueGeneratedSessionKeys {
			SessionKeys::generate(&owner, seed).into()
		}

		fn decode_session_keys(
			encoded: Vec<u8>,
		) -> Option<Vec<(Vec<u8>, sp_core::crypto::KeyTypeId)>> {
			SessionKeys::decode_into_raw_public_keys(&encoded)
		}
	}

	impl sp_consensus_grandpa::GrandpaApi<Block> for Runtime {
		fn grandpa_authorities() -> sp_consensus_grandpa::AuthorityList {
			Grandpa::grandpa_authorities()
		}

		fn current_set_id() -> sp_consensus_grandpa::SetId {
			pallet_grandpa::CurrentSetId::<Runtime>::get()
		}

		fn submit_report_equivocation_unsigned_extrinsic(
			equivocation: sp_consensus_grandpa::EquivocationProof<Hash, NumberFor<Block>>,
			key_owner: sp_consensus_grandpa::OpaqueKeyOwnershipProof,
		) -> Option<()> {
			Grandpa::submit_unsigned_equivocation_report(equivocation, key_owner.decode()?)
		}

		fn generate_key_ownership_proof(
			_: sp_consensus_grandpa::SetId,
			authority: GrandpaId,
		) -> Option<sp_consensus_grandpa::OpaqueKeyOwnershipProof> {
			KeyOwnership::<Runtime>::prove((sp_consensus_grandpa::KEY_TYPE, authority))
				.map(|proof| sp_consensus_grandpa::OpaqueKeyOwnershipProof::new(proof.encode()))
		}
	}

	impl sp_authority_discovery::AuthorityDiscoveryApi<Block> for Runtime {
		fn authorities() -> Vec<AuthorityDiscoveryId> {
			AuthorityDiscovery::authorities()
		}
	}

	impl frame_system_rpc_runtime_api::AccountNonceApi<Block, AccountId, Nonce> for Runtime {
		fn account_nonce(account: AccountId) -> Nonce {
			System::account_nonce(account)
		}
	}

	impl sp_genesis_builder::GenesisBuilder<Block> for Runtime {
		fn build_state(config: Vec<u8>) -> sp_genesis_builder::Result {
			build_state::<RuntimeGenesisConfig>(config)
		}

		fn get_preset(id: &Option<sp_genesis_builder::PresetId>) -> Option<Vec<u8>> {
			get_preset::<RuntimeGenesisConfig>(id, genesis_config_presets::get_preset)
		}

		fn preset_names() -> Vec<sp_genesis_builder::PresetId> {
			genesis_config_presets::preset_names()
		}
	}

	#[cfg(feature = "runtime-benchmarks")]
	impl frame_benchmarking::Benchmark<Block> for Runtime {
		fn benchmark_metadata(
			extra: bool,
		) -> (Vec<frame_benchmarking::BenchmarkList>, Vec<frame_support::traits::StorageInfo>) {
			crate::benches::list(extra)
		}

		fn dispatch_benchmark(
			config: frame_benchmarking::BenchmarkConfig,
		) -> Result<Vec<frame_benchmarking::BenchmarkBatch>, alloc::string::String> {
			crate::benches::run(config)
		}
	}

	#[cfg(feature = "try-runtime")]
	impl frame_try_runtime::TryRuntime<Block> for Runtime {
		fn on_runtime_upgrade(
			checks: frame_try_runtime::UpgradeCheckSelect,
		) -> (frame_support::weights::Weight, frame_support::weights::Weight) {
			crate::upgrade_trial::on_runtime_upgrade(checks)
		}

		fn execute_block(
			block: <Block as BlockT>::LazyBlock,
			state_root_check: bool,
			signature_check: bool,
			select: frame_try_runtime::TryStateSelect,
		) -> frame_support::weights::Weight {
			crate::upgrade_trial::execute_block(block, state_root_check, signature_check, select)
		}
	}

	impl medrec_runtime_api::MedrecApi<Block> for Runtime {
		fn check_access(request: AccessRequest, end_now: Moment) -> Decision {
			let start_now = Timestamp::get();
			let actor = Registrar::party(request.actor);
			let on_behalf_of = Registrar::party(request.on_behalf_of);
			let relationship = pallet_relationship::Relationships::<Runtime>::get(request.relationship);
			let tag_on_chain = request.opening.as_ref().and_then(|opening| {
				let tag = opening.tag(&System::block_hash(0), request.relationship);
				pallet_relationship::Grants::<Runtime>::get(request.relationship, tag)
			});
			decide(&Question {
				actor: actor.as_ref(),
				on_behalf_of: on_behalf_of.as_ref(),
				relationship: relationship.as_ref(),
				opening: request.opening.as_ref(),
				tag_on_chain,
				purpose: request.purpose,
				purposes_table: &pallet_registrar::Purposes::<Runtime>::get(),
				start_now,
				end_now: end_now.max(start_now),
			})
		}

		fn participant(id: ParticipantId) -> Option<Participant<AccountId>> {
			pallet_registrar::Participants::<Runtime>::get(id)
		}

		fn participant_of(account: AccountId) -> Option<ParticipantId> {
			Registrar::caller(&account).map(|caller| caller.participant)
		}

		fn provider(id: ParticipantId) -> Option<Provider<AccountId>> {
			pallet_registrar::Providers::<Runtime>::get(id)
		}

		fn providers(
			after: Option<ParticipantId>,
			limit: u32,
		) -> Vec<(ParticipantId, Provider<AccountId>)> {
			type Map = pallet_registrar::Providers<Runtime>;
			let providers = match after {
				Some(id) => Map::iter_from(Map::hashed_key_for(id)),
				None => Map::iter(),
			};
			providers.take(limit.min(MAX_PAGE) as usize).collect()
		}

		fn peer_ids(after: Option<ParticipantId>, limit: u32) -> Vec<(ParticipantId, PeerIds)> {
			type Map = pallet_registrar::PeerIds<Runtime>;
			let peer_ids = match after {
				Some(id) => Map::iter_from(Map::hashed_key_for(id)),
				None => Map::iter(),
			};
			peer_ids.take(limit.min(MAX_PAGE) as usize).collect()
		}

		fn relationship(id: RelationshipId) -> Option<Relationship> {
			pallet_relationship::Relationships::<Runtime>::get(id)
		}

		fn summary(
			participant: ParticipantId,
			after: Option<RelationshipId>,
			limit: u32,
		) -> Vec<(RelationshipId, RelationshipRole, Option<Relationship>)> {
			Summary::page(participant, after, limit.min(MAX_PAGE))
		}

		fn grants(relationship: RelationshipId) -> Vec<(Tag, ExpiryDay)> {
			// Bounded by the number of tags that a relationship may have.
			pallet_relationship::Grants::<Runtime>::iter_prefix(relationship).collect()
		}

		fn authorities() -> Vec<ParticipantId> {
			pallet_authorities::Authorities::<Runtime>::get()
				.into_iter()
				.map(|(participant, _)| participant)
				.collect()
		}

		fn council() -> Council {
			crate::council_api::council()
		}

		fn staleness_limit() -> Moment {
			StalenessLimit::get()
		}
	}
}

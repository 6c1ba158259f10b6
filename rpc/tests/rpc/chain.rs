//! A chain that a test builds block by block.

use std::{
	sync::{Arc, OnceLock},
	time::{SystemTime, UNIX_EPOCH},
};

use medrec_generated_state::{Changes, Grant, Population};
use medrec_primitives::{Moment, ParticipantStatus, RelationshipStatus};
use medrec_runtime::{
	apis::RuntimeApi,
	configs::{dynamic_params::access, RuntimeParametersKey, RuntimeParametersValue},
	genesis_config_presets,
	opaque::{Block, UncheckedExtrinsic},
	AccountId, CheckParticipant, Hash, Runtime, RuntimeCall, Signature, SignedPayload, TxExtension,
	MILLISECONDS_PER_BLOCK, VERSION, WASM_BINARY,
};
use sc_chain_spec::{ChainSpec, GenericChainSpec};
use sc_client_api::Finalizer;
use sc_client_db::{BlocksPruning, DatabaseSettings, DatabaseSource};
use sc_executor::WasmExecutor;
use sc_service::{GenesisBlockBuilder, TFullBackend, TFullClient};
use sp_blockchain::HeaderBackend;
use sp_core::{ed25519, Encode, Pair};
use sp_keyring::Sr25519Keyring;
use sp_runtime::generic::Era;
use tempfile::TempDir;

/// What runs WASM.
pub type Executor = WasmExecutor<sp_io::SubstrateHostFunctions>;
/// The client, as in the node.
pub type Client = TFullClient<Block, RuntimeApi, Executor>;
/// The database, as in the node.
pub type Backend = TFullBackend<Block>;

/// This machine's clock.
pub fn now() -> Moment {
	SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as Moment
}

/// Compiles the runtime once for all tests.
fn executor() -> Executor {
	static EXECUTOR: OnceLock<Executor> = OnceLock::new();
	EXECUTOR.get_or_init(|| Executor::builder().build()).clone()
}

fn spec() -> GenericChainSpec {
	let wasm = WASM_BINARY.expect(
		"the runtime was built without WASM (SKIP_WASM_BUILD is set): these tests run it, so build \
		 again without",
	);
	GenericChainSpec::builder(wasm, None)
		.with_genesis_config_preset_name(genesis_config_presets::LOCAL)
		.build()
}

/// The staleness limit of these chains, milliseconds: tests that are not about freshness build few blocks,
/// the finalized one long ago.
pub const LONG: Moment = 20 * 365 * 86_400_000;

/// What the council's setting of the staleness limit changes in the state: to so many milliseconds, or to
/// the runtime's own.
pub fn staleness_limit(limit: Option<Moment>) -> Changes {
	let key = access::ParametersKey::StalenessLimit(access::StalenessLimit);
	let key = RuntimeParametersKey::Access(key);
	let value = limit.map(|limit| {
		RuntimeParametersValue::Access(access::ParametersValue::StalenessLimit(limit))
	});
	vec![(
		pallet_parameters::Parameters::<Runtime>::hashed_key_for(key),
		value.map(|value| value.encode()),
	)]
}

/// A chain of the preset `local`, with blocks that the test builds.
pub struct Chain {
	pub client: Arc<Client>,
	pub backend: Arc<Backend>,
	/// Time of the last block that was built, on whatever fork. Each is a slot later than the one before,
	/// and they begin a minute ago, so that none lies in the future.
	time: Moment,
	/// Goes away with its folder.
	_database: TempDir,
}

impl Chain {
	/// With the genesis block alone.
	pub fn new() -> Self {
		let database = tempfile::tempdir().unwrap();
		let backend = sc_service::new_db_backend(DatabaseSettings {
			trie_cache_maximum_size: Some(16 * 1024 * 1024),
			state_pruning: None,
			source: DatabaseSource::ParityDb { path: database.path().into() },
			blocks_pruning: BlocksPruning::KeepFinalized,
			pruning_filters: Vec::new(),
			metrics_registry: None,
		})
		.unwrap();
		let executor = executor();
		let mut storage = spec().as_storage_builder().build_storage().unwrap();
		let limit = staleness_limit(Some(LONG)).into_iter();
		storage.top.extend(limit.filter_map(|(key, value)| Some((key, value?))));
		let genesis =
			GenesisBlockBuilder::new(&storage, true, backend.clone(), executor.clone()).unwrap();
		let client = sc_service::new_client::<_, Block, RuntimeApi, _>(
			backend.clone(),
			executor.clone(),
			genesis,
			None,
			None,
			sc_client_api::execution_extensions::ExecutionExtensions::new(None, Arc::new(executor)),
			Box::new(sp_core::testing::TaskExecutor::new()),
			None,
			None,
			sc_service::ClientConfig::default(),
		)
		.unwrap();
		let time = (now() - 60_000) / MILLISECONDS_PER_BLOCK * MILLISECONDS_PER_BLOCK;
		Self { client: Arc::new(client), backend, time, _database: database }
	}

	/// With a generated state in block 1.
	pub async fn generated(relationships: u64) -> (Self, Population) {
		let chain = Self::new();
		let population =
			medrec_generated_state::population(&*chain.client, &*chain.backend, 42, relationships)
				.unwrap();
		medrec_generated_state::import(&*chain.client, &*chain.backend, &population, |_| ())
			.await
			.unwrap();
		(chain, population)
	}

	/// Hash of the genesis block.
	pub fn genesis(&self) -> Hash {
		self.client.info().genesis_hash
	}

	/// Hash of the best block.
	pub fn best(&self) -> Hash {
		self.client.info().best_hash
	}

	/// Build a block on `parent`, at a certain time, and import it.
	pub async fn build_at(
		&mut self,
		parent: Hash,
		time: Moment,
		extrinsics: Vec<UncheckedExtrinsic>,
		added: Changes,
	) -> Hash {
		let block = medrec_generated_state::build_block(
			&*self.client,
			&*self.backend,
			parent,
			time,
			extrinsics,
			added,
		)
		.unwrap();
		medrec_generated_state::import_block(&*self.client, block).await.unwrap()
	}

	/// Build a block on `parent`, in the next slot.
	pub async fn build_on(&mut self, parent: Hash, extrinsics: Vec<UncheckedExtrinsic>) -> Hash {
		self.time += MILLISECONDS_PER_BLOCK;
		self.build_at(parent, self.time, extrinsics, Vec::new()).await
	}

	/// Build a block on the best one.
	pub async fn extend(&mut self, extrinsics: Vec<UncheckedExtrinsic>) -> Hash {
		self.build_on(self.best(), extrinsics).await
	}

	/// Build a block on the best one, and change its state beside what it does.
	pub async fn extend_with(&mut self, added: Changes) -> Hash {
		self.time += MILLISECONDS_PER_BLOCK;
		self.build_at(self.best(), self.time, Vec::new(), added).await
	}

	/// Finalize a block.
	pub fn finalize(&self, block: Hash) {
		self.client.finalize_block(block, None, true).unwrap();
	}

	/// A call, signed.
	pub fn sign(
		&self,
		pair: &ed25519::Pair,
		nonce: u32,
		call: impl Into<RuntimeCall>,
	) -> UncheckedExtrinsic {
		let account = Population::account_of(pair);
		self.sign_by(account, nonce, call, |bytes| pair.sign(bytes).into())
	}

	/// A call of a provider of the preset, signed.
	pub fn sign_as(
		&self,
		provider: Sr25519Keyring,
		nonce: u32,
		call: impl Into<RuntimeCall>,
	) -> UncheckedExtrinsic {
		let account = provider.to_account_id();
		self.sign_by(account, nonce, call, |bytes| provider.sign(bytes).into())
	}

	fn sign_by(
		&self,
		account: AccountId,
		nonce: u32,
		call: impl Into<RuntimeCall>,
		sign: impl FnOnce(&[u8]) -> Signature,
	) -> UncheckedExtrinsic {
		let call = call.into();
		let genesis = self.genesis();
		let extension: TxExtension = (
			frame_system::CheckNonZeroSender::new(),
			frame_system::CheckSpecVersion::new(),
			frame_system::CheckTxVersion::new(),
			frame_system::CheckGenesis::new(),
			frame_system::CheckMortality::from(Era::Immortal),
			CheckParticipant::from(nonce),
			frame_system::CheckWeight::new(),
			frame_system::WeightReclaim::new(),
		);
		let implicit =
			((), VERSION.spec_version, VERSION.transaction_version, genesis, genesis, (), (), ());
		let payload = SignedPayload::from_raw(call.clone(), extension.clone(), implicit);
		let signature = payload.using_encoded(sign);
		medrec_runtime::UncheckedExtrinsic::new_signed(call, account.into(), signature, extension)
			.into()
	}

	/// The extrinsic with which its patron puts a grant on the chain.
	pub fn granting(
		&self,
		population: &Population,
		grant: &Grant,
		nonce: u32,
	) -> UncheckedExtrinsic {
		let call = pallet_relationship::Call::<Runtime>::grant {
			relationship: grant.relationship,
			tag: grant.tag(&self.genesis()),
			expiry: grant.expiry,
		};
		self.sign(&patron_of(population, grant), nonce, call)
	}

	/// The extrinsic with which its patron takes a grant back.
	pub fn revoking(
		&self,
		population: &Population,
		grant: &Grant,
		nonce: u32,
	) -> UncheckedExtrinsic {
		let call = pallet_relationship::Call::<Runtime>::revoke {
			relationship: grant.relationship,
			tag: grant.tag(&self.genesis()),
		};
		self.sign(&patron_of(population, grant), nonce, call)
	}
}

fn patron_of(population: &Population, grant: &Grant) -> ed25519::Pair {
	population.pair(population.relationship(grant.relationship).unwrap().patron)
}

/// The first grant of the `number`th active relationship whose patron is active: it holds now.
pub fn valid_grant(population: &Population, number: usize) -> Grant {
	(0..population.relationships())
		.filter(|id| {
			let relationship = population.relationship(*id).unwrap();
			let patron = population.party(relationship.patron).unwrap();
			relationship.status == RelationshipStatus::Active
				&& patron.status == ParticipantStatus::Active
		})
		.filter_map(|id| population.grants(id).next())
		.nth(number)
		.unwrap()
}

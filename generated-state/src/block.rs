//! Real blocks, executed by the runtime, with a state that has values added to it.

use std::collections::BTreeMap;

use codec::{Decode, Encode};
use medrec_primitives::{Hash, Moment, ParticipantId};
use medrec_runtime::{
	opaque::{Block, UncheckedExtrinsic},
	Runtime, MILLISECONDS_PER_BLOCK,
};
use sc_block_builder::BlockBuilderBuilder;
use sc_client_api::{backend::TrieCacheContext, Backend, StateBackend};
use sc_consensus::{
	BlockImport, BlockImportParams, ForkChoiceStrategy, ImportResult, StateAction, StorageChanges,
};
use sp_api::{CallApiAt, Core, ProvideRuntimeApi};
use sp_block_builder::BlockBuilder;
use sp_blockchain::HeaderBackend;
use sp_consensus::BlockOrigin;
use sp_consensus_aura::{digests::CompatibleDigestItem, sr25519::AuthoritySignature};
use sp_inherents::InherentData;
use sp_runtime::{traits::Block as _, traits::Header as _, Digest, DigestItem};

use crate::{Population, PopulationError, GENERATED_AT};

/// Values to put under keys, or `None` to take away what is there.
pub type Changes = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// Why a block could not be built or imported.
#[derive(Debug, thiserror::Error)]
pub enum BlockError {
	/// There are blocks in the database already.
	#[error(
		"the database already has blocks (up to number {0}): a state is generated into an empty \
		 database only; name another --base-path, or delete this one with `purge-chain`"
	)]
	NotEmpty(u32),
	/// The chain starts with relationships.
	#[error("the chain's genesis already has relationships; generated ones would replace them")]
	HasRelationships,
	/// There is no such population.
	#[error(transparent)]
	Population(#[from] PopulationError),
	/// The runtime could not build the block.
	#[error("building the block: {0}")]
	Build(#[from] sp_blockchain::Error),
	/// The runtime does not answer.
	#[error("asking the runtime: {0}")]
	Api(#[from] sp_api::ApiError),
	/// The time could not be handed to the runtime.
	#[error("inherent data: {0}")]
	Inherent(#[from] sp_inherents::Error),
	/// The database cannot be read.
	#[error("reading the state: {0}")]
	State(String),
	/// The client did not take the block.
	#[error("importing the block: {0}")]
	Import(String),
}

/// How far an import has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
	/// This many of all relationships are generated.
	Generating {
		/// Relationships so far.
		done: u64,
		/// Relationships in all.
		of: u64,
	},
	/// The state root is being computed.
	Hashing {
		/// Keys that the block writes.
		values: usize,
	},
	/// The block is being written.
	Writing,
}

/// Build a block on `parent` with these transactions, as an author would in the slot of `time`; then add
/// changes to its state. No seal: the client that takes it does not ask for one.
pub fn build_block<C, BE>(
	client: &C,
	backend: &BE,
	parent: Hash,
	time: Moment,
	extrinsics: Vec<UncheckedExtrinsic>,
	added: Changes,
) -> Result<BlockImportParams<Block>, BlockError>
where
	C: HeaderBackend<Block> + CallApiAt<Block> + ProvideRuntimeApi<Block>,
	C::Api: BlockBuilder<Block> + Core<Block>,
	BE: Backend<Block>,
{
	let slot = time / MILLISECONDS_PER_BLOCK;
	let pre_digest =
		<DigestItem as CompatibleDigestItem<AuthoritySignature>>::aura_pre_digest(slot.into());
	let mut builder = BlockBuilderBuilder::new(client)
		.on_parent_block(parent)
		.fetch_parent_block_number(client)?
		.with_inherent_digests(Digest { logs: vec![pre_digest] })
		.build()?;
	let mut inherents = InherentData::new();
	inherents.put_data(sp_timestamp::INHERENT_IDENTIFIER, &sp_timestamp::Timestamp::new(time))?;
	for extrinsic in builder.create_inherents(inherents)?.into_iter().chain(extrinsics) {
		builder.push(extrinsic)?;
	}
	let (block, mut changes) = builder.build()?.into_inner();
	let (mut header, body) = block.deconstruct();

	if !added.is_empty() {
		let all: BTreeMap<_, _> = changes.main_storage_changes.drain(..).chain(added).collect();
		let version = client.runtime_api().version(parent)?.state_version();
		let state = backend.state_at(parent, TrieCacheContext::Trusted)?;
		let delta = all.iter().map(|(key, value)| (key.as_slice(), value.as_deref()));
		let (root, transaction) = state.storage_root(delta, version);
		header.set_state_root(root);
		changes.main_storage_changes = all.into_iter().collect();
		changes.transaction = transaction;
		changes.transaction_storage_root = root;
	}

	let mut params = BlockImportParams::new(BlockOrigin::Own, header);
	params.body = Some(body);
	params.state_action = StateAction::ApplyChanges(StorageChanges::Changes(changes));
	params.fork_choice = Some(ForkChoiceStrategy::LongestChain);
	Ok(params)
}

/// Let a client take a block that [`build_block`] built.
pub async fn import_block<C>(
	client: &C,
	params: BlockImportParams<Block>,
) -> Result<Hash, BlockError>
where
	C: BlockImport<Block>,
{
	let hash = params.post_hash();
	match client.import_block(params).await {
		Ok(ImportResult::Imported(_)) => Ok(hash),
		Ok(other) => Err(BlockError::Import(format!("the client answered {other:?}"))),
		Err(error) => Err(BlockError::Import(error.to_string())),
	}
}

/// The population of a seed for the chain that a database holds.
pub fn population<C, BE>(
	client: &C,
	backend: &BE,
	seed: u64,
	relationships: u64,
) -> Result<Population, BlockError>
where
	C: HeaderBackend<Block>,
	BE: Backend<Block>,
{
	let state = backend.state_at(client.info().genesis_hash, TrieCacheContext::Untrusted)?;
	let read = |key: [u8; 32]| -> Result<u64, BlockError> {
		let value = state.storage(&key).map_err(|error| BlockError::State(error.to_string()))?;
		value.map_or(Ok(0), |bytes| {
			u64::decode(&mut bytes.as_slice()).map_err(|error| BlockError::State(error.to_string()))
		})
	};
	if read(pallet_relationship::NextRelationshipId::<Runtime>::hashed_key())? != 0 {
		return Err(BlockError::HasRelationships);
	}
	let existing: ParticipantId =
		read(pallet_registrar::NextParticipantId::<Runtime>::hashed_key())?;
	Ok(Population::new(seed, relationships, existing)?)
}

/// Generate a population into a database that holds no block but genesis: with block 1, which is final.
///
/// Block 1 is a function of chain, seed and number of relationships, so that several nodes that import
/// the same are on one chain. Nodes that do not import it cannot take it from others: executing it does
/// not give its state.
pub async fn import<C, BE>(
	client: &C,
	backend: &BE,
	population: &Population,
	mut report: impl FnMut(Step),
) -> Result<Hash, BlockError>
where
	C: HeaderBackend<Block> + CallApiAt<Block> + ProvideRuntimeApi<Block> + BlockImport<Block>,
	C::Api: BlockBuilder<Block> + Core<Block>,
	BE: Backend<Block>,
{
	let info = client.info();
	if info.best_number != 0 {
		return Err(BlockError::NotEmpty(info.best_number));
	}
	let of = population.relationships();
	let mut done = 0;
	let relationships = pallet_relationship::Relationships::<Runtime>::hashed_key_for(0);
	let relationships = &relationships[..relationships.len() - 0_u64.encoded_size()];
	let added: Changes = population
		.storage(info.genesis_hash)
		.inspect(|(key, _)| {
			if key.starts_with(relationships) {
				done += 1;
				report(Step::Generating { done, of });
			}
		})
		.map(|(key, value)| (key, Some(value)))
		.collect();
	report(Step::Hashing { values: added.len() });
	let mut params =
		build_block(client, backend, info.genesis_hash, GENERATED_AT, Vec::new(), added)?;
	// Nobody has to be told, and nothing can take its place.
	params.origin = BlockOrigin::File;
	params.finalized = true;
	report(Step::Writing);
	import_block(client, params).await
}

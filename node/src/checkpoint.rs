//! `export-checkpoint`: what a light client starts from instead of the genesis block.

use std::{collections::BTreeMap, sync::Arc};

use codec::Encode;
use medrec_runtime::{opaque::Block, Hash};
use sc_cli::{CliConfiguration, DatabaseParams, Error, PruningParams, SharedParams};
use sc_service::ChainSpec;
use serde_json::{json, Value};
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;
use sp_consensus_aura::{sr25519::AuthorityId as AuraId, AuraApi};
use sp_core::{crypto::ByteArray, hexdisplay::HexDisplay};
use sp_runtime::{
	generic::{Digest, DigestItem},
	traits::{Block as BlockT, Header as HeaderT},
};

use crate::service::{FullBackend, FullClient};

type Header = <Block as BlockT>::Header;

/// Engine whose name the placeholder's header carries.
const BABE: sp_runtime::ConsensusEngineId = *b"BABE";

/// Print a checkpoint: the last final block with those who author and finalize after it, as JSON. A light
/// client that trusts whom it has it from starts there instead of at the genesis block.
///
/// The node that uses the database has to be stopped meanwhile.
#[derive(Debug, clap::Parser)]
pub struct ExportCheckpointCmd {
	#[allow(missing_docs)] // The documentation is that of the parameters in it.
	#[command(flatten)]
	pub shared_params: SharedParams,

	#[allow(missing_docs)] // The documentation is that of the parameters in it.
	#[command(flatten)]
	pub pruning_params: PruningParams,

	#[allow(missing_docs)] // The documentation is that of the parameters in it.
	#[command(flatten)]
	pub database_params: DatabaseParams,
}

impl CliConfiguration for ExportCheckpointCmd {
	fn shared_params(&self) -> &SharedParams {
		&self.shared_params
	}

	fn pruning_params(&self) -> Option<&PruningParams> {
		Some(&self.pruning_params)
	}

	fn database_params(&self) -> Option<&DatabaseParams> {
		Some(&self.database_params)
	}
}

/// Hexadecimal digits without a prefix.
fn digits(bytes: &[u8]) -> String {
	HexDisplay::from(&bytes).to_string()
}

/// The same with `0x`.
fn prefixed(bytes: &[u8]) -> String {
	format!("0x{}", digits(bytes))
}

impl ExportCheckpointCmd {
	/// Print it.
	pub fn run(
		&self,
		client: &Arc<FullClient>,
		backend: &Arc<FullBackend>,
		chain_spec: &dyn ChainSpec,
	) -> sc_cli::Result<()> {
		let info = client.info();
		if info.finalized_number == 0 {
			let why = "only the genesis block is final here, and light clients know that one";
			return Err(Error::Application(why.into()));
		}
		let header = |hash: Hash| -> sc_cli::Result<Header> {
			let missing = || Error::Application(format!("no header of block {hash:?}").into());
			client.header(hash)?.ok_or_else(missing)
		};
		let genesis = header(info.genesis_hash)?;
		let checkpoint = json!({
			"chainSpec": light_chain_spec(chain_spec, genesis.state_root()),
			"databaseContent": database_content(client, backend, &header(info.finalized_hash)?)?,
		});
		println!("{checkpoint:#}");
		Ok(())
	}
}

/// The chain spec with the root of the genesis state instead of that state.
fn light_chain_spec(chain_spec: &dyn ChainSpec, genesis_root: &Hash) -> Value {
	let boot_nodes: Vec<_> = chain_spec.boot_nodes().iter().map(ToString::to_string).collect();
	let mut light = json!({
		"name": chain_spec.name(),
		"id": chain_spec.id(),
		"chainType": chain_spec.chain_type(),
		"bootNodes": boot_nodes,
		"properties": chain_spec.properties(),
		"genesis": { "stateRootHash": genesis_root },
		"lightSyncState": placeholder(),
	});
	if let Some(fork_id) = chain_spec.fork_id() {
		light["forkId"] = fork_id.into();
	}
	light
}

/// A `lightSyncState` that leads nowhere.
///
/// smoldot reads checkpoints in chain specs of BABE chains only. What it has stored itself of a chain with
/// Aura, its *database*, it takes only where the chain spec has a checkpoint, too, and an older one. So the
/// checkpoint proper is the database, and this stands in the chain spec: two epochs of BABE without
/// authorities, a block 1 that no chain has, and a GRANDPA set without voters. A client that is given the
/// chain spec alone finalizes nothing.
fn placeholder() -> Value {
	// A block's claim of a slot by the second way, without a proof: `PreDigest::SecondaryPlain`.
	let slot_claim = (2u8, 0u32, 0u64).encode();
	let digest = Digest {
		logs: vec![DigestItem::PreRuntime(BABE, slot_claim), DigestItem::Seal(BABE, vec![0; 64])],
	};
	let header = Header::new(1, Hash::zero(), Hash::zero(), Hash::zero(), digest);
	let none = Vec::<()>::new();
	// `PersistedEpoch::Regular`: index, first slot, duration, authorities, randomness, configuration.
	let epoch = |index: u64| (1u8, (index, 0u64, 1u64), none.clone(), [0u8; 32], (1u64, 1u64), 0u8);
	// `EpochChanges`: an empty tree of forks, and the epochs by the block that announced them.
	let epochs: BTreeMap<_, _> =
		[0u32, 1].into_iter().map(|at| ((Hash::zero(), at), epoch(u64::from(at) + 1))).collect();
	let epoch_changes = ((none.clone(), None::<u32>), epochs);
	// `AuthoritySet`: voters, number, pending changes of two kinds, past changes.
	let authority_set =
		(none.clone(), 0u64, (none.clone(), None::<u32>), none.clone(), none.clone());
	json!({
		"babeEpochChanges": prefixed(&epoch_changes.encode()),
		"babeFinalizedBlockWeight": 0,
		"finalizedBlockHeader": prefixed(&header.encode()),
		"grandpaAuthoritySet": prefixed(&authority_set.encode()),
	})
}

/// What smoldot would have stored had it followed the chain to that block: text, JSON inside.
fn database_content(
	client: &Arc<FullClient>,
	backend: &Arc<FullBackend>,
	finalized: &Header,
) -> sc_cli::Result<String> {
	let failed = |error: sp_api::ApiError| Error::Application(Box::new(error));
	let hash = finalized.hash();
	let api = client.runtime_api();
	let slot_duration = api.slot_duration(hash).map_err(failed)?;
	let authors: Vec<AuraId> = api.authorities(hash).map_err(failed)?;
	let authors: Vec<_> =
		authors.iter().map(|author| json!({ "public_key": digits(author.as_slice()) })).collect();

	// The voters as GRANDPA itself counts them; the runtime's number of the set is another one after a
	// change that was announced and never became final.
	let select_chain = sc_consensus::LongestChain::new(backend.clone());
	let (_, grandpa) =
		sc_consensus_grandpa::block_import(client.clone(), 0, client, select_chain, None)?;
	let authority_set = grandpa.shared_authority_set();
	let voters: Vec<_> = authority_set
		.current_authorities()
		.iter()
		.map(
			|(voter, info)| json!({ "public_key": digits(voter.as_slice()), "weight": info.weight().get() }),
		)
		.collect();

	let content = json!({
		"genesisHash": digits(client.info().genesis_hash.as_bytes()),
		"chain": {
			"version": "1",
			"finalized_block_header": digits(&finalized.encode()),
			"aura_slot_duration": slot_duration.as_millis(),
			"aura_finalized_authorities": authors,
			"grandpa_after_finalized_block_authorities_set_id": authority_set.set_id(),
			"grandpa_finalized_triggered_authorities": voters,
		},
		"nodes": {},
	});
	Ok(content.to_string())
}

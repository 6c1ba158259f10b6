//! `try-upgrade`: a new runtime, tried on the state in this node's database before the council votes on it.

use std::{fmt::Display, path::PathBuf, time::Instant};

use codec::{Compact, Decode};
use medrec_runtime::{opaque::Block, Hash};
use sc_cli::{
	BlockNumberOrHash, CliConfiguration, DatabaseParams, Error, PruningParams, SharedParams,
};
use sc_client_api::{Backend, TrieCacheContext};
use sc_executor::{HeapAllocStrategy, RuntimeVersion, RuntimeVersionOf, WasmExecutor};
use sp_blockchain::HeaderBackend;
use sp_core::traits::{CallContext, ReadRuntimeVersionExt, RuntimeCode, WrappedRuntimeCode};
use sp_externalities::Extensions;
use sp_runtime::{
	generic::BlockId,
	traits::{BlakeTwo256, Hash as _},
};
use sp_state_machine::{BasicExternalities, OverlayedChanges, StateMachine};

use crate::service::{FullBackend, FullClient};

/// Runtime API that does the trying, and its function.
const API: &str = "TryRuntime";
const FUNCTION: &str = "TryRuntime_on_runtime_upgrade";

/// `frame_try_runtime::UpgradeCheckSelect::All`: what has to hold before and after each migration, and
/// afterwards the invariants of all pallets. The type itself exists only in builds with `try-runtime`.
const ALL_CHECKS: [u8; 1] = [1];

/// Try a new runtime on the state in the database, and change nothing: run its migrations, then check the
/// invariants of all pallets.
///
/// The node that uses the database has to be stopped meanwhile. Exit status 0 says that the upgrade would
/// succeed; the hash that is printed is the one that the council votes on.
#[derive(Debug, clap::Parser)]
pub struct TryUpgradeCmd {
	/// The new runtime as it is proposed: WASM, compressed or not, built with the feature `try-runtime`.
	#[arg(long, value_name = "FILE")]
	pub runtime: PathBuf,

	/// Number or hash of the block on whose state it is tried; without it, the best block.
	#[arg(long, value_name = "BLOCK")]
	pub at: Option<BlockNumberOrHash>,

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

impl CliConfiguration for TryUpgradeCmd {
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

/// The weight that something takes: picoseconds of computation, bytes of proof.
#[derive(Clone, Copy, Debug, Decode)]
struct Weight {
	computation: Compact<u64>,
	proof: Compact<u64>,
}

impl TryUpgradeCmd {
	/// Try it, and print what comes of it.
	pub fn run(&self, client: &FullClient, backend: &FullBackend) -> sc_cli::Result<()> {
		let file = self.runtime.display();
		let refused = |why: &dyn Display| Error::Input(format!("{file}: {why}"));
		let code = std::fs::read(&self.runtime).map_err(|error| refused(&error))?;
		let hash = BlakeTwo256::hash(&code);
		let fetcher = WrappedRuntimeCode(code.as_slice().into());
		let runtime = RuntimeCode {
			code_fetcher: &fetcher,
			hash: hash.as_bytes().to_vec(),
			heap_pages: None,
		};
		let executor = WasmExecutor::<sp_io::SubstrateHostFunctions>::builder()
			.with_offchain_heap_alloc_strategy(HeapAllocStrategy::Dynamic { maximum_pages: None })
			.build();

		let at = self.block(client)?;
		let old = client.runtime_version_at(at, CallContext::Offchain)?;
		let new = executor
			.runtime_version(&mut BasicExternalities::default(), &runtime)
			.map_err(|error| refused(&format!("not a runtime ({error})")))?;
		let number = client.number(at)?.unwrap_or_default();
		println!(
			"Runtime:    {} {} instead of {} {}",
			new.spec_name, new.spec_version, old.spec_name, old.spec_version
		);
		println!("Hash:       {hash:?}, of {} bytes", code.len());
		println!("State:      of block {number}, {at:?}");
		succeeds(&old, &new).map_err(|why| refused(&why))?;

		let state = backend.state_at(at, TrieCacheContext::Untrusted)?;
		let mut overlay = OverlayedChanges::<BlakeTwo256>::default();
		let mut extensions = Extensions::new();
		extensions.register(ReadRuntimeVersionExt::new(executor.clone()));
		let start = Instant::now();
		let result = StateMachine::new(
			&state,
			&mut overlay,
			&executor,
			FUNCTION,
			&ALL_CHECKS,
			&mut extensions,
			&runtime,
			CallContext::Offchain,
		)
		.execute()
		.map_err(|error| {
			Error::Application(
				format!("the upgrade fails on the state of block {number}: {error}").into(),
			)
		})?;
		let took = start.elapsed();
		let (used, most) = <(Weight, Weight)>::decode(&mut result.as_slice()).map_err(|error| {
			refused(&format!("its answer to {FUNCTION} makes no sense: {error}"))
		})?;
		println!("Changes:    {} values", overlay.changes().count());
		println!("Migrations: {}", weight(used, most)?);
		println!(
			"Checked:    the invariants of all pallets hold; it took {:.1} s",
			took.as_secs_f64()
		);
		println!("The upgrade would succeed. The council votes on its hash, {hash:?}.");
		Ok(())
	}

	fn block(&self, client: &FullClient) -> sc_cli::Result<Hash> {
		let Some(block) = &self.at else { return Ok(client.info().best_hash) };
		let hash = match block.parse::<Block>()? {
			BlockId::Hash(hash) => client.number(hash)?.map(|_| hash),
			BlockId::Number(number) => client.hash(number)?,
		};
		hash.ok_or_else(|| Error::Input("there is no such block in the database".into()))
	}
}

/// Whether a runtime can follow another.
fn succeeds(old: &RuntimeVersion, new: &RuntimeVersion) -> Result<(), String> {
	if new.spec_name != old.spec_name {
		return Err(format!("a runtime of another chain, `{}`", new.spec_name));
	}
	if new.spec_version <= old.spec_version {
		return Err(format!(
			"its version has to be above {}, or the chain refuses it",
			old.spec_version
		));
	}
	// An API is named by a hash of its trait's name.
	if !new.has_api_with(&sp_crypto_hashing::blake2_64(API.as_bytes()), |_| true) {
		return Err("it cannot be tried: build it with the feature `try-runtime`".into());
	}
	Ok(())
}

/// What the migrations weigh beside a block, in words; an error if that is too much.
fn weight(used: Weight, most: Weight) -> sc_cli::Result<String> {
	let part = |used: Compact<u64>, most: Compact<u64>| 100.0 * used.0 as f64 / most.0 as f64;
	let computation = part(used.computation, most.computation);
	let text = format!(
		"{computation:.2} % of the computation of a block, {:.2} % of its proof",
		part(used.proof, most.proof)
	);
	if used.computation.0 > most.computation.0 || used.proof.0 > most.proof.0 {
		return Err(Error::Application(
			format!("the migrations take more than a block has room for: {text}").into(),
		));
	}
	Ok(text)
}

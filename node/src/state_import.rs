//! `import-state`: writes a generated state into an empty database, for tests and benches.

use std::{
	fs::File,
	io::{BufWriter, Write},
	path::{Path, PathBuf},
	sync::Arc,
};

use medrec_generated_state::{Population, Step, GENERATED_AT};
use medrec_runtime::{Hash, MILLISECONDS_PER_BLOCK};
use sc_cli::{CliConfiguration, DatabaseParams, Error, PruningParams, SharedParams};
use sp_blockchain::HeaderBackend;

use crate::service::{FullBackend, FullClient};

/// How many times the progress of generating is told.
const REPORTS: u64 = 10;

/// Empty blocks on top of the generated state, which is final with block 1: GRANDPA's first round has
/// something to vote for, and readers find a best block that is not the finalized one.
const UNFINALIZED: u64 = 2;

/// Write a generated state into an empty database: patients, providers, grantees, relationships and
/// grants that follow from a seed, with block 1. For tests and benches.
///
/// A node that starts on this database goes on from there. Several nodes are on one chain if each of
/// them imported the same.
#[derive(Debug, clap::Parser)]
pub struct ImportStateCmd {
	/// How many relationships to generate.
	#[arg(long, value_name = "N", default_value_t = 100_000)]
	pub relationships: u64,

	/// What all that is generated follows from.
	#[arg(long, value_name = "SEED")]
	pub seed: u64,

	/// Write the openings of all grants to this file, one JSON object in each line:
	/// `{"relationship", "tag", "expiryDay", "opening"}`.
	#[arg(long, value_name = "FILE")]
	pub openings: Option<PathBuf>,

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

impl CliConfiguration for ImportStateCmd {
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

impl ImportStateCmd {
	/// Generate the state, write it, and say how far it is.
	pub async fn run(
		&self,
		client: Arc<FullClient>,
		backend: Arc<FullBackend>,
	) -> sc_cli::Result<()> {
		let population =
			medrec_generated_state::population(&*client, &*backend, self.seed, self.relationships)
				.map_err(failed)?;
		let block = medrec_generated_state::import(&*client, &*backend, &population, report)
			.await
			.map_err(failed)?;
		for number in 1..=UNFINALIZED {
			let parent = client.info().best_hash;
			let time = GENERATED_AT + number * MILLISECONDS_PER_BLOCK;
			let empty = medrec_generated_state::build_block(
				&*client,
				&*backend,
				parent,
				time,
				Vec::new(),
				Vec::new(),
			)
			.map_err(failed)?;
			medrec_generated_state::import_block(&*client, empty).await.map_err(failed)?;
		}
		eprintln!("The generated state is the state of block 1, {block:?}.");
		if let Some(path) = &self.openings {
			let lines = write_openings(path, &population, &client.info().genesis_hash)
				.map_err(|error| Error::Input(format!("writing {}: {error}", path.display())))?;
			eprintln!("Wrote {lines} openings to {}.", path.display());
		}
		Ok(())
	}
}

fn failed(error: medrec_generated_state::BlockError) -> Error {
	Error::Input(error.to_string())
}

fn report(step: Step) {
	match step {
		Step::Generating { done, of } => {
			let part = (of / REPORTS).max(1);
			if done % part == 0 || done == of {
				eprintln!("Generated {done} of {of} relationships.");
			}
		},
		Step::Hashing { values } => eprintln!("Computing the state root over {values} values."),
		Step::Writing => eprintln!("Writing the block."),
	}
}

/// Write every opening; how many there were.
fn write_openings(path: &Path, population: &Population, genesis: &Hash) -> std::io::Result<u64> {
	let mut file = BufWriter::new(File::create(path)?);
	let mut lines = 0;
	for grant in (0..population.relationships()).flat_map(|id| population.grants(id)) {
		serde_json::to_writer(&mut file, &grant.record(genesis))?;
		file.write_all(b"\n")?;
		lines += 1;
	}
	file.into_inner()?.sync_all()?;
	Ok(lines)
}

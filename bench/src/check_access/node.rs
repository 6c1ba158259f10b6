//! A node on a generated state.

use std::{
	net::SocketAddr,
	path::Path,
	process::Command,
	time::{Duration, Instant},
};

use anyhow::{ensure, Context, Result};
use codec::Decode;
use medrec_chain_client::ChainClient;
use medrec_generated_state::Population;
use medrec_runtime::Runtime;
use medrec_tests::{network::Node, process::Process, programs, provider::MERCY, wait::until};
use serde_json::Value;
use sp_core::Bytes;

/// How long the state may take to be generated and written.
const GENERATION: Duration = Duration::from_secs(600);

/// How long the node may take to finalize.
const FINALITY: Duration = Duration::from_secs(90);

/// What the generated state follows from.
const SEED: u64 = 1;

/// A running node with everything that is known of its state.
pub struct BenchNode {
	/// The node.
	pub node: Node,
	/// Address of its JSON-RPC.
	pub address: SocketAddr,
	/// A client of it.
	pub chain: ChainClient,
	/// What its state was generated from.
	pub population: Population,
}

/// Write a generated state into the database that [`Node::start_dev`] opens.
async fn generate(folder: &Path, relationships: u64) -> Result<()> {
	let log = folder.join("import-state.log");
	let mut command = Command::new(programs::find("medrec-node")?);
	command
		.args(["import-state", "--chain", "dev", "--relationships", &relationships.to_string()])
		.args(["--seed", &SEED.to_string()])
		.arg("--base-path")
		.arg(folder.join(MERCY.key.to_lowercase()));
	let mut process = Process::start("medrec-node import-state", &mut command, &log)?;
	let start = Instant::now();
	while !process.finished()? {
		ensure!(
			start.elapsed() < GENERATION,
			"medrec-node import-state takes longer than {GENERATION:?}:\n{}",
			process.output()
		);
		tokio::time::sleep(Duration::from_millis(50)).await;
	}
	Ok(())
}

impl BenchNode {
	/// Generate the state, and start one node on it that produces and finalizes blocks.
	pub async fn start(folder: &Path, relationships: u64) -> Result<Self> {
		eprintln!("generating a state with {relationships} relationships");
		let start = Instant::now();
		generate(folder, relationships).await?;
		eprintln!("  done in {:.0} s; starting a node on it", start.elapsed().as_secs_f64());

		let mut node = Node::start_dev(folder).await?;
		let chain = node.chain().await?;
		let population = Population::new(SEED, relationships, first_participants(&chain).await?)?;
		let (question, _) = population.question(0);
		// It vouches for nothing before it finalized a block of now.
		let decides = until("the node to decide on the generated state", FINALITY, async || {
			Ok(Some(chain.check_access(question.clone()).await?))
		})
		.await;
		node.process.ensure_running()?;
		decides?;
		let address = node.url.trim_start_matches("ws://");
		let address = address.parse().with_context(|| format!("`{address}` is no address"))?;
		Ok(Self { node, address, chain, population })
	}
}

/// How many participants the chain started with.
async fn first_participants(chain: &ChainClient) -> Result<u64> {
	let key = pallet_registrar::NextParticipantId::<Runtime>::hashed_key();
	let params = vec![hex_text(&key).into(), Value::String(format!("{:?}", chain.genesis()))];
	let value: Option<Bytes> = chain.request("state_getStorage", params).await?;
	let value = value.context("the chain has no participants")?;
	Decode::decode(&mut &*value.0).context("the number of participants at genesis")
}

/// Bytes as JSON-RPC writes them.
pub fn hex_text(bytes: &[u8]) -> String {
	format!("0x{}", hex::encode(bytes))
}

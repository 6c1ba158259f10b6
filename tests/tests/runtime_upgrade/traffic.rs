//! Clients that read and write without a pause.

use std::time::Duration;

use anyhow::{ensure, Context, Result};
use medrec_chain_client::{calls, ChainClient, MedrecApiClient};
use medrec_primitives::RelationshipId;
use medrec_protocol::{account::AccountKey, signature::Scheme};
use medrec_tests::{network::Network, provider::Provider};
use serde_json::{json, Value};
use tokio::{sync::watch, task::JoinHandle};

/// Time between two questions to one node.
const PERIOD: Duration = Duration::from_millis(100);

/// A reader at every node, and one writer.
pub struct Traffic {
	stop: watch::Sender<bool>,
	readers: Vec<JoinHandle<Result<usize>>>,
	writer: JoinHandle<Result<Vec<u32>>>,
}

/// What the traffic came to.
pub struct Summary {
	/// Answers, all of them right.
	pub answers: usize,
	/// Runtime versions of the blocks that the writes are in.
	pub written_under: Vec<u32>,
}

/// What the runtime has to answer before and after alike.
async fn read(chain: &ChainClient, relationship: RelationshipId) -> Result<Value> {
	let rpc = chain.rpc().await?;
	let mercy = rpc.participant(0, None).await?;
	let sides = rpc.relationship(relationship, None).await?;
	let grants = rpc.grants(relationship, None).await?;
	Ok(json!([mercy, sides, grants]))
}

impl Traffic {
	/// Begin. The writer is a provider at its own node.
	pub async fn start(
		network: &Network,
		writer: Provider,
		relationship: RelationshipId,
	) -> Result<Self> {
		let (stop, stopped) = watch::channel(false);
		let mut readers = Vec::new();
		for node in &network.nodes {
			let chain = node.chain().await?;
			let first = read(&chain, relationship).await?;
			ensure!(first.to_string().contains("tag"), "there is no grant to read: {first}");
			let (stopped, name) = (stopped.clone(), node.provider.name);
			readers.push(tokio::spawn(async move {
				let mut answers = 0;
				while !*stopped.borrow() {
					let now = read(&chain, relationship).await.context(name)?;
					ensure!(now == first, "at the node of {name}, after {answers} answers: {now}");
					answers += 1;
					tokio::time::sleep(PERIOD).await;
				}
				Ok(answers)
			}));
		}
		let chain = network.node(writer).chain().await?;
		let key = AccountKey::from_secret_uri(&writer.secret(), Scheme::Sr25519)?;
		let writer = tokio::spawn(write(chain, key, stopped));
		Ok(Self { stop, readers, writer })
	}

	/// End, and say what it came to. An error if an answer was wrong, or something was not written.
	pub async fn finish(self) -> Result<Summary> {
		self.stop.send(true)?;
		let mut answers = 0;
		for reader in self.readers {
			answers += reader.await??;
		}
		Ok(Summary { answers, written_under: self.writer.await?? })
	}
}

/// Write one thing after the other. What was signed for one runtime and met the other is signed again, as a
/// person would; nothing else may fail.
async fn write(
	chain: ChainClient,
	key: AccountKey,
	stopped: watch::Receiver<bool>,
) -> Result<Vec<u32>> {
	let mut versions: Vec<u32> = Vec::new();
	let mut again = 0;
	while !*stopped.borrow() {
		let endpoint = format!("https://harbour.example:{}", 1000 + versions.len());
		let call = calls::set_endpoint(&endpoint);
		let included = async { chain.submit(&call, &key).await?.in_block().await }.await;
		match included {
			Ok(inclusion) => {
				let block = json!(inclusion.block.hash);
				let version: Value = chain.request("state_getRuntimeVersion", vec![block]).await?;
				let number = version["specVersion"].as_u64().context("a version")?;
				versions.push(u32::try_from(number)?);
			},
			Err(error) => {
				again += 1;
				ensure!(again < 3, "writing failed for the third time: {error}");
				eprintln!("once more, after: {error}");
			},
		}
	}
	Ok(versions)
}

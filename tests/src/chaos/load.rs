//! Clients that write without a pause, and the finalized blocks in which their writes are found.

use std::{
	collections::HashMap,
	sync::{Arc, Mutex},
	time::{Duration, Instant},
};

use anyhow::{bail, Result};
use medrec_chain_client::{calls, ChainClient, Extrinsic, Mortality};
use medrec_primitives::Hash;
use medrec_protocol::{account::AccountKey, signature::Scheme};
use serde_json::{json, Value};
use sp_crypto_hashing::blake2_256;
use tokio::{
	sync::watch::{channel, Receiver, Sender},
	task::JoinHandle,
};

use super::fleet::Fleet;

/// How long one node may take to answer.
const ANSWER: Duration = Duration::from_secs(5);

/// How long a client waits for finality before it sends the same bytes again, to another node.
const PATIENCE: Duration = Duration::from_secs(12);

/// How long a write may take in all.
const LIMIT: Duration = Duration::from_secs(240);

/// Time between two looks for new finalized blocks.
const PERIOD: Duration = Duration::from_millis(100);

/// Extrinsics of finalized blocks, by hash, with when they were seen and how often.
type Found = HashMap<Hash, (Instant, usize)>;

/// What came of all writes.
#[derive(Clone, Debug, Default)]
pub struct Written {
	/// Time from submission to finality of each.
	pub latencies: Vec<Duration>,
	/// Writes that did not become final, or became so twice.
	pub lost: Vec<String>,
	/// How often a client had to send the same again.
	pub repeated: usize,
}

/// Writers, one for each provider, until they are stopped.
#[derive(Debug)]
pub struct Load {
	stop: Sender<bool>,
	writers: Vec<JoinHandle<()>>,
	ledger: JoinHandle<()>,
	found: Arc<Mutex<Found>>,
	written: Arc<Mutex<Written>>,
	hashes: Arc<Mutex<Vec<Hash>>>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
	mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Reads finalized blocks from whichever node has them.
async fn read_blocks(urls: Vec<String>, found: Arc<Mutex<Found>>) {
	let mut next: u32 = 0;
	let mut at = 0;
	let mut client: Option<ChainClient> = None;
	loop {
		let read = async {
			let chain = match &client {
				Some(chain) => chain.clone(),
				None => client.insert(ChainClient::connect(&urls[at]).await?).clone(),
			};
			let height = chain.finalized().await?.number;
			while next <= height {
				let hash: Value = chain.request("chain_getBlockHash", vec![json!(next)]).await?;
				let block: Value = chain.request("chain_getBlock", vec![hash]).await?;
				let extrinsics = block.pointer("/block/extrinsics").and_then(Value::as_array);
				let mut found = lock(&found);
				for extrinsic in extrinsics.into_iter().flatten().filter_map(Value::as_str) {
					let bytes = hex::decode(extrinsic.trim_start_matches("0x")).unwrap_or_default();
					let entry = found.entry(blake2_256(&bytes).into());
					entry.or_insert_with(|| (Instant::now(), 0)).1 += 1;
				}
				next += 1;
			}
			Ok::<_, medrec_chain_client::ChainError>(())
		};
		if !matches!(tokio::time::timeout(ANSWER, read).await, Ok(Ok(()))) {
			client = None;
			at = (at + 1) % urls.len();
		}
		tokio::time::sleep(PERIOD).await;
	}
}

/// Signs with whichever node answers, beginning with its own. `least` is the nonce after the last one that
/// this account signed with: a node that is catching up does not know of it yet.
async fn sign(
	urls: &[String],
	key: &AccountKey,
	endpoint: &str,
	least: u32,
) -> Result<(Extrinsic, u32)> {
	for url in urls {
		let signing = async {
			let chain = ChainClient::connect(url).await?;
			let nonce = chain.next_nonce(&key.account_id()).await?.max(least);
			let birth = Mortality::from(chain.finalized().await?);
			let runtime = chain.runtime().await?;
			let extrinsic = runtime.sign(&calls::set_endpoint(endpoint), key, nonce, birth)?;
			anyhow::Ok((extrinsic, nonce))
		};
		if let Ok(Ok(signed)) = tokio::time::timeout(ANSWER, signing).await {
			return Ok(signed);
		}
	}
	bail!("no node answers");
}

async fn submit(url: &str, extrinsic: &Extrinsic) -> Result<()> {
	let chain = ChainClient::connect(url).await?;
	let bytes = format!("0x{}", hex::encode(&extrinsic.bytes));
	let _: Value = chain.request("author_submitExtrinsic", vec![json!(bytes)]).await?;
	Ok(())
}

struct Writer {
	/// Its own node's address first.
	urls: Vec<String>,
	key: AccountKey,
	endpoint: String,
	found: Arc<Mutex<Found>>,
	written: Arc<Mutex<Written>>,
	hashes: Arc<Mutex<Vec<Hash>>>,
}

impl Writer {
	/// Sign once, and send that until it is final. Gives the nonce after the one that was used.
	async fn write(&self, least: u32) -> u32 {
		let start = Instant::now();
		let (extrinsic, nonce) = loop {
			match sign(&self.urls, &self.key, &self.endpoint, least).await {
				Ok(signed) => break signed,
				Err(_) if start.elapsed() < LIMIT => tokio::time::sleep(PERIOD).await,
				Err(error) => {
					lock(&self.written).lost.push(format!("{error:#} for {LIMIT:?}"));
					return least;
				},
			}
		};
		let sent = Instant::now();
		lock(&self.hashes).push(extrinsic.hash);
		let mut answers: Vec<String> = Vec::new();
		for turn in 0.. {
			if sent.elapsed() > LIMIT {
				break;
			}
			if turn > 0 {
				lock(&self.written).repeated += 1;
			}
			let url = &self.urls[turn % self.urls.len()];
			let sending = tokio::time::timeout(ANSWER, submit(url, &extrinsic)).await;
			let (answer, patience) = match sending {
				Ok(Ok(())) => ("accepted".to_owned(), PATIENCE),
				// It may be in a block already.
				Ok(Err(error)) => (format!("{error:#}"), Duration::from_secs(2)),
				Err(_) => ("no answer".to_owned(), Duration::ZERO),
			};
			answers.push(format!("{:.0} s {url}: {answer}", sent.elapsed().as_secs_f64()));
			let began = Instant::now();
			loop {
				let seen = lock(&self.found).get(&extrinsic.hash).map(|(at, _)| *at);
				if let Some(at) = seen {
					lock(&self.written).latencies.push(at.saturating_duration_since(sent));
					return nonce + 1;
				}
				if began.elapsed() >= patience {
					break;
				}
				tokio::time::sleep(PERIOD).await;
			}
		}
		answers.truncate(12);
		lock(&self.written).lost.push(format!(
			"{:?} (nonce {nonce}) is not final after {LIMIT:?}; nodes said: {}",
			extrinsic.hash,
			answers.join("; ")
		));
		// Whether it was used shows what the nodes say next time.
		least
	}
}

async fn write_on(writer: Writer, pause: Duration, mut stop: Receiver<bool>) {
	let mut least = 0;
	while !*stop.borrow() {
		least = writer.write(least).await;
		// Also woken when told to stop.
		let _ = tokio::time::timeout(pause, stop.changed()).await;
	}
}

impl Load {
	/// Every provider of a fleet writes through its own node, or another when that does not answer; it waits
	/// for finality and then so long before it writes again. What it writes is its own endpoint.
	pub fn start(fleet: &Fleet, pause: Duration) -> Result<Self> {
		let (stop, stopped) = channel(false);
		let found: Arc<Mutex<Found>> = Arc::default();
		let written: Arc<Mutex<Written>> = Arc::default();
		let hashes: Arc<Mutex<Vec<Hash>>> = Arc::default();
		let mut writers = Vec::new();
		for (at, machine) in fleet.machines.iter().enumerate() {
			let Some(gatekeeper) = &machine.gatekeeper else { continue };
			let mut urls = fleet.urls();
			urls.rotate_left(at);
			let writer = Writer {
				urls,
				key: AccountKey::from_secret_uri(&machine.provider.secret(), Scheme::Sr25519)?,
				endpoint: gatekeeper.origin.clone(),
				found: found.clone(),
				written: written.clone(),
				hashes: hashes.clone(),
			};
			writers.push(tokio::spawn(write_on(writer, pause, stopped.clone())));
		}
		let ledger = tokio::spawn(read_blocks(fleet.urls(), found.clone()));
		Ok(Self { stop, writers, ledger, found, written, hashes })
	}

	/// What came of the writes so far.
	pub fn so_far(&self) -> Written {
		lock(&self.written).clone()
	}

	/// Begin no more writes, wait for those that are under way, and look that each is in exactly one block.
	pub async fn stop(mut self) -> Result<Written> {
		self.stop.send_replace(true);
		for writer in self.writers.drain(..) {
			writer.await?;
		}
		let mut written = self.so_far();
		let found = lock(&self.found);
		for hash in lock(&self.hashes).iter() {
			match found.get(hash) {
				Some((_, 1)) => {},
				Some((_, times)) => written.lost.push(format!("{hash:?} is in {times} blocks")),
				// Told already by its writer.
				None => {},
			}
		}
		Ok(written)
	}
}

impl Drop for Load {
	fn drop(&mut self) {
		for task in self.writers.iter().chain([&self.ledger]) {
			task.abort();
		}
	}
}

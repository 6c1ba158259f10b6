//! What the nodes say is final, written down as they say it.

use std::{
	collections::BTreeMap,
	sync::{Arc, Mutex, MutexGuard},
	time::{Duration, Instant},
};

use anyhow::{ensure, Context, Result};
use medrec_chain_client::ChainClient;
use medrec_primitives::Hash;
use serde_json::{json, Value};
use tokio::task::JoinHandle;

use crate::wait::until;

/// Time between two looks at a node.
const PERIOD: Duration = Duration::from_millis(200);

/// How long a node may take to answer before a look is given up.
const ANSWER: Duration = Duration::from_secs(5);

/// A block that a node named.
#[derive(Clone, Copy, Debug)]
pub struct Sighting {
	/// When it named this block first.
	pub at: Instant,
	/// Height.
	pub number: u32,
	/// Hash.
	pub hash: Hash,
}

/// What one node said.
type Seen = Vec<Sighting>;

/// Watches all nodes, whether they run or not, until it is dropped.
#[derive(Debug)]
pub struct Observer {
	urls: Vec<String>,
	seen: Arc<Mutex<Vec<Seen>>>,
	tasks: Vec<JoinHandle<()>>,
}

fn lock(seen: &Mutex<Vec<Seen>>) -> MutexGuard<'_, Vec<Seen>> {
	seen.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Note the block if the node did not name it last.
fn note(sightings: &mut Vec<Sighting>, number: u32, hash: Hash) {
	if sightings.last().is_none_or(|last| last.hash != hash) {
		sightings.push(Sighting { at: Instant::now(), number, hash });
	}
}

async fn watch(node: usize, url: String, seen: Arc<Mutex<Vec<Seen>>>) {
	let mut client: Option<ChainClient> = None;
	loop {
		let look = async {
			let chain = match &client {
				Some(chain) => chain.clone(),
				None => client.insert(ChainClient::connect(&url).await?).clone(),
			};
			let finalized = chain.finalized().await?;
			let mut seen = lock(&seen);
			note(&mut seen[node], finalized.number, finalized.hash);
			Ok::<_, medrec_chain_client::ChainError>(())
		};
		// A node that is down or busy says nothing; what it says later is noted then.
		let _ = tokio::time::timeout(ANSWER, look).await;
		tokio::time::sleep(PERIOD).await;
	}
}

impl Observer {
	/// Watch the nodes with these JSON-RPC addresses.
	pub fn start(urls: Vec<String>) -> Self {
		let seen = Arc::new(Mutex::new(urls.iter().map(|_| Seen::new()).collect()));
		let tasks = urls
			.iter()
			.enumerate()
			.map(|(node, url)| tokio::spawn(watch(node, url.clone(), seen.clone())))
			.collect();
		Self { urls, seen, tasks }
	}

	/// The block that a node named as final last.
	pub fn finalized(&self, node: usize) -> Option<Sighting> {
		lock(&self.seen)[node].last().copied()
	}

	/// The same of several nodes; heights only, 0 for nothing yet.
	pub fn heights(&self, nodes: &[usize]) -> Vec<u32> {
		nodes.iter().map(|node| self.finalized(*node).map_or(0, |block| block.number)).collect()
	}

	/// Greatest height that any node named as final.
	pub fn highest(&self) -> u32 {
		let seen = lock(&self.seen);
		seen.iter().flatten().map(|block| block.number).max().unwrap_or(0)
	}

	/// Longest time between two new finalized blocks of a node after a moment.
	pub fn longest_pause(&self, node: usize, since: Instant) -> Duration {
		let seen = lock(&self.seen);
		let mut last = since;
		let mut longest = Duration::ZERO;
		for block in seen[node].iter().filter(|block| block.at > since) {
			longest = longest.max(block.at - last);
			last = block.at;
		}
		longest.max(last.elapsed())
	}

	/// Wait until these nodes all have finalized a block of at least this height. Gives the time it took.
	pub async fn reach(&self, nodes: &[usize], number: u32, limit: Duration) -> Result<Duration> {
		let start = Instant::now();
		until(&format!("block {number} to be final at nodes {nodes:?}"), limit, async || {
			let heights = self.heights(nodes);
			ensure!(heights.iter().all(|height| *height >= number), "they are at {heights:?}");
			Ok(Some(()))
		})
		.await?;
		Ok(start.elapsed())
	}

	/// Wait until these nodes all have finalized so many blocks more than any had.
	pub async fn advance(&self, nodes: &[usize], blocks: u32, limit: Duration) -> Result<Duration> {
		self.reach(nodes, self.highest() + blocks, limit).await
	}

	/// All blocks that any node named as final, by height; an error if two differ at one height.
	pub fn finalized_blocks(&self) -> Result<BTreeMap<u32, Hash>> {
		let seen = lock(&self.seen);
		let mut blocks = BTreeMap::new();
		for (node, named) in seen.iter().enumerate() {
			for block in named {
				let known = *blocks.entry(block.number).or_insert(block.hash);
				ensure!(
					known == block.hash,
					"two blocks of height {} were final: {known:?}, and {:?} at node {node}",
					block.number,
					block.hash
				);
			}
		}
		Ok(blocks)
	}

	/// Check that every block that any node ever named as final is part of the finalized chain of each of
	/// these nodes, with its body. Gives their number.
	///
	/// The nodes have to run, and to have reached the greatest of these heights.
	pub async fn agree(&self, nodes: &[usize]) -> Result<usize> {
		let blocks = self.finalized_blocks()?;
		for node in nodes {
			let chain = ChainClient::connect(&self.urls[*node]).await?;
			let height = chain.finalized().await?.number;
			for (number, hash) in &blocks {
				ensure!(height >= *number, "node {node} is at {height}, others were at {number}");
				let there: Option<Hash> =
					chain.request("chain_getBlockHash", vec![json!(number)]).await?;
				ensure!(
					there == Some(*hash),
					"block {number} was final as {hash:?}, and node {node} has {there:?}"
				);
				let block: Value = chain.request("chain_getBlock", vec![json!(hash)]).await?;
				block
					.pointer("/block/extrinsics")
					.with_context(|| format!("node {node} lacks the body of block {number}"))?;
			}
		}
		Ok(blocks.len())
	}
}

impl Drop for Observer {
	fn drop(&mut self) {
		for task in &self.tasks {
			task.abort();
		}
	}
}

/// The value below which this share of the values lies; values in any order, at least one.
pub fn percentile(values: &mut [Duration], share: f64) -> Duration {
	values.sort_unstable();
	let last = values.len().saturating_sub(1);
	let at = (last as f64 * share).ceil() as usize;
	values.get(at.min(last)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
	use super::*;

	fn observer(seen: &[&[(u32, u8)]]) -> Observer {
		let seen = seen
			.iter()
			.map(|node| {
				let mut one = Seen::new();
				for (number, hash) in *node {
					note(&mut one, *number, Hash::repeat_byte(*hash));
				}
				one
			})
			.collect();
		Observer { urls: Vec::new(), seen: Arc::new(Mutex::new(seen)), tasks: Vec::new() }
	}

	#[test]
	fn two_blocks_of_one_height_are_a_conflict() {
		let agreeing = observer(&[&[(1, 1), (2, 2), (2, 2)], &[(2, 2), (3, 3)]]);
		assert_eq!(agreeing.finalized_blocks().expect("no conflict").len(), 3);
		assert_eq!(agreeing.heights(&[0, 1]), [2, 3]);
		assert_eq!(agreeing.highest(), 3);

		let conflicting = observer(&[&[(1, 1), (2, 2)], &[(2, 3)]]);
		assert!(conflicting.finalized_blocks().is_err());
	}

	#[test]
	fn percentiles_are_values_that_were_measured() {
		let mut values: Vec<_> = (1..=20).rev().map(Duration::from_secs).collect();
		assert_eq!(percentile(&mut values, 0.5), Duration::from_secs(11));
		assert_eq!(percentile(&mut values, 0.95), Duration::from_secs(20));
		assert_eq!(percentile(&mut [Duration::from_secs(7)], 0.5), Duration::from_secs(7));
	}
}

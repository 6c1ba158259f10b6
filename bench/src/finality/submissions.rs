//! Transactions of four providers, each through its own node, at any moment of a slot.

use std::time::{Duration, Instant};

use anyhow::{bail, Context, Result};
use medrec_chain_client::{calls, ChainClient, Progress};
use medrec_protocol::{account::AccountKey, signature::Scheme};
use medrec_runtime::MILLISECONDS_PER_BLOCK;
use medrec_tests::{network::Network, provider::Provider};
use rand::{rngs::StdRng, Rng, SeedableRng};
use tokio::task::JoinSet;

/// How long a transaction may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Submit for a time; gives for each transaction the seconds until it was in a block, and until that was
/// final.
pub async fn submit(network: &Network, time: Duration) -> Result<Vec<(f64, f64)>> {
	let mut providers = JoinSet::new();
	for node in &network.nodes {
		providers.spawn(of_provider(node.provider, node.chain().await?, time));
	}
	let mut all = Vec::new();
	while let Some(provider) = providers.join_next().await {
		all.extend(provider.context("a provider's task panicked")??);
	}
	Ok(all)
}

async fn of_provider(
	provider: Provider,
	chain: ChainClient,
	time: Duration,
) -> Result<Vec<(f64, f64)>> {
	let key = AccountKey::from_secret_uri(&provider.secret(), Scheme::Sr25519)?;
	let mut random = StdRng::seed_from_u64(provider.participant);
	let mut all = Vec::new();
	let start = Instant::now();
	while start.elapsed() < time {
		// Waiting for finality ends at a certain time of a slot; transactions come at any.
		let pause = random.gen_range(0..MILLISECONDS_PER_BLOCK);
		tokio::time::sleep(Duration::from_millis(pause)).await;
		let number = all.len();
		let one = tokio::time::timeout(PATIENCE, follow(&chain, &key, number))
			.await
			.with_context(|| format!("not final after {PATIENCE:?}"))
			.flatten();
		all.push(one.with_context(|| format!("transaction {number} of {}", provider.name))?);
	}
	Ok(all)
}

/// Submit one; seconds until it is in a block, and until it is final.
async fn follow(chain: &ChainClient, key: &AccountKey, number: usize) -> Result<(f64, f64)> {
	let call = calls::set_endpoint(&format!("http://127.0.0.1:{}", 8_100 + number));
	let start = Instant::now();
	let mut submission = chain.submit(&call, key).await?;
	let mut included = None;
	while let Some(progress) = submission.next().await {
		let now = start.elapsed().as_secs_f64();
		match progress? {
			Progress::InBlock(_) => included = included.or(Some(now)),
			Progress::Finalized(_) => return Ok((included.unwrap_or(now), now)),
			Progress::Broadcast { .. } | Progress::Retracted { .. } => {},
		}
	}
	bail!("the node stopped reporting")
}

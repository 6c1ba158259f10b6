//! Four nodes on one machine: how long finality takes, how many slots are missed, and what an idle chain
//! costs.

mod chain;
mod submissions;

use std::time::Duration;

use anyhow::{ensure, Context, Result};
use medrec_runtime::MILLISECONDS_PER_BLOCK;
use medrec_tests::network::Network;
use serde_json::json;

use self::chain::{Block, Stretch};
use crate::{
	processes::resident_bytes,
	report::{BenchReport, Figure, Target},
	statistics::{median, percentile},
};

/// Name of this bench.
pub const NAME: &str = "finality";

/// How long the chain is left alone before anything is submitted, as a share of the time that follows.
const IDLE_SHARE: u32 = 10;

/// It is left alone for this long at least.
const IDLE_AT_LEAST: Duration = Duration::from_secs(30);

/// Longest that start and end may take beside what is measured.
const MARGIN: Duration = Duration::from_secs(300);

/// Blocks of a year of 365 days.
const BLOCKS_PER_YEAR: f64 = 365.0 * 86_400.0 * 1_000.0 / MILLISECONDS_PER_BLOCK as f64;

/// For how long.
#[derive(Clone, Debug, clap::Args)]
pub struct Settings {
	/// finality: for how many minutes transactions are submitted. At most 60.
	#[arg(long, value_name = "N", default_value_t = 10,
		value_parser = clap::value_parser!(u32).range(1..=60))]
	minutes: u32,
}

impl Settings {
	fn loaded(&self) -> Duration {
		Duration::from_secs(60) * self.minutes
	}

	fn idle(&self) -> Duration {
		(self.loaded() / IDLE_SHARE).max(IDLE_AT_LEAST)
	}
}

/// Everything that was measured.
struct Measured {
	/// From submission to finality, seconds.
	finality: Vec<f64>,
	/// From submission to the first block, seconds.
	inclusion: Vec<f64>,
	/// From the first measured block to the last.
	whole: Stretch,
	/// Blocks of the time in which nothing was submitted.
	idle: Vec<Block>,
	/// Memory of each node at the end of that time, bytes.
	memory: Vec<f64>,
}

async fn measure(settings: &Settings) -> Result<Measured> {
	let folder = tempfile::Builder::new().prefix("medrec-bench-").tempdir()?;
	eprintln!("  four nodes start");
	let mut network = Network::start(folder.path()).await?;
	let observer = network.nodes[0].chain().await?;

	let begin = chain::finalized(&observer).await?;
	eprintln!("  idle for {:.0} s", settings.idle().as_secs_f64());
	tokio::time::sleep(settings.idle()).await;
	let memory = network
		.nodes
		.iter()
		.map(|node| resident_bytes(node.process.id()))
		.collect::<Result<_>>()?;
	let idle_end = chain::finalized(&observer).await?;
	let idle = chain::blocks(&observer, begin.number + 1..=idle_end.number).await?;

	eprintln!("  submitting for {:.0} s", settings.loaded().as_secs_f64());
	let submitted = submissions::submit(&network, settings.loaded()).await?;
	let end = chain::finalized(&observer).await?;

	for node in network.nodes.drain(..) {
		node.process.stop()?;
	}
	let (inclusion, finality) = submitted.into_iter().unzip();
	Ok(Measured { finality, inclusion, whole: Stretch::between(begin, end)?, idle, memory })
}

/// Measure.
pub async fn run(settings: &Settings) -> Result<BenchReport> {
	let limit = settings.loaded() + settings.idle() + MARGIN;
	let Measured { finality, inclusion, whole, idle, memory } =
		tokio::time::timeout(limit, measure(settings))
			.await
			.with_context(|| format!("it took longer than {limit:?}"))??;
	ensure!(!idle.is_empty(), "the idle chain made no block");
	let share = |values: &[f64], share| {
		percentile(values, share).context("nothing that was submitted became final")
	};
	let sizes: Vec<f64> = idle.iter().map(|block| block.bytes as f64).collect();
	let mean = sizes.iter().sum::<f64>() / sizes.len() as f64;
	let samples =
		format!("{} transactions of four providers, each through its own node", finality.len());
	let mebibyte = f64::from(1 << 20);
	Ok(BenchReport {
		name: NAME,
		figures: vec![
			Figure::new("submitted → finalized, p50", share(&finality, 0.5)?, "s")
				.note(&samples)
				.target(Target::Below(4.0)),
			Figure::new("submitted → finalized, p95", share(&finality, 0.95)?, "s")
				.note(format!("longest {:.2} s", share(&finality, 1.0)?))
				.target(Target::Below(6.0)),
			Figure::new("submitted → in a block, p50", share(&inclusion, 0.5)?, "s"),
			Figure::new("slots missed", whole.missed_share() * 100.0, "%")
				.note(format!("{} of {} slots", whole.missed(), whole.slots))
				.target(Target::Below(1.0)),
			Figure::new("memory of an idle node", median(&memory) / mebibyte, "MiB")
				.note("resident; median of four"),
			Figure::new("an idle chain's block", mean, "bytes")
				.note(format!("header, inherents and proofs of finality; mean of {}", idle.len())),
			Figure::new("an idle chain's year", mean * BLOCKS_PER_YEAR / mebibyte, "MiB")
				.note(format!("{BLOCKS_PER_YEAR:.0} blocks, without database overhead")),
		],
		details: json!({
			"nodes": 4,
			"slotMillis": MILLISECONDS_PER_BLOCK,
			"minutes": settings.minutes,
			"idleSeconds": settings.idle().as_secs_f64(),
			"finalizedSeconds": finality,
			"inBlockSeconds": inclusion,
			"slots": whole.slots,
			"blocks": whole.blocks,
			"memoryBytes": memory,
			"idleBlockBytes": sizes,
		}),
	})
}

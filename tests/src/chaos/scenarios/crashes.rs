//! kill -9 at random moments under load: of single nodes, and of all at once. Databases open again, and
//! what was final stays so.

use std::{
	collections::hash_map::RandomState,
	hash::{BuildHasher, Hasher},
	time::{Duration, Instant},
};

use anyhow::{ensure, Context, Result};

use super::SOON;
use crate::chaos::{
	fleet::{Fleet, RECOVERY},
	load::Load,
	report::Report,
};

/// Kills of single nodes.
const SINGLE: usize = 20;

/// Kills of all nodes at once.
const TOGETHER: usize = 2;

/// Longest time between a kill and the one before.
const MOST_PAUSE_MILLISECONDS: u64 = 6_000;

/// Which node next, and when.
struct Dice(RandomState, u64);

impl Dice {
	fn below(&mut self, limit: u64) -> u64 {
		self.1 += 1;
		let mut hasher = self.0.build_hasher();
		hasher.write_u64(self.1);
		hasher.finish() % limit
	}
}

pub(super) async fn run(fleet: &mut Fleet, report: &mut Report) -> Result<()> {
	let mut dice = Dice(RandomState::new(), 0);
	let load = Load::start(fleet, Duration::from_millis(200))?;
	let done =
		format!("{SINGLE} times one of four nodes killed (-9) under load, at random moments");
	let killed = kill_single(fleet, &mut dice, report).await;
	report.promise(&done, "its database opens again and it catches up", killed);
	let agreed = fleet.all_agree().await;
	report.promise(&done, "nothing that was final is missing anywhere", agreed);

	for round in 1..=TOGETHER {
		let done = format!("all nodes killed (-9) at once under load, time {round} of {TOGETHER}");
		let (opened, forms) = kill_all(fleet, &mut dice).await?;
		report.promise(&done, "databases open again and finality recovers", Ok(opened));
		report.promise(&done, "what was final is final again only in the same form", forms);
	}

	let written = load.stop().await?;
	let none_lost = || {
		ensure!(written.lost.is_empty(), "{}", written.lost.join("; "));
		Ok(format!(
			"{} writes final, {} of their clients' submissions repeated",
			written.latencies.len(),
			written.repeated
		))
	};
	report.promise("all of this", "clients that send until it is final lose no write", none_lost());
	Ok(())
}

async fn kill_single(fleet: &mut Fleet, dice: &mut Dice, report: &Report) -> Result<String> {
	let mut slowest = Duration::ZERO;
	for kill in 1..=SINGLE {
		let node = dice.below(fleet.machines.len() as u64) as usize;
		tokio::time::sleep(Duration::from_millis(dice.below(MOST_PAUSE_MILLISECONDS))).await;
		let name = fleet.machines[node].provider.name;
		let which = format!("kill {kill} of {SINGLE}, node {node} ({name})");
		fleet.machines[node].kill_node()?;
		let killed = Instant::now();
		let missed = fleet.observer.highest();
		fleet.start_nodes(&[node]).await.with_context(|| which.clone())?;
		// Two more than it can have known.
		fleet.observer.reach(&[node], missed + 2, SOON).await.with_context(|| which.clone())?;
		slowest = slowest.max(killed.elapsed());
		report.note(&format!("{which}: back after {:.0} s", killed.elapsed().as_secs_f64()));
	}
	Ok(format!(
		"all {SINGLE}; the slowest followed finality again after {:.0} s",
		slowest.as_secs_f64()
	))
}

/// Gives what was seen of databases and finality, and of the blocks that were final before.
async fn kill_all(fleet: &mut Fleet, dice: &mut Dice) -> Result<(String, Result<String>)> {
	tokio::time::sleep(Duration::from_millis(dice.below(MOST_PAUSE_MILLISECONDS))).await;
	let before = fleet.observer.highest();
	for machine in &mut fleet.machines {
		machine.kill_node()?;
	}
	let killed = Instant::now();
	let all = fleet.all();
	fleet.start_nodes(&all).await?;
	// What each came back with, by its own log line at the start.
	let heights = fleet.machines.iter().map(|machine| height_at_start(&machine.node_log()));
	let heights: Vec<u32> =
		heights.collect::<Option<_>>().context("nodes log what they start with")?;
	fleet.observer.reach(&all, before + 2, RECOVERY).await?;
	let opened = format!(
		"finality beyond block {before} after {:.0} s; the databases came back with best blocks {heights:?}",
		killed.elapsed().as_secs_f64()
	);
	Ok((opened, fleet.all_agree().await))
}

/// Number of the best block in the database, from the last start in a node's log.
fn height_at_start(log: &str) -> Option<u32> {
	let line = log.lines().rev().find(|line| line.contains("Highest known block at #"))?;
	line.rsplit('#').next()?.trim().parse().ok()
}

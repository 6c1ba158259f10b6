//! Requests per second of `medrec_checkAccess`, against a plain read of the state and against the runtime
//! API, on the same node in the same run.

mod node;
mod workloads;

use std::{sync::Arc, time::Duration};

use anyhow::{ensure, Result};
use medrec_client::clock;
use serde_json::json;

use self::{node::BenchNode, workloads::Workloads};
use crate::{
	load,
	measured::{Measured, MethodReport, Server},
	report::{BenchReport, Figure, Target},
	statistics::median_of_ratios,
};

/// Name of this bench.
pub const NAME: &str = "check-access";

/// Connections that are kept busy.
const CONNECTIONS: usize = 16;

/// Time for which each method is warmed up.
const WARM_UP: Duration = Duration::from_secs(1);

/// How large and how long.
#[derive(Clone, Debug, clap::Args)]
pub struct Settings {
	/// check-access: relationships in the generated state.
	#[arg(long, value_name = "N", default_value_t = 100_000,
		value_parser = clap::value_parser!(u64).range(4_200..=1_000_000))]
	relationships: u64,
	/// check-access: rounds in which each method is measured once.
	#[arg(long, value_name = "N", default_value_t = 5,
		value_parser = clap::value_parser!(u32).range(1..=100))]
	rounds: u32,
	/// check-access: seconds for each method in each round.
	#[arg(long, value_name = "SECONDS", default_value_t = 4,
		value_parser = clap::value_parser!(u64).range(1..=60))]
	seconds: u64,
}

/// Measure.
pub async fn run(settings: &Settings) -> Result<BenchReport> {
	let folder = tempfile::Builder::new().prefix("medrec-bench-").tempdir()?;
	let mut bench_node = BenchNode::start(folder.path(), settings.relationships).await?;
	let BenchNode { address, chain, population, .. } = &bench_node;
	let server = Server { address: *address, process: bench_node.node.process.id() };
	eprintln!("preparing requests");
	let prepared = Workloads::prepare(*address, population, chain.genesis(), clock::now())?;
	let allowed = prepared.allowed;
	let workloads = [
		prepared.check_access,
		prepared.relationships,
		prepared.grants,
		prepared.runtime_api,
		prepared.floor,
	]
	.map(Arc::new);
	let mut measured: [Measured; 5] = Default::default();

	for workload in &workloads {
		load::round(workload, *address, CONNECTIONS, WARM_UP).await?;
	}
	let first = chain.best().await?.number;
	for round in 1..=settings.rounds {
		eprintln!("round {round} of {}", settings.rounds);
		for (workload, measured) in workloads.iter().zip(&mut measured) {
			let time = Duration::from_secs(settings.seconds);
			measured.round(server, workload, CONNECTIONS, time).await?;
		}
	}
	let blocks = chain.best().await?.number - first;
	ensure!(blocks > 0, "no block was produced while the methods were measured");
	bench_node.node.process.ensure_running()?;
	bench_node.node.process.stop()?;

	let ratio = |to: usize| median_of_ratios(&measured[0].rate, &measured[to].rate);
	let (relationships, grants, runtime_api) = (ratio(1), ratio(2), ratio(3));
	let reports: Vec<_> = workloads
		.iter()
		.zip(measured)
		.map(|(workload, measured)| measured.report(workload.name, workload.len()))
		.collect();
	let mut figures: Vec<_> = reports.iter().map(MethodReport::rate_figure).collect();
	figures.extend([
		Figure::new("medrec_checkAccess ÷ state_getStorage, relationships", relationships, "×")
			.note("three reads and a decision against one read")
			.target(Target::AtLeast(0.8)),
		Figure::new("medrec_checkAccess ÷ state_getStorage, grants", grants, "×"),
		Figure::new("medrec_checkAccess ÷ state_call", runtime_api, "×")
			.note("decided on two blocks against one")
			.target(Target::AtLeast(3.0)),
	]);
	Ok(BenchReport {
		name: NAME,
		figures,
		details: json!({
			"relationships": settings.relationships,
			"connections": CONNECTIONS,
			"rounds": settings.rounds,
			"secondsPerRound": settings.seconds,
			"blocksProduced": blocks,
			"questions": workloads[0].len(),
			"questionsAllowed": allowed,
			"methods": reports,
		}),
	})
}

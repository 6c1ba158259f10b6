//! Requests per second of `medrec_checkAccess`, against a plain read of the state and against the runtime
//! API, on the same node in the same run.

mod load;
mod node;
mod processor;
mod workloads;

use std::{sync::Arc, time::Duration};

use anyhow::{ensure, Result};
use medrec_client::clock;
use serde::Serialize;
use serde_json::json;

use self::{load::Workload, node::BenchNode, processor::processor_time, workloads::Workloads};
use crate::{
	report::{number, BenchReport, Figure, Target},
	statistics::{median, Series},
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

/// Everything that was measured of one method.
#[derive(Clone, Debug, Default)]
struct Measured {
	answers: usize,
	rate: Vec<f64>,
	p50: Vec<f64>,
	p99: Vec<f64>,
	node_micros: Vec<f64>,
	client_micros: Vec<f64>,
}

/// The same, as it is reported.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct MethodReport {
	method: &'static str,
	/// Different requests.
	requests: usize,
	/// Answers, all of them checked.
	answers: usize,
	/// Answers per second, of each round.
	rate: Series,
	/// Median time to an answer, microseconds.
	p50_micros: Series,
	/// 99th percentile of it.
	p99_micros: Series,
	/// Processor time that the node took for each answer, microseconds, with what it did besides.
	node_processor_micros: Series,
	/// Processor time that the client took for each answer, microseconds.
	client_processor_micros: Series,
}

impl Measured {
	fn report(self, workload: &Workload) -> MethodReport {
		MethodReport {
			method: workload.name,
			requests: workload.len(),
			answers: self.answers,
			rate: self.rate.into(),
			p50_micros: self.p50.into(),
			p99_micros: self.p99.into(),
			node_processor_micros: self.node_micros.into(),
			client_processor_micros: self.client_micros.into(),
		}
	}
}

/// Measure one method once.
async fn measure(
	bench_node: &BenchNode,
	workload: &Arc<Workload>,
	time: Duration,
	into: &mut Measured,
) -> Result<()> {
	let ids = [bench_node.node.process.id(), std::process::id()];
	let before = [processor_time(ids[0])?, processor_time(ids[1])?];
	let round = load::round(workload, bench_node.address, CONNECTIONS, time).await?;
	let after = [processor_time(ids[0])?, processor_time(ids[1])?];
	let micros =
		|of: usize| after[of].saturating_sub(before[of]).as_secs_f64() * 1e6 / round.answers as f64;
	into.answers += round.answers;
	into.rate.push(round.rate);
	into.p50.push(round.p50);
	into.p99.push(round.p99);
	into.node_micros.push(micros(0));
	into.client_micros.push(micros(1));
	eprintln!(
		"  {:<34} {:>7}/s  p50 {:>6.0} µs  p99 {:>6.0} µs  node {:>4.0} µs  client {:>4.0} µs",
		workload.name,
		number(round.rate.round()),
		round.p50,
		round.p99,
		micros(0),
		micros(1)
	);
	Ok(())
}

/// Measure.
pub async fn run(settings: &Settings) -> Result<BenchReport> {
	let folder = tempfile::Builder::new().prefix("medrec-bench-").tempdir()?;
	let mut bench_node = BenchNode::start(folder.path(), settings.relationships).await?;
	let BenchNode { address, chain, population, .. } = &bench_node;
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
			measure(&bench_node, workload, Duration::from_secs(settings.seconds), measured).await?;
		}
	}
	let blocks = chain.best().await?.number - first;
	ensure!(blocks > 0, "no block was produced while the methods were measured");
	bench_node.node.process.ensure_running()?;
	bench_node.node.process.stop()?;

	let ratio = |to: usize| {
		let ratios: Vec<_> = measured[0]
			.rate
			.iter()
			.zip(&measured[to].rate)
			.map(|(one, other)| one / other)
			.collect();
		median(&ratios)
	};
	let (relationships, grants, runtime_api) = (ratio(1), ratio(2), ratio(3));
	let reports: Vec<_> = workloads
		.iter()
		.zip(measured)
		.map(|(workload, measured)| measured.report(workload))
		.collect();
	let mut figures: Vec<_> = reports.iter().map(rate_figure).collect();
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

fn rate_figure(report: &MethodReport) -> Figure {
	Figure::new(report.method, report.rate.median.round(), "/s").note(format!(
		"p50 {:.2} ms, p99 {:.2} ms; processor: node {:.0} µs, client {:.0} µs",
		report.p50_micros.median / 1e3,
		report.p99_micros.median / 1e3,
		report.node_processor_micros.median,
		report.client_processor_micros.median
	))
}

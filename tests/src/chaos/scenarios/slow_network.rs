//! A slow and lossy network: finality goes on, and takes so long.

use std::time::{Duration, Instant};

use anyhow::{ensure, Result};

use super::SOON;
use crate::chaos::{
	fleet::Fleet,
	load::{Load, Written},
	observe::percentile,
	report::Report,
};

/// How late everything is that a node sends.
const DELAY: Duration = Duration::from_millis(200);

/// How much of it is lost.
const LOSS: f64 = 0.05;

/// Writes to measure by, at least.
const WRITES: usize = 40;

/// How long that may take.
const LIMIT: Duration = Duration::from_secs(300);

/// Until connections have got used to the conditions.
const SETTLED: Duration = Duration::from_secs(10);

/// Bound on the slowest 5 %: beyond it, nodes would refuse to decide.
const BOUND: Duration = Duration::from_secs(30);

pub(super) async fn run(fleet: &mut Fleet, report: &mut Report) -> Result<()> {
	let good = figures(measure(fleet).await?)?;
	report.promise("nothing (for comparison)", "finality p50 and p95 are reported", Ok(good));

	let means = fleet.lab.impair(DELAY, LOSS)?;
	let done = format!(
		"everything that a node sends is {} ms late, {:.0} % of it is lost ({means})",
		DELAY.as_millis(),
		LOSS * 100.0
	);
	tokio::time::sleep(SETTLED).await;
	let start = Instant::now();
	let before = fleet.observer.highest();
	let measured = measure(fleet).await;
	let took = start.elapsed();
	let blocks = fleet.observer.highest() - before;
	let figures = measured.and_then(figures);
	report.promise(&done, "finality p50 and p95 are reported, p95 below 30 s", figures);
	let pause = fleet.observer.longest_pause(0, start);
	let went_on = || {
		ensure!(pause < BOUND, "nothing became final for {:.0} s", pause.as_secs_f64());
		Ok(format!(
			"{blocks} blocks final in {:.0} s, at most {:.1} s without a new one",
			took.as_secs_f64(),
			pause.as_secs_f64()
		))
	};
	report.promise(&done, "finality goes on", went_on());

	fleet.lab.restore(means)?;
	let restored = Instant::now();
	fleet.observer.advance(&fleet.all(), 5, SOON).await?;
	report.note(&format!("5 blocks {:.0} s after", restored.elapsed().as_secs_f64()));
	let agreed = fleet.all_agree().await;
	report.promise("the network is as before", "all agree on what is final", agreed);
	Ok(())
}

/// Write until there are enough writes.
async fn measure(fleet: &Fleet) -> Result<Written> {
	let load = Load::start(fleet, Duration::from_millis(500))?;
	let enough = crate::wait::until("enough writes to be final", LIMIT, async || {
		let count = load.so_far().latencies.len();
		ensure!(count >= WRITES, "{count} are");
		Ok(Some(()))
	})
	.await;
	let written = load.stop().await?;
	enough?;
	Ok(written)
}

fn figures(mut written: Written) -> Result<String> {
	ensure!(written.lost.is_empty(), "lost writes: {}", written.lost.join("; "));
	let count = written.latencies.len();
	let median = percentile(&mut written.latencies, 0.5);
	let most = percentile(&mut written.latencies, 0.95);
	ensure!(most < BOUND, "p95 is {:.1} s", most.as_secs_f64());
	Ok(format!(
		"from submission to finality p50 {:.1} s, p95 {:.1} s ({count} writes)",
		median.as_secs_f64(),
		most.as_secs_f64()
	))
}

//! Two of four: no finality, hence soon nobody is served; nothing conflicts; all recovers when they are
//! back.

use std::time::{Duration, Instant};

use anyhow::{ensure, Result};

use super::{SLACK, SOON, STALENESS};
use crate::chaos::{
	fleet::{Fleet, RECOVERY},
	reading::{Answer, Watch},
	report::Report,
};

/// The two.
const KILLED: [usize; 2] = [2, 3];

/// Those that stay.
const LIVING: [usize; 2] = [0, 1];

/// Until votes that were on their way have arrived.
const SETTLED: Duration = Duration::from_secs(6);

pub(super) async fn run(fleet: &mut Fleet, report: &mut Report) -> Result<()> {
	let done = "two of four nodes killed (-9)";
	let watches: Vec<Watch> = fleet
		.all()
		.iter()
		.map(|at| {
			// Whose node will be gone asks another about the chain, so that only the gatekeeper can refuse.
			let node = if KILLED.contains(at) { LIVING[0] } else { *at };
			fleet.machines[*at].watch_patient(&fleet.machines[node].url())
		})
		.collect();
	let start = Instant::now();
	for watch in &watches {
		watch.wait_for(start, SOON, |answer| *answer == Answer::Served).await?;
	}

	for at in KILLED {
		fleet.machines[at].kill_node()?;
	}
	let killed = Instant::now();
	tokio::time::sleep(SETTLED).await;
	let stopped_at = fleet.observer.highest();
	let last = LIVING.iter().filter_map(|at| fleet.observer.finalized(*at)).map(|block| block.at);
	// The last block to become final does so before it is seen here.
	let limit = last.max().unwrap_or(killed).max(killed) + STALENESS + SLACK;
	report.note(&format!("finality stands at block {stopped_at}"));

	for (at, watch) in watches.iter().enumerate() {
		let name = fleet.machines[at].provider.name;
		let wait = limit.saturating_duration_since(Instant::now()) + SOON;
		let refused = async {
			let since = if KILLED.contains(&at) { killed } else { limit };
			let first = watch
				.wait_for(killed, wait, |answer| matches!(answer, Answer::Unavailable(_)))
				.await?;
			// Two more answers after the limit.
			let again = watch.wait_for(since.max(limit), wait, |answer| *answer != Answer::Served);
			let again =
				watch.wait_for(again.await?, wait, |answer| *answer != Answer::Served).await?;
			let checked = watch.never_served(limit, again + Duration::from_secs(1))?;
			Ok(format!(
				"first refused {:.0} s after the kill; {checked} asked after the limit, none served",
				(first - killed).as_secs_f64()
			))
		};
		report.promise(
			done,
			&format!("the gatekeeper of {name} refuses within the staleness limit (30 s)"),
			refused.await,
		);
	}
	let stood_still = fleet.observer.highest();
	report.promise(
		done,
		"finality stops",
		if stood_still == stopped_at {
			Ok(format!("at block {stopped_at}, for {:.0} s", killed.elapsed().as_secs_f64()))
		} else {
			Err(anyhow::anyhow!("it went on from block {stopped_at} to {stood_still}"))
		},
	);

	let restarted = Instant::now();
	fleet.start_nodes(&KILLED).await?;
	let recovered = fleet.observer.advance(&fleet.all(), 3, RECOVERY).await;
	report.promise(
		"both started again",
		"finality recovers without a hand",
		recovered.map(|_| format!("after {:.0} s", restarted.elapsed().as_secs_f64())),
	);
	let served = async {
		let mut latest = Duration::ZERO;
		for watch in &watches {
			let at = watch.wait_for(restarted, SOON, |answer| *answer == Answer::Served).await?;
			latest = latest.max(at - restarted);
		}
		ensure!(!watches.is_empty(), "nobody asked");
		Ok(format!("the last of them after {:.0} s", latest.as_secs_f64()))
	};
	report.promise("both started again", "all gatekeepers serve again", served.await);
	let agreed = fleet.all_agree().await;
	report.promise(done, "nothing conflicting is ever final", agreed);
	Ok(())
}

//! All nodes restarted one after another while clients read and write: who has a live node is served, and
//! no write is lost.

use std::{
	sync::{
		atomic::{AtomicUsize, Ordering},
		Arc,
	},
	time::{Duration, Instant},
};

use anyhow::{ensure, Result};

use super::SOON;
use crate::chaos::{
	fleet::Fleet,
	load::Load,
	reading::{Answer, Reading, Watch},
	report::Report,
};

/// After its node answers again, a gatekeeper may take so long to be connected to it.
const CONNECTED: Duration = Duration::from_secs(10);

/// How many nodes further than the one that is restarted is the node that clients ask.
const AWAY: usize = 2;

/// Between one restart and the next.
const PAUSE: Duration = Duration::from_secs(4);

/// When a machine's node was down: from being asked to end, until it followed finality again and its
/// gatekeeper had time to see that.
type Down = (Instant, Instant);

pub(super) async fn run(fleet: &mut Fleet, report: &mut Report) -> Result<()> {
	let done = "all four nodes restarted, one after another, while clients read and write";
	let all = fleet.all();
	// Clients ask a node about the chain that is not restarted soon, as a client does that knows several.
	// Thus a failed read is the gatekeeper's.
	let restarting = Arc::new(AtomicUsize::new(0));
	let watches: Vec<Watch> = fleet
		.machines
		.iter()
		.map(|machine| {
			let (urls, restarting) = (fleet.urls(), restarting.clone());
			machine.watch_patient_asking(move || {
				urls[(restarting.load(Ordering::Relaxed) + AWAY) % urls.len()].clone()
			})
		})
		.collect();
	let start = Instant::now();
	for watch in &watches {
		watch.wait_for(start, SOON, |answer| *answer == Answer::Served).await?;
	}
	let load = Load::start(fleet, Duration::from_millis(500))?;

	let began = Instant::now();
	let mut down: Vec<Down> = Vec::new();
	for at in &all {
		restarting.store(*at, Ordering::Relaxed);
		let stopping = Instant::now();
		fleet.machines[*at].stop_node()?;
		let missed = fleet.observer.highest();
		fleet.start_nodes(&[*at]).await?;
		fleet.observer.reach(&[*at], missed + 1, SOON).await?;
		report.note(&format!("node {at} is back after {:.0} s", stopping.elapsed().as_secs_f64()));
		down.push((stopping, Instant::now() + CONNECTED));
		tokio::time::sleep(PAUSE).await;
	}
	// Each is asked again after its own restart.
	let last = Instant::now();
	for watch in &watches {
		watch.wait_for(last, SOON, |answer| *answer == Answer::Served).await?;
	}
	let ended = Instant::now();

	let mut reads = Vec::new();
	for (watch, down) in watches.iter().zip(&down) {
		reads.push(judge(watch, began, down));
	}
	report.promise(
		done,
		"no failed read at a gatekeeper that has a live node",
		reads.into_iter().collect::<Result<Vec<_>>>().and_then(|counts| {
			let (live, other) = counts
				.iter()
				.fold((0, 0), |(live, other), (here, there)| (live + here, other + there));
			ensure!(live > 0, "nobody read");
			Ok(format!(
				"{live} reads, all served, in {:.0} s; {other} more while its node was restarted",
				(ended - began).as_secs_f64()
			))
		}),
	);
	drop(watches);
	let written = load.stop().await?;
	let none_lost = || {
		ensure!(written.lost.is_empty(), "{}", written.lost.join("; "));
		ensure!(!written.latencies.is_empty(), "nobody wrote");
		Ok(format!(
			"{} writes, each final once; {} submissions repeated by their clients",
			written.latencies.len(),
			written.repeated
		))
	};
	report.promise(done, "no lost write", none_lost());
	let agreed = fleet.all_agree().await;
	report.promise(done, "all agree on what is final", agreed);
	Ok(())
}

/// Count the reads while the gatekeeper's node was up, all of which have to be served, and the others.
fn judge(watch: &Watch, began: Instant, (from, to): &Down) -> Result<(usize, usize)> {
	let overlaps = |reading: &Reading| reading.ended > *from && reading.started < *to;
	let (others, live): (Vec<_>, Vec<_>) = watch.since(began).into_iter().partition(overlaps);
	for reading in &live {
		ensure!(
			reading.answer == Answer::Served,
			"{}: {:?} {:.0} s after the beginning",
			watch.name,
			reading.answer,
			(reading.started - began).as_secs_f64()
		);
	}
	Ok((live.len(), others.len()))
}

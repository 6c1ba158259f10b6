//! The disk of one node's database is full: it says so and ends, the others go on; with space it continues.

use std::time::{Duration, Instant};

use anyhow::{ensure, Context, Result};

use super::{SLACK, SOON, STALENESS};
use crate::chaos::{fleet::Fleet, reading::Answer, report::Report};

/// The machine with the small disk.
pub(super) const FULL: usize = 3;

/// Size of the small disk.
pub(super) const MEGABYTES: u32 = 256;

/// The others.
const OTHERS: [usize; 3] = [0, 1, 2];

/// How long the database may go on with what it has reserved.
const RESERVE: Duration = Duration::from_secs(240);

/// What the system calls a full disk.
const MESSAGES: [&str; 2] = ["No space left on device", "StorageFull"];

pub(super) async fn run(fleet: &mut Fleet, report: &mut Report) -> Result<()> {
	let done = "the disk of one node's database is filled";
	let watch = fleet.machines[FULL].watch_patient(&fleet.machines[0].url());
	let start = Instant::now();
	watch.wait_for(start, SOON, |answer| *answer == Answer::Served).await?;

	let disk = fleet.disk.as_ref().context("one machine has a small disk")?;
	let written_before = fleet.machines[FULL].node_log().len();
	let free = disk.fill()?;
	let filled = Instant::now();
	report.note(&format!("{} MB were free", free >> 20));
	let ended = fleet.machines[FULL].node_ends(RESERVE).await;
	let ended_after = filled.elapsed();
	let said = fleet.machines[FULL].node_log();
	let said = said.get(written_before..).unwrap_or_default();
	let message = said.lines().find(|line| MESSAGES.iter().any(|text| line.contains(text)));
	let clear = ended.and_then(|_| {
		let tail: Vec<_> = said.lines().rev().take(8).collect();
		let line = message.with_context(|| format!("it ended without a word of it: {tail:?}"))?;
		Ok(format!(
			"it ended after {:.0} s, saying: {}",
			ended_after.as_secs_f64(),
			shortened(line)
		))
	});
	report.promise(done, "the node says what is wrong and ends", clear);
	let refused = watch
		.wait_for(filled + ended_after, STALENESS + SLACK, |answer| {
			matches!(answer, Answer::Unavailable(_))
		})
		.await;
	report.promise(
		done,
		"its gatekeeper refuses",
		refused
			.map(|at| format!("{:.0} s after it ended", (at - filled - ended_after).as_secs_f64())),
	);
	let went_on = fleet.observer.advance(&OTHERS, 5, SOON).await;
	report.promise(
		done,
		"the others go on finalizing",
		went_on.map(|took| format!("5 more blocks within {:.0} s", took.as_secs_f64())),
	);
	// As a supervisor does. With the disk full it cannot get far, and must not do harm.
	let again = fleet.start_nodes(&[FULL]).await;
	report.note(&format!(
		"started while the disk is full: {}",
		match &again {
			Ok(()) => "it runs".to_owned(),
			Err(error) => shortened(&format!("{error:#}")),
		}
	));
	fleet.machines[FULL].kill_node()?;

	let done = "space is made, the node started as its supervisor does";
	fleet.disk.as_ref().context("the small disk")?.clear()?;
	let restarted = Instant::now();
	let missed = fleet.observer.highest();
	let continued = async {
		fleet.start_nodes(&[FULL]).await?;
		fleet.observer.reach(&[FULL], missed + 2, SOON).await?;
		Ok(format!("it caught up within {:.0} s", restarted.elapsed().as_secs_f64()))
	};
	report.promise(done, "it continues with its database", continued.await);
	let served = watch.wait_for(restarted, SOON, |answer| *answer == Answer::Served).await;
	report.promise(
		done,
		"its gatekeeper serves again",
		served.map(|at| format!("after {:.0} s", (at - restarted).as_secs_f64())),
	);
	let agreed = fleet.all_agree().await;
	report.promise(done, "all agree on what is final", agreed);
	ensure!(fleet.machines[FULL].node().is_ok(), "the node is down at the end");
	Ok(())
}

/// The beginning of a long text's first line.
fn shortened(text: &str) -> String {
	text.lines().next().unwrap_or_default().trim_end().chars().take(220).collect()
}

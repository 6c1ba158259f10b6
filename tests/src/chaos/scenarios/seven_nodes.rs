//! Seven nodes, two down: five are enough.

use std::time::Instant;

use anyhow::Result;

use super::SOON;
use crate::chaos::{
	fleet::{seconds, Fleet},
	reading::Answer,
	report::Report,
};

/// The two.
const KILLED: [usize; 2] = [5, 6];

/// The others.
const OTHERS: [usize; 5] = [0, 1, 2, 3, 4];

pub(super) async fn run(fleet: &mut Fleet, report: &mut Report) -> Result<()> {
	let done = "two of seven nodes killed (-9)";
	let watch = fleet.machines[0].watch_patient(&fleet.machines[0].url());
	let start = Instant::now();
	watch.wait_for(start, SOON, |answer| *answer == Answer::Served).await?;

	for at in KILLED {
		fleet.machines[at].kill_node()?;
	}
	let killed = Instant::now();
	let before = fleet.observer.highest();
	let went_on = fleet.observer.advance(&OTHERS, 10, SOON).await;
	report.promise(
		done,
		"blocks and finality go on",
		went_on.map(|took| format!("10 more blocks final within {:.0} s", took.as_secs_f64())),
	);
	let served = watch.wait_for(killed, SOON, |answer| *answer == Answer::Served).await;
	report.promise(
		done,
		"a gatekeeper whose node lives goes on serving",
		served.map(|_| "the patient there was served".to_owned()),
	);

	let restarted = Instant::now();
	let missed = fleet.observer.highest();
	fleet.start_nodes(&KILLED).await?;
	let caught_up = fleet.observer.reach(&KILLED, missed, SOON).await;
	report.promise(
		"both started again",
		"they catch up",
		caught_up
			.map(|_| format!("{} blocks later, within {}", missed - before, seconds(restarted))),
	);
	let agreed = fleet.all_agree().await;
	report.promise("both started again", "all agree on what is final", agreed);
	Ok(())
}

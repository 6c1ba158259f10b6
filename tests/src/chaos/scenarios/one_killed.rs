//! One of four: the others go on, and it catches up when it is back.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::{SLACK, SOON, STALENESS};
use crate::chaos::{
	fleet::{seconds, Fleet},
	reading::Answer,
	report::Report,
};

/// The one.
const KILLED: usize = 3;

/// Those that go on.
const OTHERS: [usize; 3] = [0, 1, 2];

pub(super) async fn run(fleet: &mut Fleet, report: &mut Report) -> Result<()> {
	let done = "one of four nodes killed (-9)";
	let url = fleet.machines[0].url();
	let living = fleet.machines[0].watch_patient(&url);
	let bereft = fleet.machines[KILLED].watch_patient(&url);
	let start = Instant::now();
	living.wait_for(start, SOON, |answer| *answer == Answer::Served).await?;
	bereft.wait_for(start, SOON, |answer| *answer == Answer::Served).await?;

	fleet.machines[KILLED].kill_node()?;
	let killed = Instant::now();
	let before = fleet.observer.highest();
	let went_on = fleet.observer.advance(&OTHERS, 10, SOON).await;
	report.promise(
		done,
		"blocks and finality go on",
		went_on.map(|took| format!("10 more blocks final within {:.0} s", took.as_secs_f64())),
	);
	let served = living.wait_for(killed, SOON, |answer| *answer == Answer::Served).await;
	report.promise(
		done,
		"a gatekeeper whose node lives goes on serving",
		served.map(|_| "the patient there was served".to_owned()),
	);
	let refused = async {
		let at = bereft
			.wait_for(killed, STALENESS + SLACK, |answer| matches!(answer, Answer::Unavailable(_)))
			.await?;
		let again = bereft.wait_for(at, SOON, |answer| *answer != Answer::Served).await?;
		let checked = bereft.never_served(at, again + Duration::from_millis(1))?;
		let took = (at - killed).as_secs_f64();
		Ok(format!("refused {took:.0} s after the kill; {checked} asked since, none served"))
	};
	report.promise(done, "the gatekeeper whose node is gone refuses", refused.await);

	let restarted = Instant::now();
	let missed = fleet.observer.highest();
	fleet.start_nodes(&[KILLED]).await?;
	let caught_up = fleet.observer.reach(&[KILLED], missed, SOON).await;
	report.promise(
		"the node started again",
		"it catches up",
		caught_up
			.map(|_| format!("{} blocks later, within {}", missed - before, seconds(restarted))),
	);
	let served = bereft.wait_for(restarted, SOON, |answer| *answer == Answer::Served).await;
	report.promise(
		"the node started again",
		"its gatekeeper serves again, untouched",
		served.map(|at| format!("after {:.0} s", (at - restarted).as_secs_f64())),
	);
	let agreed = fleet.all_agree().await;
	report.promise("the node started again", "all agree on what is final", agreed);
	Ok(())
}

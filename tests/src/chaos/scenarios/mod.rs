//! The scenarios, one file each.

mod crashes;
mod disk_full;
mod lost_keys;
mod one_killed;
mod partition;
mod rolling_restart;
mod seven_nodes;
mod slow_network;
mod two_killed;
mod wrong_clock;

use std::time::Duration;

use anyhow::{bail, Result};

use super::{
	fleet::{Fleet, Special},
	report::Report,
};

/// Age of the finalized block from which on nobody is served (the default of node and gatekeeper).
const STALENESS: Duration = Duration::from_secs(30);

/// What a request may be late beyond that, because it was on its way.
const SLACK: Duration = Duration::from_secs(3);

/// How long anything that should happen within a few blocks may take on a busy machine.
const SOON: Duration = Duration::from_secs(90);

/// A scenario.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
	/// Its number.
	pub number: u8,
	/// What is done.
	pub title: &'static str,
}

/// All of them.
pub const SCENARIOS: [Scenario; 10] = [
	Scenario { number: 1, title: "one of four nodes is killed (-9)" },
	Scenario { number: 2, title: "two of four nodes are killed (-9)" },
	Scenario { number: 3, title: "partitions 2|2 and 3|1, and a flapping link" },
	Scenario { number: 4, title: "200 ms latency, 5 % loss" },
	Scenario { number: 5, title: "nodes killed (-9) at random moments under load" },
	Scenario { number: 6, title: "the disk under a node is full" },
	Scenario { number: 7, title: "the clock of one machine is 30 s late, then 30 s early" },
	Scenario {
		number: 8,
		title: "two of seven nodes are killed (-9), and one of them is voted out",
	},
	Scenario { number: 9, title: "rolling restart while clients read and write" },
	Scenario { number: 10, title: "the keys of three of seven authorities are lost" },
];

/// Set up, cause the faults, check the promises, tear down. An error is a promise that could not be checked.
pub async fn run(number: u8, report: &mut Report) -> Result<()> {
	let before = report.count_broken();
	let mut fleet = Fleet::start(special(number), report).await?;
	let result = match number {
		1 => one_killed::run(&mut fleet, report).await,
		2 => two_killed::run(&mut fleet, report).await,
		3 => partition::run(&mut fleet, report).await,
		4 => slow_network::run(&mut fleet, report).await,
		5 => crashes::run(&mut fleet, report).await,
		6 => disk_full::run(&mut fleet, report).await,
		7 => wrong_clock::run(&mut fleet, report).await,
		8 => seven_nodes::run(&mut fleet, report).await,
		9 => rolling_restart::run(&mut fleet, report).await,
		10 => lost_keys::run(&mut fleet, report).await,
		_ => bail!("there is no scenario {number}"),
	};
	if result.is_err() || report.count_broken() > before {
		let folder = fleet.keep_folder();
		report.note(&format!("logs are kept in {} until the next run", folder.display()));
		return result;
	}
	fleet.tear_down(report);
	Ok(())
}

fn special(number: u8) -> Special {
	match number {
		6 => Special { disk: Some((disk_full::FULL, disk_full::MEGABYTES)), ..Special::default() },
		7 => Special { clock: Some(wrong_clock::WRONG), ..Special::default() },
		8 | 10 => Special { seven: true, ..Special::default() },
		_ => Special::default(),
	}
}

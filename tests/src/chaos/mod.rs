//! Faults, caused and survived: real nodes and gatekeepers on machines of a network of their own.
//!
//! | module | what it does |
//! |---|---|
//! | [`namespaces`] | machines: network namespaces, joined by bridges |
//! | [`conditions`] | partitions, links that go down, delay and loss |
//! | [`wire`] | delay and loss for kernels without netem |
//! | [`clock`] | clocks that are wrong |
//! | [`disk`] | disks that are full |
//! | [`machine`] | a node, its gatekeeper, a patient |
//! | [`fleet`] | all machines, from start to tear-down |
//! | [`chain_spec`] | a chain with seven providers |
//! | [`observe`] | what the nodes say is final, and whether it conflicts |
//! | [`reading`] | someone who asks again and again |
//! | [`load`] | clients that write again and again |
//! | [`report`] | what was done, promised and seen |
//! | [`scenarios`] | the scenarios |

pub mod chain_spec;
pub mod clock;
pub mod conditions;
pub mod disk;
pub mod fleet;
pub mod load;
pub mod machine;
pub mod namespaces;
pub mod observe;
pub mod reading;
pub mod report;
pub mod scenarios;
pub mod system;
pub mod wire;

use anyhow::Context;
use report::Report;
use scenarios::SCENARIOS;

/// Run scenarios by their numbers, one after another.
pub async fn run(numbers: &[u8], report: &mut Report) {
	for scenario in SCENARIOS.iter().filter(|scenario| numbers.contains(&scenario.number)) {
		report.begin(scenario.number, scenario.title);
		if let Err(error) = scenarios::run(scenario.number, report).await {
			let error = Err(error).context("the scenario could not be played to its end");
			report.promise(scenario.title, "the scenario is played", error);
		}
	}
}

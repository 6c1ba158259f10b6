#![doc = include_str!("../README.md")]

mod check_access;
mod client;
mod extrinsics;
mod finality;
mod gatekeeper;
mod load;
mod machine;
mod measured;
mod processes;
mod report;
mod revocation;
mod statistics;

use std::{path::PathBuf, process::ExitCode};

use anyhow::{bail, Context, Result};
use clap::Parser;

use crate::{
	machine::Machine,
	report::{BenchReport, Report},
};

/// Measure MedRec on this machine, and compare with its targets.
///
/// Benches: `extrinsics` (bytes of signed extrinsics), `check-access` (requests per second of
/// medrec_checkAccess, against state_getStorage and state_call on the same node), `gatekeeper` (signed reads
/// per second, against the same without signature, decision and log; pages of a patient with 10,000
/// records), `revocation` (from submitting a revocation to the first refusal, and to finality), `finality`
/// (from submission to finality, missed slots, memory and bytes of an idle chain).
///
/// Prints a table, then JSON. Progress goes to standard error. The exit status is 0 also where a target is
/// missed (the table says so), and 1 where something failed.
#[derive(Debug, Parser)]
#[command(
	name = "medrec-bench",
	version,
	after_help = "Examples:\n  medrec-bench                         everything, about half an hour\n  \
	              medrec-bench check --rounds 9        one bench, more rounds\n  \
	              medrec-bench finality --minutes 2    one bench, shorter\n  \
	              medrec-bench --json figures.json     JSON into a file\n\n\
	              Nothing else should run on the machine meanwhile."
)]
struct Arguments {
	/// Measure only what has this in its name.
	filter: Option<String>,
	/// Write the JSON to this file instead of to standard output.
	#[arg(long, value_name = "FILE")]
	json: Option<PathBuf>,
	#[command(flatten)]
	check_access: check_access::Settings,
	#[command(flatten)]
	gatekeeper: gatekeeper::Settings,
	#[command(flatten)]
	revocation: revocation::Settings,
	#[command(flatten)]
	finality: finality::Settings,
}

/// What can be measured, in the order in which it is.
const BENCHES: [&str; 5] =
	[extrinsics::NAME, check_access::NAME, gatekeeper::NAME, revocation::NAME, finality::NAME];

fn chosen(filter: Option<&str>) -> Result<Vec<&'static str>> {
	let filter = filter.unwrap_or_default();
	let chosen: Vec<_> = BENCHES.into_iter().filter(|name| name.contains(filter)).collect();
	if chosen.is_empty() {
		bail!("no bench has `{filter}` in its name; there is: {}", BENCHES.join(", "));
	}
	Ok(chosen)
}

async fn measure(name: &str, arguments: &Arguments) -> Result<BenchReport> {
	eprintln!("== {name}");
	match name {
		extrinsics::NAME => extrinsics::run(),
		check_access::NAME => check_access::run(&arguments.check_access).await,
		gatekeeper::NAME => gatekeeper::run(&arguments.gatekeeper).await,
		revocation::NAME => revocation::run(&arguments.revocation).await,
		_ => finality::run(&arguments.finality).await,
	}
	.with_context(|| format!("bench {name} failed"))
}

/// Ctrl-C or SIGTERM.
async fn interrupted() -> Result<()> {
	use tokio::signal::unix::{signal, SignalKind};
	let mut terminate = signal(SignalKind::terminate())?;
	tokio::select! {
		result = tokio::signal::ctrl_c() => Ok(result?),
		_ = terminate.recv() => Ok(()),
	}
}

/// Measure what was chosen. What failed does not keep the rest from being measured.
async fn run(arguments: &Arguments) -> Result<()> {
	let chosen = chosen(arguments.filter.as_deref())?;
	let mut report = Report::new(Machine::look()?);
	let mut failures = Vec::new();
	for name in &chosen {
		match measure(name, arguments).await {
			Ok(bench) => report.add(bench),
			Err(error) => {
				eprintln!("error: {error:#}");
				failures.push(*name);
			},
		}
	}
	if failures.len() == chosen.len() {
		bail!("nothing was measured");
	}
	println!("{}", report.table());
	let json = serde_json::to_string_pretty(&report)?;
	match &arguments.json {
		None => println!("{json}"),
		Some(path) => {
			std::fs::write(path, json + "\n")
				.with_context(|| format!("cannot write {}", path.display()))?;
			eprintln!("wrote {}", path.display());
		},
	}
	if !failures.is_empty() {
		bail!("failed: {}", failures.join(", "));
	}
	Ok(())
}

// One thread: programs that are started live as long as the thread that started them.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
	let arguments = Arguments::parse();
	// What was started ends when the future that holds it is dropped, also after Ctrl-C.
	let result = tokio::select! {
		result = run(&arguments) => result,
		result = interrupted() => result.and(Err(anyhow::anyhow!("interrupted"))),
	};
	match result {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => {
			eprintln!("error: {error:#}");
			ExitCode::FAILURE
		},
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_command_line_is_consistent() {
		use clap::CommandFactory;
		Arguments::command().debug_assert();
	}

	#[test]
	fn a_filter_chooses_by_part_of_the_name() {
		assert_eq!(chosen(None).unwrap(), BENCHES);
		assert_eq!(chosen(Some("access")).unwrap(), ["check-access"]);
		assert_eq!(chosen(Some("gate")).unwrap(), ["gatekeeper"]);
		let error = chosen(Some("speed")).unwrap_err().to_string();
		assert!(error.contains("extrinsics, check-access, gatekeeper, revocation"), "{error}");
	}
}

//! `medrec-chaos`: causes faults in a network of real nodes, and checks what was promised of each.

use std::process::ExitCode;

use anyhow::{ensure, Result};
use clap::Parser;
use medrec_tests::chaos::{self, namespaces, report::Report, scenarios::SCENARIOS};

/// Faults, caused and survived. Needs root.
///
/// Exits with success only if every promise of every scenario that was played held.
#[derive(Debug, Parser)]
#[command(name = "medrec-chaos")]
struct Arguments {
	/// Play only these scenarios.
	#[arg(long, value_name = "N,...", value_delimiter = ',')]
	only: Vec<u8>,
	/// Show the scenarios, and play none.
	#[arg(long)]
	list: bool,
	/// Write the report as JSON instead of a table.
	#[arg(long)]
	json: bool,
}

async fn play(arguments: &Arguments) -> Result<bool> {
	let all: Vec<u8> = SCENARIOS.iter().map(|scenario| scenario.number).collect();
	for number in &arguments.only {
		ensure!(all.contains(number), "there is no scenario {number}; see --list");
	}
	namespaces::require_root()?;
	let numbers = if arguments.only.is_empty() { all } else { arguments.only.clone() };
	let mut report = Report::default();
	tokio::select! {
		() = chaos::run(&numbers, &mut report) => {},
		// What was being played ends here, with all that it started.
		result = interrupted() => {
			result?;
			eprintln!("interrupted");
			return Ok(false);
		},
	}
	report.print(arguments.json)?;
	Ok(report.all_held())
}

/// Wait for Ctrl-C or SIGTERM.
async fn interrupted() -> Result<()> {
	use tokio::signal::unix::{signal, SignalKind};
	let mut terminate = signal(SignalKind::terminate())?;
	tokio::select! {
		result = tokio::signal::ctrl_c() => Ok(result?),
		_ = terminate.recv() => Ok(()),
	}
}

// Processes end with the thread that started them: the main thread starts the nodes, the others observe.
#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
	let arguments = Arguments::parse();
	if arguments.list {
		for scenario in SCENARIOS {
			println!("{:>3}  {}", scenario.number, scenario.title);
		}
		return ExitCode::SUCCESS;
	}
	match play(&arguments).await {
		Ok(true) => ExitCode::SUCCESS,
		Ok(false) => ExitCode::FAILURE,
		Err(error) => {
			eprintln!("error: {error:#}");
			ExitCode::FAILURE
		},
	}
}

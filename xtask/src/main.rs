//! `cargo xtask`: everything that is done with this repository, from a fresh machine on.

mod build;
mod chain_specs;
mod ci;
mod features;
mod paths;
mod run;
mod setup;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

/// Everything that is done with this repository, from a fresh machine on.
///
/// What is built goes to $CARGO_TARGET_DIR, or else to `medrec/target` in the user's cache folder, so that
/// a second checkout finds it.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
	#[command(subcommand)]
	command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
	/// Check what the build needs, and install what is missing (as root, or with sudo without a password).
	Setup,
	/// Set up, then build the node, the gatekeeper and the command line.
	Build,
	/// Set up, build, then play the story: four nodes, two gatekeepers, one patient.
	///
	/// Afterwards everything stays up until Ctrl-C, with its addresses printed.
	Demo {
		/// FHIR R4 records (JSON, NDJSON, archives of them) to play the story on, instead of the records that
		/// the project makes.
		#[arg(long, value_name = "PATH")]
		data: Option<PathBuf>,
		/// End after the story; the exit status tells whether every step did what it should.
		#[arg(long)]
		exit: bool,
	},
	/// Set up, build, then run the whole test suite.
	Test {
		/// Arguments for `cargo test`, for example `-p pallet-registrar` or `-- enrol`.
		#[arg(trailing_var_arg = true, allow_hyphen_values = true)]
		arguments: Vec<String>,
	},
	/// Set up, build, then measure. Prints a table and JSON.
	Bench {
		/// Measure only what has this in its name.
		filter: Option<String>,
		/// Where to write the JSON.
		#[arg(long, value_name = "FILE")]
		json: Option<PathBuf>,
	},
	/// Set up, build, then cause faults in networks of real nodes and check what was promised of each.
	///
	/// Needs root: for network namespaces, mounts and traffic control. Prints a table; the exit status tells
	/// whether every promise held.
	Chaos {
		/// Play only these scenarios.
		#[arg(long, value_name = "N,...", value_delimiter = ',')]
		only: Vec<u8>,
		/// Show the scenarios, and play none.
		#[arg(long)]
		list: bool,
		/// Print the report as JSON.
		#[arg(long)]
		json: bool,
	},
	/// Write the chain specs of the presets into chain-specs/, without the runtime's code.
	ChainSpecs {
		/// Only compare them with those that are there.
		#[arg(long)]
		check: bool,
	},
	/// Run what continuous integration runs.
	Ci,
}

fn main() -> ExitCode {
	let result = match Cli::parse().command {
		Command::Setup => setup::run(),
		Command::Build => setup::run().and_then(|()| build::all()),
		Command::Demo { data, exit } => run::demo(data, exit),
		Command::Test { arguments } => run::test(&arguments),
		Command::Bench { filter, json } => run::bench(filter, json),
		Command::Chaos { only, list, json } => run::chaos(&only, list, json),
		Command::ChainSpecs { check } => chain_specs::run(check),
		Command::Ci => ci::run(),
	};
	match result {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => {
			eprintln!("error: {error:#}");
			ExitCode::FAILURE
		},
	}
}

//! `medrec-node`: validator and full node of a MedRec network.

mod announcements;
mod chain_spec;
mod checkpoint;
mod cli;
mod command;
mod metrics;
mod peering;
mod rpc;
mod service;
mod state_import;
mod upgrade_trial;

use std::process::ExitCode;

fn main() -> ExitCode {
	match command::run() {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => {
			eprintln!("error: {error}");
			ExitCode::FAILURE
		},
	}
}

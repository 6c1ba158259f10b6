//! The `medrec-gatekeeper` command.

use clap::Parser;
use medrec_gatekeeper::cli::{run, Cli};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
	run(Cli::parse()).await
}

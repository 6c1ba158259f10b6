//! `medrec-node`: validator and full node of a MedRec network.

mod chain_spec;
mod cli;
mod command;
mod rpc;
mod service;
mod state_import;

fn main() -> sc_cli::Result<()> {
	command::run()
}

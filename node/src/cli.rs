//! The command line.

use sc_cli::RunCmd;

use crate::{
	checkpoint::ExportCheckpointCmd, state_import::ImportStateCmd, upgrade_trial::TryUpgradeCmd,
};

/// Command line of the node.
#[derive(Debug, clap::Parser)]
pub struct Cli {
	/// What to do instead of running the node.
	#[command(subcommand)]
	pub subcommand: Option<Subcommand>,

	/// How to run the node.
	#[command(flatten)]
	pub run: RunCmd,

	/// What is MedRec's own.
	#[command(flatten)]
	pub medrec: MedrecArgs,
}

/// Options that only this node has.
#[derive(Debug, Clone, clap::Args)]
pub struct MedrecArgs {
	/// Age in seconds of the finalized block from which on this node decides no access
	/// (`medrec_checkAccess` answers `Unavailable`), if that is stricter than the limit on the chain, which
	/// holds in any case: 30 seconds until the council sets another.
	#[arg(long, value_name = "SECONDS")]
	pub staleness_limit: Option<u64>,

	/// Exchange blocks, votes and transactions only with peers that the chain names as nodes of active
	/// providers, and with those of --bootnodes and --reserved-nodes. Requests for old blocks and state are
	/// still answered to whoever can dial in.
	#[arg(long)]
	pub private_peering: bool,
}

/// What to do instead of running the node.
#[derive(Debug, clap::Subcommand)]
pub enum Subcommand {
	/// Generate, inspect and insert keys.
	#[command(subcommand)]
	Key(sc_cli::KeySubcommand),

	/// Print a chain spec with the genesis state of a named configuration (dev, local).
	#[command(name = "export-chain-spec", alias = "build-spec")]
	ExportChainSpec(sc_cli::ExportChainSpecCmd),

	/// Check blocks that are in the database.
	CheckBlock(sc_cli::CheckBlockCmd),

	/// Write blocks to a file.
	ExportBlocks(sc_cli::ExportBlocksCmd),

	/// Print what a light client starts from instead of the genesis block.
	ExportCheckpoint(ExportCheckpointCmd),

	/// Write the state of a block as a chain spec.
	ExportState(sc_cli::ExportStateCmd),

	/// Read blocks from a file.
	ImportBlocks(sc_cli::ImportBlocksCmd),

	/// Delete the chain's database. Keys stay.
	PurgeChain(sc_cli::PurgeChainCmd),

	/// Take the chain back to an earlier block.
	Revert(sc_cli::RevertCmd),

	/// Print what is known of the chain in the database.
	ChainInfo(sc_cli::ChainInfoCmd),

	/// Write a generated state into an empty database, for tests and benches.
	ImportState(ImportStateCmd),

	/// Try a new runtime on the state in the database, before the council votes on it.
	TryUpgrade(TryUpgradeCmd),
}

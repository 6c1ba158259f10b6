//! Runs what the command line says.

use std::path::PathBuf;

use futures::TryFutureExt;
use medrec_runtime::opaque::Block;
use sc_cli::SubstrateCli;
use sc_service::Error as ServiceError;

use crate::{
	chain_spec,
	cli::{Cli, Subcommand},
	service,
};

/// Puts what was being done before the reason why it failed.
fn failed(doing: String) -> impl FnOnce(sc_cli::Error) -> sc_cli::Error {
	move |error| {
		let reason = match error {
			sc_cli::Error::Service(ServiceError::Other(reason)) => reason,
			error => error.to_string(),
		};
		sc_cli::Error::Application(format!("{doing}: {reason}").into())
	}
}

/// How messages name a file, or what stands in for it.
fn named(file: &Option<PathBuf>, otherwise: &str) -> String {
	file.as_ref().map_or(otherwise.to_owned(), |path| path.display().to_string())
}

impl SubstrateCli for Cli {
	fn impl_name() -> String {
		"MedRec node".into()
	}

	fn impl_version() -> String {
		env!("SUBSTRATE_CLI_IMPL_VERSION").into()
	}

	fn description() -> String {
		env!("CARGO_PKG_DESCRIPTION").into()
	}

	fn author() -> String {
		"The MedRec developers".into()
	}

	fn support_url() -> String {
		"the README of this project".into()
	}

	fn copyright_start_year() -> i32 {
		2026
	}

	fn load_spec(&self, id: &str) -> Result<Box<dyn sc_service::ChainSpec>, String> {
		Ok(Box::new(match id {
			"dev" => chain_spec::dev()?,
			"" | "local" => chain_spec::local()?,
			path => chain_spec::ChainSpec::from_json_file(path.into()).map_err(|error| {
				format!("`{path}` is neither `dev` nor `local` nor a readable chain spec: {error}")
			})?,
		}))
	}
}

/// Parse the command line and do what it says.
pub fn run() -> sc_cli::Result<()> {
	let cli = Cli::from_args();

	match &cli.subcommand {
		None => {
			let runner = cli.create_runner(&cli.run)?;
			let medrec = cli.medrec.clone();
			runner.run_node_until_exit(|config| async move {
				service::new_full(config, medrec).map_err(sc_cli::Error::Service)
			})
		},
		Some(Subcommand::Key(cmd)) => cmd.run(&cli),
		Some(Subcommand::ExportChainSpec(cmd)) => {
			let spec = cli.load_spec(&cmd.chain)?;
			cmd.run(spec)
		},
		Some(Subcommand::CheckBlock(cmd)) => {
			let runner = cli.create_runner(cmd)?;
			runner.async_run(|config| {
				let database = service::open_database(&config)?;
				let import_queue = service::import_queue(&config, &database)?;
				let check = cmd.run(database.client, import_queue);
				let check = check.map_err(failed("checking the block".into()));
				Ok((check, database.task_manager))
			})
		},
		Some(Subcommand::ExportBlocks(cmd)) => {
			let runner = cli.create_runner(cmd)?;
			runner.async_run(|config| {
				let database = service::open_database(&config)?;
				let to = named(&cmd.output, "standard output");
				let export = cmd.run(database.client, config.database);
				let export = export.map_err(failed(format!("exporting blocks to {to}")));
				Ok((export, database.task_manager))
			})
		},
		Some(Subcommand::ExportCheckpoint(cmd)) => {
			let runner = cli.create_runner(cmd)?;
			runner.sync_run(|config| {
				let database = service::open_database(&config)?;
				cmd.run(&database.client, &database.backend, &*config.chain_spec)
			})
		},
		Some(Subcommand::ExportState(cmd)) => {
			let runner = cli.create_runner(cmd)?;
			runner.async_run(|config| {
				let database = service::open_database(&config)?;
				let export = cmd.run(database.client, config.chain_spec);
				let export = export.map_err(failed("exporting the state".into()));
				Ok((export, database.task_manager))
			})
		},
		Some(Subcommand::ImportBlocks(cmd)) => {
			let runner = cli.create_runner(cmd)?;
			runner.async_run(|config| {
				let database = service::open_database(&config)?;
				let import_queue = service::import_queue(&config, &database)?;
				let from = named(&cmd.input, "standard input");
				let import = cmd.run(database.client, import_queue);
				let import = import.map_err(failed(format!("importing blocks from {from}")));
				Ok((import, database.task_manager))
			})
		},
		Some(Subcommand::PurgeChain(cmd)) => {
			let runner = cli.create_runner(cmd)?;
			runner.sync_run(|config| cmd.run(config.database))
		},
		Some(Subcommand::Revert(cmd)) => {
			let runner = cli.create_runner(cmd)?;
			runner.async_run(|config| {
				let database = service::open_database(&config)?;
				let revert_consensus = Box::new(|client, _, blocks| {
					sc_consensus_grandpa::revert(client, blocks)?;
					Ok(())
				});
				let revert = cmd.run(database.client, database.backend, Some(revert_consensus));
				let revert = revert.map_err(failed("reverting".into()));
				Ok((revert, database.task_manager))
			})
		},
		Some(Subcommand::ChainInfo(cmd)) => {
			let runner = cli.create_runner(cmd)?;
			runner.sync_run(|config| cmd.run::<Block>(&config))
		},
		Some(Subcommand::TryUpgrade(cmd)) => {
			let runner = cli.create_runner(cmd)?;
			runner.sync_run(|config| {
				let database = service::open_database(&config)?;
				cmd.run(&database.client, &database.backend)
			})
		},
		Some(Subcommand::ImportState(cmd)) => {
			let runner = cli.create_runner(cmd)?;
			runner.async_run(|config| {
				let database = service::open_database(&config)?;
				Ok((cmd.run(database.client, database.backend), database.task_manager))
			})
		},
	}
}

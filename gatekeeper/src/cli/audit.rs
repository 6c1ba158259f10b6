//! `audit`.

use super::{ask, output, staff::Staff};
use crate::{
	access::chain_pin,
	audit::{verify, EntryId, Evidence, LogKeys, VerifyError, MAX_ACCESS_LOG_PAGE},
	config::Config,
	keys,
	server::{intake, open_store, store_options, Opened},
	store::Store,
};
use anyhow::Context;
use clap::{Args, Subcommand};
use medrec_primitives::{GatekeeperKey, RelationshipId};
use medrec_protocol::{checkpoint::Checkpoint, receipt::Receipt};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{path::PathBuf, process::ExitCode};

#[derive(Debug, Subcommand)]
pub enum Audit {
	/// Check the whole log and name the first thing that does not fit.
	Verify {
		/// Files with checkpoints that were published (JSON), which the log has to contain.
		#[arg(long, value_name = "FILE")]
		checkpoint: Vec<PathBuf>,
		/// Files with receipts from answers (JSON), which the log has to contain.
		#[arg(long, value_name = "FILE")]
		receipt: Vec<PathBuf>,
		/// Public keys that this gatekeeper signed with before, 0x and 64 hexadecimal digits; besides
		/// `former_gatekeeper_keys` of the configuration.
		#[arg(long, value_name = "KEY", value_parser = keys::public)]
		former_key: Vec<GatekeeperKey>,
	},
	/// Sign and print a checkpoint of the log as it is now.
	Checkpoint,
	/// List the accesses in a relationship, newest first.
	List {
		/// The relationship's number on the chain.
		relationship: RelationshipId,
		/// Cursor of an earlier page.
		#[arg(long)]
		before: Option<String>,
	},
	/// Destroy the keys of entries, for a duty to erase: of an access its intent and its outcome. The
	/// log says by whom and why, and goes on to verify.
	Erase(Erase),
}

#[derive(Debug, Args)]
pub struct Erase {
	/// Entries, as `list` and receipts name them; after `--` if one begins with a hyphen.
	#[arg(required = true, value_name = "ENTRY")]
	entries: Vec<EntryId>,
	/// Why.
	#[arg(long, value_name = "TEXT")]
	reason: String,
	/// Do not ask first.
	#[arg(long)]
	yes: bool,
	#[command(flatten)]
	staff: Staff,
}

impl Erase {
	async fn run(self, config: &Config, json: bool) -> anyhow::Result<()> {
		let staff = self.staff.name()?;
		let Opened { store, audit, .. } = open_store(config).await?;
		let erasable = audit.erasable(&self.entries).await?;
		let rows: Vec<Vec<Value>> = erasable
			.iter()
			.map(|entry| {
				let kind = entry.kind.as_deref().unwrap_or("erased");
				vec![entry.id.to_string().into(), kind.into()]
			})
			.collect();
		if !self.yes {
			output::rows(false, &["entry", "kind"], &rows)?;
			ask::confirm("Erase these for good?")?;
		}
		let receipt = audit.erase(self.entries, staff, self.reason, intake::now()).await?;
		store.close().await;
		output::fields(
			json,
			&[
				("erased", rows.iter().filter_map(|row| row.first().cloned()).collect()),
				("erasure", receipt.entry.to_string().into()),
			],
		)
	}
}

impl Audit {
	pub async fn run(self, config: &Config, json: bool) -> anyhow::Result<ExitCode> {
		match self {
			Self::Erase(erase) => erase.run(config, json).await?,
			Self::Verify { checkpoint, receipt, former_key } => {
				let evidence = Evidence {
					checkpoints: read::<Checkpoint>(&checkpoint)?,
					receipts: read::<Receipt>(&receipt)?,
				};
				return check(config, evidence, former_key, json).await;
			},
			Self::Checkpoint => {
				let Opened { store, audit, .. } = open_store(config).await?;
				let checkpoint = audit.checkpoint(intake::now()).await?;
				store.close().await;
				println!("{}", serde_json::to_string_pretty(&checkpoint)?);
			},
			Self::List { relationship, before } => {
				let Opened { store, audit, .. } = open_store(config).await?;
				let page = audit
					.access_log(relationship, before.as_deref(), MAX_ACCESS_LOG_PAGE, intake::now())
					.await?;
				store.close().await;
				let rows: Vec<_> = page.entries.iter().map(row).collect::<Result<_, _>>()?;
				let header = [
					"time",
					"actor",
					"staff",
					"purpose",
					"interaction",
					"types",
					"records",
					"outcome",
					"entry",
				];
				output::rows(json, &header, &rows)?;
				if let Some(next) = page.next {
					eprintln!("older entries: --before {next}");
				}
			},
		}
		Ok(ExitCode::SUCCESS)
	}
}

fn row(entry: &medrec_protocol::access_log::AccessLogEntry) -> serde_json::Result<Vec<Value>> {
	let types: Vec<_> = entry.types.names().collect();
	Ok(vec![
		output::time(entry.at),
		entry.actor.into(),
		entry.staff.as_ref().map(ToString::to_string).into(),
		serde_json::to_value(entry.purpose)?,
		serde_json::to_value(entry.interaction)?,
		types.join(", ").into(),
		entry.resource_count.into(),
		serde_json::to_value(&entry.outcome)?,
		entry.entry.to_string().into(),
	])
}

/// Opens the store alone: a log that does not fit cannot be opened for writing.
async fn check(
	config: &Config,
	evidence: Evidence,
	former_keys: Vec<GatekeeperKey>,
	json: bool,
) -> anyhow::Result<ExitCode> {
	let genesis = chain_pin::read(&config.data_dir)?
		.context("the data folder belongs to no chain yet, so there is no log; run `init`")?;
	let own = keys::gatekeeper(&config.gatekeeper_key_file)?.public();
	let configured = config.former_gatekeeper_keys.iter().copied();
	let public = former_keys.into_iter().chain(configured).chain([own]).collect();
	let keys = LogKeys { genesis, provider: config.provider, public };
	let store = Store::open(&config.data_dir, store_options(config)).await?;
	let found = verify(&store, &keys, &evidence).await;
	store.close().await;
	match found {
		Ok(verified) => {
			output::fields(
				json,
				&[
					("fits", true.into()),
					("entries", verified.entries.into()),
					("erased", verified.erased.into()),
					("checkpoints", verified.checkpoints.into()),
					("root", format!("{:?}", verified.root).into()),
				],
			)?;
			Ok(ExitCode::SUCCESS)
		},
		Err(VerifyError::Misfit(misfit)) => {
			output::fields(json, &[("fits", false.into()), ("misfit", misfit.to_string().into())])?;
			Ok(ExitCode::FAILURE)
		},
		Err(VerifyError::Store(error)) => Err(error.into()),
	}
}

fn read<T: DeserializeOwned>(paths: &[PathBuf]) -> anyhow::Result<Vec<T>> {
	paths
		.iter()
		.map(|path| {
			let text =
				std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
			serde_json::from_slice(&text).with_context(|| format!("cannot use {}", path.display()))
		})
		.collect()
}

//! `operator`.

use super::output;
use crate::{access::chain_pin, config::Config, keys, server::node};
use anyhow::{ensure, Context};
use clap::{Args, Subcommand};
use medrec_primitives::{AccountId, ParticipantId};
use medrec_protocol::{account::fingerprint, operator::OperatorConsent};
use medrec_rpc_api::{AccountRoleName, ParticipantInfo};
use serde_json::Value;
use std::{
	fs::OpenOptions,
	io::{ErrorKind, Write},
	path::{Path, PathBuf},
};

#[derive(Debug, Subcommand)]
pub enum Operator {
	/// Sign that the operator account will act for this provider, for `medrec authority operator`.
	///
	/// No patient is enrolled before the chain knows the operator account, and only the provider's own
	/// account, which is not on this machine, can name it there. What is signed is no secret: it serves
	/// this provider on this chain, once. Needs the node, and in the configuration the provider's number.
	Consent(Consent),
}

impl Operator {
	pub async fn run(self, config: &Config, json: bool) -> anyhow::Result<()> {
		match self {
			Self::Consent(command) => command.run(config, json).await,
		}
	}
}

#[derive(Debug, Args)]
pub struct Consent {
	/// Where to write the consent; never over a file that is there. It is printed otherwise, with
	/// `--json` just as it would be in the file.
	#[arg(long, value_name = "FILE")]
	out: Option<PathBuf>,
}

impl Consent {
	async fn run(self, config: &Config, json: bool) -> anyhow::Result<()> {
		let consent = sign(config).await?;
		let text = serde_json::to_string_pretty(&consent)?;
		let mut fields: Vec<(&str, Value)> = vec![
			("provider", consent.provider.into()),
			("operatorAccount", consent.account.to_string().into()),
			("fingerprint", fingerprint(&consent.account).into()),
		];
		match &self.out {
			Some(path) => {
				write(path, &text)?;
				fields.push(("file", path.display().to_string().into()));
			},
			None if json => {
				println!("{text}");
				eprintln!("the account's fingerprint is {}", fingerprint(&consent.account));
				return Ok(());
			},
			None => fields.extend([
				("chain", format!("{:?}", consent.genesis).into()),
				("nonce", consent.nonce.into()),
				("signature", serde_json::to_value(&consent.signature)?),
			]),
		}
		output::fields(json, &fields)?;
		eprintln!(
			"hand the file (--out) to who has the provider's own account: `medrec authority operator FILE` \
			 puts it on the chain, and shows the fingerprint to be compared"
		);
		Ok(())
	}
}

/// Sign, if the chain would take it.
async fn sign(config: &Config) -> anyhow::Result<OperatorConsent> {
	let path = &config.operator_key_file;
	let is_there =
		path.try_exists().with_context(|| format!("cannot look for {}", path.display()))?;
	ensure!(
		is_there,
		"there is no operator key in {}; `medrec-gatekeeper init` makes one",
		path.display()
	);
	let key = keys::operator(path)?;
	let account = key.account_id();

	let node = node(config)?;
	let genesis = node.genesis().await.context(
		"a consent names the chain and the account's nonce there; only the node knows both",
	)?;
	if let Some(pinned) = chain_pin::read(&config.data_dir)? {
		ensure!(
			pinned == genesis,
			"the data folder belongs to the chain {pinned:?}, and the node follows {genesis:?}; \
			 check `node` in the configuration"
		);
	}
	let provider = config.provider;
	let is_provider =
		node.participant(provider).await?.is_some_and(|found| found.provider.is_some());
	ensure!(
		is_provider,
		"participant {provider} is no provider of this chain; write the number that \
		 `medrec authority status` shows into the configuration"
	);
	if let Some(found) = node.participant_of(account.clone()).await? {
		anyhow::bail!(taken(&account, provider, &found, path));
	}
	let nonce = node.nonce(&account, None).await?;
	// Nobody's account does not transact, and what it consents to makes it somebody's.
	ensure!(
		nonce == 0,
		"{account} acted on this chain before and was replaced, so that it is never usable again; {}",
		another_key(path)
	);
	Ok(OperatorConsent::sign(&key, genesis, provider, nonce))
}

fn taken(
	account: &AccountId,
	provider: ParticipantId,
	found: &ParticipantInfo,
	path: &Path,
) -> String {
	let id = found.id;
	match found.role {
		Some(AccountRoleName::Operator) if id == provider => format!(
			"{account} is the operator account of provider {id} already; there is nothing to consent to"
		),
		Some(AccountRoleName::Operator) => format!(
			"{account} is the operator account of provider {id}, and acts for nobody else; {}",
			another_key(path)
		),
		_ => format!(
			"{account} is the account of participant {id}, and an operator account is nobody's before; {}",
			another_key(path)
		),
	}
}

fn another_key(path: &Path) -> String {
	format!("move {} away, and have `medrec-gatekeeper init` make another key", path.display())
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
	let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(|error| {
		let hint = match error.kind() {
			ErrorKind::AlreadyExists => ", and was left as it is; name another file",
			_ => "",
		};
		anyhow::anyhow!("cannot write {}: {error}{hint}", path.display())
	})?;
	file.write_all(text.as_bytes())
		.and_then(|()| file.write_all(b"\n"))
		.and_then(|()| file.sync_all())
		.with_context(|| format!("cannot write {}", path.display()))
}

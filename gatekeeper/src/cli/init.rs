//! `init`.

use super::output;
use crate::{
	config::Config,
	files::private_folder,
	keys,
	records::RecordsWriter,
	server::{open_store, RECORDS_FILE},
};
use anyhow::Context;
use serde_json::Value;
use std::path::Path;

/// Make what is missing; what is there stays as it is.
pub async fn run(config: &Config, json: bool) -> anyhow::Result<()> {
	private_folder(&config.data_dir)
		.with_context(|| format!("cannot make the data folder {}", config.data_dir.display()))?;
	let made_gatekeeper_key = generate_if_absent(&config.gatekeeper_key_file)?;
	let made_operator_key = generate_if_absent(&config.operator_key_file)?;
	let key = keys::gatekeeper(&config.gatekeeper_key_file)?;
	let operator = keys::operator(&config.operator_key_file)?;
	if config.records.require_embedded().is_ok() {
		RecordsWriter::open(&config.data_dir.join(RECORDS_FILE)).await?.close().await;
	}

	// Needs the node, unless the folder belongs to a chain already; `serve` does it otherwise.
	let (chain, hint) = match open_store(config).await {
		Ok(opened) => {
			opened.store.close().await;
			(Value::from(format!("{:?}", opened.genesis)), None)
		},
		Err(error) => (Value::Null, Some(error.to_string())),
	};
	output::fields(
		json,
		&[
			("dataDir", Value::from(config.data_dir.display().to_string())),
			("chain", chain),
			("gatekeeperKey", Value::from(format!("0x{}", hex::encode(key.public())))),
			("gatekeeperKeyIsNew", made_gatekeeper_key.into()),
			("operatorAccount", Value::from(operator.account_id().to_string())),
			("operatorKeyIsNew", made_operator_key.into()),
		],
	)?;
	if let Some(hint) = hint {
		eprintln!("not bound to a chain yet ({hint}); `serve` does that when the node is there");
	}
	if made_gatekeeper_key {
		eprintln!(
			"put the gatekeeper's new key on the chain with the provider's own account: \
			 `medrec authority gatekeeper-key`, or in the application of a provider that is not there yet"
		);
	}
	if made_operator_key {
		eprintln!(
			"put the new operator account on the chain with the provider's own account: \
			 `operator consent` here, then `medrec authority operator` there"
		);
	}
	Ok(())
}

fn generate_if_absent(path: &Path) -> anyhow::Result<bool> {
	if path.try_exists()? {
		return Ok(false);
	}
	keys::generate(path)?;
	Ok(true)
}

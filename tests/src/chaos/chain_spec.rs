//! A chain like `local`, with more providers.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use medrec_primitives::AccountId;
use serde_json::{json, Value};
use sp_core::{crypto::Ss58Codec, ed25519, sr25519, Pair};
use sp_crypto_hashing::blake2_256;

use super::system;
use crate::{network::CHAIN, programs, provider::Provider};

/// Name of the file, and of the chain in it.
const NAME: &str = "chaos";

/// Write the chain spec of the `local` preset with more providers into a folder. Gives the file's path.
///
/// The new ones are providers and authorities from genesis on, like the four; the candidate has session keys
/// and no authority.
pub fn with_more_providers(
	folder: &Path,
	more: &[Provider],
	candidate: &Provider,
) -> Result<String> {
	let program = programs::find("medrec-node")?;
	let program = program.to_str().context("a path is text")?;
	let text = system::run(&[program, "export-chain-spec", "--chain", CHAIN])?;
	let mut spec: Value = serde_json::from_str(&text).context("the chain spec is JSON")?;
	spec["id"] = json!(NAME);
	spec["name"] = json!(NAME);
	for provider in more {
		add(&mut spec, provider)?;
		let authority = json!([provider.participant, account(&provider.secret())?.to_ss58check()]);
		push(&mut spec, "authorities/authorities", authority)?;
	}
	add(&mut spec, candidate)?;
	let file = folder.join(format!("{NAME}.json"));
	fs::write(&file, spec.to_string())?;
	Ok(file.to_str().context("a path is text")?.to_owned())
}

fn push(spec: &mut Value, pointer: &str, element: Value) -> Result<()> {
	let pointer = format!("/genesis/runtimeGenesis/patch/{pointer}");
	spec.pointer_mut(&pointer)
		.and_then(Value::as_array_mut)
		.with_context(|| format!("the chain spec has no list {pointer}"))?
		.push(element);
	Ok(())
}

fn account(secret: &str) -> Result<sr25519::Public> {
	let pair = sr25519::Pair::from_string(secret, None);
	Ok(pair.ok().context("a published phrase with a derivation path")?.public())
}

fn add(spec: &mut Value, provider: &Provider) -> Result<()> {
	let key = account(&provider.secret())?;
	let ss58 = AccountId::from(key).to_ss58check();
	let operator = AccountId::from(account(&provider.operator_secret())?).to_ss58check();
	let grandpa = ed25519::Pair::from_string(&provider.secret(), None);
	let grandpa = grandpa.ok().context("a published phrase with a derivation path")?.public();
	let gatekeeper = ed25519::Pair::from_string(&provider.gatekeeper_secret(), None);
	let gatekeeper = gatekeeper.ok().context("a secret of 64 digits")?.public();
	// Any 32 bytes are a key for X25519; nobody seals anything to these.
	let encryption_key = blake2_256(provider.name.as_bytes());

	push(
		spec,
		"session/keys",
		json!([ss58, ss58, {
			"aura": key.to_ss58check(),
			"grandpa": grandpa.to_ss58check(),
			"authority_discovery": key.to_ss58check(),
		}]),
	)?;
	push(
		spec,
		"registrar/providers",
		json!({
			"account": ss58,
			"name": provider.name,
			"endpoint": format!("http://127.0.0.1:{}", 8100 + provider.participant),
			"encryptionKey": format!("0x{}", hex::encode(encryption_key)),
			"gatekeeperKey": format!("0x{}", hex::encode(gatekeeper.0)),
			"operator": operator,
		}),
	)
}

//! `medrec-node try-upgrade`, on the database of a node that is stopped for it.

use std::{fs, path::Path};

use anyhow::{ensure, Context, Result};
use medrec_tests::{
	network::{Network, Node, CHAIN},
	node_command::{fail, succeed},
	provider::PROVIDERS,
};
use serde_json::Value;
use sp_crypto_hashing::twox_128;

pub async fn run(network: &mut Network, folder: &Path, runtime: &str) -> Result<()> {
	let peers = network.peer_addresses();
	let one = PROVIDERS[2];
	let base_path = Node::base_path(folder, one).display().to_string();
	let on = ["--chain", CHAIN, "--base-path", &base_path, "--runtime"];
	let with = |runtime: &str| {
		let words = ["try-upgrade"].iter().chain(&on).chain([&runtime]);
		words.map(|word| (*word).to_owned()).collect::<Vec<_>>()
	};
	let busy = fail(with(runtime)).await?;
	ensure!(busy.contains("Database file is in use"), "the database of a running node: {busy}");

	let stopped = network.stop(one)?;
	let tried = succeed(with(runtime)).await?;
	println!("{tried}");
	for line in [
		"Runtime:    medrec 101 instead of medrec 100",
		"the invariants of all pallets hold",
		"The upgrade would succeed. The council votes on its hash, 0x",
	] {
		ensure!(tried.contains(line), "no `{line}` in:\n{tried}");
	}

	// Nothing but a newer runtime of this chain is worth a vote.
	let present = folder.join("present.wasm");
	fs::write(&present, medrec_runtime::WASM_BINARY.expect("built without SKIP_WASM_BUILD"))?;
	let older = fail(with(&present.display().to_string())).await?;
	ensure!(older.contains("its version has to be above 100"), "{older}");
	let text = folder.join("text");
	fs::write(&text, "no runtime")?;
	let nonsense = fail(with(&text.display().to_string())).await?;
	ensure!(nonsense.contains("text: not a runtime"), "{nonsense}");
	let absent = fail(with("/nonexistent")).await?;
	ensure!(absent.contains("/nonexistent: No such file"), "{absent}");

	a_broken_state_is_seen(folder, runtime).await?;

	network.start_again(stopped, &peers).await?;
	network.finalizes().await
}

/// A state in which an invariant does not hold: the name of a provider is not taken.
async fn a_broken_state_is_seen(folder: &Path, runtime: &str) -> Result<()> {
	let spec = succeed(["export-chain-spec", "--raw", "--chain", CHAIN]).await?;
	let mut spec: Value = serde_json::from_str(&spec)?;
	let top = spec.pointer_mut("/genesis/raw/top").and_then(Value::as_object_mut);
	let top = top.context("the values of the state")?;
	let prefix = [twox_128(b"Registrar"), twox_128(b"ProviderNames")].concat();
	let prefix = format!("0x{}", hex::encode(prefix));
	let name = top.keys().find(|key| key.starts_with(&prefix)).cloned();
	top.remove(&name.context("a provider's name")?);
	let broken = folder.join("broken.json");
	fs::write(&broken, spec.to_string())?;

	let broken = broken.display().to_string();
	let base_path = folder.join("broken").display().to_string();
	let on = ["--chain", &broken, "--base-path", &base_path, "--runtime", runtime];
	let said = fail([&["try-upgrade"], &on[..]].concat()).await?;
	ensure!(said.contains("the upgrade fails on the state of block 0"), "{said}");
	ensure!(said.contains("the upgrade fails: "), "the reason is missing: {said}");
	Ok(())
}

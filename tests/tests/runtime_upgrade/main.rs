//! A second runtime with a migration: tried on a copy of the state, voted on, and set while clients read and
//! write, without a restart of anything. A light client follows across it.

mod light;
mod traffic;
mod trial;

use std::{fs, path::Path, time::Duration};

use anyhow::{ensure, Context, Result};
use medrec_tests::{
	network::Network,
	officer::Officer,
	provider::PROVIDERS,
	story::{Log, Story},
	wait::until,
};
use serde_json::{json, Value};
use sp_crypto_hashing::twox_128;

use light::Following;
use traffic::Traffic;

/// How long the network may take to run the new runtime.
const SWITCH: Duration = Duration::from_secs(60);

/// The version of the runtime that a node's best block has.
async fn version(network: &Network, node: usize) -> Result<u64> {
	let chain = network.nodes[node].chain().await?;
	let version: Value = chain.request("state_getRuntimeVersion", Vec::new()).await?;
	version["specVersion"].as_u64().context("a version")
}

/// What the migration writes: the number of providers.
async fn provider_count(network: &Network, node: usize) -> Result<Value> {
	let key = [twox_128(b"Registrar"), twox_128(b"ProviderCount")].concat();
	let key = json!(format!("0x{}", hex::encode(key)));
	Ok(network.nodes[node].chain().await?.request("state_getStorage", vec![key]).await?)
}

/// Two thirds of the council authorize the runtime, and somebody who is nobody on the chain sets it.
fn decide(officers: &[Officer], runtime: &str) -> Result<()> {
	let [mercy, lakeside, northgate, harbour] = officers else { unreachable!("four providers") };
	let early = harbour.person.denied(&["council", "apply-upgrade", "--wasm", runtime])?;
	ensure!(early.contains("the council has authorized no runtime"), "{early}");

	let proposed = mercy.council(&["propose", "upgrade", "--wasm", runtime])?;
	let id = proposed["motion"]["id"].to_string();
	lakeside.council(&["vote", &id, "yes"])?;
	northgate.council(&["vote", &id, "yes"])?;
	northgate.council(&["close", &id])?;
	harbour.person.run(&["council", "apply-upgrade", "--wasm", runtime])?;
	Ok(())
}

/// What tries a runtime takes as long as there is state: nobody may call it of the runtime that runs.
async fn not_tried_where_it_runs(network: &Network) -> Result<()> {
	let chain = network.nodes[0].chain().await?;
	let call = vec![json!("TryRuntime_on_runtime_upgrade"), json!("0x01")];
	let answer: Result<Value, _> = chain.request("state_call", call).await;
	let refused = answer.err().context("the running runtime was tried")?.to_string();
	ensure!(refused.contains("TryRuntime_on_runtime_upgrade"), "{refused}");
	Ok(())
}

async fn play(folder: &Path) -> Result<()> {
	let runtime = folder.join("next.compact.compressed.wasm");
	let code = medrec_runtime_rehearsal::WASM_BINARY.context("built without SKIP_WASM_BUILD")?;
	fs::write(&runtime, code)?;
	let runtime = runtime.display().to_string();

	let mut story = Story::set_up(folder, None, &mut Log).await?;
	story.enrol(&mut Log).await?;
	story.register_pharmacist(&mut Log).await?;
	story.refuse(&mut Log).await?;
	story.grant(&mut Log).await?;
	trial::run(&mut story.network, folder, &runtime).await?;

	let light = Following::start(&story, folder, 100).await?;
	let traffic = Traffic::start(&story.network, PROVIDERS[3], story.relationships[0]).await?;
	let officers: Vec<_> = PROVIDERS
		.iter()
		.map(|provider| Officer::new(*provider, folder, &story.network.nodes[0].url))
		.collect::<Result<_>>()?;
	decide(&officers, &runtime)?;
	for node in 0..story.network.nodes.len() {
		until("the new runtime", SWITCH, async || {
			Ok((version(&story.network, node).await? == 101).then_some(()))
		})
		.await?;
		until("the migration", SWITCH, async || {
			Ok((provider_count(&story.network, node).await? == "0x04000000").then_some(()))
		})
		.await?;
	}
	story.network.finalizes().await?;

	not_tried_where_it_runs(&story.network).await?;
	light.finish(&story, folder, 101).await?;

	// The same programs go on: the grant holds, is looked at, revoked and reviewed.
	story.look(&mut Log).await?;
	story.read(&mut Log).await?;
	let summary = traffic.finish().await?;
	story.revoke(&mut Log).await?;
	story.review(&mut Log).await?;
	println!("{} right answers; written under {:?}", summary.answers, summary.written_under);
	for version in [100, 101] {
		ensure!(summary.written_under.contains(&version), "nothing was written under {version}");
	}
	for gatekeeper in &mut story.gatekeepers {
		gatekeeper.stop()?;
	}
	for node in story.network.nodes.drain(..) {
		node.process.stop()?;
	}
	Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_council_upgrades_the_runtime_while_clients_read_and_write() {
	let folder = tempfile::tempdir().expect("a temporary folder");
	play(folder.path()).await.expect("the upgrade");
}

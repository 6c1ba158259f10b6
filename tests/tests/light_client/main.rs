//! Light clients of the `local` chain: they follow it from the genesis block and from a checkpoint, answer and
//! decide as full nodes do, decide nothing while finality stands still, and go on from a checkpoint after
//! finality was recovered by force.

mod granted;
mod recovery;

use std::{path::Path, time::Duration};

use anyhow::{ensure, Result};
use medrec_primitives::{Decision, Denial};
use medrec_tests::{
	host::Host,
	light_client::{Installed, LightClient, Start, Verdict},
	network::{Network, CHAIN},
};

use granted::{Granted, GRANTEE, PATRON, STEWARD, STRANGER};

/// How long a light client may take to find the head of the chain, or to follow a few blocks.
const SOON: Duration = Duration::from_secs(120);

/// A light client answers and decides as the node does, before a grant, under it and after it.
async fn play(folder: &Path) -> Result<()> {
	let network = Network::start(folder).await?;
	let chain = network.nodes[0].chain().await?;
	let (installed, start) = (Installed::install(folder)?, Start::at_genesis(CHAIN).await?);
	let nodes = network.peer_addresses();
	let mut light = LightClient::start(&installed, "light", &Host::this(), folder, &start, &nodes)?;

	let granted = Granted::prepare(&chain).await?;
	light.finalizes(granted.block, SOON).await?;
	granted.answers_agree(&mut light, &chain).await?;
	for party in [PATRON, STEWARD] {
		let verdict = granted.decisions_agree(&mut light, &chain, party, false).await?;
		ensure!(allows(&verdict), "{} asked: {verdict:?}", party.name);
	}
	let early = granted.decisions_agree(&mut light, &chain, GRANTEE, true).await?;
	ensure!(early == denied(Denial::TagAbsent), "before the grant: {early:?}");

	light.finalizes(granted.grant(&chain).await?, SOON).await?;
	let verdict = granted.decisions_agree(&mut light, &chain, GRANTEE, true).await?;
	ensure!(allows(&verdict), "under the grant: {verdict:?}");
	let without = granted.decisions_agree(&mut light, &chain, GRANTEE, false).await?;
	ensure!(without == denied(Denial::OpeningAbsent), "without the opening: {without:?}");
	let other = granted.decisions_agree(&mut light, &chain, STRANGER, true).await?;
	ensure!(other == denied(Denial::OpeningNotForGrantee), "somebody else: {other:?}");
	granted.answers_agree(&mut light, &chain).await?;

	light.finalizes(granted.revoke(&chain).await?, SOON).await?;
	let late = granted.decisions_agree(&mut light, &chain, GRANTEE, true).await?;
	ensure!(late == denied(Denial::TagAbsent), "after the grant: {late:?}");

	light.stop().await?;
	for node in network.nodes {
		node.process.stop()?;
	}
	Ok(())
}

fn allows(verdict: &Verdict) -> bool {
	matches!(verdict, Verdict::Decided(decision) if decision.is_allowed())
}

fn denied(why: Denial) -> Verdict {
	Verdict::Decided(Decision::Denied(why))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_light_client_decides_as_a_full_node_does() {
	let folder = tempfile::tempdir().expect("a temporary folder");
	play(folder.path()).await.expect("the same decisions");
}

#[tokio::test(flavor = "multi_thread")]
async fn light_clients_go_on_from_a_checkpoint_after_a_forced_change() {
	let folder = tempfile::tempdir().expect("a temporary folder");
	recovery::play(folder.path()).await.expect("the recovery");
}

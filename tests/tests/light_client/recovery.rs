//! Half of the authorities are lost, and the council has the rest go on: a forced change of the GRANDPA set,
//! which nothing that was signed before connects with what is signed after it.

use std::{path::Path, time::Duration};

use anyhow::{ensure, Result};
use medrec_chain_client::{AgendaCall, ChainClient};
use medrec_tests::{
	council::decide,
	gatekeeper::free_port,
	host::Host,
	light_client::{Installed, LightClient, Start, Verdict},
	network::{Network, Node, Ports, CHAIN},
	node_command::fail,
	provider::{Provider, PROVIDERS},
	wait::until,
};

use crate::{
	allows,
	granted::{Granted, GRANTEE},
	SOON,
};

/// Whose nodes are lost.
const LOST: [Provider; 2] = [PROVIDERS[2], PROVIDERS[3]];

/// Blocks in which authorities can object to a removal.
const OBJECTIONS: u32 = 5;

/// How long a step of the recovery may take: a session has 10 blocks, and half of the slots are missed.
const STEP: Duration = Duration::from_secs(400);

/// Blocks between the announcement of the new set and its first.
const DELAY: u32 = 5;

/// What smoldot says of a proof of finality that voters signed whom it does not know.
const UNPROVEN: &str = "This might be caused by a forced GrandPa authorities change";

/// Blocks that full nodes are ahead of a light client when it asks for a proof instead of each block; smoldot's
/// choice.
const WARP: u32 = 32;

pub async fn play(folder: &Path) -> Result<()> {
	let mut network = Network::start(folder).await?;
	let chain = network.nodes[0].chain().await?;
	let unborn = not_exported(&folder.join("empty")).await?;
	ensure!(unborn.contains("only the genesis block is final"), "an empty database: {unborn}");

	let installed = Installed::install(folder)?;
	let genesis = Start::at_genesis(CHAIN).await?;
	let begin = |name: &str, start: &Start, nodes: &[String]| {
		LightClient::start(&installed, name, &Host::this(), folder, start, nodes)
	};
	let mut before = begin("before", &genesis, &network.peer_addresses())?;
	let granted = Granted::prepare(&chain).await?;
	let final_with_grant = granted.grant(&chain).await?;
	before.finalizes(final_with_grant, SOON).await?;
	let verdict = granted.decisions_agree(&mut before, &chain, GRANTEE, true).await?;
	ensure!(allows(&verdict), "while all is well: {verdict:?}");

	// So that the removals below need not wait for long.
	decide(&chain, AgendaCall::SetRemovalDelay(OBJECTIONS), &PROVIDERS).await?;

	for provider in LOST {
		network.stop(provider)?;
	}
	let question = granted.question(GRANTEE, true).into();
	let stale = until("the light client to decide nothing any more", SOON, async || {
		let verdict = before.check_access(&question).await?;
		Ok(matches!(verdict, Verdict::Stale { .. }).then_some(verdict))
	})
	.await?;
	println!("while finality stands still: {stale:?}");
	let stalled_at = go_on(&network, &chain).await?;

	// Somebody synchronizes all blocks, past the change; its database becomes the checkpoint.
	let whole = Node::start_joining(
		CHAIN,
		LOST[0],
		&folder.join("whole"),
		&Host::this(),
		Ports { rpc: 0, peers: 0 },
		free_port()?,
		&network.peer_addresses(),
	)
	.await?;
	let wanted = stalled_at + WARP + 10;
	until("the network and a node that synchronizes to finalize", STEP, async || {
		let here = chain.status().await?.finalized.number;
		let there = whole.chain().await?.status().await?.finalized.number;
		Ok((here.min(there) >= wanted).then_some(()))
	})
	.await?;
	let base_path = Node::base_path(&folder.join("whole"), LOST[0]);
	let busy = not_exported(&base_path).await?;
	ensure!(busy.contains("Database file is in use"), "the database of a running node: {busy}");
	whole.process.stop()?;
	let checkpoint = Start::at_last_final_block(CHAIN, &base_path).await?;

	let mut from_checkpoint = begin("checkpoint", &checkpoint, &network.peer_addresses())?;
	let mut anew = begin("anew", &genesis, &network.peer_addresses())?;
	from_checkpoint.finalizes(wanted, SOON).await?;
	granted.answers_agree(&mut from_checkpoint, &chain).await?;
	let verdict = granted.decisions_agree(&mut from_checkpoint, &chain, GRANTEE, true).await?;
	ensure!(allows(&verdict), "from the checkpoint: {verdict:?}");

	// Who does not begin there is shown a proof that its voters did not sign, and decides nothing.
	for light in [&mut before, &mut anew] {
		until("a proof by voters whom it does not know", STEP, async || {
			Ok(light.log().contains(UNPROVEN).then_some(()))
		})
		.await?;
		let known = light.status().await?.finalized.map_or(0, |block| block.number);
		ensure!(known <= stalled_at, "without a checkpoint block {known} is final");
	}
	// As long as it leaves these nodes alone it cannot even ask.
	let verdict = before.check_access(&question).await?;
	ensure!(!matches!(verdict, Verdict::Decided(_)), "without a checkpoint: {verdict:?}");

	for light in [before, anew, from_checkpoint] {
		light.stop().await?;
	}
	for node in network.nodes {
		node.process.stop()?;
	}
	Ok(())
}

/// What `export-checkpoint` says that fails on a database.
async fn not_exported(base_path: &Path) -> Result<String> {
	let base_path = base_path.display().to_string();
	fail(["export-checkpoint", "--chain", CHAIN, "--base-path", base_path.as_str()]).await
}

/// The lost ones are voted out, and the rest goes on. Gives the number of the last block that was final
/// before.
async fn go_on(network: &Network, chain: &ChainClient) -> Result<u32> {
	let best_finalized = chain.status().await?.finalized.number;
	for lost in LOST {
		decide(chain, AgendaCall::RemoveAuthority(lost.participant), &PROVIDERS).await?;
	}
	until("nobody else to validate next", STEP, async || {
		Ok((chain.validators().await?.queued.len() == 2).then_some(()))
	})
	.await?;
	let left = [PROVIDERS[0], PROVIDERS[1]];
	decide(chain, AgendaCall::NoteStalled { delay: DELAY, best_finalized }, &left).await?;
	until("finality to go on", STEP, async || {
		let now = chain.status().await?.finalized.number;
		Ok((now > best_finalized).then_some(()))
	})
	.await?;
	network.finalizes().await?;
	Ok(best_finalized)
}

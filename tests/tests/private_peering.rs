//! Private nodes take as peers whom the chain names, and those that they were told of.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result};
use medrec_chain_client::{api, calls, Call, Inclusion};
use medrec_tests::{
	consortium::{Consortium, Member, Peering, ENTRY},
	wait::until,
};

/// The members whose nodes are private.
const PRIVATE: [usize; 3] = [1, 2, 3];

/// The member that is suspended in the end.
const SUSPENDED: usize = 3;

/// How long five blocks may take to become final.
const FOLLOWS: Duration = Duration::from_secs(90);

/// Have a member's account send a call, through the entry's node, and wait until that is final.
async fn send(network: &Consortium, member: usize, call: &impl Call) -> Result<Inclusion> {
	let chain = network.members[ENTRY].chain().await?;
	let sent = chain.submit(call, &network.accounts[member]).await?.finalized().await;
	sent.with_context(|| format!("what {} sent", network.members[member].name))
}

/// Have a member say which nodes are its own.
async fn name(network: &Consortium, member: usize, nodes: &[&Member]) -> Result<()> {
	let ids: Vec<_> = nodes.iter().map(|node| node.peer_id().parse()).collect::<Result<_, _>>()?;
	send(network, member, &calls::set_peer_ids(&ids)).await.map(|_| ())
}

/// The council suspends a member at once: all others agree.
async fn suspend(network: &Consortium, member: usize) -> Result<()> {
	let suspend = api::registrar::Call::suspend { participant: member as u64 };
	let motion = api::tx().council().propose(api::Call::Registrar(suspend));
	let proposed = send(network, 0, &motion).await?;
	let motion = proposed.find::<api::council::events::Proposed>().context("no motion")?.motion;
	for voter in [1, 2] {
		send(network, voter, &api::tx().council().vote(motion, true)).await?;
	}
	let closed = send(network, 2, &api::tx().council().close(motion)).await?;
	closed.find::<api::registrar::events::Suspended>().context("it is not suspended")?;
	Ok(())
}

/// Wait until a node exchanges blocks with so many others.
async fn has_peers(node: &Member, number: usize) -> Result<()> {
	node.becomes("substrate_sync_peers", |peers| peers == number as f64).await.map(|_| ())
}

/// Nodes that were told of the entry alone, and whose providers name them on the chain, find each other.
async fn the_chain_brings_them_together(network: &Consortium) -> Result<()> {
	for member in PRIVATE {
		has_peers(&network.members[member], 1).await?;
	}
	for member in PRIVATE {
		name(network, member, &[&network.members[member]]).await?;
	}
	for member in &network.members {
		has_peers(member, 3).await?;
	}
	Ok(())
}

/// Who is named becomes a peer while all run, and is dropped when it is named no longer.
async fn a_stranger_is_taken_only_while_it_is_named(
	network: &Consortium,
	folder: &Path,
) -> Result<()> {
	let mut stranger = network.start_stranger(&folder.join("stranger")).await?;
	// It knows the addresses of all, and has had time to ask each.
	has_peers(&stranger, 1).await?;
	let chain = stranger.chain().await?;
	let start = chain.status().await?.finalized.number;
	until("the stranger to follow", FOLLOWS, async || {
		Ok((chain.status().await?.finalized.number >= start + 5).then_some(()))
	})
	.await?;
	has_peers(&network.members[ENTRY], 4).await?;
	for member in PRIVATE {
		has_peers(&network.members[member], 3).await?;
	}
	has_peers(&stranger, 1).await?;

	let host = &network.members[1];
	name(network, 1, &[host, &stranger]).await?;
	for node in network.members.iter().chain([&stranger]) {
		has_peers(node, 4).await?;
	}

	name(network, 1, &[host]).await?;
	for member in PRIVATE {
		has_peers(&network.members[member], 3).await?;
	}
	has_peers(&stranger, 1).await?;
	stranger.stop()?;
	has_peers(&network.members[ENTRY], 3).await
}

/// The others drop a suspended provider's node; only the one that takes everybody still serves it.
async fn a_suspended_providers_node_is_dropped(network: &Consortium) -> Result<()> {
	suspend(network, SUSPENDED).await?;
	for (number, node) in network.members.iter().enumerate() {
		let peers = match number {
			ENTRY => 3,
			SUSPENDED => 1,
			_ => 2,
		};
		has_peers(node, peers).await?;
	}
	network.finalizes().await
}

#[tokio::test]
async fn private_nodes_take_whom_the_chain_names() {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let mut network = Consortium::start(folder.path(), Peering::OnChain).await.expect("a network");
	the_chain_brings_them_together(&network).await.unwrap();
	a_stranger_is_taken_only_while_it_is_named(&network, folder.path()).await.unwrap();
	a_suspended_providers_node_is_dropped(&network).await.unwrap();
	for member in &mut network.members {
		member.stop().expect("the node ends when asked");
	}
}

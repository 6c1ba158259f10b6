//! A light client that follows the chain across the upgrade, and one that starts after it.

use std::{path::Path, time::Duration};

use anyhow::{ensure, Result};
use codec::Encode;
use medrec_chain_client::{rpc_api::CheckAccess, ChainClient};
use medrec_primitives::{Decision, Denial, Purpose};
use medrec_tests::{
	host::Host,
	light_client::{Block, Installed, LightClient, Start, Verdict},
	network::CHAIN,
	story::Story,
	wait::until,
};

/// How long a light client may take to find the head of the chain, or to follow it.
const SOON: Duration = Duration::from_secs(120);

/// The light clients' program, and the one that follows.
pub struct Following {
	installed: Installed,
	start: Start,
	client: LightClient,
}

impl Following {
	/// Start it, and see that it answers as the full nodes do.
	pub async fn start(story: &Story, folder: &Path, version: u32) -> Result<Self> {
		let (installed, start) = (Installed::install(folder)?, Start::at_genesis(CHAIN).await?);
		let nodes = story.network.peer_addresses();
		let client = begin(&installed, "following", folder, &start, &nodes)?;
		let mut following = Self { installed, start, client };
		answers(&mut following.client, story, version).await?;
		Ok(following)
	}

	/// It has gone on to the new version, and so begins one that is started now.
	pub async fn finish(mut self, story: &Story, folder: &Path, version: u32) -> Result<()> {
		answers(&mut self.client, story, version).await?;
		let nodes = story.network.peer_addresses();
		let mut fresh = begin(&self.installed, "fresh", folder, &self.start, &nodes)?;
		answers(&mut fresh, story, version).await?;
		self.client.stop().await?;
		fresh.stop().await
	}
}

fn begin(
	installed: &Installed,
	name: &str,
	folder: &Path,
	start: &Start,
	nodes: &[String],
) -> Result<LightClient> {
	LightClient::start(installed, name, &Host::this(), folder, start, nodes)
}

/// Wait until both its blocks have that version, and see that it answers and decides as a full node.
async fn answers(client: &mut LightClient, story: &Story, version: u32) -> Result<()> {
	until("the light client to know the runtime's version", SOON, async || {
		let status = client.status().await?;
		let has = |block: Option<Block>| block.is_some_and(|block| block.spec_version == version);
		Ok((has(status.best) && has(status.finalized)).then_some(()))
	})
	.await?;
	let chain = story.network.nodes[0].chain().await?;
	let relationship = story.relationships[0];
	client.agrees(&chain, "Core_version", Vec::new()).await?;
	client.agrees(&chain, "MedrecApi_relationship", relationship.encode()).await?;
	let grants = client.agrees(&chain, "MedrecApi_grants", relationship.encode()).await?;
	ensure!(grants.finalized.1.len() > 1, "the grant is there: {grants:?}");

	let patron = decided(client, &chain, story, story.identities[0]).await?;
	ensure!(patron.is_allowed(), "her own records: {patron:?}");
	let pharmacist = decided(client, &chain, story, story.grantee).await?;
	ensure!(pharmacist == Decision::Denied(Denial::OpeningAbsent), "no opening: {pharmacist:?}");
	Ok(())
}

/// What it decides, which has to be what the node decides.
async fn decided(
	client: &mut LightClient,
	chain: &ChainClient,
	story: &Story,
	who: u64,
) -> Result<Decision> {
	let is_patron = who == story.identities[0];
	let question = CheckAccess {
		actor: who,
		on_behalf_of: who,
		relationship: story.relationships[0],
		purpose: if is_patron { Purpose::Personal } else { Purpose::Treatment },
		opening: None,
		include_block: None,
	};
	let by_node = chain.check_access(question.clone()).await?.decision;
	let verdict = client.check_access(&question.into()).await?;
	ensure!(verdict == Verdict::Decided(by_node.clone()), "{verdict:?}, {by_node:?} by the node");
	Ok(by_node)
}

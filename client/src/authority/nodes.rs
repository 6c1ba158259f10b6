//! A provider's nodes, named on the chain for nodes with private peering.

use super::{provider::active_provider, Operations};
use crate::{transactions::Sender, ClientError};
use medrec_chain_client::{calls, rpc_api::BlockRef, PeerId};
use medrec_primitives::ParticipantId;
use medrec_protocol::identity::Identity;
use serde::Serialize;

/// The nodes are named on the chain.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NodesNamed {
	/// The provider.
	pub participant: ParticipantId,
	/// Peer ids of all of its nodes, base58.
	pub peer_ids: Vec<String>,
	/// The block that names them, which is final.
	pub block: BlockRef,
}

/// Name a provider's nodes, in place of those that were named before. Waits until that is final, because
/// nodes act on it then.
pub async fn name_nodes(
	operations: Operations<'_>,
	identity: &Identity,
	peer_ids: &[PeerId],
) -> Result<NodesNamed, ClientError> {
	let Operations { chain, progress } = operations;
	let account = identity.account_id();
	progress.step("asking the node about this provider");
	let participant = chain.participant_of(account.clone()).await?;
	let provider = active_provider(participant, &account, "its nodes are named")?;
	let sender = Sender { chain, progress, wait_for_finality: true };
	let call = calls::set_peer_ids(peer_ids);
	let inclusion = sender.submit("naming nodes", &call, &identity.account_key).await?;
	Ok(NodesNamed {
		participant: provider.id,
		peer_ids: peer_ids.iter().map(PeerId::to_string).collect(),
		block: inclusion.block,
	})
}

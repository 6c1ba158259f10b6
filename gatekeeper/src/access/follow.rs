//! Listens to what changes on the chain, so that the node need not be asked again about the rest.

use super::{
	kept::{OutOfOrder, SILENCE},
	Node, NodeError,
};
use jsonrpsee::ws_client::WsClientBuilder;
use medrec_primitives::Hash;
use medrec_rpc_api::MedrecChangesApiClient;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Time between two attempts to subscribe.
const RETRY: Duration = Duration::from_secs(2);

/// Why the node is not listened to.
#[derive(Debug, thiserror::Error)]
enum Ended {
	#[error(transparent)]
	Node(#[from] NodeError),
	#[error("the subscription ended")]
	Closed,
	#[error("nothing was heard for {} s", SILENCE.as_secs())]
	Silent,
	#[error(transparent)]
	OutOfOrder(#[from] OutOfOrder),
}

/// Listen until told to stop. Whenever that fails, every question is asked, and it is tried again.
pub async fn follow(node: &Node, genesis: Hash, stop: CancellationToken) {
	let mut failing = false;
	loop {
		let ended = tokio::select! {
			() = stop.cancelled() => return node.kept().forget(),
			ended = listen(node, genesis, &mut failing) => ended,
		};
		node.kept().forget();
		if let (Err(reason), false) = (ended, failing) {
			tracing::warn!(%reason, "the node does not tell what changes; every question is asked");
			failing = true;
		}
		tokio::select! {
			() = stop.cancelled() => return,
			() = tokio::time::sleep(RETRY) => {},
		}
	}
}

async fn listen(node: &Node, genesis: Hash, failing: &mut bool) -> Result<(), Ended> {
	let client = WsClientBuilder::new()
		.request_timeout(node.timeout())
		.connection_timeout(node.timeout())
		.build(node.url())
		.await
		.map_err(NodeError::from)?;
	// Over this connection, so that it is the chain of this subscription.
	node.check_genesis(&client, genesis).await?;
	let mut messages = client.subscribe_changes().await.map_err(NodeError::from)?;
	loop {
		let message = tokio::time::timeout(SILENCE, messages.next())
			.await
			.map_err(|_| Ended::Silent)?
			.ok_or(Ended::Closed)?
			.map_err(|error| NodeError::Unreachable(error.to_string()))?;
		node.kept().told(genesis, &message, Instant::now())?;
		if std::mem::replace(failing, false) {
			tracing::info!("the node tells what changes again");
		}
	}
}

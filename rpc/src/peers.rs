//! The nodes that active providers named on the chain. No method serves these: the node itself takes them
//! as peers.

use std::sync::Arc;

use medrec_primitives::PeerId;
use medrec_rpc_api::MAX_PAGE;

use crate::{
	layout,
	state::{self, ReadError, StateReader},
	Block, Client, Hash,
};

/// Most providers whose nodes are read.
const MAX_PROVIDERS: usize = 1_024;

/// Peer ids of all nodes that active providers named, by the state of a block.
///
/// Fails if the node does not have the state, or cannot read it.
pub fn registered_peers<C: Client<BE>, BE: sc_client_api::Backend<Block>>(
	client: &C,
	backend: &Arc<BE>,
	block: Hash,
) -> Result<Vec<PeerId>, ReadError> {
	let state = StateReader::<BE>::open(backend, block)?;
	let entries = if layout::is_known(client, block, &state) {
		state::peer_ids(client, block, MAX_PROVIDERS)?
	} else {
		let mut entries = Vec::new();
		let mut after = None;
		while entries.len() < MAX_PROVIDERS {
			let page = client.peer_ids(block, after, MAX_PAGE)?;
			let is_last = page.len() < MAX_PAGE as usize;
			after = page.last().map(|(provider, _)| *provider);
			entries.extend(page);
			if is_last {
				break;
			}
		}
		entries
	};
	Ok(entries.into_iter().flat_map(|(_, peer_ids)| peer_ids).collect())
}

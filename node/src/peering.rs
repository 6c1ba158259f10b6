//! Private peering: with whom blocks, votes and transactions are exchanged is what the chain says.
//!
//! This covers the block announcements and, because GRANDPA and the transactions' protocol follow these, all
//! notifications. Requests for old blocks, state and proofs stay open to whoever can dial in.

use std::{collections::HashSet, sync::Arc};

use codec::Decode;
use futures::StreamExt;
use medrec_runtime::{opaque::Block, Hash};
use sc_client_api::{BlockchainEvents, StorageProvider};
use sc_network::{
	config::{NetworkConfiguration, NonReservedPeerMode},
	service::traits::NetworkService,
	NetworkPeers, NetworkStateInfo, PeerId,
};
use sp_blockchain::HeaderBackend;
use sp_io::hashing::twox_128;
use sp_storage::StorageKey;

use crate::service::{FullBackend, FullClient};

const LOG_TARGET: &str = "medrec-peering";

/// Most entries of the chain's list that are read: far beyond what the number of providers allows.
const MAX_PROVIDERS: usize = 1_024;

/// Who knows the peers of the network.
pub trait KnownPeers {
	/// Peers that a block's state names.
	fn known_peers(&self, block: Hash) -> Result<HashSet<PeerId>, String>;
}

/// `Registrar.PeerIds`: for each active provider, under its number, the ids of its nodes as libp2p encodes
/// them (a multihash each).
impl KnownPeers for FullClient {
	fn known_peers(&self, block: Hash) -> Result<HashSet<PeerId>, String> {
		let prefix = StorageKey([twox_128(b"Registrar"), twox_128(b"PeerIds")].concat());
		let pairs =
			StorageProvider::<Block, FullBackend>::storage_pairs(self, block, Some(&prefix), None)
				.map_err(|error| format!("the peers of {block:?}: {error}"))?;
		Ok(pairs.take(MAX_PROVIDERS).flat_map(|(_, value)| peers_of(&value.0)).collect())
	}
}

/// Peers of one provider. What is no peer id names nobody.
fn peers_of(value: &[u8]) -> Vec<PeerId> {
	let ids = Vec::<Vec<u8>>::decode(&mut &*value).unwrap_or_default();
	ids.iter().filter_map(|id| PeerId::from_bytes(id).ok()).collect()
}

/// Close the node to peers that it was not told of, from its start on; gives those that it was told of.
///
/// They stay authorized whatever the chain says: a node that is behind knows an old list or none, and needs
/// somebody to catch up from.
pub fn close(config: &mut NetworkConfiguration) -> HashSet<PeerId> {
	let peers = &mut config.default_peers_set;
	peers.non_reserved_mode = NonReservedPeerMode::Deny;
	config.boot_nodes.iter().chain(&peers.reserved_nodes).map(|peer| peer.peer_id).collect()
}

/// Keep those who are authorized in step with the finalized state, until the node stops.
pub async fn run(client: Arc<FullClient>, network: Arc<dyn NetworkService>, told: HashSet<PeerId>) {
	let mut finalized = client.finality_notification_stream();
	let mut block = client.info().finalized_hash;
	let own = network.local_peer_id();
	let mut authorized = None;
	loop {
		if let Some(changed) = follow(&*client, block, &told, own, &mut authorized) {
			log::info!(target: LOG_TARGET, "{} peers are authorized", changed.len());
			network.set_authorized_peers(changed);
		}
		match finalized.next().await {
			Some(notification) => block = notification.hash,
			None => return,
		}
	}
}

/// Who is authorized, if that has changed.
fn follow(
	chain: &impl KnownPeers,
	block: Hash,
	told: &HashSet<PeerId>,
	own: PeerId,
	authorized: &mut Option<HashSet<PeerId>>,
) -> Option<HashSet<PeerId>> {
	let known = match chain.known_peers(block) {
		Ok(known) => known,
		// Those of before are better than none.
		Err(error) if authorized.is_some() => {
			log::warn!(target: LOG_TARGET, "{error}; peers stay as they are");
			return None;
		},
		Err(error) => {
			log::warn!(target: LOG_TARGET, "{error}; only peers of the command line are authorized");
			HashSet::new()
		},
	};
	let mut now: HashSet<_> = known.union(told).copied().collect();
	now.remove(&own);
	if authorized.as_ref() == Some(&now) {
		return None;
	}
	*authorized = Some(now.clone());
	Some(now)
}

#[cfg(test)]
mod tests {
	use super::*;
	use codec::Encode;

	struct Chain(Result<Vec<PeerId>, String>);

	impl KnownPeers for Chain {
		fn known_peers(&self, _: Hash) -> Result<HashSet<PeerId>, String> {
			self.0.clone().map(|peers| peers.into_iter().collect())
		}
	}

	fn set(peers: &[PeerId]) -> HashSet<PeerId> {
		peers.iter().copied().collect()
	}

	#[test]
	fn authorized_are_those_that_chain_and_command_line_name_without_the_node_itself() {
		let [own, known, told, new] = [(); 4].map(|()| PeerId::random());
		let mut authorized = None;
		let mut follow = |chain: Result<Vec<PeerId>, String>| {
			super::follow(&Chain(chain), Hash::zero(), &set(&[told]), own, &mut authorized)
		};
		assert_eq!(follow(Ok(vec![own, known])), Some(set(&[known, told])));
		assert_eq!(follow(Ok(vec![known])), None, "nothing to do where nothing changed");
		assert_eq!(follow(Ok(vec![new])), Some(set(&[new, told])));
		assert_eq!(follow(Err("pruned".into())), None, "unreadable: as before");
		assert_eq!(follow(Ok(Vec::new())), Some(set(&[told])));
	}

	#[test]
	fn a_chain_that_cannot_be_read_at_the_start_leaves_the_command_line() {
		let [own, told] = [(); 2].map(|()| PeerId::random());
		let chain = Chain(Err("pruned".into()));
		let found = follow(&chain, Hash::zero(), &set(&[told]), own, &mut None);
		assert_eq!(found, Some(set(&[told])));
	}

	#[test]
	fn what_is_no_peer_id_names_nobody() {
		let peer = PeerId::random();
		assert_eq!(peers_of(&vec![peer.to_bytes(), vec![1, 2, 3]].encode()), [peer]);
		assert!(peers_of(&[0xff; 3]).is_empty());
	}
}

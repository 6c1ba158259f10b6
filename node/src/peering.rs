//! Private peering: with whom blocks, votes and transactions are exchanged is what the chain says.
//!
//! This covers the block announcements and, because GRANDPA and the transactions' protocol follow these, all
//! notifications. Requests for old blocks, state and proofs stay open to whoever can dial in.

use std::{collections::HashSet, sync::Arc};

use futures::StreamExt;
use medrec_runtime::Hash;
use sc_client_api::BlockchainEvents;
use sc_network::{
	config::{NetworkConfiguration, NonReservedPeerMode},
	service::traits::NetworkService,
	NetworkPeers, NetworkStateInfo, PeerId,
};
use sp_blockchain::HeaderBackend;

use crate::service::{FullBackend, FullClient};

const LOG_TARGET: &str = "medrec-peering";

/// Who knows the peers of the network.
pub trait KnownPeers {
	/// Peers that a block's state names.
	fn known_peers(&self, block: Hash) -> Result<HashSet<PeerId>, String>;
}

/// A node's own view of the chain: what its registrar has as the nodes of active providers.
pub struct Registered {
	/// The client.
	pub client: Arc<FullClient>,
	/// The database.
	pub backend: Arc<FullBackend>,
}

impl KnownPeers for Registered {
	fn known_peers(&self, block: Hash) -> Result<HashSet<PeerId>, String> {
		medrec_rpc::registered_peers(&*self.client, &self.backend, block)
			.map(|ids| peers_of(&ids))
			.map_err(|error| format!("cannot read who the peers are: {error}"))
	}
}

/// Peers of these ids. The chain looks at an id's shape only: what is no peer id all the same names nobody.
fn peers_of(ids: &[medrec_primitives::PeerId]) -> HashSet<PeerId> {
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

/// Keep those who are authorized in step with the finalized state, until the node stops: who is added is
/// dialled, who is removed is disconnected. `noted` is told of each change, too.
///
/// By the finalized state, because connections should not come and go with blocks that are taken back; and
/// a node that is cut off from finality keeps the peers with which it can get it back.
pub async fn run(
	chain: Registered,
	told: HashSet<PeerId>,
	network: Arc<dyn NetworkService>,
	noted: impl Fn(HashSet<PeerId>),
) {
	let mut finalized = chain.client.finality_notification_stream();
	let mut block = chain.client.info().finalized_hash;
	let own = network.local_peer_id();
	let mut authorized = None;
	loop {
		if let Some(changed) = follow(&chain, block, &told, own, &mut authorized) {
			log::info!(target: LOG_TARGET, "{} peers are authorized", changed.len());
			network.set_authorized_peers(changed.clone());
			noted(changed);
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
	use sp_core::Pair;

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

	/// Ids as the chain has them.
	fn registered(ids: &[Vec<u8>]) -> Vec<medrec_primitives::PeerId> {
		ids.iter().map(|id| id.clone().try_into().expect("it is short enough")).collect()
	}

	#[test]
	fn what_is_no_peer_id_names_nobody() {
		let peer = PeerId::random();
		let ids = registered(&[vec![1, 2, 3], peer.to_bytes(), Vec::new()]);
		assert_eq!(peers_of(&ids), set(&[peer]));
	}

	/// The chain and the node have to agree on what a peer id looks like, or a provider's node would be
	/// shut out without anybody noticing.
	#[test]
	fn the_node_reads_what_the_registrar_takes() {
		let mut taken = 0;
		for code in 0..=0x20_u8 {
			for length in 0..=62_u8 {
				let id = [vec![code, length], vec![7; usize::from(length)]].concat();
				if pallet_registrar::is_valid_peer_id(&id) {
					taken += 1;
					assert_eq!(peers_of(&registered(std::slice::from_ref(&id))).len(), 1, "{id:?}");
				}
			}
		}
		assert_eq!(taken, 43);
		let key = sp_core::ed25519::Pair::from_seed(&[7; 32]).public();
		let of_a_node = PeerId::from_ed25519(&key.0).expect("it is a key").to_bytes();
		assert!(pallet_registrar::is_valid_peer_id(&of_a_node));
	}
}

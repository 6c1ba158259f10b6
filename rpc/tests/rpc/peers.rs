//! The nodes that active providers named, by key and by the block's own code.

use std::collections::BTreeSet;

use codec::Encode;
use medrec_generated_state::Changes;
use medrec_primitives::{ParticipantId, PeerId, PeerIds};
use medrec_rpc::{registered_peers, ReadError};
use medrec_runtime::{Hash, Runtime, VERSION};
use sp_core::storage::well_known_keys::CODE;

use crate::{chain::Chain, fake_runtime::fake_medrec_runtime, runtime_upgrade::last_upgrade};

/// More than there are on a page.
const PROVIDERS: u64 = 300;

fn nodes(provider: ParticipantId) -> PeerIds {
	let ids = (0..=provider % 2).map(|number| {
		let key = provider.to_le_bytes().repeat(4);
		PeerId::truncate_from([[0, 33].as_slice(), &key, &[number as u8]].concat())
	});
	PeerIds::truncate_from(ids.collect())
}

fn all_nodes() -> BTreeSet<PeerId> {
	(0..PROVIDERS).flat_map(nodes).collect()
}

fn key(provider: ParticipantId) -> Vec<u8> {
	pallet_registrar::PeerIds::<Runtime>::hashed_key_for(provider)
}

fn named() -> Changes {
	(0..PROVIDERS).map(|provider| (key(provider), Some(nodes(provider).encode()))).collect()
}

fn read(chain: &Chain) -> Result<BTreeSet<PeerId>, ReadError> {
	let found = registered_peers(&*chain.client, &chain.backend, chain.best())?;
	let set: BTreeSet<_> = found.iter().cloned().collect();
	assert_eq!(set.len(), found.len());
	Ok(set)
}

#[tokio::test]
async fn by_key() {
	let mut chain = Chain::new();
	assert_eq!(read(&chain).unwrap(), BTreeSet::new());
	chain.extend_with(named()).await;
	assert_eq!(read(&chain).unwrap(), all_nodes());
	chain.extend_with((1..PROVIDERS).map(|provider| (key(provider), None)).collect()).await;
	assert_eq!(read(&chain).unwrap(), nodes(0).into_iter().collect());
}

/// Page by page.
#[tokio::test]
async fn by_the_blocks_code() {
	let mut chain = Chain::new();
	let last = last_upgrade("medrec", VERSION.spec_version - 1);
	chain.extend_with([named(), last].concat()).await;
	assert_eq!(read(&chain).unwrap(), all_nodes());
}

#[tokio::test]
async fn the_state_is_not_read_by_key_where_its_layout_is_unknown() {
	let mut chain = Chain::new();
	let answer = vec![(7_u64, nodes(1_001))];
	let answers = [("MedrecApi_peer_ids", answer.encode())];
	let code = fake_medrec_runtime("medrec", VERSION.spec_version + 1, &answers);
	chain.extend_with([named(), vec![(CODE.to_vec(), Some(code))]].concat()).await;
	assert_eq!(read(&chain).unwrap(), nodes(1_001).into_iter().collect());
}

#[tokio::test]
async fn what_cannot_be_read_is_told_and_not_taken_for_nothing() {
	let mut chain = Chain::new();
	let unknown = registered_peers(&*chain.client, &chain.backend, Hash::repeat_byte(9));
	assert!(matches!(unknown, Err(ReadError::NoState(_))), "{unknown:?}");
	chain.extend_with(vec![(key(0), Some(vec![0xff; 3]))]).await;
	assert!(matches!(read(&chain), Err(ReadError::Undecodable(..))));
}

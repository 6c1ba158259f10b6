//! Which nodes are a provider's.

use crate::{Config, Error, Event, Pallet, PeerIds};
use frame_support::{
	ensure,
	pallet_prelude::{DispatchError, DispatchResult},
};

/// Codes of the multihashes that name peers: the public key itself, or its SHA-256.
const IDENTITY: u8 = 0x00;
const SHA2_256: u8 = 0x12;

/// Longest public key that names a peer by itself; of longer ones it is the hash.
const MAX_INLINE_KEY_LENGTH: usize = 42;

/// Whether these bytes are a multihash as peer ids have it: code and length in one byte each (so small are
/// they), and as many bytes as that says. The code is `0x00` with 1 to 42 bytes of a public key, or `0x12`
/// with the 32 bytes of a SHA-256. Whether there is such a key is not looked at.
pub fn is_valid_peer_id(peer_id: &[u8]) -> bool {
	let [code, length, digest @ ..] = peer_id else { return false };
	let length_is_right = match *code {
		IDENTITY => (1..=MAX_INLINE_KEY_LENGTH).contains(&digest.len()),
		SHA2_256 => digest.len() == 32,
		_ => false,
	};
	length_is_right && usize::from(*length) == digest.len()
}

impl<T: Config> Pallet<T> {
	pub(crate) fn do_set_peer_ids(
		who: &T::AccountId,
		peer_ids: medrec_primitives::PeerIds,
	) -> DispatchResult {
		let participant = Self::ensure_active_provider(who)?;
		Self::ensure_peer_ids_valid(&peer_ids)?;
		if peer_ids.is_empty() {
			PeerIds::<T>::remove(participant);
		} else {
			PeerIds::<T>::insert(participant, &peer_ids);
		}
		Self::deposit_event(Event::PeerIdsSet { participant, peer_ids });
		Ok(())
	}

	/// Each is a peer id, and none is there twice.
	pub(crate) fn ensure_peer_ids_valid(
		peer_ids: &medrec_primitives::PeerIds,
	) -> Result<(), DispatchError> {
		for (position, peer_id) in peer_ids.iter().enumerate() {
			ensure!(is_valid_peer_id(peer_id), Error::<T>::PeerIdInvalid);
			let mut before = peer_ids.iter().take(position);
			ensure!(before.all(|other| other != peer_id), Error::<T>::PeerIdRepeated);
		}
		Ok(())
	}
}

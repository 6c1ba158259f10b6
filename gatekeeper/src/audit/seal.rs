//! Each entry is encrypted with a key of its own, so that destroying the key erases the entry while
//! its hash, and with it the tree, stays.

use super::merkle;
use chacha20poly1305::{
	aead::{Aead, KeyInit, Payload},
	ChaCha20Poly1305, Nonce,
};
use medrec_primitives::Hash;
use medrec_protocol::receipt::EntryId;
use rand::{rngs::OsRng, RngCore};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

const COMMITMENT_DOMAIN: &[u8] = b"medrec/audit-key/v1";

/// Key of one entry.
pub(super) type EntryKey = Zeroizing<[u8; 32]>;

/// An encrypted entry at its place in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SealedEntry {
	/// Number of the leaf.
	pub number: u64,
	/// Random name.
	pub id: EntryId,
	/// Hash of the key. A ciphertext of ChaCha20-Poly1305 can be made to open with two keys to two
	/// texts; this holds the log to one of them.
	pub key_commitment: [u8; 32],
	/// ChaCha20-Poly1305 of the entry.
	pub ciphertext: Vec<u8>,
}

impl SealedEntry {
	/// Encrypt an entry with a fresh key. `None` if it is longer than the cipher can take (256 GiB).
	pub fn seal(number: u64, id: EntryId, text: &[u8]) -> Option<(Self, EntryKey)> {
		let mut key = Zeroizing::new([0; 32]);
		OsRng.fill_bytes(key.as_mut());
		let payload = Payload { msg: text, aad: &associated_data(number, &id) };
		let ciphertext = cipher(&key).encrypt(&Nonce::default(), payload).ok()?;
		let key_commitment = commitment(&key);
		Some((Self { number, id, key_commitment, ciphertext }, key))
	}

	/// Whether this is the key that the entry was encrypted with.
	pub fn is_key(&self, key: &EntryKey) -> bool {
		commitment(key) == self.key_commitment
	}

	/// The entry. `None` if the key is another or anything was changed.
	pub fn open(&self, key: &EntryKey) -> Option<Zeroizing<Vec<u8>>> {
		let aad = associated_data(self.number, &self.id);
		let payload = Payload { msg: &self.ciphertext, aad: &aad };
		cipher(key).decrypt(&Nonce::default(), payload).ok().map(Zeroizing::new)
	}

	/// Hash of the leaf: over number (u64 LE), id, key commitment and ciphertext.
	pub fn leaf(&self) -> Hash {
		merkle::leaf_hash(&[
			&self.number.to_le_bytes(),
			&self.id.0,
			&self.key_commitment,
			&self.ciphertext,
		])
	}
}

/// The nonce is always zero, because a key encrypts one text only.
fn cipher(key: &EntryKey) -> ChaCha20Poly1305 {
	ChaCha20Poly1305::new((&**key).into())
}

fn associated_data(number: u64, id: &EntryId) -> [u8; 24] {
	let mut data = [0; 24];
	let (left, right) = data.split_at_mut(8);
	left.copy_from_slice(&number.to_le_bytes());
	right.copy_from_slice(&id.0);
	data
}

fn commitment(key: &EntryKey) -> [u8; 32] {
	Sha256::new().chain_update(COMMITMENT_DOMAIN).chain_update(key.as_slice()).finalize().into()
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	proptest! {
		#[test]
		fn opens_with_its_key_unless_anything_changed(
			text in prop::collection::vec(any::<u8>(), 0..200),
			number in any::<u64>(),
			bit in any::<prop::sample::Index>(),
		) {
			let id = EntryId([7; 16]);
			let (sealed, key) = SealedEntry::seal(number, id, &text).expect("short");
			prop_assert!(sealed.is_key(&key));
			let opened = sealed.open(&key).expect("nothing changed");
			prop_assert_eq!(&*opened, &text);

			let bit = bit.index(sealed.ciphertext.len() * 8);
			let mut changed = sealed.clone();
			changed.ciphertext[bit / 8] ^= 1 << (bit % 8);
			prop_assert!(changed.open(&key).is_none());
			prop_assert_ne!(changed.leaf(), sealed.leaf());

			let moved = SealedEntry { number: number.wrapping_add(1), ..sealed.clone() };
			prop_assert!(moved.open(&key).is_none());
			prop_assert_ne!(moved.leaf(), sealed.leaf());

			let renamed = SealedEntry { id: EntryId([8; 16]), ..sealed.clone() };
			prop_assert!(renamed.open(&key).is_none());
			prop_assert_ne!(renamed.leaf(), sealed.leaf());

			let (again, other_key) = SealedEntry::seal(number, id, &text).expect("short");
			prop_assert_ne!(&again.ciphertext, &sealed.ciphertext);
			prop_assert!(!sealed.is_key(&other_key));
			prop_assert!(sealed.open(&other_key).is_none());
		}
	}
}

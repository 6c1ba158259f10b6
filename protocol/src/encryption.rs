//! X25519 key pairs, to which openings are sealed.

use hpke::{
	kem::X25519HkdfSha256,
	rand_core::{CryptoRng, RngCore},
	Deserializable, Kem, Serializable,
};
use medrec_primitives::EncryptionKey;
use rand::rngs::OsRng;
use zeroize::Zeroizing;

pub(crate) type SealingKem = X25519HkdfSha256;

/// Secret half of a participant's [`EncryptionKey`]; wiped from memory when dropped.
#[derive(Clone)]
pub struct EncryptionSecret(Zeroizing<[u8; 32]>);

impl EncryptionSecret {
	/// From 32 secret bytes (RFC 7748 section 5 clamps them when used).
	pub fn from_bytes(bytes: [u8; 32]) -> Self {
		Self(Zeroizing::new(bytes))
	}

	/// The public half.
	pub fn public(&self) -> EncryptionKey {
		SealingKem::sk_to_pk(&self.private_key()).to_bytes().into()
	}

	pub(crate) fn private_key(&self) -> <SealingKem as Kem>::PrivateKey {
		<SealingKem as Kem>::PrivateKey::from_bytes(&*self.0)
			.expect("any 32 bytes are an X25519 secret, and there are 32; qed")
	}
}

impl std::fmt::Debug for EncryptionSecret {
	fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
		write!(f, "EncryptionSecret(public 0x{})", hex::encode(self.public()))
	}
}

/// The operating system's randomness, in the form that HPKE takes it.
pub(crate) struct SystemRandomness;

impl RngCore for SystemRandomness {
	fn next_u32(&mut self) -> u32 {
		rand::RngCore::next_u32(&mut OsRng)
	}

	fn next_u64(&mut self) -> u64 {
		rand::RngCore::next_u64(&mut OsRng)
	}

	fn fill_bytes(&mut self, bytes: &mut [u8]) {
		rand::RngCore::fill_bytes(&mut OsRng, bytes);
	}
}

impl CryptoRng for SystemRandomness {}

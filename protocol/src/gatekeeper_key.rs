//! The key with which a gatekeeper signs responses, receipts and checkpoints. Its public half is the
//! provider's [`GatekeeperKey`] on the chain.

use crate::{encoding, session::verify_ed25519};
use ed25519_dalek::{Signer, SigningKey};
use medrec_primitives::GatekeeperKey;
use rand::rngs::OsRng;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Secret half of a gatekeeper's Ed25519 key; wiped from memory when dropped.
#[derive(Clone)]
pub struct GatekeeperSecret(SigningKey);

impl GatekeeperSecret {
	/// A fresh random key.
	pub fn generate() -> Self {
		Self(SigningKey::generate(&mut OsRng))
	}

	/// From the 32 secret bytes of RFC 8032.
	pub fn from_bytes(bytes: &[u8; 32]) -> Self {
		Self(SigningKey::from_bytes(bytes))
	}

	/// The 32 secret bytes, to be kept in a file that only the server reads.
	pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
		Zeroizing::new(self.0.to_bytes())
	}

	/// The public half, as it is on the chain.
	pub fn public(&self) -> GatekeeperKey {
		self.0.verifying_key().to_bytes()
	}

	pub(crate) fn sign(&self, message: &[u8]) -> GatekeeperSignature {
		GatekeeperSignature(self.0.sign(message).to_bytes())
	}
}

impl std::fmt::Debug for GatekeeperSecret {
	fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
		write!(f, "GatekeeperSecret(public 0x{})", hex::encode(self.public()))
	}
}

/// Ed25519 signature by a gatekeeper; in JSON unpadded base64url.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GatekeeperSignature(#[serde(with = "encoding::base64url_bytes")] pub [u8; 64]);

impl GatekeeperSignature {
	pub(crate) fn verify(&self, key: &GatekeeperKey, message: &[u8]) -> bool {
		verify_ed25519(key, message, &self.0)
	}
}

/// `ed25519:` and the key in unpadded base64url: the `keyid` of signed responses.
pub fn gatekeeper_key_id(key: &GatekeeperKey) -> String {
	format!("ed25519:{}", encoding::to_base64url(key))
}

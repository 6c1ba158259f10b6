//! Session keys: short-lived Ed25519 keys that sign requests for an account.

use crate::encoding;
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use rand::rngs::OsRng;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

const PREFIX: &str = "ed25519:";

/// Secret half of a session key; wiped from memory when dropped.
#[derive(Clone)]
pub struct SessionKey(SigningKey);

impl SessionKey {
	/// A fresh random key.
	pub fn generate() -> Self {
		Self(SigningKey::generate(&mut OsRng))
	}

	/// From the 32 secret bytes of RFC 8032.
	pub fn from_bytes(bytes: &[u8; 32]) -> Self {
		Self(SigningKey::from_bytes(bytes))
	}

	/// The 32 secret bytes, to be kept encrypted.
	pub fn to_bytes(&self) -> zeroize::Zeroizing<[u8; 32]> {
		zeroize::Zeroizing::new(self.0.to_bytes())
	}

	/// The public half, which names the key.
	pub fn id(&self) -> SessionKeyId {
		SessionKeyId(self.0.verifying_key().to_bytes())
	}

	pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
		self.0.sign(message).to_bytes()
	}
}

impl fmt::Debug for SessionKey {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		write!(f, "SessionKey({})", self.id())
	}
}

/// Public half of a session key. As text `ed25519:` and 43 digits of unpadded base64url.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SessionKeyId(pub [u8; 32]);

impl SessionKeyId {
	pub(crate) fn verify(&self, message: &[u8], signature: &[u8; 64]) -> bool {
		verify_ed25519(&self.0, message, signature)
	}
}

/// Ed25519 with the strict rules: keys and signatures of small order are refused.
pub(crate) fn verify_ed25519(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
	VerifyingKey::from_bytes(key)
		.and_then(|key| key.verify_strict(message, &signature.into()))
		.is_ok()
}

impl fmt::Display for SessionKeyId {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		write!(f, "{PREFIX}{}", encoding::to_base64url(&self.0))
	}
}

/// The text names no session key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a session key is written `ed25519:` and 32 bytes of unpadded base64url")]
pub struct SessionKeyIdError;

impl FromStr for SessionKeyId {
	type Err = SessionKeyIdError;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		text.strip_prefix(PREFIX)
			.and_then(encoding::array_from_base64url)
			.map(Self)
			.ok_or(SessionKeyIdError)
	}
}

impl TryFrom<String> for SessionKeyId {
	type Error = SessionKeyIdError;

	fn try_from(text: String) -> Result<Self, Self::Error> {
		text.parse()
	}
}

impl From<SessionKeyId> for String {
	fn from(id: SessionKeyId) -> Self {
		id.to_string()
	}
}

//! What makes a request one that is answered once.

use crate::encoding;
use rand::{rngs::OsRng, RngCore};
use std::{fmt, str::FromStr};

/// Fewest bytes of a nonce: 128 bits.
pub const MIN_NONCE_LENGTH: usize = 16;

/// Most bytes of a nonce.
pub const MAX_NONCE_LENGTH: usize = 32;

/// Random bytes that a gatekeeper accepts once; unpadded base64url as text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Nonce(Vec<u8>);

/// Why bytes are no nonce.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NonceError {
	/// Not unpadded base64url.
	#[error("a nonce is written as unpadded base64url")]
	Encoding,
	/// Fewer than [`MIN_NONCE_LENGTH`] bytes.
	#[error("a nonce has at least 16 bytes, this has {0}")]
	TooShort(usize),
	/// More than [`MAX_NONCE_LENGTH`] bytes.
	#[error("a nonce has at most 32 bytes, this has {0}")]
	TooLong(usize),
}

impl Nonce {
	/// 16 fresh random bytes.
	pub fn random() -> Self {
		let mut bytes = vec![0; MIN_NONCE_LENGTH];
		OsRng.fill_bytes(&mut bytes);
		Self(bytes)
	}

	/// These bytes.
	///
	/// Errors: [`NonceError::TooShort`], [`NonceError::TooLong`].
	pub fn new(bytes: &[u8]) -> Result<Self, NonceError> {
		match bytes.len() {
			length if length < MIN_NONCE_LENGTH => Err(NonceError::TooShort(length)),
			length if length > MAX_NONCE_LENGTH => Err(NonceError::TooLong(length)),
			_ => Ok(Self(bytes.to_vec())),
		}
	}

	/// The bytes.
	pub fn as_bytes(&self) -> &[u8] {
		&self.0
	}
}

impl fmt::Display for Nonce {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		f.write_str(&encoding::to_base64url(&self.0))
	}
}

impl FromStr for Nonce {
	type Err = NonceError;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		Self::new(&encoding::from_base64url(text).ok_or(NonceError::Encoding)?)
	}
}

//! Account signatures as JSON, and which of the chain's signature schemes an account uses.

use crate::encoding;
use medrec_primitives::Signature;
use serde::{Deserialize, Serialize};
use sp_core::{ecdsa, ed25519, sr25519};
use std::{fmt, str::FromStr};

/// Signature scheme of an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
	/// Schnorr signatures on Ristretto25519, context `substrate`.
	#[default]
	Sr25519,
	/// Ed25519 (RFC 8032).
	Ed25519,
	/// Recoverable ECDSA on secp256k1 over the BLAKE2b-256 hash of the message.
	Ecdsa,
}

impl Scheme {
	/// Every scheme.
	pub const ALL: [Self; 3] = [Self::Sr25519, Self::Ed25519, Self::Ecdsa];

	/// Name, as in JSON.
	pub const fn name(self) -> &'static str {
		match self {
			Self::Sr25519 => "sr25519",
			Self::Ed25519 => "ed25519",
			Self::Ecdsa => "ecdsa",
		}
	}
}

impl fmt::Display for Scheme {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		f.write_str(self.name())
	}
}

impl FromStr for Scheme {
	type Err = String;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		Self::ALL
			.into_iter()
			.find(|scheme| scheme.name() == text)
			.ok_or_else(|| format!("`{text}` is none of sr25519, ed25519, ecdsa"))
	}
}

/// An account's signature in JSON: `{"scheme": "sr25519", "value": "0x…"}`, 64 bytes (65 for ecdsa)
/// in lower-case hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "SignatureText", into = "SignatureText")]
pub struct AccountSignature {
	scheme: Scheme,
	signature: Signature,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatureText {
	scheme: Scheme,
	value: String,
}

/// The signature is in none of the three schemes of [`Scheme`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("signatures are sr25519, ed25519 or ecdsa; Ethereum's are not used here")]
pub struct UnknownScheme;

impl AccountSignature {
	pub(crate) const fn new(scheme: Scheme, signature: Signature) -> Self {
		Self { scheme, signature }
	}

	/// Which scheme it is in.
	pub const fn scheme(&self) -> Scheme {
		self.scheme
	}

	/// The signature as the chain takes it.
	pub const fn as_signature(&self) -> &Signature {
		&self.signature
	}

	fn bytes(&self) -> &[u8] {
		match &self.signature {
			Signature::Sr25519(signature) => signature.as_ref(),
			Signature::Ed25519(signature) => signature.as_ref(),
			Signature::Ecdsa(signature) => signature.as_ref(),
			Signature::Eth(signature) => signature.as_ref(),
		}
	}
}

impl TryFrom<Signature> for AccountSignature {
	type Error = UnknownScheme;

	fn try_from(signature: Signature) -> Result<Self, Self::Error> {
		let scheme = match signature {
			Signature::Sr25519(_) => Scheme::Sr25519,
			Signature::Ed25519(_) => Scheme::Ed25519,
			Signature::Ecdsa(_) => Scheme::Ecdsa,
			Signature::Eth(_) => return Err(UnknownScheme),
		};
		Ok(Self { scheme, signature })
	}
}

impl From<AccountSignature> for Signature {
	fn from(signature: AccountSignature) -> Self {
		signature.signature
	}
}

impl From<AccountSignature> for SignatureText {
	fn from(signature: AccountSignature) -> Self {
		Self { scheme: signature.scheme, value: format!("0x{}", hex::encode(signature.bytes())) }
	}
}

impl TryFrom<SignatureText> for AccountSignature {
	type Error = String;

	fn try_from(text: SignatureText) -> Result<Self, Self::Error> {
		let bytes = encoding::bytes_from_hex(&text.value)
			.ok_or("a signature's value is 0x and lower-case hexadecimal digits")?;
		let signature = match text.scheme {
			Scheme::Sr25519 => sr25519::Signature::try_from(bytes.as_slice()).map(Signature::from),
			Scheme::Ed25519 => ed25519::Signature::try_from(bytes.as_slice()).map(Signature::from),
			Scheme::Ecdsa => ecdsa::Signature::try_from(bytes.as_slice()).map(Signature::from),
		};
		signature
			.map(|signature| Self { scheme: text.scheme, signature })
			.map_err(|()| format!("{} bytes are no {} signature", bytes.len(), text.scheme))
	}
}

//! Account keys: what signs for a participant on the chain, and delegations and consents off it.

use crate::signature::{AccountSignature, Scheme};
use medrec_primitives::{AccountId, Consent, Hash, Signature};
use sp_core::{crypto::SecretStringError, ecdsa, ed25519, sr25519, Pair};
use sp_crypto_hashing::blake2_256;
use sp_runtime::{traits::IdentifyAccount, MultiSigner};

/// Secret key of an account.
#[derive(Clone)]
#[expect(clippy::large_enum_variant, reason = "a process holds a handful of them")]
pub enum AccountKey {
	/// The default scheme.
	Sr25519(sr25519::Pair),
	/// See [`Scheme::Ed25519`].
	Ed25519(ed25519::Pair),
	/// See [`Scheme::Ecdsa`].
	Ecdsa(ecdsa::Pair),
}

/// The text is no secret key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a usable key: {0}")]
pub struct AccountKeyError(pub String);

impl AccountKey {
	/// From a secret URI as Substrate's tools write it: `<12 words or 0x seed>[//hard][/soft][///password]`,
	/// or a development account such as `//Alice`.
	pub fn from_secret_uri(uri: &str, scheme: Scheme) -> Result<Self, AccountKeyError> {
		match scheme {
			Scheme::Sr25519 => sr25519::Pair::from_string(uri, None).map(Self::Sr25519),
			Scheme::Ed25519 => ed25519::Pair::from_string(uri, None).map(Self::Ed25519),
			Scheme::Ecdsa => ecdsa::Pair::from_string(uri, None).map(Self::Ecdsa),
		}
		.map_err(|error| AccountKeyError(describe(&error)))
	}

	/// From a 32-byte seed (sr25519: mini secret key).
	pub fn from_seed(seed: &[u8; 32], scheme: Scheme) -> Self {
		match scheme {
			Scheme::Sr25519 => Self::Sr25519(sr25519::Pair::from_seed(seed)),
			Scheme::Ed25519 => Self::Ed25519(ed25519::Pair::from_seed(seed)),
			Scheme::Ecdsa => Self::Ecdsa(ecdsa::Pair::from_seed(seed)),
		}
	}

	/// Which scheme it is in.
	pub const fn scheme(&self) -> Scheme {
		match self {
			Self::Sr25519(_) => Scheme::Sr25519,
			Self::Ed25519(_) => Scheme::Ed25519,
			Self::Ecdsa(_) => Scheme::Ecdsa,
		}
	}

	/// The account.
	pub fn account_id(&self) -> AccountId {
		match self {
			Self::Sr25519(pair) => MultiSigner::from(pair.public()),
			Self::Ed25519(pair) => MultiSigner::from(pair.public()),
			Self::Ecdsa(pair) => MultiSigner::from(pair.public()),
		}
		.into_account()
	}

	/// Sign bytes as the chain verifies them: sr25519 in the context `substrate`, ecdsa over their
	/// BLAKE2b-256 hash. Never [`Signature::Eth`].
	pub fn sign(&self, message: &[u8]) -> Signature {
		match self {
			Self::Sr25519(pair) => pair.sign(message).into(),
			Self::Ed25519(pair) => pair.sign(message).into(),
			Self::Ecdsa(pair) => pair.sign(message).into(),
		}
	}

	/// The account's signature over [`Consent::payload`]; `nonce` is the account's on the chain.
	pub fn consent(&self, consent: &Consent, genesis: &Hash, nonce: u32) -> AccountSignature {
		self.sign_for_wire(&consent.payload(genesis, &self.account_id(), nonce))
	}

	pub(crate) fn sign_for_wire(&self, message: &[u8]) -> AccountSignature {
		AccountSignature::new(self.scheme(), self.sign(message))
	}
}

impl std::fmt::Debug for AccountKey {
	fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
		write!(f, "AccountKey({}, {})", self.scheme(), self.account_id())
	}
}

fn describe(error: &SecretStringError) -> String {
	match error {
		SecretStringError::InvalidPhrase => {
			"the words are not a recovery phrase; check their spelling and order"
		},
		SecretStringError::InvalidSeed | SecretStringError::InvalidSeedLength => {
			"the seed is not 0x and 64 hexadecimal digits"
		},
		SecretStringError::InvalidPath => "the derivation path is not possible in this scheme",
		_ => "write 12 words or 0x and 64 hexadecimal digits, then an optional //path",
	}
	.to_owned()
}

const FINGERPRINT_DOMAIN: &[u8] = b"medrec/fingerprint/v1";

/// Digits of fingerprints: Crockford's base32, without I, L, O and U, which are misread.
const FINGERPRINT_DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// What people compare to know that an account is the patient's: four groups of five digits, such as
/// `7K2MQ-0ZV9X-HN4PT-C3W8R`: the first 100 bits of `blake2_256("medrec/fingerprint/v1" ‖ account)`.
pub fn fingerprint(account: &AccountId) -> String {
	let hash = blake2_256(&[FINGERPRINT_DOMAIN, account.as_ref()].concat());
	let mut text = String::with_capacity(23);
	for digit in 0..20 {
		if digit > 0 && digit % 5 == 0 {
			text.push('-');
		}
		let value = (0..5).fold(0, |value, bit| {
			let position = digit * 5 + bit;
			value << 1 | (hash[position / 8] >> (7 - position % 8)) & 1
		});
		text.push(FINGERPRINT_DIGITS[usize::from(value)].into());
	}
	text
}

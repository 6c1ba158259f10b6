//! Receipts of the access log: what a client keeps to prove later that its access has to be in the
//! gatekeeper's log. A receipt carries no counter, so that it tells nothing of others' requests.

use crate::{
	encoding,
	gatekeeper_key::{GatekeeperSecret, GatekeeperSignature},
};
use codec::Encode;
use medrec_primitives::{GatekeeperKey, Hash, Moment, ParticipantId};
use rand::{rngs::OsRng, RngCore};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

const DOMAIN: &[u8] = b"medrec/receipt/v1";

/// Random name of a log entry: 16 bytes, unpadded base64url as text and in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntryId(#[serde(with = "encoding::base64url_bytes")] pub [u8; 16]);

impl EntryId {
	/// A fresh one.
	pub fn random() -> Self {
		let mut bytes = [0; 16];
		OsRng.fill_bytes(&mut bytes);
		Self(bytes)
	}
}

impl fmt::Display for EntryId {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		f.write_str(&encoding::to_base64url(&self.0))
	}
}

/// The text is no entry's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a log entry's name is 22 digits of unpadded base64url")]
pub struct EntryIdError;

impl FromStr for EntryId {
	type Err = EntryIdError;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		encoding::array_from_base64url(text).map(Self).ok_or(EntryIdError)
	}
}

/// The gatekeeper's promise that an entry is in its log. Header `medrec-receipt`: unpadded base64url of
/// this as JSON in camelCase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Receipt {
	/// Whose gatekeeper it is.
	pub provider: ParticipantId,
	/// Name of the entry.
	pub entry: EntryId,
	/// Its leaf hash in the Merkle tree (RFC 6962).
	pub leaf: Hash,
	/// When the entry was written, by the gatekeeper's clock.
	pub at: Moment,
	/// By the gatekeeper's key, over `"medrec/receipt/v1" ‖ genesis ‖ provider u64 LE ‖ entry ‖ leaf ‖
	/// at u64 LE`.
	pub signature: GatekeeperSignature,
}

/// The header holds no receipt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("medrec-receipt cannot be read: {0}")]
pub struct ReceiptError(pub String);

impl Receipt {
	/// Sign one.
	pub fn sign(
		key: &GatekeeperSecret,
		genesis: &Hash,
		provider: ParticipantId,
		entry: EntryId,
		leaf: Hash,
		at: Moment,
	) -> Self {
		let signature = key.sign(&payload(genesis, provider, entry, leaf, at));
		Self { provider, entry, leaf, at, signature }
	}

	/// Whether it is signed by this key, for this chain.
	pub fn verify(&self, genesis: &Hash, key: &GatekeeperKey) -> bool {
		let payload = payload(genesis, self.provider, self.entry, self.leaf, self.at);
		self.signature.verify(key, &payload)
	}

	/// Value of `medrec-receipt`.
	pub fn header_value(&self) -> String {
		encoding::to_base64url_json(self)
			.expect("numbers and strings have JSON, and writing to memory does not fail; qed")
	}

	/// Reads [`Self::header_value`]; does not check the signature.
	pub fn from_header_value(value: &str) -> Result<Self, ReceiptError> {
		encoding::from_base64url_json(value).map_err(ReceiptError)
	}
}

fn payload(
	genesis: &Hash,
	provider: ParticipantId,
	entry: EntryId,
	leaf: Hash,
	at: Moment,
) -> Vec<u8> {
	let mut bytes = DOMAIN.to_vec();
	(genesis, provider, entry.0, leaf, at).encode_to(&mut bytes);
	bytes
}

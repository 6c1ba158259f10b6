//! Application: what a prospective provider hands to a member of the council, in a file, because
//! strangers cannot transact. The member proposes to admit it as it stands there.

use crate::{account::AccountKey, encoding, signature::AccountSignature};
use codec::Encode;
use medrec_primitives::{AccountId, EncryptionKey, GatekeeperKey, Hash};
use serde::{Deserialize, Serialize};
use sp_runtime::traits::Verify;

const DOMAIN: &[u8] = b"medrec/application/v1";

/// The file, as JSON. Everything in it becomes public with the proposal.
///
/// It holds as long as the account is nobody's on the chain: what is proposed is decided by vote, and
/// an account is admitted once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Application {
	/// Genesis hash of the chain.
	pub genesis: Hash,
	/// Name that the provider wants to have, at most
	/// [`MAX_NAME_LENGTH`](medrec_primitives::MAX_NAME_LENGTH) bytes of UTF-8.
	pub name: String,
	/// Origin of its gatekeeper, at most
	/// [`MAX_ENDPOINT_LENGTH`](medrec_primitives::MAX_ENDPOINT_LENGTH) bytes.
	pub endpoint: String,
	/// The account that is to act as the provider (SS58).
	pub account: AccountId,
	/// Where messages to it are sealed to, `0x…`.
	#[serde(with = "encoding::hex_bytes")]
	pub encryption_key: EncryptionKey,
	/// Key with which its gatekeeper signs answers, `0x…`.
	#[serde(with = "encoding::hex_bytes")]
	pub gatekeeper_key: GatekeeperKey,
	/// The account's, over [`Self::payload`].
	pub signature: AccountSignature,
}

/// Why an application does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplicationError {
	/// It is for another chain.
	#[error("the application is for the chain {0:?}; have one made for this chain")]
	AnotherChain(Hash),
	/// It is not signed by its account, over its content.
	#[error("the application is not signed by the account that it names, or was changed since")]
	SignatureInvalid,
}

impl Application {
	/// Apply. Whether name and endpoint are such as the chain takes is not looked at.
	pub fn sign(
		account_key: &AccountKey,
		genesis: Hash,
		name: &str,
		endpoint: &str,
		encryption_key: EncryptionKey,
		gatekeeper_key: GatekeeperKey,
	) -> Self {
		let account = account_key.account_id();
		let payload = payload(&genesis, name, endpoint, &account, &encryption_key, &gatekeeper_key);
		Self {
			genesis,
			name: name.to_owned(),
			endpoint: endpoint.to_owned(),
			account,
			encryption_key,
			gatekeeper_key,
			signature: account_key.sign_for_wire(&payload),
		}
	}

	/// The bytes that the account signs: `"medrec/application/v1"`, then the SCALE encoding of genesis
	/// hash, name, endpoint, account, encryption key and gatekeeper key.
	pub fn payload(&self) -> Vec<u8> {
		payload(
			&self.genesis,
			&self.name,
			&self.endpoint,
			&self.account,
			&self.encryption_key,
			&self.gatekeeper_key,
		)
	}

	/// Whether it is for this chain and its account signed it, plain or as browser wallets wrap it
	/// (`<Bytes>…</Bytes>`). Whether name and endpoint are such as the chain takes is not looked at.
	///
	/// Errors: all of [`ApplicationError`].
	pub fn verify(&self, genesis: &Hash) -> Result<(), ApplicationError> {
		if self.genesis != *genesis {
			return Err(ApplicationError::AnotherChain(self.genesis));
		}
		let payload = self.payload();
		let wrapped = [b"<Bytes>", payload.as_slice(), b"</Bytes>"].concat();
		let signature = self.signature.as_signature();
		let signed = [payload, wrapped]
			.iter()
			.any(|message| signature.verify(message.as_slice(), &self.account));
		signed.then_some(()).ok_or(ApplicationError::SignatureInvalid)
	}
}

fn payload(
	genesis: &Hash,
	name: &str,
	endpoint: &str,
	account: &AccountId,
	encryption_key: &EncryptionKey,
	gatekeeper_key: &GatekeeperKey,
) -> Vec<u8> {
	let mut bytes = DOMAIN.to_vec();
	(genesis, name, endpoint, account, encryption_key, gatekeeper_key).encode_to(&mut bytes);
	bytes
}

//! Who votes: a provider with the account that it holds authority under.

use crate::{store::Key, ClientError};
use medrec_chain_client::rpc_api::AuthorityInfo;
use medrec_protocol::{account::AccountKey, signature::Scheme};
use zeroize::Zeroizing;

/// The sr25519 account of a provider at a derivation path below a key's words. Without a path it is the
/// account that `medrec-node key generate` shows for the words.
pub fn provider_account(key: &Key, path: &str) -> Result<AccountKey, ClientError> {
	if !path.is_empty() && !path.starts_with('/') {
		return Err(ClientError::Usage(format!(
			"`{path}` is no derivation path; write something like //hospital"
		)));
	}
	let uri = Zeroizing::new(format!("{}{path}", key.seed.phrase()));
	AccountKey::from_secret_uri(&uri, Scheme::Sr25519)
		.map_err(|error| ClientError::Usage(format!("the path `{path}`: {error}")))
}

/// A provider that holds a seat, with the key that it votes with.
#[derive(Debug)]
pub struct Member {
	/// Signs for it.
	pub account_key: AccountKey,
	/// Its seat.
	pub seat: AuthorityInfo,
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::store::{Keystore, Password};
	use medrec_protocol::identity::Seed;

	/// Substrate's published development phrase.
	const WORDS: &str = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";

	#[test]
	fn accounts_are_those_that_other_tools_derive() {
		let home = tempfile::tempdir().unwrap();
		let seed = Seed::from_phrase(WORDS).unwrap();
		let key = Keystore::weak(home.path())
			.add("council", &seed, &Password::new("a password".into()), 0)
			.unwrap();
		for (path, account) in [
			("", "5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV"),
			("//Alice", "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"),
		] {
			let derived = provider_account(&key, path).unwrap().account_id();
			assert_eq!(derived.to_string(), account, "{path}");
		}
		let error = provider_account(&key, "Alice").unwrap_err();
		assert!(matches!(error, ClientError::Usage(_)), "{error}");
	}
}

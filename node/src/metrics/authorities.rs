//! The authorities of a block's state, as metrics name them.

use codec::Decode;
use medrec_primitives::AccountId;
use medrec_rpc::ViaRuntime;
use medrec_runtime::{Hash, Runtime};
use sc_client_api::StorageProvider;
use sp_api::ProvideRuntimeApi;
use sp_consensus_aura::{sr25519::AuthorityId, AuraApi};
use sp_core::{crypto::key_types::AURA, ByteArray};
use sp_keystore::KeystorePtr;
use sp_storage::StorageKey;

use crate::service::FullClient;

/// Names of the labels, in the order of [`Authority::labels`].
pub const LABELS: [&str; 3] = ["authority", "provider", "own"];

/// An authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
	/// Its Aura key.
	pub key: AuthorityId,
	/// Whether this node has that key.
	pub own: bool,
	/// The first digits of the key.
	short_key: String,
	/// Its provider's name; empty where the chain does not say.
	provider: String,
}

impl Authority {
	/// Values of [`LABELS`].
	pub fn labels(&self) -> [&str; 3] {
		[&self.short_key, &self.provider, if self.own { "true" } else { "false" }]
	}
}

/// The authorities, in the order of their turns.
pub type Authorities = Vec<Authority>;

/// The authorities that may author on top of a block. Names are looked up only where the keys differ from
/// those of `known`.
pub fn read(
	client: &FullClient,
	keystore: &KeystorePtr,
	block: Hash,
	known: &Authorities,
) -> Result<Authorities, String> {
	let keys = client
		.runtime_api()
		.authorities(block)
		.map_err(|error| format!("the authorities of {block:?}: {error}"))?;
	let has = |key: &AuthorityId| keystore.has_keys(&[(key.to_raw_vec(), AURA)]);
	if keys.iter().eq(known.iter().map(|authority| &authority.key)) {
		return Ok(known
			.iter()
			.map(|authority| Authority { own: has(&authority.key), ..authority.clone() })
			.collect());
	}
	// Aura takes its keys from the session's validators, in their order.
	let validators = validators(client, block).filter(|all| all.len() == keys.len());
	let provider = |index: usize| {
		let account = validators.as_ref()?.get(index)?;
		let participant = client.participant_of(block, account.clone()).ok().flatten()?;
		let provider = client.provider(block, participant).ok().flatten()?;
		Some(String::from_utf8_lossy(&provider.name).into_owned())
	};
	Ok(keys
		.into_iter()
		.enumerate()
		.map(|(index, key)| Authority {
			own: has(&key),
			short_key: short(key.as_slice()),
			provider: provider(index).unwrap_or_default(),
			key,
		})
		.collect())
}

/// As many digits of a key as tell keys apart: the label is for people.
fn short(key: &[u8]) -> String {
	let digits: String = key.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
	format!("0x{digits}")
}

/// Accounts of the session's validators.
fn validators(client: &FullClient, block: Hash) -> Option<Vec<AccountId>> {
	let key = StorageKey(pallet_session::Validators::<Runtime>::hashed_key().to_vec());
	let value = client.storage(block, &key).ok().flatten()?;
	Decode::decode(&mut value.0.as_slice()).ok()
}

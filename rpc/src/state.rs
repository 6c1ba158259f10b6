//! Reads of one block's state, by storage key.

use std::sync::Arc;

use codec::{Decode, MaxEncodedLen};
use medrec_primitives::{
	AccountId, ExpiryDay, Moment, Participant, ParticipantAccount, ParticipantId, PeerIds,
	Provider, PurposesTable, Relationship, RelationshipId, RelationshipRole, Tag,
};
use medrec_runtime::{
	configs::{
		dynamic_params::access, RuntimeParametersKey, RuntimeParametersValue,
		DEFAULT_STALENESS_LIMIT,
	},
	Runtime,
};
use sc_client_api::{backend::TrieCacheContext, StateBackend};
use sp_storage::StorageKey;

use crate::{Block, Client, Hash};

type Participants = pallet_registrar::Participants<Runtime>;
type Providers = pallet_registrar::Providers<Runtime>;
type NodesOfProviders = pallet_registrar::PeerIds<Runtime>;
type Parameters = pallet_parameters::Parameters<Runtime>;
type Relationships = pallet_relationship::Relationships<Runtime>;
type Grants = pallet_relationship::Grants<Runtime>;
type Entries = pallet_summary::Entries<Runtime>;

/// Why a read failed.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
	/// The node has no state of this block.
	#[error("no state of block {0:?}")]
	NoState(Hash),
	/// The database failed.
	#[error("state of block {0:?}: {1}")]
	Backend(Hash, String),
	/// A value is not what its key says.
	#[error("state of block {0:?}: undecodable value of {1}")]
	Undecodable(Hash, &'static str),
}

/// The state of one block.
pub(crate) struct StateReader<BE: sc_client_api::Backend<Block>> {
	block: Hash,
	state: BE::State,
}

impl<BE: sc_client_api::Backend<Block>> StateReader<BE> {
	/// Open the state of a block.
	pub(crate) fn open(backend: &Arc<BE>, block: Hash) -> Result<Self, ReadError> {
		// Questions come from outside: what they read must not displace what block import cached.
		let state = backend
			.state_at(block, TrieCacheContext::Untrusted)
			.map_err(|_| ReadError::NoState(block))?;
		Ok(Self { block, state })
	}

	/// The value under a key.
	pub(crate) fn raw(&self, key: &[u8]) -> Result<Option<Vec<u8>>, ReadError> {
		self.state.storage(key).map_err(|error| ReadError::Backend(self.block, error.to_string()))
	}

	fn value<T: Decode>(&self, key: &[u8], what: &'static str) -> Result<Option<T>, ReadError> {
		self.raw(key)?
			.map(|bytes| {
				T::decode(&mut bytes.as_slice())
					.map_err(|_| ReadError::Undecodable(self.block, what))
			})
			.transpose()
	}

	pub(crate) fn time(&self) -> Result<u64, ReadError> {
		let key = pallet_timestamp::Now::<Runtime>::hashed_key();
		Ok(self.value(&key, "Timestamp::Now")?.unwrap_or_default())
	}

	pub(crate) fn purposes(&self) -> Result<PurposesTable, ReadError> {
		let key = pallet_registrar::Purposes::<Runtime>::hashed_key();
		Ok(self.value(&key, "Registrar::Purposes")?.unwrap_or_default())
	}

	/// The limit that the council set, or the one that holds until it does, milliseconds.
	pub(crate) fn staleness_limit(&self) -> Result<Moment, ReadError> {
		const WHAT: &str = "Parameters::Parameters";
		match self.value(&staleness_limit_key(), WHAT)? {
			Some(RuntimeParametersValue::Access(access::ParametersValue::StalenessLimit(
				limit,
			))) => Ok(limit),
			Some(_) => Err(ReadError::Undecodable(self.block, WHAT)),
			None => Ok(DEFAULT_STALENESS_LIMIT),
		}
	}

	pub(crate) fn participant(
		&self,
		id: ParticipantId,
	) -> Result<Option<Participant<AccountId>>, ReadError> {
		self.value(&participant_key(id), "Registrar::Participants")
	}

	pub(crate) fn account(
		&self,
		account: &AccountId,
	) -> Result<Option<ParticipantAccount>, ReadError> {
		let key = frame_system::Account::<Runtime>::hashed_key_for(account);
		let entry: Option<frame_system::AccountInfo<u32, ParticipantAccount>> =
			self.value(&key, "System::Account")?;
		Ok(entry.map(|entry| entry.data))
	}

	pub(crate) fn provider(
		&self,
		id: ParticipantId,
	) -> Result<Option<Provider<AccountId>>, ReadError> {
		self.value(&Providers::hashed_key_for(id), "Registrar::Providers")
	}

	pub(crate) fn relationship(
		&self,
		id: RelationshipId,
	) -> Result<Option<Relationship>, ReadError> {
		self.value(&relationship_key(id), "Relationships::Relationships")
	}

	pub(crate) fn grant(
		&self,
		relationship: RelationshipId,
		tag: Tag,
	) -> Result<Option<ExpiryDay>, ReadError> {
		self.value(&grant_key(relationship, tag), "Relationships::Grants")
	}

	pub(crate) fn authorities(&self) -> Result<Vec<(ParticipantId, AccountId)>, ReadError> {
		let key = pallet_authorities::Authorities::<Runtime>::hashed_key();
		Ok(self.value(&key, "Authorities::Authorities")?.unwrap_or_default())
	}
}

/// Key of the staleness limit.
pub(crate) fn staleness_limit_key() -> Vec<u8> {
	let key = access::ParametersKey::StalenessLimit(access::StalenessLimit);
	Parameters::hashed_key_for(RuntimeParametersKey::Access(key))
}

/// Key of a participant.
pub(crate) fn participant_key(id: ParticipantId) -> Vec<u8> {
	Participants::hashed_key_for(id)
}

/// Key of a relationship.
pub(crate) fn relationship_key(id: RelationshipId) -> Vec<u8> {
	Relationships::hashed_key_for(id)
}

/// Key of a grant.
pub(crate) fn grant_key(relationship: RelationshipId, tag: Tag) -> Vec<u8> {
	Grants::hashed_key_for(relationship, tag)
}

/// A key without its last part, for maps whose hasher leaves that as it is.
pub(crate) fn without_last<T: MaxEncodedLen>(mut key: Vec<u8>) -> Vec<u8> {
	key.truncate(key.len().saturating_sub(T::max_encoded_len()));
	key
}

/// What follows a prefix in a key, for maps whose hasher leaves that as it is.
pub(crate) fn trailing<T: Decode>(key: &[u8], prefix: &[u8]) -> Option<T> {
	T::decode(&mut key.strip_prefix(prefix)?).ok()
}

/// Parts of a map below a prefix, after a key, at most `limit` of them: the last part of each key, and
/// its value.
fn page<C, BE, K, V>(
	client: &C,
	block: Hash,
	prefix: Vec<u8>,
	after: Option<Vec<u8>>,
	limit: usize,
	what: &'static str,
) -> Result<Vec<(K, V)>, ReadError>
where
	C: Client<BE>,
	BE: sc_client_api::Backend<Block>,
	K: Decode,
	V: Decode,
{
	let prefix = StorageKey(prefix);
	let after = after.map(StorageKey);
	client
		.storage_pairs(block, Some(&prefix), after.as_ref())
		.map_err(|_| ReadError::NoState(block))?
		.take(limit)
		.map(|(key, value)| {
			let part = trailing(&key.0, &prefix.0);
			let value = V::decode(&mut value.0.as_slice()).ok();
			part.zip(value).ok_or(ReadError::Undecodable(block, what))
		})
		.collect()
}

/// Providers after `after`.
pub(crate) fn providers<C: Client<BE>, BE: sc_client_api::Backend<Block>>(
	client: &C,
	block: Hash,
	after: Option<ParticipantId>,
	limit: usize,
) -> Result<Vec<(ParticipantId, Provider<AccountId>)>, ReadError> {
	let prefix = without_last::<ParticipantId>(Providers::hashed_key_for(ParticipantId::MIN));
	let after = after.map(Providers::hashed_key_for);
	page::<C, BE, _, _>(client, block, prefix, after, limit, "Registrar::Providers")
}

/// Nodes of providers, of the first `limit` that have named any.
pub(crate) fn peer_ids<C: Client<BE>, BE: sc_client_api::Backend<Block>>(
	client: &C,
	block: Hash,
	limit: usize,
) -> Result<Vec<(ParticipantId, PeerIds)>, ReadError> {
	let prefix =
		without_last::<ParticipantId>(NodesOfProviders::hashed_key_for(ParticipantId::MIN));
	page::<C, BE, _, _>(client, block, prefix, None, limit, "Registrar::PeerIds")
}

/// A participant's relationships after `after`.
pub(crate) fn summary<C: Client<BE>, BE: sc_client_api::Backend<Block>>(
	client: &C,
	block: Hash,
	participant: ParticipantId,
	after: Option<RelationshipId>,
	limit: usize,
) -> Result<Vec<(RelationshipId, RelationshipRole)>, ReadError> {
	let prefix =
		without_last::<RelationshipId>(Entries::hashed_key_for(participant, RelationshipId::MIN));
	let after = after.map(|relationship| Entries::hashed_key_for(participant, relationship));
	page::<C, BE, _, _>(client, block, prefix, after, limit, "Summary::Entries")
}

/// Grants under a relationship.
pub(crate) fn grants<C: Client<BE>, BE: sc_client_api::Backend<Block>>(
	client: &C,
	block: Hash,
	relationship: RelationshipId,
	limit: usize,
) -> Result<Vec<(Tag, ExpiryDay)>, ReadError> {
	let prefix = without_last::<Tag>(Grants::hashed_key_for(relationship, Tag([0; 32])));
	page::<C, BE, _, _>(client, block, prefix, None, limit, "Relationships::Grants")
}

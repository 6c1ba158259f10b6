//! Who validates, and who is about to: what a provider's operator has to know and the `medrec` namespace
//! does not answer.

use crate::{
	api::{self, runtime_types::pallet_authorities::types},
	calls::account,
	node::json,
	ChainClient, ChainError, Runtime,
};
use codec::{Decode, DecodeAll, Encode};
use medrec_primitives::{AccountId, AuthorityChange, Hash, ParticipantId};
use medrec_rpc_api::BlockRef;
use serde::{Deserialize, Serialize};
use sp_core::Bytes;
use std::time::Duration;
use subxt::{
	ext::{
		frame_decode::storage::{decode_storage_value_with_info, StorageTypeInfo},
		scale_decode::IntoVisitor,
	},
	storage::Address,
};

/// Public halves of the keys that a provider's node works with, encoded as the runtime's `SessionKeys`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionKeys {
	/// Authors blocks (sr25519).
	pub aura: Hash,
	/// Votes on finality (Ed25519).
	pub grandpa: Hash,
	/// Says where the node is reached (sr25519).
	pub authority_discovery: Hash,
}

/// Session keys that a node has made and keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneratedSessionKeys {
	/// The public halves.
	pub keys: SessionKeys,
	/// What proves to the chain that the account that they were made for has them.
	pub proof: Vec<u8>,
}

/// A decision of the council that waits for objections.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingChange {
	/// The provider.
	pub participant: ParticipantId,
	/// What is to happen to it.
	pub change: AuthorityChange,
	/// From this block on the next rotation of the session enacts it.
	pub due: u32,
	/// The authorities that object.
	pub objectors: Vec<ParticipantId>,
}

/// A provider that voted for two things at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Offender {
	/// The provider.
	pub participant: ParticipantId,
	/// The session in which it did.
	pub session: u32,
	/// The block that has the evidence.
	pub reported: u32,
	/// The session in which the council forgave it.
	pub forgiven: Option<u32>,
}

/// A validator, with the keys that it works with. A provider that has moved to a new account validates
/// under the old one for up to two sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Validator {
	/// The account that it goes by.
	pub account: AccountId,
	/// Its keys.
	pub keys: SessionKeys,
}

/// Who validates, and who will, at one block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Validators {
	/// The block.
	pub at: BlockRef,
	/// Validators of this session.
	pub active: Vec<Validator>,
	/// Those among them who make no blocks, because they equivocated.
	pub disabled: Vec<AccountId>,
	/// Validators of the next session.
	pub queued: Vec<Validator>,
	/// The providers that hold authority: those of the session after the next, and the council.
	pub seats: Vec<ParticipantId>,
	/// Decisions that wait for objections.
	pub changes: Vec<PendingChange>,
	/// Providers that equivocated.
	pub offenders: Vec<Offender>,
	/// The first block that is not in this session any more.
	pub session_end: u32,
	/// Blocks of a session.
	pub session_length: u32,
	/// Time of a block, if none is missed.
	#[serde(skip)]
	pub slot: Duration,
}

impl Validators {
	/// About how long it is until a block.
	pub fn time_until(&self, block: u32) -> Duration {
		self.slot * block.saturating_sub(self.at.number)
	}
}

#[derive(Deserialize)]
struct Generated {
	keys: Bytes,
	proof: Option<Bytes>,
}

impl ChainClient {
	/// Have the node make session keys and keep them in its keystore, for an account to register with
	/// [`set_keys`](crate::calls::set_keys).
	///
	/// Fails with [`ChainError::OperatorOnly`] where the node's JSON-RPC is not open for its operator.
	pub async fn generate_session_keys(
		&self,
		owner: &AccountId,
	) -> Result<GeneratedSessionKeys, ChainError> {
		const METHOD: &str = "author_rotateKeysWithOwner";
		let malformed = |reason: &str| ChainError::Malformed {
			method: METHOD.into(),
			reason: reason.to_owned(),
		};
		let made: Generated = self.request(METHOD, vec![json(Bytes(owner.encode()))]).await?;
		Ok(GeneratedSessionKeys {
			keys: SessionKeys::decode_all(&mut &made.keys.0[..])
				.map_err(|_| malformed("session keys are three keys of 32 bytes"))?,
			proof: made.proof.ok_or_else(|| malformed("it has no proof of ownership"))?.0,
		})
	}

	/// Whether the node's keystore has the secret halves of these keys.
	///
	/// Fails with [`ChainError::OperatorOnly`] where the node's JSON-RPC is not open for its operator.
	pub async fn has_session_keys(&self, keys: &SessionKeys) -> Result<bool, ChainError> {
		self.request("author_hasSessionKeys", vec![json(Bytes(keys.encode()))]).await
	}

	/// Whether the node runs as a validator.
	pub async fn is_validator(&self) -> Result<bool, ChainError> {
		let roles: Vec<String> = self.request("system_nodeRoles", vec![]).await?;
		Ok(roles.iter().any(|role| role == "Authority"))
	}

	/// The session keys that an account has registered, at the best block.
	pub async fn registered_keys(
		&self,
		owner: &AccountId,
	) -> Result<Option<SessionKeys>, ChainError> {
		let (runtime, best) = futures::try_join!(self.runtime(), self.best())?;
		let entry = api::storage().session().next_keys();
		let keys = self.stored(&runtime, best.hash, entry, (account(owner.clone()),)).await?;
		Ok(keys.map(|keys| keys.0))
	}

	/// Hash of the runtime that the council authorized and nobody has set yet, at the best block.
	pub async fn authorized_upgrade(&self) -> Result<Option<Hash>, ChainError> {
		let (runtime, best) = futures::try_join!(self.runtime(), self.best())?;
		let entry = api::storage().system().authorized_upgrade();
		let upgrade = self.stored(&runtime, best.hash, entry, ()).await?;
		Ok(upgrade.map(|upgrade| Hash::from(upgrade.code_hash.0)))
	}

	/// Who validates, and who will, at the best block.
	pub async fn validators(&self) -> Result<Validators, ChainError> {
		let (runtime, at, slot) =
			futures::try_join!(self.runtime(), self.best(), self.slot_duration())?;
		let (session, authorities) = (api::storage().session(), api::storage().authorities());
		let (active, queued, disabled, seats, changes, offenders, start, length) = futures::try_join!(
			self.stored_or_default(&runtime, at.hash, authorities.active_keys()),
			self.stored_or_default(&runtime, at.hash, session.queued_keys()),
			self.stored_or_default(&runtime, at.hash, session.disabled_validators()),
			self.stored_or_default(&runtime, at.hash, authorities.authorities()),
			self.stored_or_default(&runtime, at.hash, authorities.changes()),
			self.stored_or_default(&runtime, at.hash, authorities.offenders()),
			self.stored_or_default(&runtime, at.hash, authorities.session_start()),
			self.stored_or_default(&runtime, at.hash, authorities.session_length()),
		)?;
		let validators = |list: Vec<_>| -> Vec<Validator> {
			list.into_iter()
				.map(|(account, keys): (subxt::utils::AccountId32, subxt::utils::Static<_>)| {
					Validator { account: account.0.into(), keys: keys.0 }
				})
				.collect()
		};
		let active = validators(active);
		Ok(Validators {
			at,
			disabled: disabled
				.into_iter()
				.filter_map(|(index, _)| active.get(index as usize))
				.map(|validator| validator.account.clone())
				.collect(),
			active,
			queued: validators(queued),
			seats: seats.0.into_iter().map(|(participant, _)| participant).collect(),
			changes: changes.0.into_iter().map(PendingChange::from).collect(),
			offenders: offenders.0.into_iter().map(Offender::from).collect(),
			session_end: start.saturating_add(length),
			session_length: length,
			slot,
		})
	}

	/// Time of a block, if none is missed.
	async fn slot_duration(&self) -> Result<Duration, ChainError> {
		const METHOD: &str = "AuraApi_slot_duration";
		let answer = self.state_call(METHOD, Vec::new()).await?;
		u64::decode_all(&mut &answer.0[..]).map(Duration::from_millis).map_err(|error| {
			ChainError::Malformed {
				method: METHOD.into(),
				reason: format!("a duration is eight bytes: {error}"),
			}
		})
	}

	/// A value of a block's storage, or what stands for it where it was never written.
	async fn stored_or_default<A: Address<KeyParts = ()>>(
		&self,
		runtime: &Runtime,
		at: Hash,
		address: A,
	) -> Result<A::Value, ChainError> {
		let missing = ChainError::Malformed {
			method: "state_getStorage".into(),
			reason: format!("there is no {}.{}", address.pallet_name(), address.entry_name()),
		};
		self.stored(runtime, at, address, ()).await?.ok_or(missing)
	}

	/// A value of a block's storage; `None` where it was never written and has no default.
	async fn stored<A: Address>(
		&self,
		runtime: &Runtime,
		at: Hash,
		address: A,
		key_parts: A::KeyParts,
	) -> Result<Option<A::Value>, ChainError> {
		let name = format!("{}.{}", address.pallet_name(), address.entry_name());
		let incompatible = |error: String| ChainError::Incompatible {
			spec_version: runtime.spec_version(),
			reason: format!("{name} is another there ({error})"),
		};
		let key = {
			let storage = runtime.client().storage();
			let entry = storage.entry(&address).map_err(|error| incompatible(error.to_string()))?;
			entry.fetch_key(key_parts).map_err(|error| incompatible(error.to_string()))?
		};
		let bytes = self.storage(key, at).await?;
		let metadata = runtime.client().metadata_ref();
		let info = metadata
			.storage_info(address.pallet_name(), address.entry_name())
			.map_err(|error| incompatible(error.to_string()))?;
		let Some(bytes) =
			bytes.map(|bytes| bytes.0).or(info.default_value.as_deref().map(<[u8]>::to_vec))
		else {
			return Ok(None);
		};
		decode_storage_value_with_info(
			&mut &*bytes,
			&info,
			metadata.types(),
			A::Value::into_visitor(),
		)
		.map(Some)
		.map_err(|error| ChainError::Malformed {
			method: "state_getStorage".into(),
			reason: format!("{name} cannot be read: {error}"),
		})
	}
}

impl From<types::PendingChange> for PendingChange {
	fn from(pending: types::PendingChange) -> Self {
		Self {
			participant: pending.participant,
			change: pending.change.0,
			due: pending.due,
			objectors: pending.objectors.0,
		}
	}
}

impl From<types::Offender> for Offender {
	fn from(offender: types::Offender) -> Self {
		let types::Offender { participant, session, reported, forgiven } = offender;
		Self { participant, session, reported, forgiven }
	}
}

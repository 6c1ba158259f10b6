//! What every Substrate node answers, as far as it is needed here.

use crate::{ChainClient, ChainError};
use codec::{DecodeAll, Encode};
use medrec_primitives::{AccountId, Hash};
use medrec_rpc_api::BlockRef;
use serde::{Deserialize, Serialize};
use sp_core::{crypto::Ss58Codec, Bytes};

/// Answer of `system_health`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Health {
	/// Number of connected peers.
	pub peers: u32,
	/// Whether the node is downloading blocks that its peers have.
	pub is_syncing: bool,
	/// Whether the node should have peers.
	pub should_have_peers: bool,
}

/// The part of `state_getRuntimeVersion` that signing depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuntimeVersion {
	/// Name of the runtime.
	pub spec_name: String,
	/// Version of the runtime.
	pub spec_version: u32,
	/// Version of the transactions' format.
	pub transaction_version: u32,
}

/// How a node and its chain are doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
	/// Name of the chain.
	pub chain: String,
	/// Genesis hash, which identifies it.
	pub genesis: Hash,
	/// Name of the node's program.
	pub node: String,
	/// Its version.
	pub version: String,
	/// The runtime at the best block.
	pub runtime: RuntimeVersion,
	/// Best block.
	pub best: BlockRef,
	/// Finalized block.
	pub finalized: BlockRef,
	/// Peers and synchronisation.
	pub health: Health,
}

#[derive(Deserialize)]
struct Header {
	number: String,
}

#[derive(Deserialize)]
struct SignedBlock {
	block: Block,
}

#[derive(Deserialize)]
struct Block {
	extrinsics: Vec<Bytes>,
}

impl ChainClient {
	/// How the node and its chain are doing.
	pub async fn status(&self) -> Result<Status, ChainError> {
		let (chain, node, version, runtime, health) = futures::try_join!(
			self.request("system_chain", vec![]),
			self.request("system_name", vec![]),
			self.request("system_version", vec![]),
			self.runtime_version(),
			self.request("system_health", vec![]),
		)?;
		let (best, finalized) = futures::try_join!(self.best(), self.finalized())?;
		Ok(Status {
			chain,
			genesis: self.genesis(),
			node,
			version,
			runtime,
			best,
			finalized,
			health,
		})
	}

	/// The best block.
	pub async fn best(&self) -> Result<BlockRef, ChainError> {
		let hash = self.request("chain_getBlockHash", vec![]).await?;
		Ok(BlockRef { hash, number: self.block_number(hash).await? })
	}

	/// The last finalized block.
	pub async fn finalized(&self) -> Result<BlockRef, ChainError> {
		let hash = self.request("chain_getFinalizedHead", vec![]).await?;
		Ok(BlockRef { hash, number: self.block_number(hash).await? })
	}

	/// Nonce of an account's next transaction, counting those that wait in the node's pool.
	pub async fn next_nonce(&self, account: &AccountId) -> Result<u32, ChainError> {
		self.request("system_accountNextIndex", vec![account.to_ss58check().into()]).await
	}

	/// Nonce of an account's next transaction at the best block, whatever waits in the node's pool.
	pub async fn included_nonce(&self, account: &AccountId) -> Result<u32, ChainError> {
		const METHOD: &str = "state_call";
		let question = vec!["AccountNonceApi_account_nonce".into(), json(Bytes(account.encode()))];
		let answer: Bytes = self.request(METHOD, question).await?;
		u32::decode_all(&mut &answer.0[..]).map_err(|error| ChainError::Malformed {
			method: METHOD.into(),
			reason: format!("a nonce is four bytes: {error}"),
		})
	}

	/// Height of a block.
	pub(crate) async fn block_number(&self, hash: Hash) -> Result<u32, ChainError> {
		const METHOD: &str = "chain_getHeader";
		let header: Option<Header> = self.request(METHOD, vec![json(hash)]).await?;
		let malformed = |reason: String| ChainError::Malformed { method: METHOD.into(), reason };
		let number = header.ok_or_else(|| malformed(format!("block {hash:?} is unknown")))?.number;
		u32::from_str_radix(number.trim_start_matches("0x"), 16)
			.map_err(|_| malformed(format!("`{number}` is no block number")))
	}

	/// Encoded extrinsics of a block.
	pub(crate) async fn extrinsics(&self, block: Hash) -> Result<Vec<Bytes>, ChainError> {
		const METHOD: &str = "chain_getBlock";
		let signed: Option<SignedBlock> = self.request(METHOD, vec![json(block)]).await?;
		signed.map(|signed| signed.block.extrinsics).ok_or_else(|| ChainError::Malformed {
			method: METHOD.into(),
			reason: format!("block {block:?} is unknown"),
		})
	}

	/// A value of a block's storage, encoded.
	pub(crate) async fn storage(
		&self,
		key: Vec<u8>,
		block: Hash,
	) -> Result<Option<Bytes>, ChainError> {
		self.request("state_getStorage", vec![json(Bytes(key)), json(block)]).await
	}

	/// Version of the runtime at the best block.
	pub async fn runtime_version(&self) -> Result<RuntimeVersion, ChainError> {
		self.request("state_getRuntimeVersion", vec![]).await
	}

	/// Call a function of the runtime's API at the best block.
	pub(crate) async fn state_call(
		&self,
		function: &str,
		argument: Vec<u8>,
	) -> Result<Bytes, ChainError> {
		self.request("state_call", vec![function.into(), json(Bytes(argument))]).await
	}
}

pub(crate) fn json(value: impl Serialize) -> serde_json::Value {
	// Hashes and byte strings are strings in JSON; there is no such value that cannot be written.
	serde_json::to_value(value).unwrap_or_default()
}

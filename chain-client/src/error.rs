//! What can go wrong on the way to the chain and on it.

use crate::Refusal;
use medrec_primitives::Hash;
use std::time::Duration;

/// A read from the node, or the connection to it, failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ChainError {
	/// The address is none.
	#[error("`{url}` is not the address of a node ({reason}); expected something like ws://127.0.0.1:9944")]
	InvalidUrl {
		/// What was given.
		url: String,
		/// Why that is no address.
		reason: String,
	},
	/// Nothing answers there, or the connection was lost.
	#[error(
		"the node at {url} cannot be reached ({reason}); is it running, and is the address right?"
	)]
	Unreachable {
		/// Address of the node.
		url: String,
		/// What the network said.
		reason: String,
	},
	/// The node did not answer in time.
	#[error("the node at {url} did not answer `{method}` in time; it may be overloaded")]
	NoAnswer {
		/// Address of the node.
		url: String,
		/// What was asked.
		method: String,
	},
	/// After a lost connection a node of another chain answers.
	#[error(
		"the node at {url} is now on another chain: genesis {found:?}, before it was {expected:?}"
	)]
	AnotherChain {
		/// Address of the node.
		url: String,
		/// Genesis hash at the time of the first connection.
		expected: Hash,
		/// Genesis hash now.
		found: Hash,
	},
	/// The node answered with a JSON-RPC error.
	#[error("the node refused `{method}`: {message} (code {code}{})", data.as_deref().map(|data| format!(", {data}")).unwrap_or_default())]
	Node {
		/// What was asked.
		method: String,
		/// JSON-RPC error code; those of the `medrec` namespace are in [`medrec_rpc_api::error`].
		code: i32,
		/// What the node says.
		message: String,
		/// Further data, as JSON.
		data: Option<String>,
	},
	/// The node does this for its operator only: over JSON-RPC that is open for unsafe methods.
	#[error("the node at {url} does `{method}` for its operator only; ask it where its JSON-RPC takes unsafe methods")]
	OperatorOnly {
		/// Address of the node.
		url: String,
		/// What was asked.
		method: String,
	},
	/// The node's answer is not what it should be.
	#[error("the node's answer to `{method}` makes no sense: {reason}")]
	Malformed {
		/// What was asked.
		method: String,
		/// What is wrong with the answer.
		reason: String,
	},
	/// The runtime of the node does not know this call in the shape that this client knows.
	#[error("the chain's runtime (version {spec_version}) does not fit this program: {reason}; use the release of MedRec that belongs to it")]
	Incompatible {
		/// Version of the node's runtime.
		spec_version: u32,
		/// What does not fit.
		reason: String,
	},
}

impl ChainError {
	/// Whether the same may well succeed later, or at another node.
	pub fn is_unavailable(&self) -> bool {
		match self {
			Self::Unreachable { .. } | Self::NoAnswer { .. } => true,
			Self::Node { code, .. } => matches!(
				*code,
				medrec_rpc_api::error::UNAVAILABLE | medrec_rpc_api::error::REQUIRED_BLOCK_ABSENT
			),
			_ => false,
		}
	}
}

/// A call was included in a block, and failed there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DispatchFailure {
	/// The pallet that failed it, where a pallet did.
	pub pallet: Option<String>,
	/// Name of the error.
	pub error: String,
	/// The error in words, from the runtime's metadata.
	pub explanation: String,
	/// The block.
	pub block: Hash,
}

impl std::fmt::Display for DispatchFailure {
	fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
		match &self.pallet {
			Some(pallet) => write!(f, "{pallet}::{}", self.error)?,
			None => f.write_str(&self.error)?,
		}
		if !self.explanation.is_empty() {
			write!(f, ": {}", self.explanation)?;
		}
		Ok(())
	}
}

/// A transaction did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
	/// The node could not be asked.
	#[error(transparent)]
	Chain(#[from] ChainError),
	/// The call cannot be encoded or signed.
	#[error("the transaction cannot be built: {0}")]
	Build(String),
	/// The pool did not take it. It is not on the chain.
	#[error("{0}")]
	Refused(Refusal),
	/// It is in a block, but its call failed; nothing changed but the account's nonce.
	#[error("the chain rejected the call: {0}")]
	Dispatch(DispatchFailure),
	/// It was taken, and became invalid before it entered a block.
	#[error("the transaction became invalid before it entered a block (what it refers to may have changed); look at the current state and submit again")]
	Invalidated,
	/// The pool is full and dropped it.
	#[error("the node dropped the transaction because its pool is full; submit again in a moment")]
	Dropped,
	/// Another transaction of this account with the same nonce took its place.
	#[error("another transaction of this account took the place of this one; look at the current state before submitting again")]
	Usurped,
	/// Nothing happened for too long. It may still enter a block until its mortality ends.
	#[error("transaction {extrinsic:?} was not {awaited} within {} s; it may still be: look at the current state before submitting again", .after.as_secs())]
	Timeout {
		/// Hash of the extrinsic.
		extrinsic: Hash,
		/// What was waited for: "included in a block" or "finalized".
		awaited: &'static str,
		/// How long.
		after: Duration,
	},
	/// The connection was lost after the transaction had been handed over.
	#[error("the connection to the node was lost while transaction {extrinsic:?} was on its way; look at the current state before submitting again")]
	Lost {
		/// Hash of the extrinsic.
		extrinsic: Hash,
	},
}

impl SubmitError {
	/// Whether the transaction was handed over, and may or may not have entered a block.
	pub const fn is_uncertain(&self) -> bool {
		matches!(self, Self::Timeout { .. } | Self::Lost { .. })
	}

	/// Whether the same may well succeed later, or at another node.
	pub fn is_unavailable(&self) -> bool {
		match self {
			Self::Chain(error) => error.is_unavailable(),
			Self::Dropped | Self::Timeout { .. } | Self::Lost { .. } => true,
			Self::Refused(refusal) => refusal.is_temporary(),
			_ => false,
		}
	}
}

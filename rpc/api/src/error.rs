//! Errors of the namespace: JSON-RPC code, message, and data that a program can act on.

use jsonrpsee::types::ErrorObjectOwned;
use medrec_primitives::Hash;
use serde::{Deserialize, Serialize};

/// The node cannot vouch for a decision now. Ask again, or ask another node.
pub const UNAVAILABLE: i32 = -32010;
/// The block that the answer must include is not on this node's canonical chain.
pub const REQUIRED_BLOCK_ABSENT: i32 = -32011;
/// More was asked for than one call may ask.
pub const LIMIT_EXCEEDED: i32 = -32012;
/// The state of that block is unknown to this node or was pruned.
pub const STATE_UNAVAILABLE: i32 = -32013;
/// The node could not read its own state. Its log says more.
pub const INTERNAL: i32 = -32603;

/// Why a node does not decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Unavailability {
	/// The node is downloading blocks that its peers have.
	Syncing,
	/// Peers announced blocks beyond the node's own.
	BehindPeers,
	/// The finalized block is older than the limit.
	FinalityStale,
	/// The node's clock is behind the others', so that it refuses their blocks; or the best block is further
	/// in its future than clocks may differ.
	ClockBehind,
	/// The node's clock is ahead of the others', so that the finalized block looks too old.
	ClockAhead,
}

/// Data of an [`UNAVAILABLE`] error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UnavailableData {
	/// Why.
	pub reason: Unavailability,
	/// Age of the finalized block by the node's clock, milliseconds, where that is why.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub age_ms: Option<u64>,
	/// Age that is still accepted, milliseconds, where that is why.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub limit_ms: Option<u64>,
	/// By how many milliseconds the node's clock is ahead of the others', where that is why; negative where
	/// it is behind.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub clock_difference_ms: Option<i64>,
}

/// An [`UNAVAILABLE`] error.
pub fn unavailable(data: UnavailableData) -> ErrorObjectOwned {
	let message = match data.reason {
		Unavailability::Syncing => "the node is syncing; no decision until it has caught up",
		Unavailability::BehindPeers => {
			"the node is behind its peers; no decision until it has caught up"
		},
		Unavailability::FinalityStale => {
			"the last finalized block is too old; no decision until finality goes on"
		},
		Unavailability::ClockBehind => {
			"the node's clock is behind the others'; no decision until it is right"
		},
		Unavailability::ClockAhead => {
			"the node's clock is ahead of the others'; no decision until it is right"
		},
	};
	ErrorObjectOwned::owned(UNAVAILABLE, message, Some(data))
}

/// A [`REQUIRED_BLOCK_ABSENT`] error.
pub fn required_block_absent(block: Hash) -> ErrorObjectOwned {
	#[derive(Serialize)]
	struct Data {
		block: Hash,
	}
	ErrorObjectOwned::owned(
		REQUIRED_BLOCK_ABSENT,
		"the required block is not on this node's canonical chain (yet); ask again, or ask another node",
		Some(Data { block }),
	)
}

/// A [`LIMIT_EXCEEDED`] error.
pub fn limit_exceeded(what: &str, limit: u64) -> ErrorObjectOwned {
	#[derive(Serialize)]
	struct Data {
		limit: u64,
	}
	ErrorObjectOwned::owned(
		LIMIT_EXCEEDED,
		format!("too many {what}: at most {limit}"),
		Some(Data { limit }),
	)
}

/// A [`STATE_UNAVAILABLE`] error.
pub fn state_unavailable(block: Hash) -> ErrorObjectOwned {
	#[derive(Serialize)]
	struct Data {
		block: Hash,
	}
	ErrorObjectOwned::owned(
		STATE_UNAVAILABLE,
		"this node has no state of that block: it is unknown, or was pruned",
		Some(Data { block }),
	)
}

/// An [`INTERNAL`] error. The cause belongs into the node's log, not into the answer.
pub fn internal() -> ErrorObjectOwned {
	ErrorObjectOwned::owned(
		INTERNAL,
		"the node could not read its state; its log says why",
		None::<()>,
	)
}

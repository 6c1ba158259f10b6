//! The subscription to what changes.

use std::time::Duration;

use jsonrpsee::{core::SubscriptionResult, proc_macros::rpc};
use medrec_primitives::{ParticipantId, RelationshipId};
use serde::{Deserialize, Serialize};

use crate::{error::Unavailability, BlockRef};

/// After how long without news a message is sent all the same. A subscriber that hears nothing for twice
/// as long has lost its node.
pub const HEARTBEAT: Duration = Duration::from_secs(5);

/// Most ids of each kind in a message; where more changed, it is a [`Reset::Everything`].
pub const MAX_CHANGED_IDS: usize = 1_024;

/// Why a subscriber has to forget all that it knew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reset {
	/// The subscription begins.
	Start,
	/// Messages or blocks were left out, because the subscriber was slow or the node was catching up.
	Gap,
	/// Blocks are no longer on the best chain. Their ids are listed with those of the blocks that replace
	/// them.
	Reorganisation,
	/// More may have changed than ids tell: the runtime, the table of purposes or the staleness limit
	/// changed, or [`MAX_CHANGED_IDS`] were not enough.
	Everything,
}

/// Message of `medrec_subscribeChanges`: what may be different from what the message before said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Changes {
	/// Number of the message, one more than that of the one before. Where numbers are left out, `reset` is
	/// there, too.
	pub sequence: u64,
	/// The best block.
	pub best: BlockRef,
	/// The finalized block.
	pub finalized: BlockRef,
	/// Participants that changed in blocks that became best or final, or are no longer on the best chain; in
	/// ascending order.
	pub participants: Vec<ParticipantId>,
	/// Relationships that changed there, or whose grants did; in ascending order.
	pub relationships: Vec<RelationshipId>,
	/// Why all that was known is to be forgotten, if it is.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub reset: Option<Reset>,
	/// Why the node decides no access now; absent where it does.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub unavailable: Option<Unavailability>,
}

/// What changes, told as it does.
#[rpc(client, server, namespace = "medrec")]
pub trait MedrecChangesApi {
	/// A message at once, and from then on one for each block that becomes best, whenever another block is
	/// final, whenever the node begins or ceases to decide or gives another reason, and after
	/// [`HEARTBEAT`] without any of it. To a subscriber that reads too slowly messages are left out, never
	/// put off for long: the next one that it gets is a [`Reset::Gap`].
	#[subscription(name = "subscribeChanges" => "changes", unsubscribe = "unsubscribeChanges", item = Changes)]
	async fn subscribe_changes(&self) -> SubscriptionResult;
}

//! Deletes openings whose tag is gone from the chain.

use crate::{
	access::{Node, NodeError},
	server::{intake, Gatekeeper},
	store::{OpeningCursor, StoreError, StoredOpening, MAX_PAGE},
};
use medrec_primitives::{Hash, Moment, RelationshipId, Tag};
use medrec_rpc_api::GrantInfo;
use std::{collections::HashSet, time::Duration};
use tokio_util::sync::CancellationToken;

/// Time between two rounds.
const PERIOD: Duration = Duration::from_secs(5);

/// How long an opening is kept whose tag was never seen in a finalized block: a deposit is taken with
/// the tag in the best block, and a reorganisation can take the tag out and put it in again.
const GRACE: Moment = 120_000;

/// Why a round ended early. The next one begins anew.
#[derive(Debug, thiserror::Error)]
pub enum PurgeError {
	/// The node.
	#[error(transparent)]
	Node(#[from] NodeError),
	/// The store.
	#[error(transparent)]
	Store(#[from] StoreError),
}

/// Looks for openings whose tag is gone.
#[derive(Debug, Default)]
pub struct Purger {
	/// Openings whose tag was seen in a finalized block: once it is in none, it is revoked.
	finalized_once: HashSet<(RelationshipId, Tag)>,
}

impl Purger {
	/// Purge again and again, until told to stop.
	pub async fn run(mut self, gatekeeper: &Gatekeeper, stop: CancellationToken) {
		loop {
			match self.round(gatekeeper).await {
				Ok(0) => {},
				Ok(purged) => tracing::info!(purged, "openings of revoked grants purged"),
				Err(error) => tracing::warn!(%error, "openings were not looked through"),
			}
			tokio::select! {
				() = stop.cancelled() => return,
				() = tokio::time::sleep(PERIOD) => {},
			}
		}
	}

	/// One round over all openings. Returns how many were deleted.
	pub async fn round(&mut self, gatekeeper: &Gatekeeper) -> Result<u64, PurgeError> {
		let node = &gatekeeper.node;
		node.follows(gatekeeper.genesis).await?;
		let finalized = node.probe().await?.finalized.hash;
		let mut purged = 0_u64;
		let mut after: Option<OpeningCursor> = None;
		loop {
			let page = gatekeeper.store.openings(after, MAX_PAGE).await?;
			let Some(last) = page.last() else { break };
			after = Some(last.cursor());
			for of_relationship in page.chunk_by(|a, b| relationship(a) == relationship(b)) {
				let Some(first) = of_relationship.first() else { continue };
				let tags = tags(node, relationship(first), finalized).await?;
				for opening in of_relationship {
					let (id, tag) = (relationship(opening), opening.deposit.tag);
					if self.is_gone(opening, &tags, intake::now())
						&& gatekeeper.store.purge_opening(id, tag).await?
					{
						self.finalized_once.remove(&(id, tag));
						purged = purged.saturating_add(1);
					}
				}
			}
		}
		gatekeeper.metrics.purged(purged);
		Ok(purged)
	}

	fn is_gone(&mut self, opening: &StoredOpening, tags: &Tags, now: Moment) -> bool {
		let tag = opening.deposit.tag;
		let place = (relationship(opening), tag);
		if tags.finalized.contains(&tag) {
			self.finalized_once.insert(place);
			return false;
		}
		!tags.best.contains(&tag)
			&& (self.finalized_once.contains(&place)
				|| now.saturating_sub(opening.deposited_at) >= GRACE)
	}
}

fn relationship(opening: &StoredOpening) -> RelationshipId {
	opening.deposit.relationship
}

/// Tags in the finalized and in the best block.
#[derive(Debug, Default)]
struct Tags {
	finalized: HashSet<Tag>,
	best: HashSet<Tag>,
}

async fn tags(
	node: &Node,
	relationship: RelationshipId,
	finalized: Hash,
) -> Result<Tags, NodeError> {
	let (finalized, best) = futures::try_join!(
		node.grants(relationship, Some(finalized)),
		node.grants(relationship, None)
	)?;
	let set = |grants: Vec<GrantInfo>| grants.iter().map(|grant| grant.tag).collect();
	Ok(Tags { finalized: set(finalized), best: set(best) })
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::store::Deposit;
	use medrec_protocol::sealed::SEALED_LENGTH;

	const TAG: Tag = Tag([7; 32]);

	fn opening(deposited_at: Moment) -> StoredOpening {
		let deposit = Deposit {
			relationship: 1,
			tag: TAG,
			grantee: 2,
			sealed_to_grantee: [1; SEALED_LENGTH].into(),
			sealed_to_patron: [2; SEALED_LENGTH].into(),
			policy: None,
		};
		StoredOpening { deposit, deposited_at }
	}

	fn tags(finalized: bool, best: bool) -> Tags {
		let set = |there: bool| there.then_some(TAG).into_iter().collect();
		Tags { finalized: set(finalized), best: set(best) }
	}

	#[test]
	fn gone_is_what_was_final_and_is_in_neither_block() {
		let mut purger = Purger::default();
		let opening = opening(1_000);
		assert!(!purger.is_gone(&opening, &tags(false, true), 1_000), "not final yet");
		assert!(!purger.is_gone(&opening, &tags(true, true), 2_000), "granted");
		assert!(!purger.is_gone(&opening, &tags(true, false), 3_000), "revoked, not finally");
		assert!(purger.is_gone(&opening, &tags(false, false), 4_000), "revoked");
	}

	#[test]
	fn what_was_never_seen_final_is_kept_for_a_while() {
		let mut purger = Purger::default();
		let opening = opening(1_000);
		assert!(!purger.is_gone(&opening, &tags(false, false), 1_000 + GRACE - 1));
		assert!(purger.is_gone(&opening, &tags(false, false), 1_000 + GRACE));
	}
}

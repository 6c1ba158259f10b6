//! Whether this node may vouch for a decision now.

use std::{
	sync::{
		atomic::{AtomicU32, Ordering},
		Arc,
	},
	time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures::{future::BoxFuture, FutureExt};
use medrec_primitives::Moment;
use medrec_rpc_api::error::{Unavailability, UnavailableData};
use sc_network_sync::SyncingService;
use sp_consensus::SyncOracle;

use crate::Block;

/// How many blocks peers may be ahead before this node counts as behind. A block that was just announced
/// is imported within a fraction of a slot; five are ten seconds.
const BEHIND_PEERS: u32 = 5;

/// How far a block's time may lie in the future of this node's clock: as far as the timestamp inherent
/// allows authors.
const CLOCK_DRIFT: Moment = 30_000;

/// How fresh a decision has to be, beyond what the chain demands.
#[derive(Clone, Copy, Debug, Default)]
pub struct Freshness {
	/// Age of the finalized block from which on this node decides nothing, where that is less than the
	/// limit that the council set. It can only be stricter: how long a revoked grant may be served is the
	/// network's promise to patients, and no single provider's to stretch.
	pub staleness_limit: Option<Duration>,
}

/// What this node knows of the others.
pub trait SyncView: Send + Sync + 'static {
	/// Whether it is downloading blocks that its peers have.
	fn is_major_syncing(&self) -> bool;

	/// The greatest height that more than a third of the peers announced, as far as known: fewer could
	/// be lying.
	fn best_seen(&self) -> Option<u32>;

	/// Bring [`Self::best_seen`] up to date.
	fn refresh(&self) -> BoxFuture<'_, ()>;
}

/// A running node's view.
pub(crate) struct NetworkView {
	sync: Arc<SyncingService<Block>>,
	/// Zero where no peer announced anything.
	best_seen: AtomicU32,
}

impl NetworkView {
	pub(crate) fn new(sync: Arc<SyncingService<Block>>) -> Self {
		Self { sync, best_seen: AtomicU32::new(0) }
	}
}

impl SyncView for NetworkView {
	fn is_major_syncing(&self) -> bool {
		self.sync.is_major_syncing()
	}

	fn best_seen(&self) -> Option<u32> {
		match self.best_seen.load(Ordering::Relaxed) {
			0 => None,
			number => Some(number),
		}
	}

	fn refresh(&self) -> BoxFuture<'_, ()> {
		async {
			if let Ok(peers) = self.sync.peers_info().await {
				let heights = peers.into_iter().map(|(_, peer)| peer.best_number).collect();
				self.best_seen.store(seen_by_a_third(heights), Ordering::Relaxed);
			}
		}
		.boxed()
	}
}

/// The greatest height that more than a third of these have; zero of none. The sync service's own
/// `best_seen_block` is the median, of which the node already knows through `is_major_syncing`.
fn seen_by_a_third(mut heights: Vec<u32>) -> u32 {
	heights.sort_unstable_by(|a, b| b.cmp(a));
	heights.get(heights.len() / 3).copied().unwrap_or(0)
}

/// This node's clock.
pub(crate) fn clock() -> Moment {
	SystemTime::now()
		.duration_since(UNIX_EPOCH)
		.map_or(0, |since| Moment::try_from(since.as_millis()).unwrap_or(Moment::MAX))
}

/// What access decisions would rest on now.
#[derive(Clone, Debug)]
pub struct Outlook {
	/// This node's clock.
	pub now: Moment,
	/// Time of the best block.
	pub best_time: Moment,
	/// Time of the finalized block.
	pub finalized_time: Moment,
	/// Why every question would be answered with "unavailable"; `None` where decisions are made.
	pub unavailable: Option<UnavailableData>,
}

/// What a check looks at.
pub(crate) struct Observation {
	pub now: Moment,
	pub best_number: u32,
	pub best_time: Moment,
	pub finalized_time: Moment,
	/// The chain's limit on the age of the finalized block, milliseconds.
	pub staleness_limit: Moment,
}

impl Freshness {
	/// Whether a decision on these blocks can be vouched for; otherwise why not.
	pub(crate) fn check(
		&self,
		sync: &dyn SyncView,
		observation: &Observation,
	) -> Result<(), UnavailableData> {
		let because = |reason| Err(UnavailableData { reason, age_ms: None, limit_ms: None });
		if sync.is_major_syncing() {
			return because(Unavailability::Syncing);
		}
		let ahead = sync.best_seen().unwrap_or(0).saturating_sub(observation.best_number);
		if ahead > BEHIND_PEERS {
			return because(Unavailability::BehindPeers);
		}
		if observation.best_time > observation.now.saturating_add(CLOCK_DRIFT) {
			return because(Unavailability::ClockBehind);
		}
		let own = self.staleness_limit.and_then(|limit| Moment::try_from(limit.as_millis()).ok());
		let limit = own.unwrap_or(Moment::MAX).min(observation.staleness_limit);
		let age = observation.now.saturating_sub(observation.finalized_time);
		if age > limit {
			return Err(UnavailableData {
				reason: Unavailability::FinalityStale,
				age_ms: Some(age),
				limit_ms: Some(limit),
			});
		}
		Ok(())
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_third_of_the_peers_may_lie() {
		for (heights, expected) in [
			(vec![], 0),
			(vec![7], 7),
			(vec![7, 9], 9),
			(vec![7, 8, u32::MAX], 8),
			(vec![0, 0, 9, 9], 9),
			(vec![0, 0, 0, u32::MAX], 0),
			(vec![0, 0, 0, 0, 9, u32::MAX, 8], 8),
		] {
			assert_eq!(seen_by_a_third(heights.clone()), expected, "{heights:?}");
		}
	}

	struct View {
		syncing: bool,
		best_seen: Option<u32>,
	}

	impl SyncView for View {
		fn is_major_syncing(&self) -> bool {
			self.syncing
		}
		fn best_seen(&self) -> Option<u32> {
			self.best_seen
		}
		fn refresh(&self) -> BoxFuture<'_, ()> {
			futures::future::ready(()).boxed()
		}
	}

	const NOW: Moment = 1_800_000_000_000;

	fn refusal(
		own: Option<Duration>,
		view: View,
		change: impl FnOnce(&mut Observation),
	) -> Option<UnavailableData> {
		let mut observation = Observation {
			now: NOW,
			best_number: 100,
			best_time: NOW - 1_000,
			finalized_time: NOW - 5_000,
			staleness_limit: 30_000,
		};
		change(&mut observation);
		Freshness { staleness_limit: own }.check(&view, &observation).err()
	}

	fn reason(view: View, change: impl FnOnce(&mut Observation)) -> Option<Unavailability> {
		refusal(None, view, change).map(|data| data.reason)
	}

	fn calm() -> View {
		View { syncing: false, best_seen: Some(101) }
	}

	#[test]
	fn fresh_blocks_are_vouched_for() {
		assert_eq!(reason(calm(), |_| ()), None);
		assert_eq!(reason(View { best_seen: None, ..calm() }, |_| ()), None);
	}

	#[test]
	fn a_syncing_node_does_not_decide() {
		assert_eq!(reason(View { syncing: true, ..calm() }, |_| ()), Some(Unavailability::Syncing));
	}

	#[test]
	fn a_node_behind_its_peers_does_not_decide() {
		let seen = |number| View { best_seen: Some(number), ..calm() };
		assert_eq!(reason(seen(100 + BEHIND_PEERS), |_| ()), None);
		assert_eq!(reason(seen(101 + BEHIND_PEERS), |_| ()), Some(Unavailability::BehindPeers));
	}

	#[test]
	fn stale_finality_is_named_with_its_age() {
		assert_eq!(reason(calm(), |seen| seen.finalized_time = NOW - 30_000), None);
		assert_eq!(
			reason(calm(), |seen| seen.finalized_time = NOW - 30_001),
			Some(Unavailability::FinalityStale)
		);
	}

	#[test]
	fn the_stricter_limit_holds() {
		let limit = |own: Option<u64>, chains| {
			let own = own.map(Duration::from_millis);
			let old = |seen: &mut Observation| {
				seen.finalized_time = 0;
				seen.staleness_limit = chains;
			};
			refusal(own, calm(), old).and_then(|data| data.limit_ms)
		};
		assert_eq!(limit(None, 30_000), Some(30_000));
		assert_eq!(limit(Some(20_000), 30_000), Some(20_000));
		assert_eq!(limit(Some(60_000), 30_000), Some(30_000));
		assert_eq!(limit(Some(0), 30_000), Some(0));
		assert_eq!(limit(Some(60_000), 600_000), Some(60_000));
	}

	#[test]
	fn a_clock_that_is_behind_is_noticed() {
		assert_eq!(
			reason(calm(), |seen| seen.best_time = NOW + CLOCK_DRIFT + 1),
			Some(Unavailability::ClockBehind)
		);
	}
}

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
use medrec_runtime::MILLISECONDS_PER_BLOCK;
use sc_network_sync::SyncingService;
use sp_consensus::SyncOracle;

use crate::{Announcements, Block};

/// How many blocks peers may be ahead before this node counts as behind. A block that was just announced
/// is imported within a fraction of a slot; five are ten seconds.
const BEHIND_PEERS: u32 = 5;

/// How far a block's time may lie in the future of this node's clock: as far as the timestamp inherent
/// allows authors.
const CLOCK_DRIFT: Moment = 30_000;

/// By how many milliseconds a clock may be behind the others' before the node refuses their blocks: Aura
/// takes those of the next slot, and none that lie further in the future.
const LATE: i64 = MILLISECONDS_PER_BLOCK as i64;

/// From how many milliseconds on a clock is taken to be ahead of the others', and not blocks to be long under
/// way. The alert rules draw the line at the same place.
const EARLY: i64 = 3_000;

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

	/// By how many milliseconds this node's clock, which shows `now`, is ahead of the others'; negative where
	/// it is behind, `None` where too little is known. Fewer than half of the peers cannot make it wrong.
	fn clock_difference(&self, now: Moment) -> Option<i64>;

	/// Bring what peers announced up to date.
	fn refresh(&self) -> BoxFuture<'_, ()>;
}

/// A running node's view.
pub(crate) struct NetworkView {
	sync: Arc<SyncingService<Block>>,
	/// Zero where no peer announced anything.
	best_seen: AtomicU32,
	announcements: Arc<Announcements>,
}

impl NetworkView {
	pub(crate) fn new(sync: Arc<SyncingService<Block>>, announcements: Arc<Announcements>) -> Self {
		Self { sync, best_seen: AtomicU32::new(0), announcements }
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

	fn clock_difference(&self, now: Moment) -> Option<i64> {
		self.announcements.clock_difference(now)
	}

	fn refresh(&self) -> BoxFuture<'_, ()> {
		async {
			if let Ok(peers) = self.sync.peers_info().await {
				// Light nodes announce nothing.
				let full = peers.iter().filter(|(_, peer)| peer.roles.is_full());
				self.announcements.follow(full.map(|(id, peer)| (id.to_bytes(), peer.best_hash)));
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
	/// Whether the states of both are read by key, and not through their own runtimes.
	pub layout_is_known: bool,
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
	///
	/// What peers show of the clock neither makes a refusal nor lifts one: it only says why.
	pub(crate) fn check(
		&self,
		sync: &dyn SyncView,
		observation: &Observation,
	) -> Result<(), UnavailableData> {
		self.check_blocks(sync, observation)
			.map_err(|refusal| blame_clock(refusal, sync.clock_difference(observation.now)))
	}

	fn check_blocks(
		&self,
		sync: &dyn SyncView,
		observation: &Observation,
	) -> Result<(), UnavailableData> {
		let refusal = |reason| UnavailableData {
			reason,
			age_ms: None,
			limit_ms: None,
			clock_difference_ms: None,
		};
		let because = |reason| Err(refusal(reason));
		// Nobody has to say so: such a block was imported when the clock was right.
		let future = observation.best_time.saturating_sub(observation.now);
		if future > CLOCK_DRIFT {
			return Err(UnavailableData {
				clock_difference_ms: Some(0_i64.saturating_sub_unsigned(future)),
				..refusal(Unavailability::ClockBehind)
			});
		}
		if sync.is_major_syncing() {
			return because(Unavailability::Syncing);
		}
		let ahead = sync.best_seen().unwrap_or(0).saturating_sub(observation.best_number);
		if ahead > BEHIND_PEERS {
			return because(Unavailability::BehindPeers);
		}
		let own = self.staleness_limit.and_then(|limit| Moment::try_from(limit.as_millis()).ok());
		let limit = own.unwrap_or(Moment::MAX).min(observation.staleness_limit);
		let age = observation.now.saturating_sub(observation.finalized_time);
		if age > limit {
			return Err(UnavailableData {
				age_ms: Some(age),
				limit_ms: Some(limit),
				..refusal(Unavailability::FinalityStale)
			});
		}
		Ok(())
	}
}

/// The refusal with the clock as its reason, where the clock is to blame by what peers show of it: it is so
/// far behind that no block of theirs is taken, or the finalized block would be young enough by theirs.
fn blame_clock(refusal: UnavailableData, clock_difference_ms: Option<i64>) -> UnavailableData {
	let difference = clock_difference_ms.unwrap_or_default();
	let is_in_time =
		|(age, limit): (Moment, Moment)| age.saturating_sub_signed(difference) <= limit;
	let reason = if difference < -LATE {
		Unavailability::ClockBehind
	} else if difference > EARLY && refusal.age_ms.zip(refusal.limit_ms).is_some_and(is_in_time) {
		Unavailability::ClockAhead
	} else {
		return refusal;
	};
	UnavailableData { reason, clock_difference_ms, ..refusal }
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
		clock_difference: Option<i64>,
	}

	impl SyncView for View {
		fn is_major_syncing(&self) -> bool {
			self.syncing
		}
		fn best_seen(&self) -> Option<u32> {
			self.best_seen
		}
		fn clock_difference(&self, _: Moment) -> Option<i64> {
			self.clock_difference
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
		View { syncing: false, best_seen: Some(101), clock_difference: Some(200) }
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

	fn clock(difference: i64) -> View {
		View { clock_difference: Some(difference), ..calm() }
	}

	/// Reason and difference of a refusal.
	fn blamed(refusal: Option<UnavailableData>) -> Option<(Unavailability, Option<i64>)> {
		refusal.map(|data| (data.reason, data.clock_difference_ms))
	}

	#[test]
	fn a_best_block_in_the_future_shows_that_the_clock_is_behind() {
		let behind =
			|view| blamed(refusal(None, view, |seen| seen.best_time = NOW + CLOCK_DRIFT + 1));
		let expected = Some((Unavailability::ClockBehind, Some(-30_001)));
		assert_eq!(behind(calm()), expected);
		assert_eq!(behind(View { syncing: true, ..calm() }), expected);
		assert_eq!(behind(clock(-40_000)), Some((Unavailability::ClockBehind, Some(-40_000))));
	}

	#[test]
	fn what_peers_show_of_the_clock_makes_no_refusal() {
		for difference in [i64::MIN, -30_000, 30_000, i64::MAX] {
			assert_eq!(reason(clock(difference), |_| ()), None, "{difference}");
		}
	}

	#[test]
	fn what_peers_show_of_the_clock_lifts_no_refusal() {
		for difference in [i64::MIN, -30_000, -LATE - 1, -LATE, 0, 30_000, i64::MAX] {
			let view = || clock(difference);
			assert!(reason(View { syncing: true, ..view() }, |_| ()).is_some());
			assert!(reason(View { best_seen: Some(u32::MAX), ..view() }, |_| ()).is_some());
			assert!(reason(view(), |seen| seen.finalized_time = NOW - 30_001).is_some());
		}
	}

	#[test]
	fn a_clock_that_is_late_is_named_before_what_comes_of_it() {
		for (difference, named) in [(-LATE - 1, true), (-LATE, false)] {
			let expected = |reason| {
				Some(if named {
					(Unavailability::ClockBehind, Some(difference))
				} else {
					(reason, None)
				})
			};
			let view = || clock(difference);
			assert_eq!(
				blamed(refusal(None, View { syncing: true, ..view() }, |_| ())),
				expected(Unavailability::Syncing)
			);
			assert_eq!(
				blamed(refusal(None, View { best_seen: Some(200), ..view() }, |_| ())),
				expected(Unavailability::BehindPeers)
			);
			assert_eq!(
				blamed(refusal(None, view(), |seen| seen.finalized_time = NOW - 60_000)),
				expected(Unavailability::FinalityStale)
			);
		}
	}

	#[test]
	fn a_clock_that_is_early_is_named_where_finality_is_fresh_by_the_others() {
		let aged = |age, difference| {
			refusal(None, clock(difference), |seen| seen.finalized_time = NOW - age)
		};
		assert_eq!(
			aged(34_000, 30_200),
			Some(UnavailableData {
				reason: Unavailability::ClockAhead,
				age_ms: Some(34_000),
				limit_ms: Some(30_000),
				clock_difference_ms: Some(30_200),
			})
		);
		assert_eq!(blamed(aged(60_200, 30_200)), Some((Unavailability::ClockAhead, Some(30_200))));
		assert_eq!(blamed(aged(60_201, 30_200)), Some((Unavailability::FinalityStale, None)));
		// Blocks that are long under way are no sign of a wrong clock.
		assert_eq!(blamed(aged(30_001, EARLY)), Some((Unavailability::FinalityStale, None)));
		let just = Some((Unavailability::ClockAhead, Some(EARLY + 1)));
		assert_eq!(blamed(aged(30_001, EARLY + 1)), just);
		// Blocks of others do not wait for it: it has none of these for its reason.
		let early = View { syncing: true, ..clock(30_000) };
		assert_eq!(reason(early, |_| ()), Some(Unavailability::Syncing));
	}
}

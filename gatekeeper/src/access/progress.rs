//! The gatekeeper's own watch over finality. The node judges its freshness by its clock and its
//! peers; this needs neither: finality that does not advance between answers is stale.

use std::{
	sync::Mutex,
	time::{Duration, Instant},
};

/// Highest finalized block of any answer, and when an answer first named it.
#[derive(Debug)]
pub struct FinalityProgress {
	limit: Duration,
	highest: Mutex<Option<(u32, Instant)>>,
}

impl FinalityProgress {
	/// Finality is stale once it has not advanced for `limit`.
	pub fn new(limit: Duration) -> Self {
		Self { limit, highest: Mutex::new(None) }
	}

	/// Note an answer's finalized height; `false` if finality is stale. An answer of a lower height
	/// than an earlier one is accepted only as long as that one is fresh: answers may overtake each
	/// other, chains do not go back.
	pub fn observe(&self, finalized: u32, now: Instant) -> bool {
		let mut highest = self.highest.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
		match *highest {
			Some((number, since)) if finalized <= number => {
				now.saturating_duration_since(since) <= self.limit
			},
			_ => {
				*highest = Some((finalized, now));
				true
			},
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn finality_that_stands_still_goes_stale_and_recovers() {
		let progress = FinalityProgress::new(Duration::from_secs(30));
		let start = Instant::now();
		let at = |seconds| start + Duration::from_secs(seconds);
		assert!(progress.observe(10, at(0)));
		assert!(progress.observe(10, at(30)));
		assert!(!progress.observe(10, at(31)));
		assert!(progress.observe(11, at(32)));
		assert!(progress.observe(11, at(60)));
	}

	#[test]
	fn finality_that_goes_back_is_stale_after_the_limit() {
		let progress = FinalityProgress::new(Duration::from_secs(30));
		let start = Instant::now();
		assert!(progress.observe(10, start));
		assert!(progress.observe(9, start + Duration::from_secs(1)));
		assert!(!progress.observe(9, start + Duration::from_secs(31)));
	}
}

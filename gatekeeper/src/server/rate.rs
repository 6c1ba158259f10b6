//! How many requests a participant may make.

use std::{
	collections::HashMap,
	hash::Hash,
	sync::Mutex,
	time::{Duration, Instant},
};

/// Most askers that are told apart at once.
const MAX_ASKERS: usize = 16_384;

const WINDOW: Duration = Duration::from_secs(60);

/// Counts requests per asker in windows of a minute. Memory is bounded: when too many askers are
/// counted, those whose window is over are forgotten; if none is, newcomers wait.
#[derive(Debug)]
pub struct RateLimit<K> {
	per_minute: u32,
	windows: Mutex<HashMap<K, Window>>,
}

#[derive(Clone, Copy, Debug)]
struct Window {
	since: Instant,
	used: u32,
}

impl<K: Eq + Hash> RateLimit<K> {
	/// A limit of this many requests a minute for each asker.
	pub fn new(per_minute: u32) -> Self {
		Self { per_minute, windows: Mutex::new(HashMap::new()) }
	}

	/// Count a request. `Err` with the time to wait if it is one too many.
	pub fn take(&self, asker: K, now: Instant) -> Result<(), Duration> {
		let mut windows = self.windows.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
		if windows.len() >= MAX_ASKERS && !windows.contains_key(&asker) {
			windows.retain(|_, window| now.saturating_duration_since(window.since) < WINDOW);
			if windows.len() >= MAX_ASKERS {
				return Err(WINDOW);
			}
		}
		let window = windows.entry(asker).or_insert(Window { since: now, used: 0 });
		let age = now.saturating_duration_since(window.since);
		if age >= WINDOW {
			*window = Window { since: now, used: 0 };
		} else if window.used >= self.per_minute {
			return Err(WINDOW - age);
		}
		window.used += 1;
		Ok(())
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn each_asker_has_its_own_allowance() {
		let limit = RateLimit::new(2);
		let now = Instant::now();
		assert_eq!(limit.take(1, now), Ok(()));
		assert_eq!(limit.take(1, now), Ok(()));
		assert_eq!(limit.take(1, now), Err(WINDOW));
		assert_eq!(limit.take(2, now), Ok(()));
		let later = now + Duration::from_secs(45);
		assert_eq!(limit.take(1, later), Err(Duration::from_secs(15)));
		assert_eq!(limit.take(1, now + WINDOW), Ok(()));
	}

	#[test]
	fn memory_is_bounded() {
		let limit = RateLimit::new(1);
		let now = Instant::now();
		for asker in 0..MAX_ASKERS {
			assert_eq!(limit.take(asker, now), Ok(()));
		}
		assert_eq!(limit.take(MAX_ASKERS, now), Err(WINDOW));
		assert_eq!(limit.take(MAX_ASKERS, now + WINDOW), Ok(()));
		assert_eq!(limit.windows.lock().unwrap().len(), 1);
	}
}

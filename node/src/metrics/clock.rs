//! What the blocks of others tell of this node's clock.

use std::{
	collections::VecDeque,
	time::{SystemTime, UNIX_EPOCH},
};

/// Blocks that the middle value is taken of. With four nodes, those of the last 40 s.
const WINDOW: usize = 15;

/// This node's clock, seconds since 1970.
pub fn now() -> f64 {
	SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// How long after the beginning of their slots the last blocks of other authorities were imported.
#[derive(Debug, Default)]
pub struct Arrivals(VecDeque<f64>);

impl Arrivals {
	/// Take note of a block; gives the middle of the last ones, seconds. One author with a wrong clock does
	/// not move it, as long as there are others.
	pub fn note(&mut self, seconds: f64) -> f64 {
		self.0.truncate(WINDOW - 1);
		self.0.push_front(seconds);
		let mut sorted: Vec<_> = self.0.iter().copied().collect();
		sorted.sort_unstable_by(f64::total_cmp);
		sorted[sorted.len() / 2]
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn one_author_with_a_wrong_clock_does_not_move_the_middle() {
		let mut arrivals = Arrivals::default();
		let middle =
			[0.1, 0.2, -25.0].into_iter().cycle().take(30).map(|delay| arrivals.note(delay)).last();
		assert_eq!(middle, Some(0.1));
	}

	#[test]
	fn the_middle_follows_this_nodes_clock() {
		let mut arrivals = Arrivals::default();
		for _ in 0..WINDOW {
			arrivals.note(0.1);
		}
		let after = (0..WINDOW / 2 + 1).map(|_| arrivals.note(9.0)).last();
		assert_eq!(after, Some(9.0));
	}
}

//! Medians and percentiles.

use serde::Serialize;

/// The value below or at which a share of all values lies (nearest rank); `None` of none.
pub fn percentile<T: Copy + PartialOrd>(values: &[T], share: f64) -> Option<T> {
	let mut sorted = values.to_vec();
	sorted.sort_unstable_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
	let rank = (share * sorted.len() as f64).ceil() as usize;
	sorted.get(rank.max(1) - 1).copied()
}

/// The middle value; the mean of the two in the middle of an even number; 0 of none.
pub fn median(values: &[f64]) -> f64 {
	let mut sorted = values.to_vec();
	sorted.sort_unstable_by(f64::total_cmp);
	let half = sorted.len() / 2;
	match (sorted.get(half), sorted.len() % 2) {
		(None, _) => 0.0,
		(Some(middle), 1) => *middle,
		(Some(upper), _) => (upper + sorted[half - 1]) / 2.0,
	}
}

/// The middle one of the ratios of two series, each measurement to the other of its round.
pub fn median_of_ratios(of: &[f64], to: &[f64]) -> f64 {
	median(&of.iter().zip(to).map(|(of, to)| of / to).collect::<Vec<_>>())
}

/// A series of measurements.
#[derive(Clone, Debug, Serialize)]
pub struct Series {
	/// The middle value.
	pub median: f64,
	/// The smallest.
	pub min: f64,
	/// The largest.
	pub max: f64,
	/// All of them, in the order in which they were taken.
	pub all: Vec<f64>,
}

impl From<Vec<f64>> for Series {
	fn from(all: Vec<f64>) -> Self {
		let extreme = |share| percentile(&all, share).unwrap_or_default();
		Self { median: median(&all), min: extreme(0.0), max: extreme(1.0), all }
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn medians_of_odd_even_and_none() {
		assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
		assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
		assert_eq!(median(&[]), 0.0);
	}

	#[test]
	fn ratios_are_of_the_same_round() {
		assert_eq!(median_of_ratios(&[1.0, 4.0, 9.0], &[1.0, 2.0, 3.0]), 2.0);
	}

	#[test]
	fn percentiles_are_values_that_occurred() {
		let values: Vec<u32> = (1..=200).rev().collect();
		assert_eq!(percentile(&values, 0.5), Some(100));
		assert_eq!(percentile(&values, 0.99), Some(198));
		assert_eq!(percentile(&values, 0.0), Some(1));
		assert_eq!(percentile(&values, 1.0), Some(200));
		assert_eq!(percentile::<u32>(&[], 0.5), None);
	}

	#[test]
	fn a_series_keeps_its_order() {
		let series = Series::from(vec![3.0, 1.0, 2.0]);
		assert_eq!((series.min, series.median, series.max), (1.0, 2.0, 3.0));
		assert_eq!(series.all, [3.0, 1.0, 2.0]);
	}
}

//! Numbers that change over time, as one line.

use crate::records::Record;
use std::collections::BTreeMap;

/// Fewest values that make a trend.
const FEWEST: usize = 3;

const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Values of one observation over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Trend {
	/// What was observed.
	pub title: String,
	/// In which unit.
	pub unit: String,
	/// Dates and values, oldest first.
	pub values: Vec<(String, f64)>,
}

impl Trend {
	/// One line: the values drawn, then the first, the last, and the days between which they lie.
	pub fn line(&self) -> String {
		let numbers: Vec<f64> = self.values.iter().map(|(_, value)| *value).collect();
		let (Some((from, first)), Some((to, last))) = (self.values.first(), self.values.last())
		else {
			return String::new();
		};
		let day = |date: &str| date.chars().take(10).collect::<String>();
		format!(
			"{}  {first} → {last} {}  ({} to {})",
			sparkline(&numbers),
			self.unit,
			day(from),
			day(to)
		)
	}
}

/// Observations with the same name and unit that were made at least three times, by name.
pub fn trends(records: &[Record]) -> Vec<Trend> {
	let mut series: BTreeMap<(String, String), Vec<(String, f64)>> = BTreeMap::new();
	for record in records {
		if let (Some(date), Some(quantity)) = (&record.date, &record.quantity) {
			series
				.entry((record.title.clone(), quantity.unit.clone()))
				.or_default()
				.push((date.clone(), quantity.value));
		}
	}
	series
		.into_iter()
		.filter(|(_, values)| values.len() >= FEWEST)
		.map(|((title, unit), mut values)| {
			values.sort_by(|a, b| a.0.cmp(&b.0));
			Trend { title, unit, values }
		})
		.collect()
}

/// Numbers drawn as bars between the least and the greatest of them.
pub fn sparkline(values: &[f64]) -> String {
	let least = values.iter().copied().fold(f64::INFINITY, f64::min);
	let greatest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
	let span = greatest - least;
	values
		.iter()
		.map(|value| {
			let share = if span > 0.0 { (value - least) / span } else { 0.5 };
			let level = (share * (LEVELS.len() - 1) as f64).round() as usize;
			LEVELS.get(level).copied().unwrap_or('?')
		})
		.collect()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn bars_go_from_least_to_greatest() {
		assert_eq!(sparkline(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]), "▁▂▃▄▅▆▇█");
		assert_eq!(sparkline(&[5.0, 5.0]), "▅▅");
		assert_eq!(sparkline(&[2.0, 1.0]), "█▁");
		assert_eq!(sparkline(&[]), "");
	}
}

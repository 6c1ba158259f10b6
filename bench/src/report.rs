//! What is printed in the end.

use comfy_table::{presets::UTF8_FULL_CONDENSED, CellAlignment, Table};
use serde::Serialize;
use serde_json::Value;

use crate::machine::Machine;

/// What a figure has to be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", tag = "bound", content = "limit")]
pub enum Target {
	/// This or less.
	AtMost(f64),
	/// Less than this.
	Below(f64),
	/// This or more.
	AtLeast(f64),
}

impl Target {
	fn is_met(self, value: f64) -> bool {
		match self {
			Self::AtMost(limit) => value <= limit,
			Self::Below(limit) => value < limit,
			Self::AtLeast(limit) => value >= limit,
		}
	}
}

impl std::fmt::Display for Target {
	fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
		match self {
			Self::AtMost(limit) => write!(f, "≤ {limit}"),
			Self::Below(limit) => write!(f, "< {limit}"),
			Self::AtLeast(limit) => write!(f, "≥ {limit}"),
		}
	}
}

/// A figure.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figure {
	/// What was measured.
	pub what: String,
	/// The figure.
	pub value: f64,
	/// Its unit.
	pub unit: &'static str,
	/// What belongs to it, in words.
	#[serde(skip_serializing_if = "String::is_empty")]
	pub note: String,
	/// What it has to be.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub target: Option<Target>,
	/// Whether it is.
	#[serde(skip_serializing_if = "Option::is_none")]
	met: Option<bool>,
}

impl Figure {
	/// A figure without a target.
	pub fn new(what: impl Into<String>, value: f64, unit: &'static str) -> Self {
		Self {
			what: what.into(),
			// What is printed is what is judged and kept.
			value: (value * 1_000.0).round() / 1_000.0,
			unit,
			note: String::new(),
			target: None,
			met: None,
		}
	}

	/// With what belongs to it.
	pub fn note(self, note: impl Into<String>) -> Self {
		Self { note: note.into(), ..self }
	}

	/// With what it has to be.
	pub fn target(self, target: Target) -> Self {
		Self { met: Some(target.is_met(self.value)), target: Some(target), ..self }
	}

	fn cells(&self, bench: &str) -> [String; 6] {
		let target = self.target.map(|target| target.to_string()).unwrap_or_default();
		let met = match self.met {
			None => "",
			Some(true) => "met",
			Some(false) => "MISSED",
		};
		[
			bench.to_owned(),
			self.what.clone(),
			format!("{} {}", number(self.value), self.unit).trim_end().to_owned(),
			self.note.clone(),
			target,
			met.to_owned(),
		]
	}
}

/// A number as people read it: whole numbers in groups of three digits, small ones with their fraction.
pub fn number(value: f64) -> String {
	if value.fract() != 0.0 && value.abs() < 1_000.0 {
		return format!("{value:.2}");
	}
	let digits = format!("{:.0}", value.abs());
	let mut grouped = String::from(if value < 0.0 { "-" } else { "" });
	for (index, digit) in digits.chars().enumerate() {
		if index > 0 && (digits.len() - index) % 3 == 0 {
			grouped.push(',');
		}
		grouped.push(digit);
	}
	grouped
}

/// What a bench found.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BenchReport {
	/// Its name.
	pub name: &'static str,
	/// What goes into the table.
	pub figures: Vec<Figure>,
	/// What it did and every single measurement.
	pub details: Value,
}

/// Everything that was found.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
	machine: Machine,
	benches: Vec<BenchReport>,
}

impl Report {
	/// Nothing was found yet.
	pub fn new(machine: Machine) -> Self {
		Self { machine, benches: Vec::new() }
	}

	/// Add what a bench found.
	pub fn add(&mut self, bench: BenchReport) {
		self.benches.push(bench);
	}

	/// One table of all figures, and the machine.
	pub fn table(&self) -> String {
		let mut table = Table::new();
		table
			.load_preset(UTF8_FULL_CONDENSED)
			.set_header(["bench", "measured", "figure", "with", "target", ""]);
		for bench in &self.benches {
			for figure in &bench.figures {
				table.add_row(figure.cells(bench.name));
			}
		}
		for right in [2, 4] {
			if let Some(column) = table.column_mut(right) {
				column.set_cell_alignment(CellAlignment::Right);
			}
		}
		let Machine { cpu, cores, memory_bytes, kernel, commit, date, .. } = &self.machine;
		format!(
			"{table}\n{cpu}, {cores} cores, {} GiB, Linux {kernel}, commit {}, {date}",
			memory_bytes >> 30,
			commit.as_deref().unwrap_or("unknown")
		)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn targets_include_or_exclude_their_limit() {
		for (target, below, at, above) in [
			(Target::AtMost(2.0), true, true, false),
			(Target::Below(2.0), true, false, false),
			(Target::AtLeast(2.0), false, true, true),
		] {
			for (value, met) in [(1.9, below), (2.0, at), (2.1, above)] {
				let figure = Figure::new("it", value, "s").target(target);
				assert_eq!(figure.met, Some(met), "{value} {target}");
			}
		}
	}

	#[test]
	fn numbers_are_grouped() {
		for (value, text) in [
			(0.0, "0"),
			(0.805, "0.81"),
			(150.0, "150"),
			(9_727.0, "9,727"),
			(1_234_567.8, "1,234,568"),
			(-1_234.0, "-1,234"),
		] {
			assert_eq!(number(value), text);
		}
	}

	#[test]
	fn the_table_names_what_was_missed() {
		let machine = Machine {
			cpu: "a processor".into(),
			cores: 2,
			memory_bytes: 24 << 30,
			kernel: "6.1".into(),
			commit: None,
			command: "medrec-bench".into(),
			date: "2026-11-22T18:00:00Z".into(),
		};
		let mut report = Report::new(machine);
		let figures = vec![
			Figure::new("one", 140.0, "bytes").target(Target::AtMost(150.0)),
			Figure::new("two", 0.7, "×").target(Target::AtLeast(0.8)),
		];
		report.add(BenchReport { name: "sizes", figures, details: Value::Null });
		let table = report.table();
		let line = |what: &str| table.lines().find(|line| line.contains(what)).unwrap().to_owned();
		assert!(line("one").contains("≤ 150") && line("one").contains("met"));
		assert!(line("two").contains("≥ 0.8") && line("two").contains("MISSED"));
		let json = serde_json::to_value(&report).unwrap();
		assert_eq!(json["benches"][0]["figures"][1]["met"], false);
		assert_eq!(json["benches"][0]["figures"][1]["target"]["bound"], "atLeast");
	}
}

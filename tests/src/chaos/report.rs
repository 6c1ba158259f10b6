//! What was done, what was promised, what was seen.

use std::{fmt::Write, io, time::Instant};

use anyhow::Result;
use serde_json::{json, Value};

/// One promise.
#[derive(Clone, Debug)]
struct Row {
	scenario: u8,
	done: String,
	promised: String,
	seen: String,
	held: bool,
}

/// All promises of a run, in their order. Each is also told as it is checked.
#[derive(Debug)]
pub struct Report {
	rows: Vec<Row>,
	scenario: u8,
	start: Instant,
}

impl Default for Report {
	fn default() -> Self {
		Self { rows: Vec::new(), scenario: 0, start: Instant::now() }
	}
}

impl Report {
	/// What follows belongs to this scenario.
	pub fn begin(&mut self, scenario: u8, title: &str) {
		self.scenario = scenario;
		eprintln!("[{:>4} s] {scenario}. {title}", self.start.elapsed().as_secs());
	}

	/// Tell what happens, outside of the report.
	pub fn note(&self, what: &str) {
		eprintln!("[{:>4} s]    {what}", self.start.elapsed().as_secs());
	}

	/// A promise, and what was seen: `Ok` if it held.
	pub fn promise(&mut self, done: &str, promised: &str, seen: Result<String>) {
		let held = seen.is_ok();
		let seen = seen.unwrap_or_else(|error| format!("{error:#}"));
		let verdict = if held { "held" } else { "BROKEN" };
		self.note(&format!("{verdict}: {promised}: {seen}"));
		self.rows.push(Row {
			scenario: self.scenario,
			done: done.to_owned(),
			promised: promised.to_owned(),
			seen,
			held,
		});
	}

	/// Whether something was promised and every promise held.
	pub fn all_held(&self) -> bool {
		!self.rows.is_empty() && self.count_broken() == 0
	}

	/// How many promises did not hold.
	pub fn count_broken(&self) -> usize {
		self.rows.iter().filter(|row| !row.held).count()
	}

	/// The promises that did not hold, one a line.
	pub fn broken(&self) -> String {
		self.rows.iter().filter(|row| !row.held).fold(String::new(), |mut text, row| {
			// Writing to a string cannot fail.
			let _ = writeln!(text, "{}. {}: {}", row.scenario, row.promised, row.seen);
			text
		})
	}

	/// The table, in Markdown.
	pub fn table(&self) -> String {
		let mut text = "| | done | promised | seen | |\n|---|---|---|---|---|\n".to_owned();
		let cell = |content: &str| content.replace('|', "\\|").replace('\n', " ");
		for row in &self.rows {
			let verdict = if row.held { "held" } else { "**broken**" };
			let _ = writeln!(
				text,
				"| {} | {} | {} | {} | {verdict} |",
				row.scenario,
				cell(&row.done),
				cell(&row.promised),
				cell(&row.seen)
			);
		}
		text
	}

	/// The same for programs.
	pub fn json(&self) -> Value {
		let rows: Vec<_> = self
			.rows
			.iter()
			.map(|row| {
				json!({
					"scenario": row.scenario,
					"done": row.done,
					"promised": row.promised,
					"seen": row.seen,
					"held": row.held,
				})
			})
			.collect();
		json!({ "allHeld": self.all_held(), "promises": rows })
	}

	/// Write the table, or the JSON, to standard output.
	pub fn print(&self, as_json: bool) -> io::Result<()> {
		use io::Write as _;
		let text = if as_json { format!("{:#}\n", self.json()) } else { self.table() };
		io::stdout().write_all(text.as_bytes())
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn one_broken_promise_is_enough() {
		let mut report = Report::default();
		assert!(!report.all_held(), "nothing was checked");
		report.begin(1, "a scenario");
		report.promise("a | b", "goes on", Ok("it did".into()));
		assert!(report.all_held());
		report.promise("c", "goes on", Err(anyhow::anyhow!("it did not")));
		assert!(!report.all_held());
		assert_eq!(report.broken(), "1. goes on: it did not\n");
		assert!(report.table().contains("| 1 | a \\| b | goes on | it did | held |"));
		assert_eq!(report.json()["allHeld"], false);
	}
}

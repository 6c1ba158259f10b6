//! Where and when figures were taken.

use std::{fs, process::Command};

use anyhow::{Context, Result};
use serde::Serialize;
use time::{format_description::well_known::Rfc3339, OffsetDateTime};

/// Where and when figures were taken.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Machine {
	/// Model of its processor.
	pub cpu: String,
	/// Processors that this program may use.
	pub cores: usize,
	/// Its memory, bytes.
	pub memory_bytes: u64,
	/// Release of its kernel.
	pub kernel: String,
	/// Commit of the checkout, with `-dirty` where files differ from it; absent outside of one.
	pub commit: Option<String>,
	/// How this program was started.
	pub command: String,
	/// When, RFC 3339 in UTC.
	pub date: String,
}

impl Machine {
	/// This machine, now.
	pub fn look() -> Result<Self> {
		let read = |path: &str| fs::read_to_string(path).with_context(|| format!("reading {path}"));
		let memory = value_of(&read("/proc/meminfo")?, "MemTotal")
			.and_then(|text| text.split(' ').next()?.parse::<u64>().ok())
			.context("no MemTotal in /proc/meminfo")?;
		Ok(Self {
			// Not every architecture names its model there.
			cpu: value_of(&read("/proc/cpuinfo")?, "model name")
				.unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
			cores: std::thread::available_parallelism()?.get(),
			memory_bytes: memory.saturating_mul(1024),
			kernel: read("/proc/sys/kernel/osrelease")?.trim().to_owned(),
			commit: commit(),
			command: command(),
			date: OffsetDateTime::now_utc().replace_nanosecond(0)?.format(&Rfc3339)?,
		})
	}
}

/// Value of the first line `name : value`.
fn value_of(text: &str, name: &str) -> Option<String> {
	text.lines()
		.filter_map(|line| line.split_once(':'))
		.find(|(key, _)| key.trim() == name)
		.map(|(_, value)| value.trim().to_owned())
}

/// This program's command line, without the folder that the program is in.
fn command() -> String {
	let mut arguments = std::env::args();
	let program = arguments.next().unwrap_or_default();
	let program = program.rsplit('/').next().unwrap_or_default().to_owned();
	std::iter::once(program).chain(arguments).collect::<Vec<_>>().join(" ")
}

fn commit() -> Option<String> {
	let git = |arguments: &[&str]| {
		let output = Command::new("git").args(arguments).output().ok()?;
		output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
	};
	let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
	let dirty = git(&["status", "--porcelain", "--untracked-files=no"])?;
	Some(if dirty.is_empty() { commit } else { format!("{commit}-dirty") })
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn values_are_found_by_their_whole_name() {
		let text = "MemTotalOfAll: 1 kB\nMemTotal:       24 kB\nMemTotal: 3 kB\n";
		assert_eq!(value_of(text, "MemTotal").as_deref(), Some("24 kB"));
		assert_eq!(value_of(text, "Mem"), None);
	}
}

//! Processor time and memory of processes.

use std::{fs, time::Duration};

use anyhow::{Context, Result};

/// Length of a tick in `/proc/PID/stat`: `USER_HZ` is 100 wherever Linux runs.
const TICK: Duration = Duration::from_millis(10);

/// Processor time that a process took so far, in user and kernel mode.
pub fn processor_time(process: u32) -> Result<Duration> {
	let path = format!("/proc/{process}/stat");
	let stat = fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
	ticks(&stat).map(|ticks| TICK * ticks).with_context(|| format!("{path} is unreadable: {stat}"))
}

/// Memory of a process that is in use, bytes.
pub fn resident_bytes(process: u32) -> Result<f64> {
	memory(process, "VmRSS:")
}

/// Most memory of a process that was ever in use, bytes.
pub fn peak_bytes(process: u32) -> Result<f64> {
	memory(process, "VmHWM:")
}

fn memory(process: u32, line: &str) -> Result<f64> {
	let path = format!("/proc/{process}/status");
	let status = fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
	let kibibytes: u32 = status
		.lines()
		.find_map(|found| found.strip_prefix(line))
		.and_then(|value| value.split_whitespace().next()?.parse().ok())
		.with_context(|| format!("no {line} in {path}"))?;
	Ok(f64::from(kibibytes) * 1_024.0)
}

/// Fields 14 and 15 of the line, together. The second field is a name in parentheses that may hold anything.
fn ticks(stat: &str) -> Option<u32> {
	let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
	let user: u32 = fields.next()?.parse().ok()?;
	let system: u32 = fields.next()?.parse().ok()?;
	user.checked_add(system)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn names_may_hold_anything() {
		let stat = "7 (a ) b) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 1 0 5 0 0";
		assert_eq!(ticks(stat), Some(300));
		assert_eq!(ticks("7 (a) S"), None);
	}

	#[test]
	fn memory_of_this_process_is_found() {
		let own = std::process::id();
		assert!(resident_bytes(own).unwrap() > 1e6);
		assert!(peak_bytes(own).unwrap() > 1e6);
		assert!(resident_bytes(u32::MAX).is_err());
	}

	#[test]
	fn this_process_took_some() {
		let start = processor_time(std::process::id()).unwrap();
		let mut sum = 0_u64;
		while processor_time(std::process::id()).unwrap() == start {
			sum = (0..100_000).fold(sum, |sum, next| sum.wrapping_mul(31).wrapping_add(next));
		}
		assert!(processor_time(std::process::id()).unwrap() > start, "{sum}");
	}
}

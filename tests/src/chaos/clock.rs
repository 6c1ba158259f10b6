//! Clocks of single machines, wrong on purpose. Namespaces cannot shift wall time: libfaketime does it, in
//! every program of the machine, and reads the shift again and again from a file.

use std::{
	fs,
	path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::system;
use crate::host::Host;

/// Seconds for which programs keep what they read of the file.
const KEPT_SECONDS: u32 = 1;

/// A machine's clock.
#[derive(Debug)]
pub struct Clock {
	file: PathBuf,
	library: String,
}

impl Clock {
	/// A clock that is right. The file that holds its shift is in that folder.
	pub fn new(folder: &Path) -> Result<Self> {
		let found = system::run(&["find", "/usr/lib", "-name", "libfaketimeMT.so.1"])?;
		let library = found
			.lines()
			.next()
			.context("libfaketime is not installed (Debian package faketime)")?
			.to_owned();
		let clock = Self { file: folder.join("clock"), library };
		clock.set(0)?;
		Ok(clock)
	}

	/// Set it early (positive) or late (negative) by so many seconds.
	pub fn set(&self, seconds: i32) -> Result<()> {
		// Renamed into place, so that no program reads half of it.
		let new = self.file.with_extension("new");
		fs::write(&new, format!("{seconds:+}\n"))?;
		Ok(fs::rename(&new, &self.file)?)
	}

	/// The machine, whose programs go by this clock from their start on. Timers stay right: only the time of
	/// day is wrong.
	pub fn on(&self, host: Host) -> Host {
		host.with_environment(&[
			("LD_PRELOAD", self.library.clone()),
			("FAKETIME_TIMESTAMP_FILE", self.file.display().to_string()),
			("FAKETIME_CACHE_DURATION", KEPT_SECONDS.to_string()),
			("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
		])
	}
}

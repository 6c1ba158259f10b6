//! Programs of the system, run to their end.

use std::process::Command;

use anyhow::{bail, Context, Result};

/// Run a program of the system; gives what it printed. An error shows the command and what it said.
pub fn run(words: &[&str]) -> Result<String> {
	let (program, arguments) = words.split_first().context("a command")?;
	let line = words.join(" ");
	let output = Command::new(program).args(arguments).output().with_context(|| {
		format!("cannot run `{line}`; `cargo xtask chaos` installs what it needs")
	})?;
	if !output.status.success() {
		bail!("`{line}`: {}", String::from_utf8_lossy(&output.stderr).trim());
	}
	Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a process with this id exists.
pub fn is_alive(process: u32) -> bool {
	std::path::Path::new("/proc").join(process.to_string()).exists()
}

//! Builds. One profile and one set of features for everything, so that dependencies are built once: the
//! whole workspace is always built together.

use std::process::Command;

use anyhow::{bail, Context, Result};

use crate::paths;

/// Cargo, in the repository, with its target folder.
pub fn cargo() -> Result<Command> {
	let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
	command
		.current_dir(paths::root())
		.env("CARGO_TARGET_DIR", paths::target()?)
		// Set by the cargo that runs this program; they would make the one below build everything anew.
		.env_remove("CARGO_MANIFEST_DIR")
		.env_remove("CARGO_PKG_NAME");
	Ok(command)
}

/// Run a command to its end; an error if it fails.
pub fn run(command: &mut Command) -> Result<()> {
	let line = line(command);
	eprintln!("$ {line}");
	let status = command.status().with_context(|| format!("cannot run `{line}`"))?;
	if !status.success() {
		bail!("`{line}` failed: {status}");
	}
	Ok(())
}

/// A command as one would type it.
pub fn line(command: &Command) -> String {
	std::iter::once(command.get_program())
		.chain(command.get_args())
		.map(|part| part.to_string_lossy())
		.collect::<Vec<_>>()
		.join(" ")
}

/// Build all programs.
pub fn all() -> Result<()> {
	eprintln!("building (the first build takes about half an hour on two cores)");
	run(cargo()?.args(["build", "--release", "--locked", "--workspace", "--bins"]))
}

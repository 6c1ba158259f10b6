//! Builds. One profile and one set of features for everything, so that dependencies are built once: the
//! whole workspace is always built together.

use std::{env, os::unix::process::CommandExt, process::Command};

use anyhow::{bail, Context, Result};

use crate::paths;

/// What the cargo that runs this program tells it of its own package. Some build scripts look at these
/// variables; handed on, they would make the inner cargo build their crates anew.
const OF_THIS_PACKAGE: [&str; 5] = [
	"CARGO_PKG_",
	"CARGO_MANIFEST_",
	"CARGO_BIN_NAME",
	"CARGO_CRATE_NAME",
	"CARGO_PRIMARY_PACKAGE",
];

/// Cargo, in the repository, with its target folder.
pub fn cargo() -> Result<Command> {
	let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
	command.current_dir(paths::root()).env("CARGO_TARGET_DIR", paths::target()?);
	for (name, _) in env::vars_os() {
		if OF_THIS_PACKAGE.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
			command.env_remove(name);
		}
	}
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

/// Become another program, so that whoever ends this one ends that one.
pub fn become_program(command: &mut Command) -> Result<()> {
	let line = line(command);
	eprintln!("$ {line}");
	let error = command.exec();
	Err(error).with_context(|| format!("cannot run `{line}`"))
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

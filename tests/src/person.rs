//! Someone with the command line `medrec`: a folder with keys, and a node to talk to.

use std::{
	fs,
	path::{Path, PathBuf},
	process::{Command, Output, Stdio},
};

use anyhow::{bail, Context, Result};
use serde_json::Value;

use crate::host::Host;

/// Exit status of a command that was denied.
pub const DENIED: i32 = 3;

/// Exit status of a command line that is not right.
pub const USAGE: i32 = 2;

/// Exit status where something is missing or waited for.
pub const INCOMPLETE: i32 = 6;

/// Exit status of a command that may work later.
pub const UNAVAILABLE: i32 = 4;

/// Someone with the command line.
#[derive(Clone, Debug)]
pub struct Person {
	home: PathBuf,
	node: String,
	host: Host,
}

impl Person {
	/// Someone new, with a folder of that name.
	pub fn new(name: &str, folder: &Path, node: &str) -> Result<Self> {
		let home = folder.join(name);
		fs::create_dir_all(&home)?;
		fs::write(home.join("password"), "a password for the story\n")?;
		Ok(Self { home, node: node.to_owned(), host: Host::this() })
	}

	/// The same person at another machine.
	#[must_use]
	pub fn at(&self, host: &Host) -> Self {
		Self { host: host.clone(), ..self.clone() }
	}

	/// The same person, asking another node.
	#[must_use]
	pub fn asking(&self, node: &str) -> Self {
		Self { node: node.to_owned(), ..self.clone() }
	}

	/// A file in this person's folder.
	pub fn file(&self, name: &str) -> PathBuf {
		self.home.join(name)
	}

	/// The command line, to be completed.
	pub fn command(&self, arguments: &[&str]) -> Result<Command> {
		let mut command = self.host.command("medrec")?;
		command
			.arg("--home")
			.arg(&self.home)
			.arg("--password-file")
			.arg(self.home.join("password"))
			.args(["--node", &self.node, "--json", "--yes"])
			.args(arguments)
			.env_remove("MEDREC_NODE")
			.env_remove("MEDREC_HOME")
			.env_remove("MEDREC_PASSWORD_FILE")
			.stdin(Stdio::null());
		Ok(command)
	}

	/// Run a command to its end, however it ends.
	pub fn output(&self, arguments: &[&str]) -> Result<Output> {
		self.command(arguments)?.output().context("cannot run medrec")
	}

	/// Run a command that has to succeed; gives what it printed, as JSON.
	pub fn run(&self, arguments: &[&str]) -> Result<Value> {
		let output = self.output(arguments)?;
		if !output.status.success() {
			bail!(
				"medrec {}: {} {}",
				arguments.join(" "),
				output.status,
				String::from_utf8_lossy(&output.stderr).trim()
			);
		}
		serde_json::from_slice(&output.stdout)
			.with_context(|| format!("medrec {} printed no JSON", arguments.join(" ")))
	}

	/// Run a command that has to be denied; gives what it said.
	pub fn denied(&self, arguments: &[&str]) -> Result<String> {
		let output = self.output(arguments)?;
		if output.status.code() != Some(DENIED) {
			bail!(
				"medrec {} was not denied: {}\n{}{}",
				arguments.join(" "),
				output.status,
				String::from_utf8_lossy(&output.stdout),
				String::from_utf8_lossy(&output.stderr)
			);
		}
		Ok(String::from_utf8_lossy(&output.stderr).trim().to_owned())
	}
}

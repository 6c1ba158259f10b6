//! Database servers from Debian, each in a temporary folder of its own, on a free port of the loopback
//! address, as a user who may do nothing else. They end with who started them. (MariaDB is a module of
//! the gatekeeper's tests, which alone need it.)

mod postgres;

pub use nix::sys::signal::Signal;
pub use postgres::Postgres;

use std::{
	fs,
	os::unix::{
		fs::{chown, MetadataExt},
		process::CommandExt,
	},
	path::{Path, PathBuf},
	process::Command,
	time::{Duration, Instant},
};

use anyhow::{ensure, Context, Result};
use tempfile::TempDir;

use crate::process::Process;

/// Longest time for a server to start or to end.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The user `nobody`: database servers refuse to run as root.
const NOBODY: u32 = 65_534;

/// Whether this process runs as root.
fn is_root() -> Result<bool> {
	Ok(fs::metadata("/proc/self").context("looking at the own process")?.uid() == 0)
}

/// A command that root runs as nobody.
pub fn unprivileged(program: &Path, folder: &Path) -> Result<Command> {
	let mut command = Command::new(program);
	command.current_dir(folder).env("HOME", folder);
	if is_root()? {
		command.uid(NOBODY).gid(NOBODY);
	}
	Ok(command)
}

/// A temporary folder that belongs to who runs the server.
pub fn folder() -> Result<TempDir> {
	let folder = tempfile::tempdir()?;
	if is_root()? {
		chown(folder.path(), Some(NOBODY), Some(NOBODY))?;
	}
	Ok(folder)
}

/// The program in the first of these folders, and of those of `PATH`, that has it.
fn find(name: &str, folders: &[PathBuf]) -> Option<PathBuf> {
	let path = std::env::var_os("PATH").unwrap_or_default();
	let all = folders.iter().cloned().chain(std::env::split_paths(&path));
	all.map(|folder| folder.join(name)).find(|program| program.is_file())
}

/// The same, or an error that says what to do.
pub fn program(name: &str, folders: &[PathBuf]) -> Result<PathBuf> {
	find(name, folders).with_context(|| format!("{name} is not installed: cargo xtask setup"))
}

/// Run a command to its end; an error with what it wrote if it fails.
pub fn succeed(command: &mut Command) -> Result<()> {
	let output = command.output().with_context(|| format!("cannot run {command:?}"))?;
	let text = String::from_utf8_lossy(&output.stderr);
	ensure!(output.status.success(), "{command:?}: {}\n{text}", output.status);
	Ok(())
}

/// A server's process. Ends cleanly when dropped.
#[derive(Debug)]
pub struct ServerProcess {
	process: Process,
	signal: Signal,
}

impl ServerProcess {
	/// Start it. `signal` ends it at once but cleanly.
	pub fn start(name: &str, command: &mut Command, log: &Path, signal: Signal) -> Result<Self> {
		Ok(Self { process: Process::start(name, command, log)?, signal })
	}
}

impl Drop for ServerProcess {
	fn drop(&mut self) {
		let begin = Instant::now();
		// What does not end is killed when `process` is dropped, and there is nobody to tell.
		let asked = self.process.signal(self.signal);
		while asked.is_ok()
			&& matches!(self.process.finished(), Ok(false))
			&& begin.elapsed() < PATIENCE
		{
			std::thread::sleep(Duration::from_millis(20));
		}
	}
}

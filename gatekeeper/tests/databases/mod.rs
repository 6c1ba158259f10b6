//! Database servers from Debian, each in a temporary folder of its own, on a free port of the loopback
//! address, as a user who may do nothing else. They end with the test. (MariaDB, in `mariadb.rs`, is a
//! module of the tests that need it.)

pub mod postgres;

use std::{
	fs::{self, File, Permissions},
	future::Future,
	net::TcpListener,
	os::unix::{
		fs::{chown, PermissionsExt},
		process::CommandExt,
	},
	path::{Path, PathBuf},
	process::{Child, Command, Stdio},
	time::{Duration, Instant},
};
use tempfile::TempDir;

/// Longest time for a server to start or to end.
const PATIENCE: Duration = Duration::from_secs(60);
/// The user `nobody`: database servers refuse to run as root.
const NOBODY: u32 = 65_534;

/// Whether the tests run as root.
fn is_root() -> bool {
	let output = Command::new("id").arg("-u").output().unwrap();
	output.stdout.trim_ascii() == b"0"
}

/// A command that root runs as nobody.
pub fn unprivileged(program: &Path, folder: &Path) -> Command {
	let mut command = Command::new(program);
	command.current_dir(folder).env("HOME", folder).stdin(Stdio::null());
	if is_root() {
		command.uid(NOBODY).gid(NOBODY);
	}
	command
}

/// A temporary folder that belongs to who runs the server.
pub fn folder() -> TempDir {
	let folder = tempfile::tempdir().unwrap();
	if is_root() {
		chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
	}
	folder
}

/// The program in the first of these folders that has it.
pub fn program(name: &str, folders: &[PathBuf]) -> PathBuf {
	let path = std::env::var_os("PATH").unwrap_or_default();
	let found = folders
		.iter()
		.cloned()
		.chain(std::env::split_paths(&path))
		.map(|folder| folder.join(name))
		.find(|program| program.is_file());
	found.unwrap_or_else(|| panic!("{name} is not installed: cargo xtask setup"))
}

pub fn free_port() -> u16 {
	TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

pub fn succeed(command: &mut Command) {
	let output = command.output().unwrap();
	let text = String::from_utf8_lossy(&output.stderr);
	assert!(output.status.success(), "{command:?}: {}\n{text}", output.status);
}

/// Wait until something comes about, such as a connection to a server that starts.
pub async fn wait_for<T, E: std::fmt::Display, F>(mut attempt: impl FnMut() -> F) -> T
where
	F: Future<Output = Result<T, E>>,
{
	let begin = Instant::now();
	loop {
		match attempt().await {
			Ok(value) => return value,
			Err(error) if begin.elapsed() > PATIENCE => {
				panic!("the server does not answer: {error}")
			},
			Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
		}
	}
}

/// Write a file that its owner alone may read.
pub fn secret(path: &Path, text: &str) {
	fs::write(path, text).unwrap();
	fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
}

/// A server's process. Ends when dropped.
pub struct Process {
	child: Child,
	/// The signal that ends it at once but cleanly.
	signal: &'static str,
}

impl Process {
	pub fn start(mut command: Command, log: &Path, signal: &'static str) -> Self {
		let log = File::create(log).unwrap();
		command.stdout(log.try_clone().unwrap()).stderr(log);
		Self { child: command.spawn().unwrap(), signal }
	}
}

impl Drop for Process {
	fn drop(&mut self) {
		let id = self.child.id().to_string();
		let _ = Command::new("kill").args(["-s", self.signal, &id]).status();
		let begin = Instant::now();
		while matches!(self.child.try_wait(), Ok(None)) {
			if begin.elapsed() > PATIENCE {
				let _ = self.child.kill();
				let _ = self.child.wait();
			}
			std::thread::sleep(Duration::from_millis(20));
		}
	}
}

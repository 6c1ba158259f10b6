//! Processes that end with whoever started them.

use std::{
	fs::{self, File},
	os::unix::process::{CommandExt, ExitStatusExt},
	path::{Path, PathBuf},
	process::{Child, Command, Stdio},
	time::{Duration, Instant},
};

use anyhow::{bail, Context, Result};
use nix::{
	sys::signal::{kill, Signal},
	unistd::Pid,
};

/// How long a process may take to end when asked.
const GRACE: Duration = Duration::from_secs(20);

/// A running process whose output goes to a file.
#[derive(Debug)]
pub struct Process {
	name: String,
	child: Child,
	log: PathBuf,
}

impl Process {
	/// Start a program. Its output is appended to `log`.
	///
	/// The process is killed when this value is dropped, and by the kernel when the starting process dies
	/// in any other way.
	pub fn start(name: &str, command: &mut Command, log: &Path) -> Result<Self> {
		let output = File::options()
			.create(true)
			.append(true)
			.open(log)
			.with_context(|| format!("cannot write {}", log.display()))?;
		command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
		// Ctrl-C in a terminal is for the starting process alone, which then ends its own in order.
		command.process_group(0);
		let parent = nix::unistd::getpid();
		// SAFETY: between fork and exec only two system calls are made, both async-signal-safe.
		unsafe {
			command.pre_exec(move || {
				nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)?;
				if nix::unistd::getppid() != parent {
					// The parent died before the line above.
					return Err(std::io::ErrorKind::BrokenPipe.into());
				}
				Ok(())
			});
		}
		let child = command.spawn().with_context(|| format!("cannot start {name}"))?;
		Ok(Self { name: name.to_owned(), child, log: log.to_owned() })
	}

	/// Its process id.
	pub fn id(&self) -> u32 {
		self.child.id()
	}

	/// Everything that it wrote so far.
	pub fn output(&self) -> String {
		fs::read(&self.log)
			.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
			.unwrap_or_default()
	}

	/// Whether it has ended with success; an error if it ended otherwise.
	pub fn finished(&mut self) -> Result<bool> {
		match self.child.try_wait()? {
			Some(status) if !status.success() => {
				bail!("{} failed ({status}):\n{}", self.name, self.tail())
			},
			status => Ok(status.is_some()),
		}
	}

	/// An error with the end of its output if it is no longer running.
	pub fn ensure_running(&mut self) -> Result<()> {
		if let Some(status) = self.child.try_wait()? {
			bail!(
				"{} ended ({status}); the end of {}:\n{}",
				self.name,
				self.log.display(),
				self.tail()
			);
		}
		Ok(())
	}

	fn tail(&self) -> String {
		let output = self.output();
		let lines: Vec<_> = output.lines().collect();
		lines[lines.len().saturating_sub(15)..].join("\n")
	}

	/// Send it a signal.
	pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
		let id = i32::try_from(self.child.id()).context("a process id")?;
		Ok(kill(Pid::from_raw(id), signal)?)
	}

	/// Ask it to end, and wait until it has. An error if it does not, or ends with a failure.
	pub fn stop(mut self) -> Result<()> {
		self.ensure_running()?;
		self.signal(Signal::SIGTERM)?;
		let start = Instant::now();
		loop {
			if let Some(status) = self.child.try_wait()? {
				if status.success() || status.signal() == Some(Signal::SIGTERM as i32) {
					return Ok(());
				}
				bail!("{} ended with {status}:\n{}", self.name, self.tail());
			}
			if start.elapsed() > GRACE {
				bail!("{} did not end within {GRACE:?}:\n{}", self.name, self.tail());
			}
			std::thread::sleep(Duration::from_millis(20));
		}
	}

	/// Kill it as a power cut would.
	pub fn kill(mut self) -> Result<()> {
		self.ensure_running()?;
		self.child.kill()?;
		self.child.wait()?;
		Ok(())
	}
}

impl Drop for Process {
	fn drop(&mut self) {
		// It may be gone already, and there is nobody to tell.
		let _ = self.child.kill();
		let _ = self.child.wait();
	}
}

//! Commands of `medrec-node` that end by themselves.

use std::{ffi::OsStr, process::Output, time::Duration};

use anyhow::{ensure, Context, Result};
use tokio::{process::Command, time::timeout};

use crate::programs;

/// How long a command may take. The first on a machine compiles the runtime.
const LIMIT: Duration = Duration::from_secs(120);

/// Run `medrec-node` with these arguments to its end, whatever that is.
pub async fn run<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Result<Output> {
	let mut command = Command::new(programs::find("medrec-node")?);
	command.args(arguments).kill_on_drop(true);
	timeout(LIMIT, command.output())
		.await
		.with_context(|| format!("{command:?} took longer than {LIMIT:?}"))?
		.with_context(|| format!("cannot run {command:?}"))
}

/// Run it; gives what it printed. An error with what it complained about if it did not succeed.
pub async fn succeed<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Result<String> {
	let output = run(arguments).await?;
	let complaint = String::from_utf8_lossy(&output.stderr);
	ensure!(output.status.success(), "medrec-node ended with {}:\n{complaint}", output.status);
	Ok(String::from_utf8(output.stdout)?)
}

/// Run it; gives what it complained about. An error if it succeeded.
pub async fn fail<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Result<String> {
	let output = run(arguments).await?;
	ensure!(!output.status.success(), "medrec-node succeeded");
	Ok(String::from_utf8(output.stderr)?)
}

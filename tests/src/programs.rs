//! Finds the programs that the workspace builds.

use std::{
	env,
	path::{Path, PathBuf},
};

use anyhow::{bail, Context, Result};

/// Path of a program, beside the one that runs (or, for tests, one folder up).
pub fn find(name: &str) -> Result<PathBuf> {
	let own = env::current_exe().context("cannot tell where this program is")?;
	let folders = own.ancestors().skip(1).take(2);
	let candidates: Vec<_> = folders.map(|folder: &Path| folder.join(name)).collect();
	match candidates.iter().find(|path| path.is_file()) {
		Some(path) => Ok(path.clone()),
		None => bail!("{name} is not built; run `cargo xtask build` (looked for {candidates:?})"),
	}
}

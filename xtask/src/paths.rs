//! Where things lie.

use std::{
	env,
	path::{Path, PathBuf},
};

use anyhow::{Context, Result};

/// The repository's folder.
pub fn root() -> &'static Path {
	// This file's crate is a folder of the repository.
	Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Folder of this user's caches of this project.
pub fn cache() -> Result<PathBuf> {
	let base = match env::var_os("XDG_CACHE_HOME") {
		Some(folder) => PathBuf::from(folder),
		None => {
			PathBuf::from(env::var_os("HOME").context("neither XDG_CACHE_HOME nor HOME is set")?)
				.join(".cache")
		},
	};
	Ok(base.join("medrec"))
}

/// Cargo's target folder.
pub fn target() -> Result<PathBuf> {
	match env::var_os("CARGO_TARGET_DIR") {
		Some(folder) => Ok(root().join(folder)),
		None => Ok(cache()?.join("target")),
	}
}

/// A program that this repository builds.
pub fn binary(name: &str) -> Result<PathBuf> {
	Ok(target()?.join("release").join(name))
}

//! That programs and tests are built with the same features of the same dependencies, so that no crate is
//! compiled twice (docs/adr/0006).

use std::collections::BTreeSet;

use anyhow::{bail, Context, Result};

use crate::build;

/// Each dependency with its version and features, over the given kinds of dependencies.
fn resolved(kinds: &str) -> Result<BTreeSet<String>> {
	let output = build::cargo()?
		.args(["tree", "--locked", "--workspace", "--prefix", "none", "--format", "{p} {f}"])
		// Named, or cargo mixes what runs while building into the rest.
		.args(["--edges", kinds, "--target", "host-tuple"])
		.output()
		.context("cannot run cargo tree")?;
	if !output.status.success() {
		bail!("cargo tree: {}", String::from_utf8_lossy(&output.stderr).trim());
	}
	let text = String::from_utf8(output.stdout)?;
	Ok(text.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect())
}

/// Fails if a test needs more of a dependency than the programs do.
pub fn check() -> Result<()> {
	let programs = resolved("normal,build")?;
	let tests = resolved("normal,build,dev")?;
	let widened: Vec<_> = programs.difference(&tests).map(String::as_str).collect();
	if widened.is_empty() {
		return Ok(());
	}
	bail!(
		"tests ask for other features of these than the programs, so that they and all that depends on \
		 them would be compiled twice; see docs/adr/0006:\n  {}",
		widened.join("\n  ")
	)
}

//! What continuous integration runs.

use anyhow::Result;

use crate::{build, chain_specs, features, run, setup};

/// Format, features, lints, generated files, then the whole test suite, whose closing lines come last.
pub fn run() -> Result<()> {
	setup::run()?;
	build::run(build::cargo()?.args(["fmt", "--all", "--check"]))?;
	features::check()?;
	build::all()?;
	build::run(
		build::cargo()?
			.args(["clippy", "--release", "--locked", "--workspace", "--all-targets", "--", "-D"])
			.arg("warnings"),
	)?;
	chain_specs::compare_or_write(true)?;
	run::test(&[])
}

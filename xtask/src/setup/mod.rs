//! What a machine needs before it can build and test this repository.

mod packages;
mod wasm;

use anyhow::{bail, Result};

/// Check everything, install what is missing. Quick when there is nothing to do.
pub fn run() -> Result<()> {
	let missing = [packages::check()?, wasm::check()?].concat();
	if missing.is_empty() {
		eprintln!("setup: everything is there");
		return Ok(());
	}
	for need in &missing {
		eprintln!("setup: {} is missing ({})", need.what, need.why);
	}
	packages::install(&missing)?;
	wasm::install()?;

	let still = [packages::check()?, wasm::check()?].concat();
	if let Some(need) = still.first() {
		bail!("{} is still missing after installing: {}", need.what, need.why);
	}
	eprintln!("setup: done");
	Ok(())
}

/// Something that a machine lacks.
#[derive(Clone, Debug)]
pub struct Need {
	/// What it is.
	pub what: &'static str,
	/// What needs it.
	pub why: &'static str,
	/// Debian packages that bring it.
	pub packages: &'static [&'static str],
}

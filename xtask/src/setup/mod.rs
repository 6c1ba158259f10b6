//! What a machine needs before it can build and test this repository.

mod packages;
mod wasm;

pub use packages::is_root;

use anyhow::{bail, Result};

/// Check everything, install what is missing. Quick when there is nothing to do.
pub fn run() -> Result<()> {
	ensure(|| Ok([packages::check(&packages::BUILD), wasm::check()?].concat()), wasm::install)
}

/// The same for what causes faults.
pub fn chaos() -> Result<()> {
	ensure(|| Ok(packages::check(&packages::CHAOS)), || Ok(()))
}

/// Install the packages of what is missing, then what no package brings.
fn ensure(check: impl Fn() -> Result<Vec<Need>>, install: impl Fn() -> Result<()>) -> Result<()> {
	let missing = check()?;
	if missing.is_empty() {
		eprintln!("setup: everything is there");
		return Ok(());
	}
	for need in &missing {
		eprintln!("setup: {} is missing ({})", need.what, need.why);
	}
	packages::install(&missing)?;
	install()?;

	if let Some(need) = check()?.first() {
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

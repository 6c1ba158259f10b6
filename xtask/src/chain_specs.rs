//! Chain specs of the presets, without `code`: different compilers make different blobs, so that the rest
//! is what can be compared.

use std::{fs, process::Command};

use anyhow::{bail, Context, Result};
use serde_json::Value;

use crate::{build, paths, setup};

/// The presets.
const CHAINS: [&str; 2] = ["dev", "local"];

/// Write or compare the chain specs.
pub fn run(check: bool) -> Result<()> {
	setup::run()?;
	build::all()?;
	compare_or_write(check)
}

/// The same, once everything is built.
pub fn compare_or_write(check: bool) -> Result<()> {
	for chain in CHAINS {
		let output = Command::new(paths::binary("medrec-node")?)
			.args(["export-chain-spec", "--chain", chain])
			.output()
			.context("cannot run medrec-node")?;
		if !output.status.success() {
			bail!(
				"medrec-node export-chain-spec --chain {chain} failed: {}",
				String::from_utf8_lossy(&output.stderr)
			);
		}
		let mut spec: Value = serde_json::from_slice(&output.stdout)
			.with_context(|| format!("the chain spec of {chain} is not JSON"))?;
		let code = spec.pointer_mut("/genesis/runtimeGenesis/code").with_context(|| {
			format!("the chain spec of {chain} has no genesis.runtimeGenesis.code")
		})?;
		*code = Value::String(String::new());
		let text = format!("{spec:#}\n");
		let file = paths::root().join("chain-specs").join(format!("{chain}.json"));
		if check {
			let there = fs::read_to_string(&file).unwrap_or_default();
			if there != text {
				bail!(
					"{} is not what the node generates; run `cargo xtask chain-specs` and commit it",
					file.display()
				);
			}
			eprintln!("{} is up to date", file.display());
		} else {
			fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
			eprintln!("wrote {}", file.display());
		}
	}
	Ok(())
}

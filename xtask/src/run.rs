//! Demo, tests, benches and faults: set up, build, then hand over to the program that does it.

use std::{
	path::{Path, PathBuf},
	process::Command,
};

use anyhow::{Context, Result};

use crate::{build, paths, setup};

/// An absolute path, because the programs run in another folder.
fn absolute(path: &Path) -> Result<PathBuf> {
	path.canonicalize().with_context(|| format!("cannot find {}", path.display()))
}

/// `cargo xtask demo`.
pub fn demo(data: Option<PathBuf>, exit: bool) -> Result<()> {
	let data = data.as_deref().map(absolute).transpose()?;
	setup::run()?;
	build::all()?;
	let mut demo = Command::new(paths::binary("medrec-demo")?);
	if let Some(data) = data {
		demo.arg("--data").arg(data);
	}
	if exit {
		demo.arg("--exit");
	}
	build::become_program(&mut demo)
}

/// `cargo xtask test`.
pub fn test(arguments: &[String]) -> Result<()> {
	setup::run()?;
	if setup::is_root() {
		// Without root the test that causes faults is skipped, and says so.
		setup::chaos()?;
	}
	// The end-to-end tests start these programs.
	build::all()?;
	let mut test = build::cargo()?;
	test.args(["test", "--release", "--locked"]);
	if arguments.is_empty() {
		test.args(["--workspace", "--no-fail-fast"]);
	}
	build::run(test.args(arguments))
}

/// `cargo xtask bench`.
pub fn bench(filter: Option<String>, json: Option<PathBuf>) -> Result<()> {
	setup::run()?;
	build::all()?;
	let mut bench = Command::new(paths::binary("medrec-bench")?);
	bench.args(filter);
	if let Some(json) = json {
		bench.arg("--json").arg(std::path::absolute(json)?);
	}
	build::become_program(&mut bench)
}

/// `cargo xtask chaos`.
pub fn chaos(only: &[u8], list: bool, json: bool) -> Result<()> {
	setup::run()?;
	setup::chaos()?;
	build::all()?;
	let mut chaos = Command::new(paths::binary("medrec-chaos")?);
	if !only.is_empty() {
		let numbers: Vec<_> = only.iter().map(u8::to_string).collect();
		chaos.args(["--only", &numbers.join(",")]);
	}
	chaos.args(list.then_some("--list")).args(json.then_some("--json"));
	build::run(&mut chaos)
}

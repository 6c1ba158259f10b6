//! The standard library for the target that the runtime is compiled to.
//!
//! With rustup it is one command. Debian's own Rust (packages `rustc-web`, `cargo-web`) ships no standard
//! library for WASM, but its sources, from which `core`, `alloc` and `compiler_builtins` are built once.

use std::{
	env,
	ffi::OsStr,
	fs,
	path::{Path, PathBuf},
	process::Command,
};

use anyhow::{bail, Context, Result};

use super::{
	packages::{rights, succeeds, Rights},
	Need,
};
use crate::{build, paths};

/// Target of the runtime.
const TARGET: &str = "wasm32v1-none";

/// Crates that a Rust without rustup lacks for the target.
const CRATES: [&str; 3] = ["core", "alloc", "compiler_builtins"];

fn rustc() -> Command {
	let mut command = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
	command.current_dir(paths::root());
	command
}

fn sysroot() -> Result<PathBuf> {
	let output = rustc().args(["--print", "sysroot"]).output().context("cannot run rustc")?;
	if !output.status.success() {
		bail!("rustc --print sysroot: {}", String::from_utf8_lossy(&output.stderr).trim());
	}
	Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

fn libraries(sysroot: &Path) -> PathBuf {
	sysroot.join("lib/rustlib").join(TARGET).join("lib")
}

fn sources(sysroot: &Path) -> PathBuf {
	sysroot.join("lib/rustlib/src/rust/library")
}

fn has_target(sysroot: &Path) -> bool {
	let Ok(files) = fs::read_dir(libraries(sysroot)) else { return false };
	let names: Vec<_> =
		files.flatten().map(|file| file.file_name().to_string_lossy().into_owned()).collect();
	CRATES.iter().all(|name| {
		names.iter().any(|file| {
			file.ends_with(".rlib")
				&& file
					.strip_prefix("lib")
					.and_then(|rest| rest.strip_prefix(name))
					.is_some_and(|rest| rest.starts_with(['-', '.']))
		})
	})
}

fn is_rustup(sysroot: &Path) -> bool {
	succeeds(&["rustup", "--version"])
		&& sysroot.components().any(|part| part.as_os_str() == "toolchains")
}

/// What is missing.
pub fn check() -> Result<Vec<Need>> {
	let sysroot = sysroot()?;
	let mut missing = Vec::new();
	if !has_target(&sysroot) {
		missing.push(Need {
			what: "Rust's core library for wasm32v1-none",
			why: "the runtime is WASM",
			packages: if is_rustup(&sysroot) {
				&[]
			} else {
				&["rust-web-src", "rust-web-llvm", "lld-22"]
			},
		});
	}
	if is_rustup(&sysroot) && !sources(&sysroot).is_dir() {
		missing.push(Need {
			what: "rust-src",
			why: "the WASM builder looks for it",
			packages: &[],
		});
	}
	Ok(missing)
}

/// Get the target.
pub fn install() -> Result<()> {
	let sysroot = sysroot()?;
	if is_rustup(&sysroot) {
		let rustup = |arguments: &[&str]| {
			build::run(Command::new("rustup").current_dir(paths::root()).args(arguments))
		};
		if !has_target(&sysroot) {
			rustup(&["target", "add", TARGET])?;
		}
		if !sources(&sysroot).is_dir() {
			rustup(&["component", "add", "rust-src"])?;
		}
		return Ok(());
	}
	if has_target(&sysroot) {
		return Ok(());
	}
	build_from_sources(&sysroot)
}

/// Build the crates that are missing from the sources that the distribution ships, and put them where
/// its compiler looks.
fn build_from_sources(sysroot: &Path) -> Result<()> {
	let work = paths::cache()?.join("wasm-core");
	fs::create_dir_all(work.join("src"))?;
	fs::write(
		work.join("Cargo.toml"),
		"[package]\nname = \"wasm-core\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n",
	)?;
	fs::write(work.join("src/lib.rs"), "#![no_std]\n")?;
	eprintln!("setup: building core and alloc for {TARGET} (about half a minute)");
	build::run(
		build::cargo()?
			.current_dir(&work)
			.args(["build", "--release", "-Z", "build-std=core,alloc", "--target", TARGET])
			.env("CARGO_TARGET_DIR", work.join("target"))
			// The distribution's compiler is a stable one; build-std is not.
			.env("RUSTC_BOOTSTRAP", "1")
			// The runtime is linked with LTO.
			.env("RUSTFLAGS", "-C embed-bitcode=yes"),
	)?;

	let built = work.join("target").join(TARGET).join("release/deps");
	let libraries = libraries(sysroot);
	let files: Vec<PathBuf> = fs::read_dir(&built)
		.with_context(|| format!("cannot read {}", built.display()))?
		.flatten()
		.map(|file| file.path())
		.filter(|path| {
			let name = path.file_name().unwrap_or_default().to_string_lossy();
			let is_library = name.ends_with(".rlib") || name.ends_with(".rmeta");
			is_library && CRATES.iter().any(|krate| name.starts_with(&format!("lib{krate}-")))
		})
		.collect();
	put(&files, &libraries)
}

/// Copy files to a folder of the compiler's, which is mostly the system's.
fn put(files: &[PathBuf], folder: &Path) -> Result<()> {
	let mut make = vec!["mkdir".as_ref(), "-p".as_ref(), folder.as_os_str()];
	let mut copy: Vec<&OsStr> = vec!["cp".as_ref()];
	copy.extend(files.iter().map(|file| file.as_os_str()));
	copy.push(folder.as_os_str());
	let advice = format!(
		"run this as root, then try again:\n\n    {} && {}\n",
		make.join(OsStr::new(" ")).to_string_lossy(),
		copy.join(OsStr::new(" ")).to_string_lossy()
	);
	if let Rights::Sudo = rights() {
		for command in [&mut make, &mut copy] {
			command.splice(0..0, ["sudo".as_ref(), "-n".as_ref()]);
		}
	}
	for command in [make, copy] {
		let (program, arguments) = command.split_first().context("a command has a program")?;
		build::run(Command::new(program).args(arguments)).context(advice.clone())?;
	}
	Ok(())
}

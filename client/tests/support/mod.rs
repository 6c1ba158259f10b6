//! A node and gatekeepers that answer from memory, and the real binary run against them.

// Each test file uses its own part of this.
#![allow(dead_code)]

pub mod calls;
pub mod chain;
pub mod gatekeeper;
pub mod node;
pub mod pool;
pub mod world;

use std::{
	path::{Path, PathBuf},
	process::Output,
};

pub const PASSWORD: &str = "correct horse battery";

/// A home directory with a password file; runs the binary in it.
pub struct Home {
	directory: tempfile::TempDir,
	pub node: String,
}

impl Home {
	pub fn new(node: &str) -> Self {
		let directory = tempfile::tempdir().unwrap();
		std::fs::write(directory.path().join("password"), format!("{PASSWORD}\n")).unwrap();
		Self { directory, node: node.to_owned() }
	}

	pub fn path(&self) -> &Path {
		self.directory.path()
	}

	pub fn file(&self, name: &str, content: &str) -> PathBuf {
		let path = self.path().join(name);
		std::fs::write(&path, content).unwrap();
		path
	}

	/// Import words as the only key.
	pub async fn import(&self, words: &str) {
		let path = self.file("words", words);
		let output = self.run(&["key", "import", "--words-file", path.to_str().unwrap()]).await;
		assert!(output.status.success(), "{output:?}");
	}

	/// Run the binary. It has no terminal, so nobody answers questions.
	pub async fn run(&self, arguments: &[&str]) -> Output {
		tokio::process::Command::new(env!("CARGO_BIN_EXE_medrec"))
			.args(arguments)
			.env_clear()
			.env("MEDREC_HOME", self.path().join("home"))
			.env("MEDREC_PASSWORD_FILE", self.path().join("password"))
			.env("MEDREC_NODE", &self.node)
			.stdin(std::process::Stdio::null())
			.kill_on_drop(true)
			.output()
			.await
			.unwrap()
	}

	/// Run the binary with `--json`, and read its result.
	pub async fn json(&self, arguments: &[&str]) -> serde_json::Value {
		let output = self.run(&[arguments, &["--json"]].concat()).await;
		assert_eq!(code(&output), 0, "{arguments:?}: {}", stderr(&output));
		serde_json::from_slice(&output.stdout).unwrap()
	}
}

pub fn code(output: &Output) -> i32 {
	output.status.code().unwrap()
}

pub fn stdout(output: &Output) -> String {
	String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn stderr(output: &Output) -> String {
	String::from_utf8(output.stderr.clone()).unwrap()
}

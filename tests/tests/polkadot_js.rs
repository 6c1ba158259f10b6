//! A Polkadot.js client, with nothing but the metadata, registers a patient, proposes and accepts a
//! relationship and reads it back.

use std::{
	fs,
	path::{Path, PathBuf},
	process::Command,
};

use medrec_tests::network::Node;

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/polkadot-js");

fn run(command: &mut Command) -> String {
	let output = command.output().expect("Node.js is installed: cargo xtask setup");
	let text = String::from_utf8_lossy(&output.stdout).into_owned();
	assert!(
		output.status.success(),
		"{command:?}: {}\n{text}\n{}",
		output.status,
		String::from_utf8_lossy(&output.stderr)
	);
	text
}

/// Install the client in a folder of its own, so that the sources stay clean.
fn install(folder: &Path) -> PathBuf {
	for file in ["package.json", "package-lock.json", "relationship.mjs"] {
		fs::copy(Path::new(SOURCES).join(file), folder.join(file)).expect("the sources are there");
	}
	run(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(folder));
	folder.join("relationship.mjs")
}

#[tokio::test]
async fn proposes_and_accepts_a_relationship() {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let node = Node::start_dev(folder.path()).await.expect("a node");
	let client = folder.path().join("client");
	fs::create_dir(&client).expect("a folder");
	let script = install(&client);
	let printed = run(Command::new("node").arg(script).arg(&node.url));
	assert!(printed.contains("is active"), "the client printed: {printed}");
	node.process.stop().expect("the node ends when asked");
}

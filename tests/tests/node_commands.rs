//! Subcommands of the node, against the database of a chain that really ran.

use std::{
	fs,
	path::{Path, PathBuf},
	time::Duration,
};

use anyhow::{Context, Result};
use medrec_chain_client::ChainClient;
use medrec_tests::{
	network::Node,
	node_command::{fail, run, succeed},
	wait::until,
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// How long a chain may take to grow.
const GROWTH: Duration = Duration::from_secs(90);

/// Blocks that the chain has at least.
const BLOCKS: u64 = 6;

/// A chain that ran and was stopped, for all tests of this program; copies are taken from it.
async fn original() -> &'static TempDir {
	static GROWN: OnceCell<TempDir> = OnceCell::const_new();
	GROWN
		.get_or_init(|| async {
			let folder = tempfile::tempdir().expect("a temporary folder");
			// The thread that starts a process has to live as long as the process, and the test that comes
			// first would end before the others: so it is stopped in here.
			let node = Node::start_dev(folder.path()).await.expect("a node");
			grown(&node, BLOCKS).await.expect("the chain grows");
			node.process.stop().expect("the node ends when asked");
			folder
		})
		.await
}

/// Wait until a node has finalized this many blocks.
async fn grown(node: &Node, blocks: u64) -> Result<()> {
	let chain: ChainClient = node.chain().await?;
	until("the chain to grow", GROWTH, async || {
		let finalized = u64::from(chain.status().await?.finalized.number);
		Ok((finalized >= blocks).then_some(()))
	})
	.await
}

/// A database of the chain `dev`.
struct Database(TempDir);

impl Database {
	fn empty() -> Self {
		Self(tempfile::tempdir().expect("a temporary folder"))
	}

	async fn copy() -> Self {
		let copy = Self::empty();
		copy_folder(original().await.path(), copy.0.path()).expect("a copy of the database");
		copy
	}

	/// Where [`Node::start_dev`] has its base path.
	fn base_path(&self) -> PathBuf {
		self.0.path().join("alice")
	}

	fn chain_folder(&self) -> PathBuf {
		self.base_path().join("chains/medrec_dev")
	}

	/// Arguments of a command on this database.
	fn arguments(&self, command: &[&str]) -> Vec<String> {
		let base_path = self.base_path().display().to_string();
		let (name, rest) = command.split_first().expect("a command");
		[*name, "--chain", "dev", "--base-path", &base_path]
			.iter()
			.chain(rest)
			.map(|argument| (*argument).to_owned())
			.collect()
	}

	async fn succeed(&self, command: &[&str]) -> String {
		succeed(self.arguments(command))
			.await
			.unwrap_or_else(|error| panic!("{command:?}: {error:#}"))
	}

	async fn fail(&self, command: &[&str]) -> String {
		fail(self.arguments(command)).await.unwrap_or_else(|error| panic!("{command:?}: {error:#}"))
	}

	async fn info(&self) -> Info {
		let printed = self.succeed(&["chain-info"]).await;
		let info: Value = serde_json::from_str(&printed).expect("chain-info prints JSON");
		let number = |field: &str| info[field].as_u64().unwrap_or_else(|| panic!("{printed}"));
		Info {
			best: number("best_number"),
			finalized: number("finalized_number"),
			best_hash: info["best_hash"].as_str().expect("a hash").to_owned(),
		}
	}

	/// Export blocks to a file in here.
	async fn export(&self, more: &[&str]) -> String {
		let file = self.0.path().join("blocks").display().to_string();
		self.succeed(&[&["export-blocks", file.as_str()], more].concat()).await;
		file
	}

	/// A node goes on from this database, and its chain grows.
	async fn grows(&self) -> Result<()> {
		let before = self.info().await;
		let node = Node::start_dev(self.0.path()).await?;
		grown(&node, before.best + 2).await?;
		node.process.stop().context("the node ends when asked")
	}
}

#[derive(Clone, Debug, PartialEq)]
struct Info {
	best: u64,
	finalized: u64,
	best_hash: String,
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
	fs::create_dir_all(to)?;
	for entry in fs::read_dir(from)? {
		let entry = entry?;
		let target = to.join(entry.file_name());
		if entry.file_type()?.is_dir() {
			copy_folder(&entry.path(), &target)?;
		} else {
			fs::copy(entry.path(), target)?;
		}
	}
	Ok(())
}

#[tokio::test]
async fn exported_blocks_are_imported_elsewhere_and_the_chain_goes_on_there() {
	for form in [&[][..], &["--binary"]] {
		let (source, target) = (Database::copy().await, Database::empty());
		let file = source.export(form).await;
		target.succeed(&[&["import-blocks", file.as_str()], form].concat()).await;
		let (there, here) = (source.info().await, target.info().await);
		assert_eq!((here.best, &here.best_hash), (there.best, &there.best_hash), "{form:?}");
		target.grows().await.expect("a node goes on from imported blocks");
	}
}

#[tokio::test]
async fn a_range_of_blocks_is_exported() {
	let (source, target) = (Database::copy().await, Database::empty());
	let file = source.export(&["--from", "1", "--to", "3"]).await;
	target.succeed(&["import-blocks", &file]).await;
	assert_eq!(target.info().await.best, 3);
	let rest = source.export(&["--from", "4"]).await;
	target.succeed(&["import-blocks", &rest]).await;
	assert_eq!(target.info().await.best_hash, source.info().await.best_hash);
}

#[tokio::test]
async fn blocks_of_another_chain_are_refused() {
	let (source, target) = (Database::copy().await, Database::empty());
	let file = source.export(&[]).await;
	let base_path = target.base_path().display().to_string();
	let output =
		run(["import-blocks", "--chain", "local", "--base-path", &base_path, &file]).await.unwrap();
	assert!(!output.status.success(), "blocks of `dev` were imported into `local`");
	let info =
		succeed(["chain-info", "--chain", "local", "--base-path", &base_path]).await.unwrap();
	let info: Value = serde_json::from_str(&info).unwrap();
	assert_eq!(info["best_number"], 0);
}

/// What is final stays, whatever is asked for.
#[tokio::test]
async fn reverting_takes_back_only_what_is_not_final() {
	// Imported blocks are not final beyond the last proof of finality among them.
	let (source, database) = (Database::copy().await, Database::empty());
	let file = source.export(&[]).await;
	database.succeed(&["import-blocks", &file]).await;
	let before = database.info().await;
	assert!(before.finalized + 3 <= before.best, "{before:?}");

	database.succeed(&["revert", "2"]).await;
	let after = database.info().await;
	assert_eq!((after.best, after.finalized), (before.best - 2, before.finalized));

	database.succeed(&["revert", "1000"]).await;
	let after = database.info().await;
	assert_eq!((after.best, after.finalized), (before.finalized, before.finalized));

	database.succeed(&["import-blocks", &file]).await;
	assert_eq!(database.info().await, before, "what was reverted can be imported again");
	database.succeed(&["revert", "2"]).await;
	database.grows().await.expect("a node goes on after reverting");
}

#[tokio::test]
async fn blocks_are_checked_by_number_and_by_hash() {
	let database = Database::copy().await;
	let info = database.info().await;
	for block in ["3", info.best_hash.as_str()] {
		let output = run(database.arguments(&["check-block", block])).await.unwrap();
		let told = String::from_utf8_lossy(&output.stderr);
		assert!(output.status.success(), "{block}: {told}");
		assert!(told.contains("Imported 1 blocks"), "{block}: {told}");
		// Subcommands once started a pool, whose end was told as a failure.
		assert!(!told.contains("failed"), "{block}: {told}");
	}
	let told = database.fail(&["check-block", "1000000"]).await;
	assert!(told.contains("error: checking the block: Unknown block"), "{told}");
}

#[tokio::test]
async fn what_goes_wrong_is_told_with_the_file() {
	let database = Database::copy().await;
	let absent = database.0.path().join("absent/blocks").display().to_string();
	for command in ["import-blocks", "export-blocks"] {
		let told = database.fail(&[command, &absent]).await;
		assert!(told.contains(&absent) && told.contains("No such file"), "{command}: {told}");
	}
	let told = database.fail(&["export-blocks", "--from", "1000000"]).await;
	assert!(told.contains("error: exporting blocks"), "{told}");
}

#[tokio::test]
async fn the_state_is_exported_as_a_chain_spec() {
	let database = Database::copy().await;
	let printed = database.succeed(&["export-state", "3"]).await;
	let spec: Value = serde_json::from_str(&printed).expect("a chain spec");
	let top = spec.pointer("/genesis/raw/top").and_then(Value::as_object).expect("a raw state");
	// `:code`
	assert!(top.contains_key("0x3a636f6465"));
}

/// Keys stay where they are; the node keeps its identity and starts from the beginning.
#[tokio::test]
async fn purging_deletes_the_database_and_no_keys() {
	let database = Database::copy().await;
	let secret = database.0.path().join("secret");
	fs::write(&secret, "//Elmwood").unwrap();
	let secret = secret.display().to_string();
	let insert = ["--key-type", "gran", "--scheme", "ed25519", "--suri", &secret];
	let base_path = database.base_path().display().to_string();
	let on_chain = ["--chain", "dev", "--base-path", &base_path];
	succeed(["key", "insert"].iter().chain(&on_chain).chain(&insert)).await.unwrap();
	succeed(["key", "generate-node-key"].iter().chain(&on_chain)).await.unwrap();

	let keys = |folder: &str| {
		let mut files: Vec<_> = fs::read_dir(database.chain_folder().join(folder))
			.unwrap()
			.map(|entry| entry.unwrap().path())
			.filter(|path| path.extension().is_none_or(|extension| extension != "json"))
			.map(|path| (path.clone(), fs::read(path).unwrap()))
			.collect();
		files.sort();
		files
	};
	let before = (keys("keystore"), keys("network"));
	assert_eq!((before.0.len(), before.1.len()), (1, 1), "{before:?}");

	database.succeed(&["purge-chain", "-y"]).await;
	assert_eq!((keys("keystore"), keys("network")), before);
	assert_eq!(database.info().await.best, 0);
	database.grows().await.expect("a node starts from the beginning");
}

#[tokio::test]
async fn a_key_that_was_generated_is_inspected_and_inserted() {
	let folder = tempfile::tempdir().unwrap();
	let path = |name: &str| folder.path().join(name).display().to_string();
	for (role, scheme) in [("aura", "sr25519"), ("gran", "ed25519"), ("audi", "sr25519")] {
		let generated = ["key", "generate", "--scheme", scheme, "--output-type", "json"];
		let generated: Value = serde_json::from_str(&succeed(generated).await.unwrap()).unwrap();
		let secret = path(role);
		fs::write(&secret, generated["secretPhrase"].as_str().unwrap()).unwrap();
		let inspected =
			["key", "inspect", "--scheme", scheme, "--output-type", "json", secret.as_str()];
		let inspected: Value = serde_json::from_str(&succeed(inspected).await.unwrap()).unwrap();
		assert_eq!(inspected["publicKey"], generated["publicKey"]);

		let base_path = path("base");
		let what = ["--key-type", role, "--scheme", scheme, "--suri", secret.as_str()];
		let on_chain = ["key", "insert", "--chain", "dev", "--base-path", base_path.as_str()];
		succeed(on_chain.iter().chain(&what)).await.unwrap();
		// A keystore's file is named after role and public key.
		let public = generated["publicKey"].as_str().unwrap().trim_start_matches("0x");
		let file = format!("base/chains/medrec_dev/keystore/{}{public}", hex::encode(role));
		assert!(folder.path().join(&file).is_file(), "{file}");
	}
}

#[tokio::test]
async fn a_network_key_is_made_once() {
	let database = Database::empty();
	let base_path = database.base_path().display().to_string();
	let generate = ["key", "generate-node-key", "--chain", "dev", "--base-path", &base_path];
	succeed(generate).await.unwrap();
	let again = fail(generate).await.unwrap();
	assert!(again.contains("already exists"), "a second key replaced the first: {again}");
	let file = database.chain_folder().join("network/secret_ed25519").display().to_string();
	let inspected = succeed(["key", "inspect-node-key", "--file", &file]).await.unwrap();
	assert!(inspected.trim().starts_with("12D3KooW"), "{inspected}");
}

#[tokio::test]
async fn a_validator_without_a_network_key_does_not_start() {
	let folder = tempfile::tempdir().unwrap();
	let base_path = folder.path().display().to_string();
	let start = ["--validator", "--chain", "local", "--base-path", &base_path, "--rpc-port", "0"];
	let told = fail(start).await.unwrap();
	assert!(told.contains("key generate-node-key --base-path"), "{told}");
}

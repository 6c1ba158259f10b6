//! `import-state`, run as a person runs it, and a node that goes on from there.

use std::{
	io::{BufRead, BufReader},
	path::Path,
	process::{Child, Command, Output, Stdio},
	time::{Duration, Instant},
};

use jsonrpsee::http_client::HttpClientBuilder;
use medrec_generated_state::{OpeningRecord, Population, MIN_RELATIONSHIPS};
use medrec_rpc_api::{MedrecApiClient, MAX_BATCH};

const SEED: u64 = 5;

/// Bound of every wait; far beyond what it takes.
const PATIENCE: Duration = Duration::from_secs(180);

fn import(base: &Path, relationships: u64) -> Command {
	let mut command = Command::new(env!("CARGO_BIN_EXE_medrec-node"));
	command.args(["import-state", "--chain", "dev", "--base-path"]).arg(base).args([
		"--seed",
		&SEED.to_string(),
		"--relationships",
		&relationships.to_string(),
	]);
	command
}

fn text_of(output: &Output) -> String {
	String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A node that ends with its test.
struct Node {
	child: Child,
	url: String,
}

impl Node {
	fn start(base: &Path) -> Self {
		let mut child = Command::new(env!("CARGO_BIN_EXE_medrec-node"))
			.args(["--dev", "--base-path"])
			.arg(base)
			.args(["--rpc-port", "0", "--port", "0", "--no-prometheus", "--no-mdns"])
			.stderr(Stdio::piped())
			.spawn()
			.unwrap();
		let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
		let url = lines
			.by_ref()
			.map(Result::unwrap)
			.inspect(|line| eprintln!("{line}"))
			.find_map(|line| {
				let (_, after) = line.split_once("Running JSON-RPC server: addr=")?;
				Some(format!("http://{}", after.split([',', ' ']).next()?))
			})
			.expect("the node ended before it served");
		// A pipe that nobody reads would stop the node.
		std::thread::spawn(move || lines.for_each(drop));
		Self { child, url }
	}
}

impl Drop for Node {
	fn drop(&mut self) {
		// Both fail only where it has ended by itself.
		let _ = self.child.kill();
		let _ = self.child.wait();
	}
}

#[test]
fn a_database_with_blocks_is_refused() {
	let base = tempfile::tempdir().unwrap();
	let first = import(base.path(), MIN_RELATIONSHIPS).output().unwrap();
	assert!(first.status.success(), "{}", text_of(&first));
	let second = import(base.path(), MIN_RELATIONSHIPS).output().unwrap();
	assert!(!second.status.success());
	assert!(text_of(&second).contains("the database already has blocks"), "{}", text_of(&second));
}

#[test]
fn too_few_relationships_are_refused_and_leave_the_database_empty() {
	let base = tempfile::tempdir().unwrap();
	let refused = import(base.path(), MIN_RELATIONSHIPS - 1).output().unwrap();
	assert!(!refused.status.success());
	assert!(text_of(&refused).contains("are too few"), "{}", text_of(&refused));
	let taken = import(base.path(), MIN_RELATIONSHIPS).output().unwrap();
	assert!(taken.status.success(), "{}", text_of(&taken));
}

#[test]
fn every_opening_is_written() {
	let base = tempfile::tempdir().unwrap();
	let file = base.path().join("openings.ndjson");
	let output =
		import(base.path(), MIN_RELATIONSHIPS).arg("--openings").arg(&file).output().unwrap();
	assert!(output.status.success(), "{}", text_of(&output));
	let written: Vec<OpeningRecord> = std::fs::read_to_string(&file)
		.unwrap()
		.lines()
		.map(|line| serde_json::from_str(line).unwrap())
		.collect();
	let population = Population::new(SEED, MIN_RELATIONSHIPS, 1).unwrap();
	let expected: Vec<_> = (0..MIN_RELATIONSHIPS)
		.flat_map(|id| population.grants(id))
		.map(|grant| (grant.relationship, grant.opening, grant.expiry))
		.collect();
	let found: Vec<_> = written
		.into_iter()
		.map(|record| (record.relationship, record.opening, record.expiry_day))
		.collect();
	assert_eq!(found, expected);
}

/// It authors on top, finality goes on, and every question is answered as expected.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_goes_on_from_it() {
	let base = tempfile::tempdir().unwrap();
	let output = import(base.path(), MIN_RELATIONSHIPS).output().unwrap();
	assert!(output.status.success(), "{}", text_of(&output));

	let node = Node::start(base.path());
	let http = HttpClientBuilder::default().build(&node.url).unwrap();
	let population = Population::new(SEED, MIN_RELATIONSHIPS, 1).unwrap();
	let (questions, expected): (Vec<_>, Vec<_>) =
		(0..MAX_BATCH as u64).map(|number| population.question(number)).unzip();

	// Until finality has caught up the node does not decide.
	let started = Instant::now();
	let answers = loop {
		match http.check_access_batch(questions.clone()).await {
			Ok(answers) => break answers,
			Err(error) => {
				assert!(started.elapsed() < PATIENCE, "{error}");
				tokio::time::sleep(Duration::from_millis(200)).await;
			},
		}
	};
	assert!(answers.finalized.number > 3, "{answers:?}");
	assert!(answers.best.number >= answers.finalized.number);
	for ((question, expected), decision) in questions.iter().zip(expected).zip(&answers.decisions) {
		assert!(expected.agrees(decision), "{question:?}: {expected:?}, {decision:?}");
	}
}

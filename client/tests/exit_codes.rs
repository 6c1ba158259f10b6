//! Exit statuses and error texts, with the real binary.

mod support;

use support::{
	chain::Chain,
	code,
	node::Node,
	stderr, stdout,
	world::{world, ALICE, WORDS},
	Home,
};

/// Nobody listens there: port 1 is reserved.
const NOBODY: &str = "ws://127.0.0.1:1";

#[tokio::test]
async fn help_and_version_are_no_errors() {
	let home = Home::new(NOBODY);
	for arguments in [["--help"].as_slice(), &["--version"], &["help", "patient", "grant"]] {
		let output = home.run(arguments).await;
		assert_eq!(code(&output), 0, "{arguments:?}");
		assert!(!stdout(&output).is_empty() && stderr(&output).is_empty());
	}
}

#[tokio::test]
async fn what_cannot_be_understood_is_2_and_touches_nothing() {
	let home = Home::new(NOBODY);
	let cases: &[(&[&str], &str)] = &[
		(&[], "Usage"),
		(&["fly"], "unrecognized subcommand"),
		(&["patient", "join", "https://example.com"], "this is not an enrolment code"),
		(&["patient", "grant", "--to", "1"], "required"),
		(
			&["patient", "grant", "--to", "1", "--types", "secrets", "--for", "1d"],
			"`secrets` is no type of record; there is: demographics, ",
		),
		(
			&["patient", "grant", "--to", "1", "--types", "all", "--for", "soon"],
			"`soon` is no duration",
		),
		(
			&[
				"patient",
				"grant",
				"--to",
				"1",
				"--types",
				"all",
				"--for",
				"1d",
				"--until",
				"2099-01-01",
			],
			"cannot be used with",
		),
		(&["patient", "revoke"], "required"),
		(&["patient", "revoke", "0x12"], "names no grant"),
		(&["chain", "status", "--node", "http://127.0.0.1"], "is not the address of a node"),
		(&["patient", "records"], "there is no key `default`; make one with `medrec key new`"),
	];
	for (arguments, text) in cases {
		let output = home.run(arguments).await;
		assert_eq!(code(&output), 2, "{arguments:?}: {}", stderr(&output));
		assert!(stderr(&output).contains(text), "{arguments:?}: {}", stderr(&output));
		assert!(stdout(&output).is_empty(), "{arguments:?}");
	}
	assert!(!home.path().join("home").exists());
}

#[tokio::test]
async fn a_node_that_is_not_there_is_4() {
	let home = Home::new(NOBODY);
	let output = home.run(&["chain", "status"]).await;
	assert_eq!(code(&output), 4);
	assert!(stderr(&output).contains("cannot be reached"), "{}", stderr(&output));

	let output = home.run(&["chain", "status", "--json"]).await;
	assert_eq!(code(&output), 4);
	let last = stderr(&output).lines().last().unwrap().to_owned();
	let error: serde_json::Value = serde_json::from_str(&last).unwrap();
	assert_eq!(error["error"]["kind"], "unavailable");
}

#[tokio::test]
async fn a_wrong_password_is_2_and_so_is_a_missing_one() {
	let home = Home::new(NOBODY);
	home.import(WORDS).await;
	home.file("password", "another password\n");
	let output = home.run(&["patient", "relationships"]).await;
	assert_eq!(code(&output), 2);
	assert!(stderr(&output).contains("the password does not open the key `default`"));

	std::fs::remove_file(home.path().join("password")).unwrap();
	let output = home.run(&["patient", "relationships"]).await;
	assert_eq!(code(&output), 2);
}

#[tokio::test]
async fn strangers_are_3_and_questions_without_answer_2() {
	let chain = Chain::default();
	let node = Node::start(&chain).await;
	let home = Home::new(&node.url);
	home.import(WORDS).await;
	let output = home.run(&["viewer", "inbox"]).await;
	assert_eq!(code(&output), 3);
	assert!(stderr(&output).contains("this key is not registered"), "{}", stderr(&output));

	let output = home.run(&["patient", "end", "7"]).await;
	assert_eq!(code(&output), 2);
	assert!(stderr(&output).contains("relationship 7 is not yours"), "{}", stderr(&output));
}

#[tokio::test]
async fn what_the_pool_refuses_says_why_and_what_to_do() {
	let world = world().await;
	let account = world.chain.lock().participants[&ALICE].account.clone();
	for (number, status, words) in [
		(1, 3, "it has to be enrolled or registered by a provider first"),
		(
			2,
			3,
			"this participant is suspended: until the council reinstates it, it may only revoke",
		),
		(3, 3, "be enrolled or registered under a new identity"),
		(4, 3, "its participant moved to another key; sign with that one"),
		(5, 4, "are used up; try again in "),
		(6, 4, "try again when they are in a block"),
		(99, 1, "the node did not take the transaction: Custom error: 99"),
	] {
		world.chain.lock().pool.refusals.insert(account.clone(), number);
		let output = world.home.run(&["patient", "end", "20", "--yes"]).await;
		let said = stderr(&output);
		assert_eq!(code(&output), status, "{number}: {said}");
		assert!(said.contains(words), "{number}: {said}");
		assert!(said.contains("medrec: end: "), "{number}: {said}");
		assert!(stdout(&output).is_empty());
	}
}

#[tokio::test]
async fn the_node_s_runtime_is_compared_with_this_program() {
	let world = world().await;
	let status = world.home.json(&["chain", "status"]).await;
	assert_eq!(status["compatible"], true);
	assert_eq!(status["unknownCalls"], serde_json::json!([]));

	// A runtime in which revocations are called otherwise.
	world.chain.lock().pool.renamed_call = Some("revoke");
	let status = world.home.json(&["chain", "status"]).await;
	assert_eq!(status["compatible"], false);
	assert_eq!(status["unknownCalls"], serde_json::json!(["revoke"]));
	let output = world.home.run(&["chain", "status"]).await;
	assert!(
		stdout(&output).contains("makes the calls revoke in another way"),
		"{}",
		stdout(&output)
	);
}

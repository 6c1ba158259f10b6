//! Exit statuses and error texts, with the real binary.

mod support;

use support::{chain::Chain, code, node::Node, stderr, stdout, Home};

/// Nobody listens there: port 1 is reserved.
const NOBODY: &str = "ws://127.0.0.1:1";

const WORDS: &str = "legal winner thank year wave sausage worth useful legal winner thank yellow";

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
async fn a_wrong_password_is_3_and_a_missing_one_2() {
	let home = Home::new(NOBODY);
	home.import(WORDS).await;
	home.file("password", "another password\n");
	let output = home.run(&["patient", "relationships"]).await;
	assert_eq!(code(&output), 3);
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

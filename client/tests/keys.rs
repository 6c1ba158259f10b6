//! `medrec key`, with the real binary.

mod support;

use medrec_client::store::{Keystore, Password};
use support::{code, stderr, stdout, Home, PASSWORD};

const WORDS: &str = "legal winner thank year wave sausage worth useful legal winner thank yellow";

#[tokio::test]
async fn a_new_key_shows_its_words_once_and_keeps_them_encrypted() {
	let home = Home::new("ws://127.0.0.1:1");
	let made = home.json(&["key", "new"]).await;
	assert_eq!(made["name"], "default");
	let words = made["words"].as_str().unwrap();
	assert_eq!(words.split(' ').count(), 12);

	let keystore = Keystore::new(&home.path().join("home"));
	let key = keystore.open("default", &Password::new(PASSWORD.to_owned())).unwrap();
	assert_eq!(key.seed.phrase(), words);

	let listed = home.run(&["key", "list"]).await;
	assert_eq!(code(&listed), 0);
	assert!(stdout(&listed).contains("default"));
	assert!(!stdout(&listed).contains(words.split(' ').next().unwrap()));
}

#[tokio::test]
async fn import_takes_words_that_are_words() {
	let home = Home::new("ws://127.0.0.1:1");
	home.import(WORDS).await;
	let file = home.file("wrong", &WORDS.replace("yellow", "winner"));
	let wrong = home
		.run(&["--key", "other", "key", "import", "--words-file", file.to_str().unwrap()])
		.await;
	assert_eq!(code(&wrong), 2);
	assert!(stderr(&wrong).contains("these words do not belong together"), "{}", stderr(&wrong));
	let listed = home.json(&["key", "list"]).await;
	assert_eq!(listed.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_is_not_replaced() {
	let home = Home::new("ws://127.0.0.1:1");
	home.import(WORDS).await;
	let again = home.run(&["key", "new"]).await;
	assert_eq!(code(&again), 2);
	assert_eq!(
		stderr(&again),
		"medrec: there is a key `default` already; choose another name with --key\n"
	);
}

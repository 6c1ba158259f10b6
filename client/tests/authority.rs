//! `medrec authority apply`, and what `keys` and `status` refuse, with the real binary.

mod support;

use medrec_client::application;
use medrec_protocol::{account::fingerprint, gatekeeper_key::GatekeeperSecret, identity::Seed};
use serde_json::json;
use std::path::PathBuf;
use support::{
	chain::{Chain, GENESIS},
	code,
	node::Node,
	stderr, stdout,
	world::WORDS,
	Home,
};

const ENDPOINT: &str = "https://hillside.example";

struct World {
	home: Home,
	chain: Chain,
	key: String,
	_node: Node,
}

/// An applicant, on whose chain there is Mercy Hospital.
async fn world() -> World {
	let chain = Chain::default();
	let mercy = GatekeeperSecret::from_bytes(&[1; 32]);
	chain.add_provider(0, "Mercy Hospital", "https://mercy.example", &mercy);
	let node = Node::start(&chain).await;
	let home = Home::new(&node.url);
	home.import(WORDS).await;
	let key = GatekeeperSecret::from_bytes(&[2; 32]).public();
	World { home, chain, key: format!("{:?}", medrec_primitives::Hash::from(key)), _node: node }
}

impl World {
	fn out(&self) -> PathBuf {
		self.home.path().join("application.json")
	}

	async fn apply(&self, name: &str, more: &[&str]) -> std::process::Output {
		let out = self.out();
		let usual = [
			"authority",
			"apply",
			"--name",
			name,
			"--endpoint",
			ENDPOINT,
			"--out",
			out.to_str().unwrap(),
		];
		self.home.run(&[usual.as_slice(), more].concat()).await
	}

	async fn apply_with_key(&self, name: &str, more: &[&str]) -> std::process::Output {
		self.apply(name, &[&["--gatekeeper-key", &self.key], more].concat()).await
	}
}

#[tokio::test]
async fn an_application_is_written_that_a_sponsor_can_read() {
	let world = world().await;
	let output = world.apply_with_key("Hillside Surgery", &[]).await;
	assert_eq!(code(&output), 0, "{}", stderr(&output));
	let account = Seed::from_phrase(WORDS).unwrap().provider(0).account_id();
	for part in ["medrec council propose certify --application", &fingerprint(&account)] {
		assert!(stdout(&output).contains(part), "{}", stdout(&output));
	}

	let application = application::read(&world.out(), &GENESIS).unwrap();
	assert_eq!(application.name, "Hillside Surgery");
	assert_eq!(application.endpoint, ENDPOINT);
	assert_eq!(application.account, account);
	let identity = Seed::from_phrase(WORDS).unwrap().provider(0);
	assert_eq!(application.encryption_key, identity.encryption_key());
	let made = GatekeeperSecret::from_bytes(&[2; 32]).public();
	assert_eq!(application.gatekeeper_key, made);
}

#[tokio::test]
async fn a_file_that_is_there_is_replaced_only_by_force() {
	let world = world().await;
	std::fs::write(world.out(), "precious").unwrap();
	let refused = world.apply_with_key("Hillside Surgery", &[]).await;
	assert_eq!(code(&refused), 2);
	assert!(stderr(&refused).contains("was left as it is; --force"), "{}", stderr(&refused));
	assert_eq!(std::fs::read_to_string(world.out()).unwrap(), "precious");

	let forced = world.apply_with_key("Hillside Surgery", &["--force"]).await;
	assert_eq!(code(&forced), 0, "{}", stderr(&forced));
	assert!(application::read(&world.out(), &GENESIS).is_ok());
}

#[tokio::test]
async fn the_gatekeepers_key_comes_from_what_its_init_prints() {
	let world = world().await;
	let init = json!({ "dataDir": "/var/lib/x", "gatekeeperKey": world.key, "chain": null });
	let init = world.home.file("init.json", &init.to_string());
	let output =
		world.apply("Hillside Surgery", &["--gatekeeper-init", init.to_str().unwrap()]).await;
	assert_eq!(code(&output), 0, "{}", stderr(&output));
	let application = application::read(&world.out(), &GENESIS).unwrap();
	let made = GatekeeperSecret::from_bytes(&[2; 32]).public();
	assert_eq!(application.gatekeeper_key, made);

	let neither = world.apply("Hillside Surgery", &["--force"]).await;
	assert_eq!(code(&neither), 2);
	assert!(stderr(&neither).contains("--gatekeeper-key"), "{}", stderr(&neither));
}

#[tokio::test]
async fn an_account_can_come_from_a_file_instead_of_the_keystore() {
	let world = world().await;
	let file = world.home.file("account", &format!("{WORDS}\n"));
	let file = ["--suri-file", file.to_str().unwrap()];
	let output = world.apply_with_key("Hillside Surgery", &file).await;
	assert_eq!(code(&output), 0, "{}", stderr(&output));
	let application = application::read(&world.out(), &GENESIS).unwrap();
	let identity = medrec_protocol::identity::Identity::from_secret_uri(WORDS).unwrap();
	assert_eq!(application.account, identity.account_id());
	assert_eq!(application.encryption_key, identity.encryption_key());

	let both = [file.as_slice(), &["--key", "default", "--force"]].concat();
	let both = world.apply_with_key("Hillside Surgery", &both).await;
	assert_eq!(code(&both), 2);
	assert!(stderr(&both).contains("give one of them"), "{}", stderr(&both));
}

#[tokio::test]
async fn what_the_chain_would_refuse_is_not_written() {
	let world = world().await;
	for (name, expected) in [
		("mercy HOSPITAL", "provider 0 is called so already"),
		("Hillside  Surgery", "is none that the chain takes"),
		("", "is none that the chain takes"),
	] {
		let output = world.apply_with_key(name, &[]).await;
		assert_eq!(code(&output), 2, "{name}");
		assert!(stderr(&output).contains(expected), "{name}: {}", stderr(&output));
	}
	let identity = Seed::from_phrase(WORDS).unwrap().provider(0);
	world.chain.register(7, medrec_primitives::ParticipantKind::Other, &identity);
	let output = world.apply_with_key("Hillside Surgery", &[]).await;
	assert_eq!(code(&output), 2);
	assert!(
		stderr(&output).contains("is the account of participant 7 already"),
		"{}",
		stderr(&output)
	);
	assert!(!world.out().exists());
}

#[tokio::test]
async fn session_keys_are_for_providers() {
	let world = world().await;
	let stranger = world.home.run(&["authority", "keys"]).await;
	assert_eq!(code(&stranger), 3);
	assert!(stderr(&stranger).contains("medrec authority apply"), "{}", stderr(&stranger));

	let identity = Seed::from_phrase(WORDS).unwrap().provider(0);
	world.chain.register(7, medrec_primitives::ParticipantKind::Other, &identity);
	let other = world.home.run(&["authority", "keys"]).await;
	assert_eq!(code(&other), 3);
	assert!(stderr(&other).contains("participant 7 is no provider"), "{}", stderr(&other));
}

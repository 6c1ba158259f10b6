//! `medrec authority operator`, `gatekeeper-key` and `rotate`, with the real binary.

mod support;

use medrec_primitives::{AccountId, Hash, ParticipantId, ParticipantKind};
use medrec_protocol::{
	account::{fingerprint, AccountKey},
	gatekeeper_key::GatekeeperSecret,
	identity::Seed,
	operator::OperatorConsent,
	signature::Scheme,
};
use std::process::Output;
use support::{
	chain::{Chain, GENESIS},
	code,
	node::Node,
	stderr, stdout,
	world::{LAKESIDE, MERCY, WORDS},
	Home,
};

/// Another key's words.
const NEXT: &str = "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo wrong";

struct World {
	home: Home,
	chain: Chain,
	_node: Node,
}

/// Who has the account of Mercy Hospital, which is provider 0.
async fn world() -> World {
	let chain = Chain::default();
	for (id, name) in [(MERCY, "Mercy Hospital"), (LAKESIDE, "Lakeside Clinic")] {
		let key = GatekeeperSecret::from_bytes(&[1; 32]);
		chain.add_provider(id, name, "https://provider.example", &key);
	}
	chain.lock().participants.get_mut(&MERCY).unwrap().account = own();
	let node = Node::start(&chain).await;
	let home = Home::new(&node.url);
	home.import(WORDS).await;
	World { home, chain, _node: node }
}

fn own() -> AccountId {
	Seed::from_phrase(WORDS).unwrap().provider(0).account_id()
}

/// The key of an operator account.
fn operator(byte: u8) -> AccountKey {
	AccountKey::from_seed(&[byte; 32], Scheme::Sr25519)
}

fn consent(byte: u8) -> OperatorConsent {
	OperatorConsent::sign(&operator(byte), GENESIS, MERCY, 0)
}

impl World {
	async fn authority(&self, arguments: &[&str]) -> Output {
		self.home.run(&[&["authority"], arguments].concat()).await
	}

	/// Hand over a consent, and say yes.
	async fn name(&self, consent: &OperatorConsent) -> Output {
		let text = serde_json::to_string(consent).unwrap();
		let file = self.home.file("consent.json", &text);
		self.authority(&["operator", file.to_str().unwrap(), "--yes"]).await
	}

	async fn rotate(&self, arguments: &[&str]) -> Output {
		self.home.run(&[&["--key", "default", "authority", "rotate"], arguments].concat()).await
	}

	fn operator(&self, provider: ParticipantId) -> Option<AccountId> {
		let state = self.chain.lock();
		state.participants.get(&provider).unwrap().provider.as_ref().unwrap().operator.clone()
	}

	fn blocks(&self) -> usize {
		self.chain.lock().pool.blocks.len()
	}
}

#[track_caller]
fn says(output: &Output, status: i32, parts: &[&str]) {
	let said = format!("{}{}", stdout(output), stderr(output));
	assert_eq!(code(output), status, "{said}");
	for part in parts {
		assert!(said.contains(part), "{part}: {said}");
	}
}

#[tokio::test]
async fn an_operator_account_is_named_replaced_and_removed() {
	let world = world().await;
	let (first, second) = (operator(1).account_id(), operator(2).account_id());
	says(
		&world.name(&consent(1)).await,
		0,
		&[&format!("{first} registers and enrols for provider 0 from now on, final in block")],
	);
	assert_eq!(world.operator(MERCY), Some(first.clone()));
	says(&world.name(&consent(1)).await, 2, &["is the operator account of provider 0 already"]);

	let replaced = world.name(&consent(2)).await;
	says(&replaced, 0, &[&format!("former operator account {first} can do nothing any more")]);
	assert_eq!(world.operator(MERCY), Some(second.clone()));
	// Not even with a consent that is right now.
	let again = OperatorConsent::sign(&operator(1), GENESIS, MERCY, 1);
	says(&world.name(&again).await, 2, &["is never usable again", "`operator_key_file`"]);

	let removed = world.home.json(&["authority", "operator", "--remove", "--yes"]).await;
	assert_eq!(removed["participant"], MERCY);
	assert_eq!(removed["operator"], serde_json::Value::Null);
	assert_eq!(removed["replaced"], second.to_string());
	assert_eq!(world.operator(MERCY), None);
	let none = world.authority(&["operator", "--remove", "--yes"]).await;
	says(&none, 2, &["provider 0 has no operator account"]);
	assert_eq!(world.blocks(), 3);
}

#[tokio::test]
async fn whose_fingerprint_it_is_is_asked_before_anything_is_sent() {
	let world = world().await;
	let file = world.home.file("consent.json", &serde_json::to_string(&consent(1)).unwrap());
	let unasked = world.authority(&["operator", file.to_str().unwrap()]).await;
	let shown = fingerprint(&operator(1).account_id());
	says(&unasked, 2, &["register and enrol for Mercy Hospital", &shown, "add --yes"]);
	assert_eq!(world.blocks(), 0);
}

#[tokio::test]
async fn what_the_chain_would_refuse_is_not_sent() {
	let world = world().await;
	let taken = AccountKey::from_seed(&[9; 32], Scheme::Sr25519);
	let lakeside = operator(7);
	{
		let mut state = world.chain.lock();
		let info = state.participants.get_mut(&LAKESIDE).unwrap();
		info.account = taken.account_id();
		info.provider.as_mut().unwrap().operator = Some(lakeside.account_id());
	}
	let good = consent(1);
	let other = Hash::repeat_byte(1);
	let cases = [
		(OperatorConsent { genesis: other, ..good.clone() }, "the consent is for the chain"),
		(
			OperatorConsent::sign(&operator(1), GENESIS, LAKESIDE, 0),
			"the consent is for provider 1; make one for this provider; `medrec-gatekeeper operator consent` makes another, where `provider = 0`",
		),
		(OperatorConsent { nonce: 3, ..good.clone() }, "is not signed by the account"),
		(OperatorConsent { account: own(), ..good.clone() }, "is not signed by the account"),
		(OperatorConsent::sign(&operator(1), GENESIS, MERCY, 3), "for the account's nonce 3"),
		(
			OperatorConsent::sign(&taken, GENESIS, MERCY, 0),
			"is the account of participant 1 already",
		),
		(
			OperatorConsent::sign(&lakeside, GENESIS, MERCY, 0),
			"is the operator account of participant 1 already",
		),
	];
	for (consent, expected) in cases {
		says(&world.name(&consent).await, 2, &[expected]);
	}
	let absent = world.authority(&["operator", "/nowhere/consent.json"]).await;
	says(&absent, 2, &["there is no such file"]);
	let file = world.home.file("no.json", "{}");
	let other = world.authority(&["operator", file.to_str().unwrap()]).await;
	says(&other, 2, &["is not what `medrec-gatekeeper operator consent --out FILE` writes"]);
	says(&world.authority(&["operator"]).await, 2, &["CONSENT-FILE"]);
	assert_eq!(world.blocks(), 0);
}

#[tokio::test]
async fn only_a_provider_in_good_standing_names_keys() {
	let world = world().await;
	let key = format!("0x{}", "5a".repeat(32));
	world.chain.lock().participants.get_mut(&MERCY).unwrap().status =
		medrec_primitives::ParticipantStatus::Suspended;
	says(&world.name(&consent(1)).await, 3, &["the council has to reinstate it first"]);
	let replace = ["gatekeeper-key", key.as_str(), "--yes"];
	says(&world.authority(&replace).await, 3, &["the council has to reinstate it first"]);

	world.chain.lock().participants.remove(&MERCY);
	says(&world.name(&consent(1)).await, 3, &["medrec authority apply"]);
	let identity = Seed::from_phrase(WORDS).unwrap().provider(0);
	world.chain.register(7, ParticipantKind::Other, &identity);
	says(&world.authority(&replace).await, 3, &["participant 7 is no provider"]);
	assert_eq!(world.blocks(), 0);
}

#[tokio::test]
async fn a_gatekeeper_key_is_replaced_and_the_former_one_is_to_be_kept() {
	let world = world().await;
	let former = Hash::from(GatekeeperSecret::from_bytes(&[1; 32]).public());
	let next = Hash::from(GatekeeperSecret::from_bytes(&[2; 32]).public());
	let (former, next_text) = (format!("{former:?}"), format!("{next:?}"));
	let unasked = world.authority(&["gatekeeper-key", &next_text]).await;
	says(&unasked, 2, &[&former, &next_text, "add --yes"]);
	assert_eq!(world.blocks(), 0);

	let replaced = world.authority(&["gatekeeper-key", &next_text, "--yes"]).await;
	says(&replaced, 0, &[&format!("former_gatekeeper_keys = [\"{former}\"]")]);
	let on_chain = world.chain.lock().participants[&MERCY].provider.clone().unwrap();
	assert_eq!(on_chain.gatekeeper_key, next);
	let again = world.authority(&["gatekeeper-key", &next_text, "--yes"]).await;
	says(&again, 2, &["has this gatekeeper key already"]);
	says(&world.authority(&["gatekeeper-key", "0x5a"]).await, 2, &["64 hexadecimal digits"]);
	assert_eq!(world.blocks(), 1);
}

#[tokio::test]
async fn a_provider_moves_to_a_new_account_even_if_it_is_suspended() {
	let world = world().await;
	let words = world.home.file("next", NEXT);
	let import = ["--key", "next", "key", "import", "--words-file", words.to_str().unwrap()];
	says(&world.home.run(&import).await, 0, &[]);
	says(&world.rotate(&["--yes"]).await, 2, &["--to"]);
	says(
		&world.rotate(&["--to", "default", "--yes"]).await,
		2,
		&["account of participant 0 already"],
	);
	says(&world.rotate(&["--to", "absent", "--yes"]).await, 2, &["there is no key `absent`"]);
	says(&world.rotate(&["--to", "next"]).await, 2, &["act as Mercy Hospital?", "add --yes"]);
	assert_eq!(world.blocks(), 0);

	world.chain.lock().participants.get_mut(&MERCY).unwrap().status =
		medrec_primitives::ParticipantStatus::Suspended;
	let next = Seed::from_phrase(NEXT).unwrap();
	let moved = world.rotate(&["--to", "next", "--yes"]).await;
	let account = next.provider(0).account_id();
	says(&moved, 0, &[&format!("{account} acts as provider 0 from now on"), &own().to_string()]);
	assert_eq!(world.chain.lock().participants[&MERCY].account, account);

	// And on, to the account of a file, from the key that it has now.
	let file = world.home.file("account", &format!("{NEXT}//another\n"));
	let on = ["--key", "next", "authority", "rotate", "--yes", "--to-suri-file"];
	let moved = world.home.json(&[&on[..], &[file.to_str().unwrap()]].concat()).await;
	assert_eq!(moved["replaced"], account.to_string());
	assert_eq!(moved["holdsAuthority"], false);
	let state = world.chain.lock();
	assert_eq!(state.participants[&MERCY].account.to_string(), moved["account"]);
	assert_eq!(state.participants[&MERCY].epoch, 2);
}

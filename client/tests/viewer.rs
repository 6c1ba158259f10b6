//! What a viewer does, with the real binary against a node and a gatekeeper that answer from memory.

mod support;

use medrec_client::terms;
use medrec_primitives::{
	Labels, Opening, ParticipantKind, Purposes, RecordTypes, RelationshipStatus, Tag,
};
use medrec_protocol::{
	gatekeeper_key::GatekeeperSecret,
	identity::Seed,
	openings::WaitingOpening,
	registration::RegistrationConsent,
	sealed::{seal, OpeningContext, PortableOpening},
	session::SessionKey,
	staff::{Role, StaffCredential},
};
use support::{
	chain::{Chain, GENESIS},
	code,
	gatekeeper::Gatekeeper,
	node::Node,
	stderr, stdout,
	world::{LAKESIDE, MERCY, PHARMACIST, WORDS},
	Home,
};

const RELATIONSHIP: u64 = 20;

struct World {
	chain: Chain,
	mercy: Gatekeeper,
	home: Home,
	seed: Seed,
	_node: Node,
}

async fn world() -> World {
	let chain = Chain::default();
	let mercy = Gatekeeper::start(&chain, MERCY, "Mercy Hospital").await;
	mercy.add_record(
		RecordTypes::MEDICATIONS,
		r#"{"resourceType":"MedicationRequest","id":"a","medicationCodeableConcept":{"text":"Amlodipine"}}"#,
	);
	mercy.add_record(
		RecordTypes::CONDITIONS,
		r#"{"resourceType":"Condition","id":"b","code":{"text":"Hypertension"}}"#,
	);
	chain.register(10, ParticipantKind::Patient, &Seed::generate().viewer(0));
	chain.relate(RELATIONSHIP, 10, MERCY, RelationshipStatus::Active);
	let node = Node::start(&chain).await;
	let home = Home::new(&node.url);
	home.import(WORDS).await;
	World { chain, mercy, home, seed: Seed::from_phrase(WORDS).unwrap(), _node: node }
}

impl World {
	fn register(&self) {
		self.chain.register(PHARMACIST, ParticipantKind::Other, &self.seed.viewer(0));
	}

	fn opening(&self) -> Opening {
		let now = medrec_client::clock::now();
		let terms = terms::terms(
			RecordTypes::MEDICATIONS,
			Labels::NONE,
			Purposes::TREATMENT,
			now,
			now + 86_400_000,
		)
		.unwrap();
		Opening { grantee: PHARMACIST, terms, salt: [4; 32] }
	}

	fn sealed(&self, opening: &Opening) -> PortableOpening {
		let context = OpeningContext::of(opening, GENESIS, MERCY, RELATIONSHIP);
		let sealed = seal(&self.seed.viewer(0).encryption_key(), &context, opening).unwrap();
		PortableOpening { context, sealed }
	}

	/// Grant medications, and let the opening wait at the gatekeeper.
	fn grant(&self) -> Tag {
		self.grant_salted(4)
	}

	fn grant_salted(&self, salt: u8) -> Tag {
		let opening = Opening { salt: [salt; 32], ..self.opening() };
		let PortableOpening { context, sealed } = self.sealed(&opening);
		let waiting = WaitingOpening {
			provider: MERCY,
			relationship: RELATIONSHIP,
			tag: context.tag,
			sealed,
		};
		self.mercy.holdings().waiting.push((PHARMACIST, waiting));
		self.chain.grant(RELATIONSHIP, &opening)
	}
}

const RECORDS: [&str; 4] = ["viewer", "records", "--relationship", "20"];

#[tokio::test]
async fn asked_refused_granted_shown_revoked_refused() {
	let world = world().await;
	world.register();
	let refused = world.home.run(&RECORDS).await;
	assert_eq!(code(&refused), 3, "{}", stderr(&refused));
	assert!(stderr(&refused).contains("Mercy Hospital denies it: no access"));
	assert!(stdout(&refused).is_empty());

	let tag = world.grant();
	let shown = world.home.json(&RECORDS).await;
	let shown = shown.as_array().unwrap();
	assert_eq!(shown.len(), 1, "medications and nothing else");
	assert_eq!(shown[0]["resource"]["medicationCodeableConcept"]["text"], "Amlodipine");
	let all = world.home.json(&[RECORDS.as_slice(), &["--types", "all"]].concat()).await;
	assert_eq!(all.as_array().unwrap().len(), 1);

	// Revoked and purged; what this device still knows is shown to the gatekeeper in vain.
	world.chain.lock().tags.remove(&(RELATIONSHIP, tag));
	world.mercy.holdings().waiting.clear();
	let refused = world.home.run(&RECORDS).await;
	assert_eq!(code(&refused), 3);
	let reason = format!("{:?}", world.mercy.holdings().log.last().unwrap().outcome);
	assert!(reason.contains("TagAbsent"), "{reason}");
}

#[tokio::test]
async fn the_inbox_shows_what_holds_and_what_no_longer_does() {
	let world = world().await;
	world.register();
	let tag = world.grant();
	let output = world.home.run(&["viewer", "inbox"]).await;
	let text = stdout(&output);
	assert!(text.contains("medications, for treatment"), "{text}");
	assert!(text.contains("Mercy Hospital (0)") && !text.contains("no longer"), "{text}");

	world.chain.lock().tags.remove(&(RELATIONSHIP, tag));
	let json = world.home.json(&["viewer", "inbox"]).await;
	assert_eq!(json["found"][0]["tag"], tag.to_string());
	assert_eq!(json["found"][0]["holds"], false);
}

#[tokio::test]
async fn a_provider_without_gatekeeper_is_named_and_keeps_nobody_from_the_rest() {
	let world = world().await;
	world.register();
	world.grant();
	let key = GatekeeperSecret::from_bytes(&[7; 32]);
	// Nobody listens there: port 1 is reserved.
	world.chain.add_provider(LAKESIDE, "Lakeside Clinic", "http://127.0.0.1:1", &key);
	let inbox = world.home.json(&["viewer", "inbox"]).await;
	assert_eq!(inbox["found"].as_array().unwrap().len(), 1);
	assert_eq!(inbox["missing"][0]["providerName"], "Lakeside Clinic");
	let output = world.home.run(&["viewer", "inbox"]).await;
	assert_eq!(code(&output), 0, "{}", stderr(&output));
	let text = stdout(&output);
	assert!(
		text.contains(
			"Did not answer; more may wait for you there:\n  Lakeside Clinic cannot be reached"
		),
		"{text}"
	);

	let named = world.home.run(&["viewer", "inbox", "--provider", "1"]).await;
	assert_eq!(code(&named), 4, "who is named has to answer");
	assert!(stderr(&named).contains("Lakeside Clinic is missing"), "{}", stderr(&named));
	world.home.json(&["viewer", "inbox", "--provider", "0"]).await;
	let nobody = world.home.run(&["viewer", "inbox", "--provider", "30"]).await;
	assert_eq!(code(&nobody), 2, "a pharmacist is no provider");

	world.mercy.holdings().tampers = true;
	let output = world.home.run(&["viewer", "inbox"]).await;
	assert_ne!(code(&output), 0, "nobody answered");
}

#[tokio::test]
async fn an_older_grant_that_holds_is_used_when_the_newest_is_revoked() {
	let world = world().await;
	world.register();
	world.grant_salted(1);
	world.home.json(&["viewer", "inbox"]).await;
	let newest = world.grant_salted(2);
	world.home.json(&["viewer", "inbox"]).await;
	world.chain.lock().tags.remove(&(RELATIONSHIP, newest));
	assert_eq!(world.home.json(&RECORDS).await.as_array().unwrap().len(), 1);

	let tag = newest.to_string();
	let named = world.home.run(&[RECORDS.as_slice(), &["--grant", &tag]].concat()).await;
	assert_eq!(code(&named), 3, "the one that is named is used");
}

#[tokio::test]
async fn a_grant_can_come_as_a_file() {
	let world = world().await;
	world.register();
	let opening = world.opening();
	world.chain.grant(RELATIONSHIP, &opening);
	let file = world.home.file("grant", &format!("{}\n", world.sealed(&opening)));
	let inbox = world.home.json(&["viewer", "inbox", "--receive", file.to_str().unwrap()]).await;
	assert_eq!(inbox["found"][0]["holds"], true);
	assert_eq!(world.home.json(&RECORDS).await.as_array().unwrap().len(), 1);

	let foreign = Opening { grantee: PHARMACIST + 1, ..opening };
	let file = world.home.file("foreign", &world.sealed(&foreign).to_string());
	let output = world.home.run(&["viewer", "inbox", "--receive", file.to_str().unwrap()]).await;
	assert_eq!(code(&output), 1);
	assert!(stderr(&output).contains("this grant is to participant 31, not to you"));
}

#[tokio::test]
async fn a_consent_is_one_that_the_provider_can_use() {
	let world = world().await;
	let file = world.home.path().join("consent.json");
	let arguments = [
		"viewer",
		"consent",
		"--provider",
		"0",
		"--kind",
		"other",
		"--out",
		file.to_str().unwrap(),
	];
	let made = world.home.json(&arguments).await;
	let consent: RegistrationConsent =
		serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
	consent.verify(&GENESIS, MERCY, medrec_client::clock::now()).unwrap();
	let identity = world.seed.viewer(0);
	assert_eq!(consent.account, identity.account_id());
	assert_eq!(consent.encryption_key, identity.encryption_key());
	assert_eq!(consent.kind, ParticipantKind::Other);
	let fingerprint = medrec_protocol::account::fingerprint(&identity.account_id());
	assert_eq!(made["fingerprint"], fingerprint);

	world.register();
	let again = world.home.run(&arguments).await;
	assert_eq!(code(&again), 2);
	assert!(stderr(&again).contains("registered already, as participant 30"), "{}", stderr(&again));
}

#[tokio::test]
async fn a_member_of_staff_asks_for_her_provider_and_says_so() {
	let world = world().await;
	let account = world.seed.provider(0).account_id();
	world.chain.lock().participants.get_mut(&MERCY).unwrap().account = account;
	let session = world.home.json(&["viewer", "session-key", "--provider", "0"]).await;
	assert_eq!(session["participant"], MERCY);
	assert!(session["staff"].is_null());

	let now = medrec_client::clock::now();
	let credential = StaffCredential {
		genesis: GENESIS,
		provider: MERCY,
		pseudonym: "n-0417".parse().unwrap(),
		role: Role::Nurse,
		purposes: Purposes::TREATMENT,
		session_key: session["sessionKey"].as_str().unwrap().parse().unwrap(),
		from: now,
		until: now + 3_600_000,
	};
	let key = GatekeeperSecret::from_bytes(&[MERCY as u8; 32]);
	let issued = |name: &str, credential: &StaffCredential, key: &GatekeeperSecret| {
		let signed = credential.clone().sign(key).unwrap();
		let file = world.home.file(name, &serde_json::to_string(&signed).unwrap());
		file.to_str().unwrap().to_owned()
	};
	let elsewhere =
		StaffCredential { session_key: SessionKey::generate().id(), ..credential.clone() };
	for (file, expected) in [
		(issued("elsewhere", &elsewhere, &key), "a session that this device does not have"),
		(issued("forged", &credential, &GatekeeperSecret::generate()), "is not signed with"),
		(world.home.file("none", "{}").to_str().unwrap().to_owned(), "holds no staff credential"),
	] {
		let refused = world.home.run(&["viewer", "staff", &file]).await;
		assert_eq!(code(&refused), 2);
		assert!(stderr(&refused).contains(expected), "{}", stderr(&refused));
	}
	world.home.json(&RECORDS).await;
	assert_eq!(world.mercy.holdings().log.last().unwrap().staff, None);

	let taken = world.home.run(&["viewer", "staff", &issued("good", &credential, &key)]).await;
	let text = stdout(&taken);
	assert!(text.contains("You ask as nurse n-0417 of participant 0, for treatment"), "{text}");
	assert_eq!(world.home.json(&RECORDS).await.as_array().unwrap().len(), 2);
	let staff = world.mercy.holdings().log.last().unwrap().staff.clone();
	assert_eq!(staff, Some(credential.member()));
}

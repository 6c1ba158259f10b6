//! Answers under `/fhir` are valid FHIR R4, by an implementation that is not this project's: what is
//! read, searched and refused by patron, steward and grantee is collected and validated in one run.

use crate::support::{
	client::{Ask, Client},
	raw::RawRequest,
	world::{opening_of, World, ALICE, ALICE_AT_MERCY, CAROL, MERCY},
};
use medrec_gatekeeper::fhir::ResourceType;
use medrec_primitives::{Opening, Purpose, RecordTypes};
use std::{
	path::{Path, PathBuf},
	process::Command,
	sync::atomic::Ordering,
};

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/medplum");

/// Answers, each in a file.
struct Collected<'a> {
	world: &'a World,
	folder: PathBuf,
	count: usize,
}

impl Collected<'_> {
	fn keep(&mut self, target: &str, body: &[u8]) {
		self.count += 1;
		let name: String =
			target.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
		let name = name.get(..80).unwrap_or(&name);
		std::fs::write(self.folder.join(format!("{:03}{name}.json", self.count)), body).unwrap();
	}

	async fn ask(&mut self, client: &Client, ask: &Ask<'_>, status: u16) -> Vec<u8> {
		let (response, _) = client.ask(ask).await;
		assert_eq!(response.status, status, "{}: {response:?}", ask.target);
		self.keep(ask.target, &response.body);
		response.body
	}

	/// What everyone gets to see, type by type.
	async fn serve(&mut self, client: &Client, purpose: Purpose, opening: Option<&Opening>) {
		let mut targets: Vec<_> =
			ResourceType::ALL.iter().map(|name| format!("/fhir/{name}?_count=25")).collect();
		targets.extend(
			[
				"/fhir/Observation?_count=0",
				"/fhir/Observation?_id=nobody",
				"/fhir/Patient/$everything",
			]
			.map(str::to_owned),
		);
		for target in targets {
			let ask = Ask { opening, ..Ask::get(&target, ALICE_AT_MERCY, purpose) };
			let body = self.ask(client, &ask, 200).await;
			let bundle: serde_json::Value = serde_json::from_slice(&body).unwrap();
			let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
			let Some(entry) = entries.iter().find(|entry| entry["search"]["mode"] == "match")
			else {
				continue;
			};
			let origin = self.world.config.public_origin.to_string();
			let url = entry["fullUrl"].as_str().unwrap();
			let target = url.strip_prefix(&origin).unwrap();
			let ask = Ask { opening, ..Ask::get(target, ALICE_AT_MERCY, purpose) };
			self.ask(client, &ask, 200).await;
		}
	}

	/// Each kind of refusal.
	async fn refuse(&mut self, alice: &Client, carol: &Client) {
		for (target, status) in [
			("/fhir/Coverage", 404),
			("/fhir/Patient/nobody", 404),
			("/fhir/Observation?colour=red", 400),
			("/fhir/Observation?date=yesterday", 400),
			("/fhir/Observation?_has:Observation:focus:code=1", 400),
			("/fhir/Observation?_include=*", 400),
			("/fhir/Observation?identifier=1", 400),
			("/fhir/Observation?subject.name=x", 400),
			("/fhir/Observation?_format=xml", 406),
			("/fhir/Patient/$everything?start=2020", 400),
		] {
			let ask = Ask::get(target, ALICE_AT_MERCY, Purpose::Personal);
			self.ask(alice, &ask, status).await;
		}
		let ask = Ask::get("/fhir/Observation", ALICE_AT_MERCY, Purpose::Treatment);
		self.ask(carol, &ask, 403).await;
		self.world.records.broken.store(true, Ordering::SeqCst);
		let ask = Ask::get("/fhir/Observation", ALICE_AT_MERCY, Purpose::Personal);
		self.ask(alice, &ask, 503).await;
		self.world.records.broken.store(false, Ordering::SeqCst);

		for (target, status) in [("/fhir/metadata", 200), ("/fhir/Patient", 401)] {
			let request = RawRequest {
				method: "GET".into(),
				target: target.into(),
				headers: vec![("host".into(), self.world.config.public_origin.authority().into())],
				body: Vec::new(),
			};
			let response = request.send(self.world.address).await;
			assert_eq!(response.status, status, "{target}");
			self.keep(target, &response.body);
		}
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_valid() {
	let folder = tempfile::tempdir().unwrap();
	let answers = folder.path().join("answers");
	std::fs::create_dir(&answers).unwrap();
	let world = World::start().await;
	let opening = opening_of(RecordTypes::MEDICATIONS.union(RecordTypes::LABORATORY), CAROL);
	world.chain.grant(ALICE_AT_MERCY, &opening);
	let (alice, carol, mercy) = (world.client(ALICE), world.client(CAROL), world.client(MERCY));

	let mut collected = Collected { world: &world, folder: answers.clone(), count: 0 };
	collected.serve(&alice, Purpose::Personal, None).await;
	collected.serve(&mercy, Purpose::Treatment, None).await;
	collected.serve(&carol, Purpose::Treatment, Some(&opening)).await;
	collected.refuse(&alice, &carol).await;
	let count = collected.count;
	assert!(count > 70, "{count}");
	world.stop().await;

	let validated = validate(&folder.path().join("client"), &answers);
	assert!(validated.contains(&format!("{count} validated, 0 wrong")), "{validated}");

	// The validator finds what is wrong.
	let wrong = br#"{"resourceType": "Observation", "id": "o", "subjects": []}"#;
	std::fs::write(answers.join("wrong.json"), wrong).unwrap();
	let validated = run(&folder.path().join("client"), &answers).1;
	assert!(validated.contains(&format!("{} validated, 1 wrong", count + 1)), "{validated}");
}

/// Install the validator in a folder of its own, so that the sources stay clean, and run it.
fn validate(client: &Path, answers: &Path) -> String {
	std::fs::create_dir(client).unwrap();
	for file in ["package.json", "package-lock.json", "validate.mjs"] {
		std::fs::copy(Path::new(SOURCES).join(file), client.join(file)).unwrap();
	}
	let npm = Command::new("npm")
		.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"])
		.current_dir(client)
		.output()
		.expect("Node.js is installed: cargo xtask setup");
	assert!(npm.status.success(), "{}", String::from_utf8_lossy(&npm.stderr));
	let (success, printed) = run(client, answers);
	assert!(success, "{printed}");
	printed
}

fn run(client: &Path, answers: &Path) -> (bool, String) {
	let output = Command::new("node")
		.arg("validate.mjs")
		.arg(answers)
		.current_dir(client)
		.output()
		.expect("Node.js is installed: cargo xtask setup");
	let printed = [output.stdout, output.stderr].concat();
	(output.status.success(), String::from_utf8_lossy(&printed).into_owned())
}

//! The OpenAPI document: it is served, nothing that is served is missing in it, and answers are as it says.

mod forwarder;

use crate::{
	enrolment,
	support::{
		client::{Ask, Client},
		world::{World, ALICE, ALICE_AT_MERCY, ALICE_LOCAL, CAROL},
	},
};
use base64::{engine::general_purpose::URL_SAFE_NO_PAD, Engine};
use forwarder::{Forwarder, Operation};
use medrec_gatekeeper::{
	fhir::{notice, search::SearchParameter, ResourceType},
	server::{Code, ROUTES},
};
use medrec_primitives::{
	Denial, Labels, Opening, ParticipantKind, Purpose, Purposes, RecordTypes, Tag,
};
use medrec_protocol::{
	amendments::AmendmentState, enrolment::EnrolmentStatusRequest, notifications::NotificationKind,
	sealed::SEALED_LENGTH,
};
use serde_json::{json, Value};
use std::{
	collections::{BTreeMap, BTreeSet},
	path::Path,
	process::{Output, Stdio},
	time::Duration,
};
use tokio::process::Command;
use url::Url;

const DOCUMENT: &str = include_str!("../../../openapi.json");

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/http/openapi");

/// Longest time that the packages may take to be installed.
const INSTALL_TIME: Duration = Duration::from_secs(300);

/// Seconds that requests are generated for.
const FUZZ_SECONDS: u64 = 35;

/// Longest time of that with what the last requests take.
const FUZZ_TIME: Duration = Duration::from_secs(FUZZ_SECONDS + 60);

fn document() -> Value {
	serde_json::from_str(DOCUMENT).unwrap()
}

/// The strings of a list.
fn strings(list: &Value) -> BTreeSet<String> {
	let texts = list.as_array().unwrap_or_else(|| panic!("not a list: {list}")).iter();
	texts.map(|text| text.as_str().unwrap().to_owned()).collect()
}

fn owned<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
	names.into_iter().map(str::to_owned).collect()
}

/// A unit variant's name in JSON.
fn name(variant: impl serde::Serialize) -> String {
	serde_json::to_value(variant).unwrap().as_str().unwrap().to_owned()
}

/// The operations of the document, each by method and path.
fn operations(document: &Value) -> BTreeMap<Operation, &Value> {
	let paths = document["paths"].as_object().unwrap().iter();
	paths
		.flat_map(|(path, methods)| {
			let methods = methods.as_object().unwrap().iter();
			methods.map(|(method, operation)| ((method.clone(), path.clone()), operation))
		})
		.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_served_to_everyone() {
	let world = World::start().await;
	let url = format!("http://{}/v1/openapi.json", world.address);
	let response = reqwest::get(url).await.unwrap();
	assert_eq!(response.status(), 200);
	assert_eq!(response.headers()["content-type"], "application/json");
	assert_eq!(response.text().await.unwrap(), DOCUMENT);
	world.stop().await;
}

#[test]
fn its_version_is_this_program_s() {
	assert_eq!(document()["info"]["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn it_has_the_operations_that_are_served_and_no_others() {
	let served: BTreeSet<_> =
		ROUTES.iter().map(|(path, method)| ((*method).to_owned(), (*path).to_owned())).collect();
	assert_eq!(served.len(), ROUTES.len(), "each route once");
	let document = document();
	assert_eq!(operations(&document).into_keys().collect::<BTreeSet<_>>(), served);
}

/// The codes of all tables of errors in the published protocol.
fn published_codes() -> BTreeSet<String> {
	let text = include_str!("../../../../docs/protocol.md");
	let (_, errors) = text.split_once("\n## Errors\n").unwrap();
	let rows = errors.lines().filter_map(|line| line.strip_prefix("| `"));
	rows.filter_map(|row| row.split('|').next())
		.flat_map(|cell| cell.split(','))
		.map(|code| code.trim().trim_matches('`').to_owned())
		.collect()
}

#[test]
fn it_has_every_code_of_an_error() {
	let codes = strings(&document()["components"]["schemas"]["ErrorCode"]["enum"]);
	for code in Code::ALL {
		assert!(codes.contains(code.name()), "{}", code.name());
	}
	assert_eq!(codes, published_codes());
}

#[test]
fn it_names_what_the_program_names() {
	let document = document();
	let schemas = &document["components"]["schemas"];
	let enumerated = |pointer: &str| strings(schemas.pointer(pointer).expect(pointer));

	assert_eq!(
		enumerated("/ResourceType/enum"),
		owned(ResourceType::ALL.iter().map(|known| known.name()))
	);
	assert_eq!(
		enumerated("/RecordType/enum"),
		owned(RecordTypes::NAMES.iter().map(|(_, name)| *name))
	);
	assert_eq!(enumerated("/Label/enum"), owned(Labels::NAMES.iter().map(|(_, name)| *name)));
	assert_eq!(enumerated("/Purpose/enum"), owned(Purposes::NAMES.iter().map(|(_, name)| *name)));
	for pointer in ["/Notification/properties/kind/enum", "/Event/properties/event/enum"] {
		let kinds = NotificationKind::ALL.iter().map(|kind| kind.name());
		assert_eq!(enumerated(pointer), owned(kinds));
	}
	assert_eq!(
		enumerated("/Amendment/properties/state/enum"),
		owned(AmendmentState::ALL.iter().map(|state| state.name()))
	);
	assert_eq!(
		enumerated("/EnrolmentRequest/properties/kind/enum"),
		ParticipantKind::ALL.into_iter().map(name).collect::<BTreeSet<_>>()
	);
	assert_eq!(
		enumerated(
			"/AccessLogEntry/properties/outcome/oneOf/1/properties/denied/properties/reason/enum"
		),
		Denial::ALL.into_iter().map(name).collect::<BTreeSet<_>>()
	);

	let components = &document["components"];
	assert_eq!(components["headers"]["MedrecNotice"]["schema"]["const"], notice::WORDS);
	let search = document["paths"]["/fhir/{type}"]["get"]["parameters"].as_array().unwrap();
	let parameters: BTreeSet<_> = search
		.iter()
		.map(|parameter| {
			let pointer = parameter["$ref"].as_str().unwrap().trim_start_matches('#');
			document.pointer(pointer).unwrap()
		})
		.filter(|parameter| parameter["in"] == "query")
		.map(|parameter| parameter["name"].as_str().unwrap().to_owned())
		.collect();
	let known = ResourceType::ALL.iter().flat_map(|known| SearchParameter::of(*known));
	let mut known = owned(known.map(|parameter| parameter.name));
	known.extend(owned(["_count", "_cursor", "_format", "_sort"]));
	assert_eq!(parameters, known);
}

/// What of the server's state a request has to name to succeed.
async fn known(world: &World, opening: &Opening, tag: Tag) -> Value {
	let alice = world.client(ALICE);
	let mut types = serde_json::Map::new();
	for resource_type in ResourceType::ALL {
		let page = get(&alice, &format!("/fhir/{resource_type}?_count=2")).await.1;
		for entry in page["entry"].as_array().into_iter().flatten() {
			let id = entry["resource"]["id"].as_str().unwrap();
			types.insert(id.to_owned(), json!(resource_type.name()));
		}
	}
	let observation = get(&alice, "/fhir/Observation?category=vital-signs&_count=1").await.1;
	let observation = observation["entry"][0]["resource"]["id"].as_str().unwrap().to_owned();
	let version = get(&alice, &format!("/fhir/Observation/{observation}")).await.0.unwrap();
	// One that both see.
	let ask = Ask::get("/fhir/MedicationRequest?_count=1", ALICE_AT_MERCY, Purpose::Treatment);
	let medication = world.client(CAROL).ask(&ask.with(opening)).await.0.json();
	let medication = medication["entry"][0]["resource"]["id"].as_str().unwrap().to_owned();
	let etag = get(&alice, &format!("/fhir/MedicationRequest/{medication}")).await.0.unwrap();
	let search_cursor = next(&alice, "/fhir/Observation?_count=3").await;
	let everything_cursor = next(&alice, "/fhir/Patient/$everything?_count=3").await;

	let (_, code) = enrolment::issue(world).await;
	let patient = enrolment::identity(world);
	let consent = enrolment::consent(&code, &patient, 0);
	enrolment::status(&enrolment::redeem(world, &consent).await);
	let status =
		EnrolmentStatusRequest { secret: code.secret.clone(), account: patient.account_id() };

	let sealed = URL_SAFE_NO_PAD.encode([1; SEALED_LENGTH]);
	let deposit = json!({
		"relationship": ALICE_AT_MERCY,
		"grantee": CAROL,
		"tag": tag,
		"sealedToGrantee": sealed,
		"sealedToPatron": sealed,
	});
	let amendment = json!({
		"relationship": ALICE_AT_MERCY,
		"resourceType": "Observation",
		"id": observation,
		"version": version.trim_start_matches("W/").trim_matches('"'),
		"element": "/note",
		"proposed": [{"text": "I had just run"}],
		"reason": "It is missing",
	});
	let parameters = |parameters: Value| json!({ "parameters": parameters });
	json!({
		"examples": {
			"read": parameters(json!({
				"type": ["MedicationRequest"],
				"id": [medication],
				"if-none-match": ["W/\"another\"", etag],
			})),
			"search": parameters(json!({
				"type": ["Observation"],
				"_count": [3],
				"_cursor": [search_cursor],
			})),
			"everything": parameters(json!({ "_count": [3], "_cursor": [everything_cursor] })),
			"everythingOfPatient": parameters(json!({ "id": [ALICE_LOCAL], "_count": [3] })),
			"accessLog": parameters(json!({ "relationship": [ALICE_AT_MERCY] })),
			"depositOpening": { "body": deposit },
			"requestAmendment": { "body": amendment },
			"redeemEnrolment": { "body": consent },
			"enrolmentStatus": { "body": status },
		},
		"dictionaries": {
			"path.id": types.keys().collect::<Vec<_>>(),
			"query.relationship": [ALICE_AT_MERCY],
			"body.relationship": [ALICE_AT_MERCY],
			"body.tag": [tag],
			"body.id": [observation],
			"body.resourceType": ["Observation"],
			"body.secret": [consent.secret],
			"body.account": [consent.account],
		},
		"types": types,
	})
}

/// An answer's ETag and body.
async fn get(client: &Client, target: &str) -> (Option<String>, Value) {
	let ask = Ask::get(target, ALICE_AT_MERCY, Purpose::Personal);
	let (response, _) = client.ask(&ask).await;
	assert_eq!(response.status, 200, "{target}: {response:?}");
	(response.header("etag").map(str::to_owned), response.json())
}

/// The cursor of the page after this one.
async fn next(client: &Client, target: &str) -> String {
	let page = get(client, target).await.1;
	let mut links = page["link"].as_array().unwrap().iter();
	let next = links.find(|link| link["relation"] == "next").unwrap();
	let url: Url = next["url"].as_str().unwrap().parse().unwrap();
	let (_, cursor) = url.query_pairs().find(|(name, _)| name == "_cursor").unwrap();
	cursor.into_owned()
}

/// Run a program in a folder, for so long at most; it is gone afterwards.
async fn run(command: &mut Command, folder: &Path, time: Duration) -> Output {
	let words = format!("{:?}", command.as_std());
	let running = command
		.current_dir(folder)
		.env("NO_PROXY", "127.0.0.1")
		.env("no_proxy", "127.0.0.1")
		.stdin(Stdio::null())
		.kill_on_drop(true)
		.output();
	let output = tokio::time::timeout(time, running).await;
	output.unwrap_or_else(|_| panic!("{words} takes too long")).unwrap()
}

fn printed(output: &Output) -> String {
	String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}

/// Install schemathesis in a folder of its own.
async fn install(folder: &Path) {
	let mut venv = Command::new("python3");
	venv.args(["-m", "venv", "python"]);
	let made = run(&mut venv, folder, INSTALL_TIME).await;
	assert!(made.status.success(), "cargo xtask setup: {}", printed(&made));
	let mut pip = Command::new(folder.join("python/bin/pip"));
	pip.args(["install", "--quiet", "--disable-pip-version-check", "--require-hashes"]);
	pip.arg("--requirement").arg(Path::new(SOURCES).join("requirements.txt"));
	let installed = run(&mut pip, folder, INSTALL_TIME).await;
	assert!(installed.status.success(), "{}", printed(&installed));
}

/// Send generated requests to a URL. Panics with what schemathesis says if an answer is not as documented.
async fn fuzz(folder: &Path, name: &str, url: &str, arguments: &[&str]) {
	let own = folder.join(name);
	std::fs::create_dir(&own).unwrap();
	let mut python = Command::new(folder.join("python/bin/python"));
	python.env("PYTHONDONTWRITEBYTECODE", "1");
	python.arg(Path::new(SOURCES).join("fuzz.py"));
	python.arg(Path::new(SOURCES).join("../../../openapi.json"));
	python.arg(folder.join("known.json")).args([url, "."]).args(arguments);
	python.args(["--seconds", &FUZZ_SECONDS.to_string()]);
	let output = run(&mut python, &own, FUZZ_TIME).await;
	assert!(output.status.success(), "{name}: {}", printed(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn generated_requests_are_answered_as_documented() {
	let folder = tempfile::tempdir().unwrap();
	install(folder.path()).await;
	let world = World::start_with(|config| config.limits.enrolments_per_minute = 100_000).await;
	let (opening, tag) = world.grant_medications();
	let known = known(&world, &opening, tag).await;
	std::fs::write(folder.path().join("known.json"), known.to_string()).unwrap();

	let forwarder = Forwarder::start(&world, opening).await;
	let signed = format!("http://{}", forwarder.address);
	let unsigned = world.config.public_origin.to_string();
	tokio::join!(
		fuzz(folder.path(), "signed", &signed, &["--signed", "--examples", "60"]),
		fuzz(folder.path(), "unsigned", &unsigned, &["--examples", "10"]),
	);

	// All of it was about something: each operation was answered with each success that it has.
	let answered = forwarder.answered();
	let document = document();
	for (operation, described) in operations(&document) {
		let responses = described["responses"].as_object().unwrap().keys();
		let successes = responses.filter(|status| status.starts_with(['2', '3']));
		for status in successes {
			let seen = answered.get(&operation);
			let is_seen = seen.is_some_and(|seen| seen.contains(&status.parse().unwrap()));
			assert!(is_seen, "{operation:?} was never answered {status}: {seen:?}");
		}
	}
	drop(forwarder);
	world.stop().await;
}

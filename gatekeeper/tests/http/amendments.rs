//! Amendments over HTTP and by the command line: asked for by the patron, answered by staff, written or
//! handed over, seen by both.

use crate::support::{
	client::Ask,
	raw::RawResponse,
	world::{World, ALICE, ALICE_AT_MERCY, BOB, CAROL, MERCY},
};
use medrec_gatekeeper::{
	config::{AmendmentMode, Config},
	store::{DATABASE_FILE, MAX_OPEN_AMENDMENTS},
};
use medrec_primitives::Purpose;
use medrec_protocol::{
	access_log::{AccessLogPage, Interaction},
	amendments::{Amendment, AmendmentList, AmendmentState},
};
use serde_json::{json, Value};
use sqlx::{sqlite::SqliteConnectOptions, ConnectOptions};
use std::process::{Command, Output};

async fn post(world: &World, participant: u64, body: Value) -> RawResponse {
	let purpose = if participant == ALICE { Purpose::Personal } else { Purpose::Treatment };
	let ask = Ask::get("/v1/amendments", ALICE_AT_MERCY, purpose);
	world.client(participant).ask(&Ask { method: "POST", body: Some(body), ..ask }).await.0
}

async fn list(world: &World) -> Vec<Amendment> {
	let ask = Ask::get("/v1/amendments", ALICE_AT_MERCY, Purpose::Personal);
	let (response, _) = world.client(ALICE).ask(&ask).await;
	assert_eq!(response.status, 200, "{response:?}");
	serde_json::from_slice::<AmendmentList>(&response.body).unwrap().amendments
}

async fn get(world: &World, target: &str) -> RawResponse {
	let ask = Ask::get(target, ALICE_AT_MERCY, Purpose::Personal);
	world.client(ALICE).ask(&ask).await.0
}

/// Her newest creatinine, as she sees it.
async fn creatinine(world: &World) -> Value {
	let found = get(world, "/fhir/Observation?code=2160-0&_count=1").await;
	let bundle: Value = serde_json::from_slice(&found.body).unwrap();
	bundle["entry"][0]["resource"].clone()
}

async fn version(world: &World, id: &str) -> String {
	let read = get(world, &format!("/fhir/Observation/{id}")).await;
	read.header("etag").unwrap().trim_start_matches("W/").trim_matches('"').to_owned()
}

/// She asks for another value.
async fn asked(world: &World, value: &str) -> Value {
	let record = creatinine(world).await;
	let id = record["id"].as_str().unwrap();
	json!({
		"relationship": ALICE_AT_MERCY,
		"resourceType": "Observation",
		"id": id,
		"version": version(world, id).await,
		"element": "/valueQuantity/value",
		"proposed": serde_json::from_str::<Value>(value).unwrap(),
		"reason": "My paper says something else",
	})
}

/// The real program, on the gatekeeper's own configuration.
fn staff(world: &World, mode: AmendmentMode, arguments: &[&str]) -> Output {
	let path = world.config.data_dir.join("staff.toml");
	std::fs::write(&path, toml_of(&world.config, mode)).unwrap();
	Command::new(env!("CARGO_BIN_EXE_medrec-gatekeeper"))
		.arg("--config")
		.arg(&path)
		.args(arguments)
		.env("MEDREC_STAFF", "records office")
		.output()
		.unwrap()
}

fn toml_of(config: &Config, mode: AmendmentMode) -> String {
	let mode = match mode {
		AmendmentMode::Write => "write",
		AmendmentMode::HandOver => "hand-over",
	};
	format!(
		"listen = \"{}\"\npublic_origin = \"{}\"\nprovider = {MERCY}\nnode = \"{}\"\n\
		 data_dir = {:?}\noperator_key_file = {:?}\ngatekeeper_key_file = {:?}\n\
		 amendments = \"{mode}\"\n",
		config.listen,
		config.public_origin,
		config.node,
		config.data_dir,
		config.operator_key_file,
		config.gatekeeper_key_file,
	)
}

fn stdout(output: &Output) -> String {
	assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
	String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
	assert!(!output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
	String::from_utf8(output.stderr.clone()).unwrap()
}

/// Entries of the log about her relationship that are no requests.
async fn events(world: &World) -> u32 {
	let database = world.config.data_dir.join(DATABASE_FILE);
	let options = SqliteConnectOptions::new().filename(database).read_only(true);
	let mut connection = options.connect().await.unwrap();
	sqlx::query_scalar("SELECT count(*) FROM audit_keys WHERE kind = 'event' AND relationship = ?")
		.bind(i64::try_from(ALICE_AT_MERCY).unwrap())
		.fetch_one(&mut connection)
		.await
		.unwrap()
}

fn code(response: &RawResponse) -> (u16, String) {
	(response.status, response.code())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_staff_accept_is_written_as_a_new_version() {
	let world = World::start().await;
	let before = creatinine(&world).await;
	let created = post(&world, ALICE, asked(&world, "0.91").await).await;
	assert_eq!(created.status, 201, "{created:?}");
	let amendment: Amendment = serde_json::from_slice(&created.body).unwrap();
	assert_eq!(amendment.state, AmendmentState::Requested);

	let id = amendment.amendment.to_string();
	let waiting = stdout(&staff(&world, AmendmentMode::Write, &["amendments", "list", "--json"]));
	let waiting: Value = serde_json::from_str(&waiting).unwrap();
	assert_eq!(waiting[0]["amendment"], id);
	assert_eq!(waiting[0]["proposed"], "0.91");
	let accept = ["amendments", "accept", &id, "--reason", "The paper is right"];
	stdout(&staff(&world, AmendmentMode::Write, &accept));

	let after = creatinine(&world).await;
	assert_eq!(after["id"], before["id"]);
	assert_eq!(after["valueQuantity"]["value"], 0.91);
	let mut same = after.clone();
	same["valueQuantity"]["value"] = before["valueQuantity"]["value"].clone();
	// The sample says no version itself; the correction does.
	assert!(before.get("meta").is_none());
	same.as_object_mut().unwrap().remove("meta");
	assert_eq!(same, before, "nothing else is changed");

	let [settled] = &list(&world).await[..] else { panic!() };
	assert_eq!(settled.state, AmendmentState::Written);
	assert_eq!(settled.answer.as_deref(), Some("The paper is right"));
	let now = version(&world, after["id"].as_str().unwrap()).await;
	assert_eq!(settled.new_version.as_deref(), Some(now.as_str()));
	assert_ne!(now, amendment.request.version);
	let kept = world.gatekeeper.store.amendment(settled.amendment).await.unwrap();
	let replaced: Value = serde_json::from_str(kept.replaced.as_deref().unwrap()).unwrap();
	assert_eq!(replaced, before, "what was there is kept");

	// It is searched and classified as what was imported.
	let found = get(&world, "/fhir/Observation?code=2160-0&category=laboratory&_count=1").await;
	assert!(String::from_utf8_lossy(&found.body).contains("0.91"));
	let again = stderr(&staff(&world, AmendmentMode::Write, &accept));
	assert!(again.contains("written already"), "{again}");
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_written_is_handed_over_as_a_task() {
	let world = World::start().await;
	let before = creatinine(&world).await;
	let created = post(&world, ALICE, asked(&world, "0.91").await).await;
	let amendment: Amendment = serde_json::from_slice(&created.body).unwrap();
	let id = amendment.amendment.to_string();
	let accept = ["amendments", "accept", &id, "--reason", "Sent to the laboratory"];
	stdout(&staff(&world, AmendmentMode::HandOver, &accept));
	assert_eq!(creatinine(&world).await, before);
	assert_eq!(list(&world).await[0].state, AmendmentState::HandedOver);

	let task = stdout(&staff(&world, AmendmentMode::HandOver, &["amendments", "task", &id]));
	let task: Value = serde_json::from_str(&task).unwrap();
	assert_eq!(task["resourceType"], "Task");
	assert_eq!(task["status"], "accepted");
	let focus = format!("Observation/{}", before["id"].as_str().unwrap());
	assert_eq!(task["focus"]["reference"], focus);
	assert_eq!(task["for"]["reference"], "Patient/mercy-alice");
	assert_eq!(task["input"][1]["valueString"], "/valueQuantity/value");
	assert_eq!(task["input"][2]["valueString"], "0.91");
	assert_eq!(task["note"][0]["text"], "Sent to the laboratory");
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_staff_decline_stays_and_the_reason_is_seen() {
	let world = World::start().await;
	let before = creatinine(&world).await;
	let created = post(&world, ALICE, asked(&world, "0.91").await).await;
	let amendment: Amendment = serde_json::from_slice(&created.body).unwrap();
	let id = amendment.amendment.to_string();
	let empty = ["amendments", "decline", &id, "--reason", " "];
	assert!(stderr(&staff(&world, AmendmentMode::Write, &empty)).contains("--reason"));
	let decline = ["amendments", "decline", &id, "--reason", "The sample was measured twice"];
	stdout(&staff(&world, AmendmentMode::Write, &decline));
	let [declined] = &list(&world).await[..] else { panic!() };
	assert_eq!(declined.state, AmendmentState::Declined);
	assert_eq!(declined.answer.as_deref(), Some("The sample was measured twice"));
	assert_eq!(creatinine(&world).await, before);
	let accept = ["amendments", "accept", &id, "--reason", "After all"];
	assert!(stderr(&staff(&world, AmendmentMode::Write, &accept)).contains("declined already"));
	world.stop().await;
}

/// The patient saw one version; what staff would write over is another.
#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_changed_meanwhile_is_not_written_over() {
	let world = World::start().await;
	let wanted = [asked(&world, "0.91").await, asked(&world, "0.92").await];
	let mut ids = Vec::new();
	for body in wanted.clone() {
		let created = post(&world, ALICE, body).await;
		let amendment: Amendment = serde_json::from_slice(&created.body).unwrap();
		ids.push(amendment.amendment.to_string());
	}
	let accept = |id| ["amendments", "accept", id, "--reason", "yes"];
	stdout(&staff(&world, AmendmentMode::Write, &accept(&ids[0])));
	let refused = stderr(&staff(&world, AmendmentMode::Write, &accept(&ids[1])));
	assert!(refused.contains("hand the amendment over"), "{refused}");
	assert_eq!(list(&world).await[0].state, AmendmentState::Requested, "not accepted half way");
	let again = post(&world, ALICE, wanted[1].clone()).await;
	assert_eq!(code(&again), (409, "resource-changed".into()));
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_patron_asks_and_only_for_records_of_hers() {
	let world = World::start().await;
	let good = asked(&world, "0.91").await;
	for other in [BOB, CAROL] {
		assert_eq!(code(&post(&world, other, good.clone()).await), (403, "not-allowed".into()));
		let ask = Ask::get("/v1/amendments", ALICE_AT_MERCY, Purpose::Treatment);
		assert_eq!(world.client(other).ask(&ask).await.0.status, 403);
	}
	let with = |name: &str, value: Value| {
		let mut body = good.clone();
		body[name] = value;
		body
	};
	for (body, expected) in [
		(with("id", "nobody".into()), (404, "not-found")),
		(with("id", "../x".into()), (404, "not-found")),
		(with("resourceType", "Basic".into()), (404, "not-found")),
		(with("version", "other".into()), (409, "resource-changed")),
		(with("element", "/nothing/here".into()), (400, "amendment-invalid")),
		(with("element", "/subject/reference".into()), (400, "body-malformed")),
		(with("element", "value".into()), (400, "body-malformed")),
		(with("reason", "".into()), (400, "amendment-invalid")),
		(with("proposed", "x".repeat(5_000).into()), (400, "amendment-invalid")),
		(with("more", 1.into()), (400, "body-malformed")),
		(with("relationship", 101.into()), (400, "relationship-mismatch")),
	] {
		let refused = post(&world, ALICE, body).await;
		assert_eq!(code(&refused), (expected.0, expected.1.to_owned()));
	}
	assert!(list(&world).await.is_empty());
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn amendments_are_bounded_and_logged() {
	let world = World::start().await;
	let body = asked(&world, "0.91").await;
	let before = events(&world).await;
	for _ in 0..MAX_OPEN_AMENDMENTS {
		assert_eq!(post(&world, ALICE, body.clone()).await.status, 201);
	}
	assert_eq!(code(&post(&world, ALICE, body).await), (409, "too-many-amendments".into()));

	let log = get(&world, &format!("/v1/access-log?relationship={ALICE_AT_MERCY}")).await;
	let log: AccessLogPage = serde_json::from_slice(&log.body).unwrap();
	let asked = log.entries.iter().filter(|entry| entry.interaction == Interaction::Amendment);
	assert!(asked.count() >= 33, "each request is an entry, also the one that was refused");
	assert_eq!(events(&world).await, before + MAX_OPEN_AMENDMENTS, "with what was kept");
	let id = list(&world).await[0].amendment.to_string();
	let decline = ["amendments", "decline", &id, "--reason", "no"];
	stdout(&staff(&world, AmendmentMode::Write, &decline));
	assert_eq!(events(&world).await, before + MAX_OPEN_AMENDMENTS + 1);
	stdout(&staff(&world, AmendmentMode::Write, &["audit", "verify"]));
	world.stop().await;
}

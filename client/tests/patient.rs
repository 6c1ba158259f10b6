//! What a patient reads, with the real binary against a node and two gatekeepers that answer from memory.

mod support;

use medrec_primitives::{ParticipantKind, RecordTypes, RelationshipStatus};
use medrec_protocol::enrolment::{EnrolmentCode, EnrolmentSecret};
use support::{chain::GENESIS, code, gatekeeper::Gatekeeper, stderr, stdout, world::world};

fn condition(id: &str, name: &str, date: &str) -> String {
	format!(
		r#"{{"resourceType":"Condition","id":"{id}","code":{{"text":"{name}"}},"recordedDate":"{date}"}}"#
	)
}

#[tokio::test]
async fn relationships_of_all_identities_are_found_from_the_words() {
	let world = world().await;
	let output = world.home.run(&["patient", "relationships"]).await;
	assert_eq!(
		stdout(&output),
		"\
────────────────────────────────────────────────────────────────────────────────────
 id   with              records of   status   since                  you are
════════════════════════════════════════════════════════════════════════════════════
 20   Mercy Hospital    you          active   2026-11-22 18:00 UTC   participant 10
────────────────────────────────────────────────────────────────────────────────────
 21   Lakeside Clinic   you          active   2026-11-22 18:00 UTC   participant 11
────────────────────────────────────────────────────────────────────────────────────
"
	);
	let json = world.home.json(&["patient", "relationships"]).await;
	assert_eq!(json[1]["counterpartyName"], "Lakeside Clinic");
	assert_eq!(json[1]["participant"], 11);
}

#[tokio::test]
async fn records_are_merged_from_all_providers_and_pages() {
	let world = world().await;
	for day in 1..=5 {
		let record = condition(&format!("m{day}"), "Hypertension", &format!("2026-01-0{day}"));
		world.mercy.add_record(RecordTypes::CONDITIONS, &record);
	}
	world.lakeside.add_record(RecordTypes::CONDITIONS, &condition("l1", "Asthma", "2026-01-03"));
	let weight = r#"{"resourceType":"Observation","id":"w","code":{"text":"Body weight"},
		"effectiveDateTime":"2026-02-01","valueQuantity":{"value":70.50,"unit":"kg"}}"#
		.replace("\n\t\t", "");
	world.lakeside.add_record(RecordTypes::VITAL_SIGNS, &weight);

	let json = world.home.json(&["patient", "records"]).await;
	let found = json["found"].as_array().unwrap();
	let ids: Vec<_> =
		found.iter().map(|record| record["resource"]["id"].as_str().unwrap()).collect();
	assert_eq!(ids, ["w", "m5", "m4", "l1", "m3", "m2", "m1"]);
	assert_eq!(found[0]["providerName"], "Lakeside Clinic");

	let output = world
		.home
		.run(&["patient", "records", "--types", "conditions", "--relationship", "21"])
		.await;
	assert_eq!(
		stdout(&output),
		"\
─────────────────────────────────────────────────────────────
 date         type        what     details   provider
═════════════════════════════════════════════════════════════
 2026-01-03   Condition   Asthma             Lakeside Clinic
─────────────────────────────────────────────────────────────
1 record
"
	);
}

#[tokio::test]
async fn a_provider_that_fails_is_named_and_the_rest_comes() {
	let world = world().await;
	world.mercy.add_record(RecordTypes::CONDITIONS, &condition("m", "Hypertension", "2026-01-01"));
	world.lakeside.add_record(RecordTypes::CONDITIONS, &condition("l", "Asthma", "2026-01-03"));
	world.lakeside.holdings().tampers = true;
	let output = world.home.run(&["patient", "records", "--types", "conditions"]).await;
	assert_eq!(code(&output), 1);
	assert!(stdout(&output).contains("Hypertension"));
	assert!(!stdout(&output).contains("Asthma"), "nothing of an answer that was changed is shown");
	assert!(
		stderr(&output).contains("the answer of Lakeside Clinic cannot be trusted"),
		"{}",
		stderr(&output)
	);
}

#[tokio::test]
async fn a_gatekeeper_that_says_later_is_asked_again_with_the_same_session() {
	let world = world().await;
	world.mercy.holdings().unavailable = 2;
	let arguments = ["patient", "records", "--types", "conditions", "--provider", "0"];
	let output = world.home.run(&arguments).await;
	assert_eq!(code(&output), 0, "{}", stderr(&output));
	world.home.run(&arguments).await;
	let mut sessions = world.mercy.holdings().session_keys.clone();
	assert_eq!(sessions.len(), 4, "two refusals, one answer, one in the second run");
	sessions.dedup();
	assert_eq!(sessions.len(), 1, "the session is kept between runs");
}

#[tokio::test]
async fn a_new_device_learns_from_the_providers_what_was_granted() {
	let world = world().await;
	let tag = world.grant_deposited(&world.mercy, 20, 30, 9);
	world.grant(20, 30, 8);

	let json = world.home.json(&["patient", "grants"]).await;
	let grants = json["found"].as_array().unwrap();
	assert_eq!(grants.len(), 2);
	let known = grants.iter().find(|grant| grant["tag"] == tag.to_string()).unwrap();
	assert_eq!(known["grantee"], 30);
	assert_eq!(known["terms"]["rules"][0]["types"][0], "medications");
	assert_eq!(known["over"], false);
	let other = grants.iter().find(|grant| grant["tag"] != tag.to_string()).unwrap();
	assert_eq!(other["grantee"], serde_json::Value::Null);

	let output = world.home.run(&["patient", "grants"]).await;
	let text = stdout(&output);
	assert!(text.contains("participant 30") && text.contains("not known here"), "{text}");
}

#[tokio::test]
async fn a_grant_says_what_it_is_and_needs_a_yes() {
	let world = world().await;
	world.register_pharmacist();
	let grant = ["patient", "grant", "--to", "30", "--types", "medications", "--for", "1d"];
	let output = world.home.run(&grant).await;
	assert_eq!(code(&output), 2);
	assert!(
		stderr(&output).contains(
			"in which relationship? say --relationship 20 or --relationship 21, or --everywhere"
		),
		"{}",
		stderr(&output)
	);

	let output = world.home.run(&[grant.as_slice(), &["--relationship", "20"]].concat()).await;
	assert_eq!(code(&output), 2);
	let said = stderr(&output);
	for words in [
		"participant 30, other\n  may see medications\n",
		"no records that carry a sensitivity label",
		"to be used for treatment",
		"Mercy Hospital (relationship 20)",
		"add --yes",
	] {
		assert!(said.contains(words), "{words}: {said}");
	}
	assert!(!said.contains("Lakeside"), "{said}");
}

#[tokio::test]
async fn who_looked_is_shown_with_names_and_reasons() {
	let world = world().await;
	world.home.json(&["patient", "records", "--types", "conditions", "--provider", "0"]).await;
	let json = world.home.json(&["patient", "access-log", "--provider", "0"]).await;
	let lines = json["found"].as_array().unwrap();
	assert_eq!(lines.len(), 2, "the search, and the reading of the log itself");
	assert!(lines.iter().all(|line| line["actorName"] == "you"));
	let output = world.home.run(&["patient", "access-log", "--relationship", "20"]).await;
	assert!(stdout(&output).contains("Mercy Hospital"), "{}", stdout(&output));
}

fn enrolment_code(gatekeeper: &Gatekeeper) -> EnrolmentCode {
	EnrolmentCode {
		gatekeeper: gatekeeper.origin.clone(),
		genesis: GENESIS,
		provider: gatekeeper.provider,
		secret: EnrolmentSecret::random(),
	}
}

#[tokio::test]
async fn a_code_is_redeemed_with_a_consent_that_holds() {
	let world = world().await;
	let third = Gatekeeper::start(&world.chain, 2, "Harbour Practice").await;
	let text = enrolment_code(&third).to_string();

	let joined = world.home.json(&["patient", "join", &text, "--no-wait"]).await;
	assert_eq!(joined["state"], "pending");
	let identity = world.seed.identity(&GENESIS, 2, 0);
	let expected = medrec_protocol::account::fingerprint(&identity.account_id());
	assert_eq!(joined["fingerprint"], expected);
	assert_eq!(third.holdings().enrolments[0].0.account, identity.account_id());

	// Staff say no.
	let output = world.home.run(&["patient", "join", &text]).await;
	assert_eq!(code(&output), 3, "{}", stderr(&output));
	assert!(stderr(&output).contains("Harbour Practice refused the enrolment"));

	// A gatekeeper's word alone is not believed.
	third.holdings().confirms = true;
	let output = world.home.run(&["patient", "join", &text]).await;
	assert_eq!(code(&output), 1, "{}", stderr(&output));
	assert!(stderr(&output).contains("the chain does not show it"), "{}", stderr(&output));

	world.chain.register(12, ParticipantKind::Patient, &identity);
	world.chain.relate(22, 12, 2, RelationshipStatus::Ended);
	let again = world.home.run(&["patient", "join", &text, "--no-wait"]).await;
	assert_eq!(code(&again), 0, "an ended relationship can be begun again: {}", stderr(&again));
	world.chain.relate(23, 12, 2, RelationshipStatus::Active);
	let again = world.home.run(&["patient", "join", &text]).await;
	assert_eq!(code(&again), 2);
	assert!(stderr(&again).contains("you are with Harbour Practice already (relationship 23)"));
}

#[tokio::test]
async fn codes_for_other_chains_and_other_places_are_refused() {
	let world = world().await;
	let mut code_of_mercy = enrolment_code(&world.mercy);
	code_of_mercy.gatekeeper = "https://evil.example".parse().unwrap();
	let output = world.home.run(&["patient", "join", &code_of_mercy.to_string()]).await;
	assert_eq!(code(&output), 1);
	assert!(stderr(&output).contains("do not use this code"), "{}", stderr(&output));

	let mut of_another_chain = enrolment_code(&world.mercy);
	of_another_chain.genesis = medrec_primitives::Hash::zero();
	let output = world.home.run(&["patient", "join", &of_another_chain.to_string()]).await;
	assert_eq!(code(&output), 2);
	assert!(stderr(&output).contains("the code is for the chain"), "{}", stderr(&output));
	assert!(world.mercy.holdings().enrolments.is_empty());
}

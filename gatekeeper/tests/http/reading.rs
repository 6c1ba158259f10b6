//! Reads and searches that are allowed: who sees what, and what comes with it.

use crate::support::{
	client::Ask,
	world::{World, ALICE, ALICE_AT_MERCY, BOB, BOB_AT_MERCY, CAROL, MERCY},
};
use medrec_primitives::{ParticipantStatus, Purpose, RelationshipStatus};
use serde_json::Value;

fn ids(bundle: &Value) -> Vec<String> {
	let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
	let matches = entries.iter().filter(|entry| entry["search"]["mode"] == "match");
	matches.map(|entry| entry["resource"]["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_patron_sees_everything_of_hers_signed_and_with_a_receipt() {
	let world = World::start().await;
	let alice = world.client(ALICE);
	let ask = Ask::get("/fhir/MedicationRequest", ALICE_AT_MERCY, Purpose::Personal);
	let (response, verified) = alice.ask(&ask).await;
	assert_eq!(response.status, 200, "{response:?}");
	assert_eq!(response.header("content-type"), Some("application/fhir+json"));
	assert_eq!(response.header("cache-control"), Some("private, no-store"));
	assert!(verified.blocks.is_some());
	let receipt = verified.receipt.expect("an access has a receipt");
	assert!(receipt.verify(&world.gatekeeper.genesis, &world.gatekeeper.key.public()));

	let bundle = response.json();
	assert_eq!(bundle["resourceType"], "Bundle");
	assert!(ids(&bundle).iter().any(|id| id.ends_with("-antiretroviral")), "{bundle}");
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_is_read_by_its_id_and_only_once_if_unchanged() {
	let world = World::start().await;
	let alice = world.client(ALICE);
	let ask = Ask::get("/fhir/Patient/mercy-alice", ALICE_AT_MERCY, Purpose::Personal);
	let (response, _) = alice.ask(&ask).await;
	assert_eq!(response.status, 200);
	assert_eq!(response.json()["id"], "mercy-alice");
	let etag = response.header("etag").expect("a resource has a version").to_owned();

	let mut again = alice.forge(&ask);
	again.set("if-none-match", etag.clone());
	let unchanged = again.sign().send(world.address).await;
	assert_eq!((unchanged.status, unchanged.body.len()), (304, 0));
	assert!(unchanged.header("medrec-receipt").is_some(), "logged like every access");
	assert!(unchanged.header("last-modified").is_some());

	let version = etag.trim_start_matches("W/");
	for (tags, status) in [
		(version.to_owned(), 304),
		(format!("\"other\", {etag}"), 304),
		("*".to_owned(), 304),
		("W/\"other\"".to_owned(), 200),
		(version.trim_matches('"').to_owned(), 200),
	] {
		let mut again = alice.forge(&ask);
		again.set("if-none-match", tags.clone());
		assert_eq!(again.sign().send(world.address).await.status, status, "{tags}");
	}
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_gzip_gets_it_signed() {
	use std::io::Read;

	let world = World::start().await;
	let alice = world.client(ALICE);
	let ask = Ask::get("/fhir/Observation?_count=20", ALICE_AT_MERCY, Purpose::Personal);
	let (plain, _) = alice.ask(&ask).await;
	assert_eq!(plain.header("content-encoding"), None);

	let (mut request, signature) = alice.sign(&ask);
	request.set("accept-encoding", "gzip");
	let response = request.send(world.address).await;
	alice.verify(&response, &signature);
	assert_eq!(response.header("content-encoding"), Some("gzip"));
	assert_eq!(response.header("vary"), Some("accept-encoding"));
	assert!(response.body.len() * 4 < plain.body.len());
	let mut text = Vec::new();
	flate2::read::GzDecoder::new(&response.body[..]).read_to_end(&mut text).unwrap();
	assert_eq!(text, plain.body);

	// Whoever changes what the signature says about the body is found out.
	let mut parts = http::Response::builder().status(200);
	for (name, value) in response.headers.iter().filter(|(name, _)| name != "content-encoding") {
		parts = parts.header(name, value);
	}
	let (parts, ()) = parts.body(()).unwrap().into_parts();
	let key = world.gatekeeper.key.public();
	let verified =
		medrec_protocol::response::verify_response(&parts, &response.body, &signature, &key);
	assert!(verified.is_err());
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_comes_page_by_page() {
	let world = World::start().await;
	let alice = world.client(ALICE);
	for target in ["/fhir/Patient/$everything", "/fhir/Patient/mercy-alice/$everything"] {
		let mut next = Some(format!("{target}?_count=40"));
		let mut seen = Vec::new();
		while let Some(target) = next {
			let ask = Ask::get(&target, ALICE_AT_MERCY, Purpose::Personal);
			let (response, _) = alice.ask(&ask).await;
			assert_eq!(response.status, 200, "{response:?}");
			let bundle = response.json();
			seen.extend(ids(&bundle));
			let links = bundle["link"].as_array().unwrap();
			next = links.iter().find(|link| link["relation"] == "next").map(|link| {
				let origin = world.config.public_origin.to_string();
				link["url"].as_str().unwrap().strip_prefix(&origin).unwrap().to_owned()
			});
		}
		assert_eq!(seen.first().map(String::as_str), Some("mercy-alice"));
		assert!(seen.len() > 80, "{}", seen.len());
	}
	let target = "/fhir/Patient/mercy-bob/$everything";
	let ask = Ask::get(target, ALICE_AT_MERCY, Purpose::Personal);
	assert!(ids(&alice.ask(&ask).await.0.json()).is_empty());
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn patients_do_not_see_each_other() {
	let world = World::start().await;
	for (participant, relationship, own) in
		[(ALICE, ALICE_AT_MERCY, "mercy-alice"), (BOB, BOB_AT_MERCY, "mercy-bob")]
	{
		let client = world.client(participant);
		let ask = Ask::get("/fhir/Patient", relationship, Purpose::Personal);
		let (response, _) = client.ask(&ask).await;
		assert_eq!(ids(&response.json()), [own]);
	}
	world.stop().await;
}

/// Ask, be refused, be granted, see what is granted and nothing else, be revoked, be refused.
#[tokio::test(flavor = "multi_thread")]
async fn a_grant_lets_in_what_it_says_until_it_is_revoked() {
	let world = World::start().await;
	let carol = world.client(CAROL);
	let (opening, tag) = world.grant_medications();
	let ask = |target| Ask::get(target, ALICE_AT_MERCY, Purpose::Treatment).with(&opening);

	let (response, _) = carol.ask(&ask("/fhir/MedicationRequest")).await;
	let bundle = response.json();
	let seen = ids(&bundle);
	assert_eq!(bundle["total"], seen.len());
	assert!(seen.iter().any(|id| id.ends_with("-metformin")), "{seen:?}");
	// A drug against HIV is HIV data, which was not granted.
	assert!(!seen.iter().any(|id| id.ends_with("-antiretroviral")), "{seen:?}");
	for other in ["/fhir/Condition", "/fhir/Patient", "/fhir/Observation"] {
		let (response, _) = carol.ask(&ask(other)).await;
		assert_eq!((response.status, response.json()["total"].as_u64()), (200, Some(0)), "{other}");
	}

	// Revoked in the best block is revoked, though not final yet.
	world.chain.change_best(|facts| {
		facts.grants.remove(&(ALICE_AT_MERCY, tag));
	});
	let (response, _) = carol.ask(&ask("/fhir/MedicationRequest")).await;
	assert_eq!((response.status, response.code().as_str()), (403, "not-allowed"));
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_counts_once_it_is_final() {
	let world = World::start().await;
	let carol = world.client(CAROL);
	let opening = crate::support::world::medications_for(CAROL);
	let tag = opening.tag(&world.gatekeeper.genesis, ALICE_AT_MERCY);
	world.chain.change_best(|facts| {
		facts.grants.insert((ALICE_AT_MERCY, tag), medrec_primitives::ExpiryDay(u16::MAX));
	});
	let target = "/fhir/MedicationRequest";
	let ask = Ask::get(target, ALICE_AT_MERCY, Purpose::Treatment).with(&opening);
	assert_eq!(carol.ask(&ask).await.0.status, 403);
	world.chain.finalize();
	assert_eq!(carol.ask(&ask).await.0.status, 200);
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_end_the_patron_still_reads_and_the_steward_does_not() {
	let world = World::start().await;
	let (alice, mercy) = (world.client(ALICE), world.client(MERCY));
	let as_alice = Ask::get("/fhir/Patient", ALICE_AT_MERCY, Purpose::Personal);
	let as_mercy = Ask::get("/fhir/Patient", ALICE_AT_MERCY, Purpose::Treatment);
	assert_eq!(mercy.ask(&as_mercy).await.0.status, 200);
	world.chain.change(|facts| {
		let relationship = facts.relationships.get_mut(&ALICE_AT_MERCY).unwrap();
		relationship.status = RelationshipStatus::Ended;
		facts.participants.get_mut(&ALICE).unwrap().status = ParticipantStatus::Suspended;
	});
	assert_eq!(mercy.ask(&as_mercy).await.0.status, 403);
	assert_eq!(alice.ask(&as_alice).await.0.status, 200);
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_end_with_the_epoch_and_with_the_account() {
	let world = World::start().await;
	let alice = world.client(ALICE);
	let ask = Ask::get("/fhir/Patient", ALICE_AT_MERCY, Purpose::Personal);
	assert_eq!(alice.ask(&ask).await.0.status, 200);
	world.chain.change_best(|facts| facts.participants.get_mut(&ALICE).unwrap().epoch = 1);
	let refused = alice.sign(&ask).0.send(world.address).await;
	assert_eq!((refused.status, refused.code().as_str()), (401, "delegation-epoch-over"));
	world.chain.change_best(|facts| {
		let participant = facts.participants.get_mut(&ALICE).unwrap();
		participant.epoch = 0;
		participant.account = crate::support::world::account(BOB).account_id();
	});
	let refused = alice.sign(&ask).0.send(world.address).await;
	assert_eq!((refused.status, refused.code().as_str()), (401, "delegation-signature-invalid"));
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wallets_that_wrap_what_they_sign_are_understood() {
	let world = World::start().await;
	for participant in [ALICE, BOB] {
		let client = world.client(participant);
		let relationship = if participant == ALICE { ALICE_AT_MERCY } else { BOB_AT_MERCY };
		let mut forge = client.forge(&Ask::get("/fhir/Patient", relationship, Purpose::Personal));
		forge.delegation.wrapped = true;
		assert_eq!(forge.sign().send(world.address).await.status, 200);
	}
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_lead_to_all_matches() {
	let world = World::start().await;
	let alice = world.client(ALICE);
	let mut target = "/fhir/Observation?_count=7".to_owned();
	let mut seen = Vec::new();
	let total = loop {
		let ask = Ask::get(&target, ALICE_AT_MERCY, Purpose::Personal);
		let bundle = alice.ask(&ask).await.0.json();
		seen.extend(ids(&bundle));
		let links = bundle["link"].as_array().unwrap();
		match links.iter().find(|link| link["relation"] == "next") {
			Some(next) => {
				let origin = world.config.public_origin.to_string();
				let url = next["url"].as_str().unwrap();
				target = url.strip_prefix(&origin).expect("links are under the origin").to_owned();
			},
			None => break bundle["total"].as_u64().unwrap(),
		}
	};
	let distinct: std::collections::BTreeSet<_> = seen.iter().collect();
	assert!(total > 14);
	assert_eq!((seen.len() as u64, distinct.len() as u64), (total, total));
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_capability_statement_is_for_everyone() {
	let world = World::start().await;
	let statement = crate::support::raw::RawRequest {
		method: "GET".into(),
		target: "/fhir/metadata".into(),
		headers: vec![("host".into(), world.config.public_origin.authority().into())],
		body: Vec::new(),
	};
	let response = statement.send(world.address).await;
	assert_eq!(response.status, 200);
	assert_eq!(response.json()["resourceType"], "CapabilityStatement");
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_allowance_that_is_used_up_is_429() {
	let world = World::start_with(|config| config.limits.requests_per_minute = 3).await;
	let alice = world.client(ALICE);
	let ask = Ask::get("/fhir/Patient", ALICE_AT_MERCY, Purpose::Personal);
	for _ in 0..3 {
		assert_eq!(alice.ask(&ask).await.0.status, 200);
	}
	let (response, _) = alice.ask(&ask).await;
	assert_eq!((response.status, response.code().as_str()), (429, "too-many-requests"));
	assert!(response.header("retry-after").is_some());
	// Others have their own.
	let ask = Ask::get("/fhir/Patient", BOB_AT_MERCY, Purpose::Personal);
	assert_eq!(world.client(BOB).ask(&ask).await.0.status, 200);
	world.stop().await;
}

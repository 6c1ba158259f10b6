//! Waiting for news, and asking for corrections, with the real binary.

mod support;

use medrec_primitives::RecordTypes;
use medrec_protocol::{amendments::AmendmentState, notifications::NotificationKind};
use serde_json::Value;
use support::{code, stderr, stdout, world::world};

const WEIGHT: &str =
	r#"{"resourceType":"Observation","id":"weight","valueQuantity":{"value":17.5}}"#;

fn lines(text: &str) -> Vec<Value> {
	text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Every connection brings one event and ends; the client goes on after what it saw, also when it is
/// started again.
#[tokio::test]
async fn news_come_one_after_the_other_and_none_twice() {
	use NotificationKind::{Access, Amendment, Records};
	let world = world().await;
	for kind in [Access, Records] {
		world.mercy.notify(20, kind);
	}
	let watch = ["patient", "watch", "--relationship", "20", "--count", "2", "--json"];
	let output = world.home.run(&watch).await;
	assert_eq!(code(&output), 0, "{}", stderr(&output));
	let news = lines(&stdout(&output));
	assert_eq!((&news[0]["kind"], &news[1]["kind"]), (&"access".into(), &"records".into()));
	assert_eq!(news[0]["relationship"], 20);
	assert_eq!(news[0]["providerName"], "Mercy Hospital");

	world.mercy.notify(20, Amendment);
	let watch = ["patient", "watch", "--relationship", "20", "--count", "1"];
	let output = world.home.run(&watch).await;
	assert_eq!(code(&output), 0, "{}", stderr(&output));
	assert!(stdout(&output).contains("staff answered"), "{}", stdout(&output));
}

#[tokio::test]
async fn news_that_the_gatekeeper_did_not_sign_are_an_error() {
	let world = world().await;
	world.mercy.notify(20, NotificationKind::Access);
	world.mercy.holdings().news[0].kind = NotificationKind::Records;
	let output = world.home.run(&["patient", "watch", "--relationship", "20"]).await;
	assert_eq!(code(&output), 1);
	assert!(stderr(&output).contains("cannot be trusted"), "{}", stderr(&output));
	assert!(stdout(&output).is_empty());
}

#[tokio::test]
async fn a_correction_is_asked_for_and_its_answer_seen() {
	let world = world().await;
	world.mercy.add_record(RecordTypes::VITAL_SIGNS, WEIGHT);
	let amend = [
		"patient",
		"amend",
		"Observation/weight",
		"--relationship",
		"20",
		"--element",
		"/valueQuantity/value",
		"--proposed",
		"71.50",
		"--reason",
		"It was 71.5 kg",
		"--yes",
	];
	let output = world.home.run(&amend).await;
	assert_eq!(code(&output), 0, "{}", stderr(&output));
	let said = stderr(&output);
	assert!(said.contains("is now 17.5") && said.contains("should be 71.50"), "{said}");
	{
		let mut holdings = world.mercy.holdings();
		let [asked] = &mut holdings.amendments[..] else { panic!() };
		assert_eq!(asked.request.version, "3", "the one that she saw");
		assert_eq!(asked.request.proposed.as_ref().unwrap().as_raw().get(), "71.50");
		asked.state = AmendmentState::Declined;
		asked.answer = Some("It was 17.5, of a cat".into());
	}
	let found = world.home.json(&["patient", "amendments", "--relationship", "20"]).await;
	assert_eq!(found["found"][0]["state"], "declined");
	let table = stdout(&world.home.run(&["patient", "amendments"]).await);
	assert!(table.contains("It was 17.5, of a cat"), "{table}");
}

#[tokio::test]
async fn a_correction_of_whose_record_it_is_is_refused_here_already() {
	let world = world().await;
	let amend = |element: &'static str, record: &'static str| {
		let relationship = ["--relationship", "20", "--reason", "x", "--remove", "--yes"];
		[&["patient", "amend", record, "--element", element], &relationship[..]].concat()
	};
	for wrong in [amend("/subject", "Observation/a"), amend("/status", "a")] {
		let output = world.home.run(&wrong).await;
		assert_eq!(code(&output), 2, "{}", stderr(&output));
	}
	let absent = world.home.run(&amend("/status", "Observation/a")).await;
	assert_eq!(code(&absent), 3, "{}", stderr(&absent));
	assert!(world.mercy.holdings().amendments.is_empty());
}

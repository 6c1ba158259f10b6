//! Whoever is not the patient is told with every answer that it may be incomplete: in the same words,
//! whether anything was withheld or not.

use crate::support::{
	client::Ask,
	raw::RawResponse,
	world::{opening_of, World, ALICE, ALICE_AT_MERCY, CAROL, MERCY},
};
use medrec_gatekeeper::fhir::notice::WORDS;
use medrec_primitives::{Purpose, RecordTypes};

fn outcomes(response: &RawResponse) -> Vec<String> {
	let bundle = response.json();
	let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
	entries
		.iter()
		.filter(|entry| entry["search"]["mode"] == "outcome")
		.map(|entry| entry["resource"].to_string())
		.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_but_the_patient_are_told_the_same() {
	let world = World::start().await;
	// Of the procedures nothing is withheld, of the medications something is, of the rest everything.
	let opening = opening_of(RecordTypes::MEDICATIONS.union(RecordTypes::PROCEDURES), CAROL);
	world.chain.grant(ALICE_AT_MERCY, &opening);
	let (alice, carol, mercy) = (world.client(ALICE), world.client(CAROL), world.client(MERCY));

	let mut told = std::collections::BTreeSet::new();
	for target in [
		"/fhir/Procedure",
		"/fhir/MedicationRequest?_count=1",
		"/fhir/MedicationRequest?_count=0",
		"/fhir/Condition",
		"/fhir/Patient/$everything",
		"/fhir/Patient/mercy-alice",
		"/fhir/Patient/nobody",
	] {
		let is_bundle = !target.starts_with("/fhir/Patient/mercy") && !target.ends_with("nobody");
		let by_grant = Ask::get(target, ALICE_AT_MERCY, Purpose::Treatment).with(&opening);
		let by_steward = Ask::get(target, ALICE_AT_MERCY, Purpose::Treatment);
		for (client, ask) in [(&carol, by_grant), (&mercy, by_steward)] {
			let (response, _) = client.ask(&ask).await;
			assert_eq!(response.header("medrec-notice"), Some(WORDS), "{target}");
			if is_bundle {
				let found = outcomes(&response);
				assert_eq!(found.len(), 1, "{target}");
				told.extend(found);
			}
		}
		let own = Ask::get(target, ALICE_AT_MERCY, Purpose::Personal);
		let (response, _) = alice.ask(&own).await;
		assert_eq!(response.header("medrec-notice"), None, "{target}");
		if is_bundle {
			assert!(outcomes(&response).is_empty(), "{target}");
		}
	}
	assert_eq!(told.len(), 1);
	assert!(told.first().unwrap().contains("suppressed"));

	// Who is refused learns not even that there is something to be incomplete about.
	let ask = Ask::get("/fhir/Procedure", ALICE_AT_MERCY, Purpose::Treatment);
	let (refused, _) = carol.ask(&ask).await;
	assert_eq!((refused.status, refused.header("medrec-notice")), (403, None));
	world.stop().await;
}

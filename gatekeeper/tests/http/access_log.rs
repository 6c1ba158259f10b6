//! The patient sees who looked, and whether they were let in.

use crate::support::{
	client::Ask,
	world::{World, ALICE, ALICE_AT_MERCY, BOB_AT_MERCY, CAROL, MERCY},
};
use medrec_gatekeeper::audit::Evidence;
use medrec_primitives::{Basis, Denial, Purpose, RecordTypes};
use medrec_protocol::{
	access_log::{AccessLogPage, AccessOutcome, Interaction},
	checkpoint::Checkpoint,
};

async fn log(world: &World) -> AccessLogPage {
	let target = format!("/v1/access-log?relationship={ALICE_AT_MERCY}");
	let ask = Ask::get(&target, ALICE_AT_MERCY, Purpose::Personal);
	let (response, _) = world.client(ALICE).ask(&ask).await;
	assert_eq!(response.status, 200, "{response:?}");
	serde_json::from_slice(&response.body).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_access_is_in_the_log_with_its_outcome() {
	let world = World::start().await;
	let carol = world.client(CAROL);
	let (opening, tag) = world.grant_medications();
	let ask =
		Ask::get("/fhir/MedicationRequest", ALICE_AT_MERCY, Purpose::Treatment).with(&opening);
	let (_, allowed) = carol.ask(&ask).await;
	world.chain.change(|facts| {
		facts.grants.remove(&(ALICE_AT_MERCY, tag));
	});
	assert_eq!(carol.ask(&ask).await.0.status, 403);

	let page = log(&world).await;
	let [denied, seen] = &page.entries[..] else { panic!("{page:?}") };
	assert_eq!(denied.outcome, AccessOutcome::Denied { reason: Denial::TagAbsent });
	assert_eq!((denied.resource_count, denied.actor), (0, CAROL));
	assert_eq!(seen.outcome, AccessOutcome::Allowed { basis: Basis::Grant });
	assert_eq!((seen.actor, seen.purpose), (CAROL, Purpose::Treatment));
	assert_eq!((seen.interaction, seen.types), (Interaction::Search, RecordTypes::MEDICATIONS));
	assert_eq!(seen.session_key, Some(carol.delegation.delegation.session_key));
	assert!(seen.resource_count > 0 && seen.resources.len() == seen.resource_count as usize);
	let receipt = allowed.receipt.unwrap();
	assert_eq!((receipt.leaf, receipt.entry), (seen.leaf, seen.entry));
	assert_eq!(allowed.blocks, seen.blocks);

	// Reading the log is in the log.
	let page = log(&world).await;
	assert_eq!(page.entries[0].interaction, Interaction::AccessLog);
	assert_eq!(page.entries[0].outcome, AccessOutcome::Allowed { basis: Basis::Patron });
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_fills_the_log_of_a_patient_with_denials() {
	let world = World::start_with(|config| {
		config.limits.denials_per_minute = 7;
		config.limits.relationship_denials_per_minute = 3;
	})
	.await;
	let carol = world.client(CAROL);
	let statuses = |relationship| {
		let carol = carol.clone();
		async move {
			let ask = Ask::get("/fhir/Condition", relationship, Purpose::Treatment);
			let mut statuses = Vec::new();
			for _ in 0..5 {
				statuses.push(carol.ask(&ask).await.0.status);
			}
			statuses
		}
	};
	assert_eq!(statuses(ALICE_AT_MERCY).await, [403, 403, 403, 429, 429]);
	assert_eq!(log(&world).await.entries.len(), 3, "what is too much is not in it");
	// Of all relationships together less is left, whether or not there is such a relationship.
	assert_eq!(statuses(7_777).await, [403, 403, 429, 429, 429]);

	// What is allowed needs no allowance of denials.
	let (opening, _) = world.grant_medications();
	let target = "/fhir/MedicationRequest";
	let ask = Ask::get(target, ALICE_AT_MERCY, Purpose::Treatment).with(&opening);
	assert_eq!(carol.ask(&ask).await.0.status, 200);
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_the_patron_s_alone() {
	let world = World::start().await;
	let (opening, _) = world.grant_medications();
	let target = format!("/v1/access-log?relationship={ALICE_AT_MERCY}");
	let ask = Ask::get(&target, ALICE_AT_MERCY, Purpose::Treatment);
	for (client, ask) in
		[(world.client(CAROL), ask.clone().with(&opening)), (world.client(MERCY), ask)]
	{
		let (response, _) = client.ask(&ask).await;
		assert_eq!((response.status, response.code().as_str()), (403, "not-allowed"));
	}
	let ask = Ask::get(&target, BOB_AT_MERCY, Purpose::Personal);
	let (response, _) = world.client(ALICE).ask(&ask).await;
	assert_eq!((response.status, response.code().as_str()), (400, "relationship-mismatch"));
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn checkpoint_and_receipts_fit_the_log() {
	let world = World::start().await;
	let alice = world.client(ALICE);
	let ask = Ask::get("/fhir/Patient", ALICE_AT_MERCY, Purpose::Personal);
	let (_, verified) = alice.ask(&ask).await;
	let ask = Ask { relationship: None, ..Ask::get("/v1/checkpoint", 0, Purpose::Personal) };
	let (response, _) = alice.ask(&ask).await;
	assert_eq!(response.status, 200, "{response:?}");
	let checkpoint: Checkpoint = serde_json::from_slice(&response.body).unwrap();
	assert!(checkpoint.verify(&world.gatekeeper.genesis, &world.gatekeeper.key.public()));

	let evidence = Evidence {
		checkpoints: vec![checkpoint],
		receipts: verified.receipt.into_iter().collect(),
	};
	let verified = world.gatekeeper.audit.verify(&evidence).await.unwrap();
	assert!(verified.entries >= 2);
	world.stop().await;
}

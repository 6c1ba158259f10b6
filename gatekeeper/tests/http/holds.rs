//! Holds: staff withhold what the chain would let be seen, from everybody or from one, and lift it again.

use crate::support::{
	client::Ask,
	raw::RawResponse,
	world::{World, ALICE, ALICE_AT_MERCY, CAROL},
};
use medrec_gatekeeper::{
	server::intake::now,
	store::{HoldError, HoldNumber, NewHold},
};
use medrec_primitives::{Opening, ParticipantId, Purpose, RecordTypes};
use medrec_protocol::access_log::{AccessLogPage, AccessOutcome};

const REASON: &str = "court order 7";

fn hold(grantee: Option<ParticipantId>, types: Option<RecordTypes>) -> NewHold {
	NewHold {
		relationship: ALICE_AT_MERCY,
		grantee,
		types,
		disclosed: true,
		reason: REASON.to_owned(),
		staff: "legal department".to_owned(),
		ends_at: None,
	}
}

async fn place(world: &World, hold: NewHold) -> HoldNumber {
	world.gatekeeper.store.place_hold(hold, now()).await.unwrap().number
}

async fn lift(world: &World, number: HoldNumber) {
	let (staff, reason) = ("legal department".to_owned(), "withdrawn".to_owned());
	world.gatekeeper.store.lift_hold(number, staff, reason, now()).await.unwrap();
}

async fn carols(world: &World, opening: &Opening) -> RawResponse {
	let ask = Ask::get("/fhir/MedicationRequest", ALICE_AT_MERCY, Purpose::Treatment).with(opening);
	world.client(CAROL).ask(&ask).await.0
}

async fn own(world: &World, target: &str) -> RawResponse {
	world.client(ALICE).ask(&Ask::get(target, ALICE_AT_MERCY, Purpose::Personal)).await.0
}

/// Outcomes of Carol's accesses that Alice reads in her log, the latest first.
async fn logged(world: &World) -> Vec<AccessOutcome> {
	let target = format!("/v1/access-log?relationship={ALICE_AT_MERCY}");
	let page: AccessLogPage = serde_json::from_slice(&own(world, &target).await.body).unwrap();
	let entries = page.entries.into_iter();
	entries.filter(|entry| entry.actor == CAROL).map(|entry| entry.outcome).collect()
}

fn is_withheld(outcome: &AccessOutcome) -> bool {
	matches!(outcome, AccessOutcome::Withheld { .. })
}

#[tokio::test]
async fn a_hold_on_a_grantee_lasts_until_it_is_lifted() {
	let world = World::start().await;
	let (opening, _) = world.grant_medications();
	assert_eq!(carols(&world, &opening).await.status, 200);
	let number = place(&world, hold(Some(CAROL), None)).await;
	let read = world.records.read();
	let refused = carols(&world, &opening).await;
	assert_eq!((refused.status, refused.code().as_str()), (403, "not-allowed"));
	assert!(!String::from_utf8_lossy(&refused.body).contains(REASON));
	assert_eq!(world.records.read(), read, "nothing is read");
	assert_eq!(own(&world, "/fhir/MedicationRequest").await.status, 200);
	let outcomes = logged(&world).await;
	assert!(is_withheld(&outcomes[0]), "{outcomes:?}");
	lift(&world, number).await;
	assert_eq!(carols(&world, &opening).await.status, 200);
	world.stop().await;
}

#[tokio::test]
async fn a_hold_on_everybody_leaves_the_patient_her_access_log() {
	let world = World::start().await;
	let number = place(&world, hold(None, None)).await;
	assert_eq!(own(&world, "/fhir/MedicationRequest").await.status, 403);
	assert_eq!(own(&world, "/v1/openings").await.status, 200);
	let target = format!("/v1/access-log?relationship={ALICE_AT_MERCY}");
	assert_eq!(own(&world, &target).await.status, 200);
	lift(&world, number).await;
	assert_eq!(own(&world, "/fhir/MedicationRequest").await.status, 200);
	world.stop().await;
}

#[tokio::test]
async fn a_hold_on_types_withholds_those_and_what_may_be_of_them() {
	let world = World::start().await;
	let count = |response: RawResponse| response.json()["total"].as_u64().unwrap();
	let medications = count(own(&world, "/fhir/MedicationRequest").await);
	let conditions = count(own(&world, "/fhir/Condition").await);
	assert!(medications > 0 && conditions > 0);
	place(&world, hold(None, Some(RecordTypes::MEDICATIONS))).await;
	assert_eq!(count(own(&world, "/fhir/MedicationRequest").await), 0);
	assert_eq!(count(own(&world, "/fhir/Condition").await), conditions);
	// A grant of nothing but what is held is refused as a whole.
	let (opening, _) = world.grant_medications();
	assert_eq!(carols(&world, &opening).await.status, 403);
	world.stop().await;
}

#[tokio::test]
async fn what_an_undisclosed_hold_withheld_is_not_in_the_patients_log_while_it_holds() {
	let world = World::start().await;
	let (opening, _) = world.grant_medications();
	let number = place(&world, NewHold { disclosed: false, ..hold(Some(CAROL), None) }).await;
	assert_eq!(carols(&world, &opening).await.status, 403);
	assert_eq!(logged(&world).await, []);
	lift(&world, number).await;
	let outcomes = logged(&world).await;
	assert!(outcomes.len() == 1 && is_withheld(&outcomes[0]), "{outcomes:?}");
	world.stop().await;
}

#[tokio::test]
async fn a_hold_survives_a_restart_and_ends_by_itself() {
	let world = World::start().await;
	let (opening, _) = world.grant_medications();
	let ends_at = Some(now() + 1_500);
	place(&world, NewHold { ends_at, ..hold(Some(CAROL), None) }).await;
	assert_eq!(carols(&world, &opening).await.status, 403);
	place(&world, hold(Some(CAROL), None)).await;
	let world = world.restart().await;
	assert_eq!(carols(&world, &opening).await.status, 403);
	lift(&world, 2).await;
	crate::support::eventually("the first one is over", || async {
		carols(&world, &opening).await.status == 200
	})
	.await;
	let again = world.gatekeeper.store.lift_hold(2, "x".into(), "y".into(), now()).await;
	assert_eq!(again, Err(HoldError::Lifted(2)));
	world.stop().await;
}

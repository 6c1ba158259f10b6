//! Merges: nothing is served about two patients who may be one person, until staff settle it.

use crate::support::{
	client::Ask,
	world::{World, ALICE, ALICE_AT_MERCY, ALICE_LOCAL, BOB, BOB_AT_MERCY, BOB_LOCAL, CAROL},
};
use medrec_gatekeeper::{
	server::intake::now,
	store::{BindingStatus, MergeError, MergeNumber, MergeStatus, Resolution},
};
use medrec_primitives::Purpose;
use serde_json::Value;

fn staff() -> String {
	"records office".to_owned()
}

fn why() -> String {
	"the same date of birth".to_owned()
}

/// Bob's records may be Alice's.
async fn open(world: &World) -> MergeNumber {
	let (superseded, surviving) = (BOB_LOCAL.parse().unwrap(), ALICE_LOCAL.parse().unwrap());
	let merge =
		world.gatekeeper.store.open_merge(superseded, surviving, staff(), why(), now()).await;
	merge.unwrap().number
}

async fn resolve(world: &World, number: MergeNumber, resolution: Resolution) {
	let resolved =
		world.gatekeeper.store.resolve_merge(number, resolution, staff(), why(), now()).await;
	let status = match resolution {
		Resolution::Same => MergeStatus::Merged,
		Resolution::Separate => MergeStatus::Separate,
	};
	assert_eq!(resolved.unwrap().status, status);
}

/// Status of what Alice and Bob get when they ask for their own records.
async fn served(world: &World) -> (u16, u16) {
	let alice = Ask::get("/fhir/Patient", ALICE_AT_MERCY, Purpose::Personal);
	let bob = Ask::get("/fhir/Patient", BOB_AT_MERCY, Purpose::Personal);
	(world.client(ALICE).ask(&alice).await.0.status, world.client(BOB).ask(&bob).await.0.status)
}

/// Local id of the patient whom Bob sees.
async fn bob_sees(world: &World) -> String {
	let bob = Ask::get("/fhir/Patient", BOB_AT_MERCY, Purpose::Personal);
	let bundle: Value = world.client(BOB).ask(&bob).await.0.json();
	bundle["entry"][0]["resource"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_open_merge_freezes_both_until_it_is_found_wrong() {
	let world = World::start().await;
	assert_eq!(served(&world).await, (200, 200));
	let number = open(&world).await;
	assert_eq!(served(&world).await, (403, 403));
	let (opening, _) = world.grant_medications();
	let carol =
		Ask::get("/fhir/MedicationRequest", ALICE_AT_MERCY, Purpose::Treatment).with(&opening);
	assert_eq!(world.client(CAROL).ask(&carol).await.0.status, 403);
	let again = world
		.gatekeeper
		.store
		.open_merge(ALICE_LOCAL.parse().unwrap(), "x".parse().unwrap(), staff(), why(), now())
		.await;
	assert_eq!(again, Err(MergeError::Busy { patient: ALICE_LOCAL.into(), merge: number }));
	let world = world.restart().await;
	assert_eq!(served(&world).await, (403, 403));
	resolve(&world, number, Resolution::Separate).await;
	assert_eq!(served(&world).await, (200, 200));
	assert_eq!(bob_sees(&world).await, BOB_LOCAL);
	world.stop().await;
}

#[tokio::test]
async fn merged_records_are_shown_only_to_who_is_confirmed_anew_and_a_merge_is_taken_back() {
	let world = World::start().await;
	let store = &world.gatekeeper.store;
	let number = open(&world).await;
	resolve(&world, number, Resolution::Same).await;
	// Alice's binding is as it was; Bob's goes to other records, so that staff have to confirm it.
	assert_eq!(served(&world).await, (200, 403));
	let moved = store.binding(BOB_AT_MERCY).await.unwrap().unwrap();
	assert_eq!(moved.status, BindingStatus::Disputed);
	assert_eq!(moved.local_patient.as_str(), ALICE_LOCAL);
	store.confirm_binding(BOB_AT_MERCY, staff(), now()).await.unwrap();
	assert_eq!(bob_sees(&world).await, ALICE_LOCAL);

	let undone = store.unmerge(number, staff(), why(), now()).await.unwrap();
	assert_eq!((undone.status, undone.steps.len()), (MergeStatus::Open, 3));
	assert_eq!(served(&world).await, (403, 403));
	resolve(&world, number, Resolution::Separate).await;
	assert_eq!(served(&world).await, (200, 403));
	store.confirm_binding(BOB_AT_MERCY, staff(), now()).await.unwrap();
	assert_eq!(bob_sees(&world).await, BOB_LOCAL);
	world.stop().await;
}

#[tokio::test]
async fn steps_that_do_not_follow_are_refused() {
	let world = World::start().await;
	let store = &world.gatekeeper.store;
	let same = store
		.open_merge(
			ALICE_LOCAL.parse().unwrap(),
			ALICE_LOCAL.parse().unwrap(),
			staff(),
			why(),
			now(),
		)
		.await;
	assert_eq!(same, Err(MergeError::SamePatient));
	assert_eq!(store.unmerge(9, staff(), why(), now()).await, Err(MergeError::Unknown(9)));
	let number = open(&world).await;
	let early = store.unmerge(number, staff(), why(), now()).await;
	assert_eq!(early, Err(MergeError::WrongStatus { number, is: MergeStatus::Open }));
	resolve(&world, number, Resolution::Same).await;
	let superseded = store
		.open_merge(BOB_LOCAL.parse().unwrap(), "x".parse().unwrap(), staff(), why(), now())
		.await;
	assert_eq!(
		superseded,
		Err(MergeError::Superseded { patient: BOB_LOCAL.into(), merge: number })
	);
	world.stop().await;
}

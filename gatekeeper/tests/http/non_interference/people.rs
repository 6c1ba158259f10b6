//! Whose record it is, and who else is named in it.

use super::{common, laboratory, with, Stage};
use crate::support::{
	client::Ask,
	world::{BOB, BOB_AT_MERCY},
};
use medrec_primitives::{Purpose, RecordTypes};
use serde_json::{json, Value};

const REQUESTS: [super::Request; 6] = [
	("/fhir/Observation?_count=2", None),
	("/fhir/Observation?patient=mercy-alice,mercy-bob&_count=50", None),
	("/fhir/Observation/ni-4", None),
	("/fhir/Observation?_id=ni-4", None),
	("/fhir/Patient/$everything?_count=50", None),
	("/fhir/Patient/mercy-bob/$everything", None),
];

/// A value of Bob's, whose mother Alice measured it.
fn of_the_child() -> Value {
	with(
		laboratory("ni-4", "2024-04-10"),
		json!({
			"subject": {"reference": "Patient/mercy-bob"},
			"performer": [{"reference": "Patient/mercy-alice"}],
		}),
	)
}

/// Only the subject counts: what a mother measured of her child is the child's record.
#[tokio::test(flavor = "multi_thread")]
async fn a_mother_who_performed_it_does_not_own_it() {
	let stage = Stage::new(RecordTypes::ALL, &common()).await;
	let before = (stage.carol_is_told(&REQUESTS).await, stage.alice_is_told(&REQUESTS).await);
	stage.world.import(&[of_the_child()]).await;
	super::assert_same(&before.0, &stage.carol_is_told(&REQUESTS).await);
	super::assert_same(&before.1, &stage.alice_is_told(&REQUESTS).await);

	let ask = Ask::get("/fhir/Observation/ni-4", BOB_AT_MERCY, Purpose::Personal);
	let (hers, _) = stage.world.client(BOB).ask(&ask).await;
	assert_eq!(hers.status, 200, "the child sees it");
	stage.world.stop().await;
}

/// What names another patient is that one's data too: grantees do not see it.
#[tokio::test(flavor = "multi_thread")]
async fn what_names_another_patient_is_withheld() {
	for reference in ["Patient/mercy-bob", "https://elsewhere.example/fhir/Patient/1"] {
		let naming = json!({"performer": [{"reference": reference}]});
		let stage = Stage::new(RecordTypes::LABORATORY, &common()).await;
		stage.hides(&[with(laboratory("ni-4", "2024-04-10"), naming)], &REQUESTS).await;
	}
}

/// A row that is filed under one patient and whose text is about another is nobody's.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_patients_row_is_not_there() {
	let resource = with(
		laboratory("ni-4", "2024-04-10"),
		json!({"subject": {"reference": "Patient/mercy-bob"}}),
	);
	let stage = Stage::new(RecordTypes::LABORATORY, &common()).await;
	stage.world.import(&[resource]).await;
	let before = (stage.carol_is_told(&REQUESTS).await, stage.alice_is_told(&REQUESTS).await);
	let statement = "UPDATE resources SET patient = 'mercy-alice' WHERE id = 'ni-4'";
	stage.world.change_records(statement).await;
	super::assert_same(&before.0, &stage.carol_is_told(&REQUESTS).await);
	super::assert_same(&before.1, &stage.alice_is_told(&REQUESTS).await);
	assert_eq!(before.0[0].status, 200);
	stage.world.stop().await;
}

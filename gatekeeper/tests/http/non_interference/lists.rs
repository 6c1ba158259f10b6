//! Totals, pages, orders, lists of ids, times and versions.

use super::{common, laboratory, sensitive, with, Stage};
use medrec_primitives::RecordTypes;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn totals_pages_and_orders_do_not_change() {
	let stage = Stage::new(RecordTypes::LABORATORY, &common()).await;
	stage
		.hides(
			&[sensitive("ni-4", "2024-04-10")],
			&[
				("/fhir/Observation", None),
				("/fhir/Observation?_count=0", None),
				("/fhir/Observation?_count=2", None),
				("/fhir/Observation?_sort=date&_count=2", None),
				("/fhir/Observation?_sort=-_lastUpdated&_count=1", None),
				("/fhir/Observation?date=ge2024&_count=1", None),
				("/fhir/Observation?category=laboratory&status=final&_count=3", None),
				("/fhir/Observation?code=718-7", None),
				("/fhir/Patient/$everything?_count=5", None),
				("/fhir/Patient/mercy-alice/$everything?_type=Observation&_count=2", None),
			],
		)
		.await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_ids_times_and_versions_do_not_change() {
	let stage = Stage::new(RecordTypes::LABORATORY, &common()).await;
	let told = stage.carol_is_told(&[("/fhir/Observation/ni-3", Some("\"7\""))]).await;
	assert_eq!(told[0].status, 304, "what she may see she may know already");
	stage
		.hides(
			&[sensitive("ni-4", "2024-04-10")],
			&[
				("/fhir/Observation?_id=ni-3,ni-4", None),
				("/fhir/Observation?_id=ni-4", None),
				("/fhir/Observation?_lastUpdated=ge2024-03&_lastUpdated=lt2025", None),
				("/fhir/Observation?_lastUpdated=2024-04-10T12:00:00Z", None),
				("/fhir/Patient/$everything?_since=2024-04-01", None),
				("/fhir/Observation/ni-4", None),
				("/fhir/Observation/ni-4", Some("W/\"7\"")),
				("/fhir/Observation/ni-4", Some("*")),
				("/fhir/Observation/ni-3", None),
				("/fhir/Observation/ni-3", Some("W/\"7\"")),
			],
		)
		.await;
}

/// What was deleted is as if it had never been.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_deleted_leaves_no_trace() {
	let requests = [
		("/fhir/Observation?_count=2", None),
		("/fhir/Observation?_id=ni-9", None),
		("/fhir/Observation/ni-9", None),
		("/fhir/Observation/ni-9/_history/7", None),
		("/fhir/Patient/$everything?_count=50", None),
	];
	let stage = Stage::new(RecordTypes::LABORATORY, &common()).await;
	let never = stage.carol_is_told(&requests).await;
	stage.world.import(&[laboratory("ni-9", "2024-06-10")]).await;
	assert_ne!(stage.carol_is_told(&requests).await, never);
	for statement in [
		"DELETE FROM tokens WHERE resource = (SELECT key FROM resources WHERE id = 'ni-9')",
		"DELETE FROM dates WHERE resource = (SELECT key FROM resources WHERE id = 'ni-9')",
		"DELETE FROM resources WHERE id = 'ni-9'",
	] {
		stage.world.change_records(statement).await;
	}
	super::assert_same(&never, &stage.carol_is_told(&requests).await);
	stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_of_unknown_systems_hide() {
	let stage = Stage::new(RecordTypes::LABORATORY, &common()).await;
	let labelled = with(
		laboratory("ni-4", "2024-04-10"),
		json!({"meta": {"versionId": "7", "security": [{"system": "urn:elsewhere", "code": "x"}]}}),
	);
	stage
		.hides(
			&[labelled],
			&[("/fhir/Observation?_count=2", None), ("/fhir/Observation/ni-4", None)],
		)
		.await;
}

//! What resources hold: others inside them, texts, attachments, references.

use super::{common, laboratory, sensitive, with, Stage};
use medrec_primitives::RecordTypes;
use serde_json::{json, Value};

const REQUESTS: [super::Request; 4] = [
	("/fhir/Observation?_count=2", None),
	("/fhir/Observation/ni-4", None),
	("/fhir/Observation/ni-3", None),
	("/fhir/Patient/$everything?_count=20", None),
];

async fn laboratory_hides(members: Value) {
	let stage = Stage::new(RecordTypes::LABORATORY, &common()).await;
	stage.hides(&[with(laboratory("ni-4", "2024-04-10"), members)], &REQUESTS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn contained_resources_count_like_their_container() {
	laboratory_hides(json!({"contained": [{
		"resourceType": "FamilyMemberHistory", "id": "f", "status": "completed",
		"patient": {"reference": "Patient/mercy-alice"},
		"relationship": {"text": "mother"},
	}]}))
	.await;
	laboratory_hides(json!({"contained": [{
		"resourceType": "Condition", "id": "c", "subject": {"reference": "Patient/mercy-alice"},
		"code": {"coding": [{"system": "http://snomed.info/sct", "code": "86406008"}]},
	}]}))
	.await;
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_that_tell_withhold_the_whole_resource() {
	for members in [
		json!({"text": {
			"status": "generated",
			"div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">Before HIV treatment</div>",
		}}),
		json!({"hasMember": [{"reference": "Observation/x", "display": "HIV 1 RNA"}]}),
	] {
		laboratory_hides(members).await;
	}
	let report = json!({
		"resourceType": "DiagnosticReport", "id": "ni-report", "status": "final",
		"category": [{"coding": [
			{"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "HM"},
		]}],
		"code": {"text": "Blood count"},
		"subject": {"reference": "Patient/mercy-alice"},
		"effectiveDateTime": "2024-04-10",
		"conclusion": "Low CD4 count in known HIV infection.",
	});
	let stage = Stage::new(RecordTypes::LABORATORY, &common()).await;
	stage
		.hides(
			&[report],
			&[
				("/fhir/DiagnosticReport", None),
				("/fhir/DiagnosticReport/ni-report", None),
				("/fhir/Patient/$everything?_count=20", None),
			],
		)
		.await;
}

/// A reference is part of what may be seen. Where it leads tells nothing: a resource that may not be
/// seen is like one that there is not.
#[tokio::test(flavor = "multi_thread")]
async fn references_do_not_tell_whether_there_is_something() {
	let mut resources = common();
	let referring = json!({"hasMember": [{"reference": "Observation/ni-4"}]});
	resources.push(with(laboratory("ni-6", "2024-06-10"), referring));
	let stage = Stage::new(RecordTypes::LABORATORY, &resources).await;
	let requests = [
		("/fhir/Observation/ni-6", None),
		("/fhir/Observation/ni-4", None),
		("/fhir/Observation?_id=ni-4,ni-6", None),
		("/fhir/Observation?_count=3", None),
		("/fhir/Patient/$everything?_count=20", None),
	];
	let told = stage.carol_is_told(&requests).await;
	assert_eq!((told[0].status, told[1].status), (200, 404));
	stage.hides(&[sensitive("ni-4", "2024-04-10")], &requests).await;
}

/// An attachment is served with its resource or not at all. What lies elsewhere is not fetched, and
/// nobody knows what it says.
#[tokio::test(flavor = "multi_thread")]
async fn attachments_are_of_their_resource_and_nothing_is_fetched() {
	let elsewhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
	elsewhere.set_nonblocking(true).unwrap();
	let foreign = format!("http://{}/letter.txt", elsewhere.local_addr().unwrap());
	let document = |attachment: Value| {
		json!({
			"resourceType": "DocumentReference", "id": "ni-doc", "status": "current",
			"subject": {"reference": "Patient/mercy-alice"}, "date": "2024-04-10T12:00:00Z",
			"content": [{"attachment": attachment}],
		})
	};
	for attachment in [
		json!({"contentType": "text/plain", "url": foreign}),
		json!({"url": "Binary/ni-binary"}),
		json!({"contentType": "application/pdf", "data": "JVBERi0xLjQ="}),
		// "HIV positive", as text.
		json!({"contentType": "text/plain", "data": "SElWIHBvc2l0aXZl"}),
	] {
		let binary = json!({
			"resourceType": "Binary", "id": "ni-binary", "contentType": "text/plain",
			"data": "SElWIHBvc2l0aXZl",
		});
		let stage = Stage::new(RecordTypes::DOCUMENTS, &[]).await;
		stage
			.hides(
				&[document(attachment), binary],
				&[
					("/fhir/DocumentReference", None),
					("/fhir/DocumentReference/ni-doc", None),
					("/fhir/Binary/ni-binary", None),
					("/fhir/Patient/$everything?_count=20", None),
				],
			)
			.await;
	}
	let visited = elsewhere.accept().map(|_| ());
	assert!(visited.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock));
}

/// Types that are not served are not there, whatever the database holds.
#[tokio::test(flavor = "multi_thread")]
async fn groups_lists_and_family_histories_are_not_there() {
	let patient = json!({"reference": "Patient/mercy-alice"});
	let resources = [
		json!({
			"resourceType": "Group", "id": "ni-group", "type": "person", "actual": true,
			"member": [{"entity": patient}],
		}),
		json!({
			"resourceType": "List", "id": "ni-list", "status": "current", "mode": "working",
			"subject": patient, "entry": [{"item": {"reference": "Observation/ni-3"}}],
		}),
		json!({
			"resourceType": "FamilyMemberHistory", "id": "ni-family", "status": "completed",
			"patient": patient, "relationship": {"text": "mother"},
		}),
	];
	let requests = [
		("/fhir/Group", None),
		("/fhir/Group/ni-group", None),
		("/fhir/List?patient=mercy-alice", None),
		("/fhir/List/ni-list", None),
		("/fhir/FamilyMemberHistory", None),
		("/fhir/FamilyMemberHistory/ni-family", None),
		("/fhir/Observation?_count=2", None),
		("/fhir/Patient/$everything?_count=50", None),
	];
	let stage = Stage::new(RecordTypes::ALL, &common()).await;
	let before = (stage.carol_is_told(&requests).await, stage.alice_is_told(&requests).await);
	stage.world.import(&resources).await;
	super::assert_same(&before.0, &stage.carol_is_told(&requests).await);
	super::assert_same(&before.1, &stage.alice_is_told(&requests).await);
	stage.world.stop().await;
}

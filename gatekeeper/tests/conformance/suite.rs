//! The suite.

use crate::{
	embedded::Embedded,
	fixture::{Filed, Fixture},
	records::{all_pages, page, patient},
};
use medrec_gatekeeper::{
	fhir::{search::SearchQuery, ResourceType},
	records::{RecordError, StoredResource, Visibility},
	sample::{self, SampleProvider},
};
use medrec_primitives::{Labels, Moment, RecordTypes, Visible};
use rand::{rngs::StdRng, Rng, SeedableRng};
use serde_json::{json, Value};

const ALICE: &str = "A-1001";
const OTHER: &str = "B-2002";
const EVERYTHING: Visibility = Visibility::Everything;

/// Searches whose answers are compared, of every parameter and prefix.
const QUERIES: [(ResourceType, &str); 38] = {
	use ResourceType::*;
	[
		(Patient, "patient=A-1001"),
		(Patient, "patient=B-2002"),
		(Condition, "code=59621000"),
		(Condition, "code=http://snomed.info/sct|59621000"),
		(Condition, "code=http://loinc.org|59621000"),
		(Condition, "code=|59621000"),
		(Condition, "code=http://snomed.info/sct|"),
		(Condition, "code=59621000,195967001&date=ge2000"),
		(Condition, "code=59621000&code=195967001"),
		(Condition, "category=problem-list-item&date=2009"),
		(Condition, "patient=Patient/A-1001&_count=2"),
		(Condition, "patient=B-2002"),
		(Encounter, "category=IMP"),
		(Encounter, "code=185349003"),
		(Encounter, "date=2022-08-18"),
		(Encounter, "date=2022-08"),
		(Encounter, "date=ap2022-08-18"),
		(Encounter, "date=gt2022-08-18"),
		(Encounter, "date=sa2022-08-18"),
		(Encounter, "date=lt2022-08-18"),
		(Encounter, "date=eb2022-08-18"),
		(Encounter, "date=ne2022-08&date=ne2021"),
		(MedicationRequest, "code=http://www.whocc.no/atc|C08CA01"),
		(MedicationRequest, "date=le2021"),
		(Immunization, "code=140&date=2023-10-05"),
		(Procedure, "date=2022-08-17T13:05:00Z"),
		(Procedure, "date=2022-08-17T13:05:01Z"),
		(DiagnosticReport, "category=RAD,HM"),
		(DocumentReference, "code=18842-5"),
		(AllergyIntolerance, "category=food"),
		(Observation, "category=laboratory&code=4548-4&date=2021-10"),
		(Observation, "date=ge2022-02-14&date=lt2023&_count=5"),
		(Observation, "date=sa2023-06,eb2021-03"),
		(Observation, "date=gt2023-05-14"),
		(Observation, "date=le2022-01-14"),
		(Observation, "code=http://loinc.org|25836-8"),
		(Observation, "_count=0"),
		(Observation, "_count=7"),
	]
};

/// Everything that a backend has to do.
pub async fn run(fixture: &dyn Fixture) {
	answers_like_the_embedded_store(fixture).await;
	other_patients_do_not_exist(fixture).await;
	a_hidden_record_leaves_no_trace(fixture).await;
	hostile_ids_find_nothing(fixture).await;
	if fixture.holds_documents() {
		what_cannot_be_mapped_is_for_patron_and_steward(fixture).await;
		orders_take_the_labels_of_their_medication(fixture).await;
		texts_are_unchanged(fixture).await;
		records_without_a_time_are_paged(fixture).await;
		a_page_is_bounded_in_bytes(fixture).await;
	}
}

/// Sample records of two patients.
pub fn samples(provider: SampleProvider) -> Vec<Filed> {
	[ALICE, OTHER]
		.iter()
		.flat_map(|id| {
			let records = sample::records(provider, &patient(id));
			records.into_iter().map(|(_, text)| Filed::new(id, text))
		})
		.collect()
}

fn rules(rules: &[(RecordTypes, Labels)]) -> Visibility {
	let rule = |(types, labels): &(RecordTypes, Labels)| Visible {
		types: *types,
		labels: *labels,
		until: Moment::MAX,
	};
	Visibility::Rules(rules.iter().map(rule).collect())
}

fn json_of(resource: &StoredResource) -> Value {
	serde_json::from_str(resource.json.get()).unwrap()
}

/// Grants of all kinds, the same each time.
fn visibilities() -> Vec<Visibility> {
	let mut random = StdRng::seed_from_u64(11);
	let mut all = vec![
		EVERYTHING,
		rules(&[]),
		rules(&[(RecordTypes::ALL, Labels::ALL)]),
		rules(&[(RecordTypes::ALL, Labels::NONE)]),
		rules(&[(RecordTypes::MEDICATIONS, Labels::NONE), (RecordTypes::CONDITIONS, Labels::HIV)]),
	];
	for _ in 0..10 {
		let alternatives: Vec<_> = (0..random.gen_range(1..4))
			.map(|_| (RecordTypes(random.gen()), Labels(random.gen::<u32>() & random.gen::<u32>())))
			.collect();
		all.push(rules(&alternatives));
	}
	all
}

/// The same resources, on the same pages, in the same order, with the same totals; each can be read by
/// whoever finds it.
async fn answers_like_the_embedded_store(fixture: &dyn Fixture) {
	let visibilities = visibilities();
	for provider in [SampleProvider::Mercy, SampleProvider::Lakeside] {
		let samples: Vec<_> =
			samples(provider).into_iter().filter(|filed| fixture.holds(filed)).collect();
		let embedded = Embedded::default();
		let expected = embedded.fill(&samples).await;
		let found = fixture.fill(&samples).await;
		found.check().await.unwrap();
		let me = patient(ALICE);
		let of_all = ResourceType::ALL.iter().map(|resource_type| (*resource_type, ""));
		for visibility in &visibilities {
			for (resource_type, query) in of_all.clone().chain(QUERIES) {
				let what = format!("{resource_type}?{query} of {visibility:?}");
				let first = page(&*expected, &me, visibility, resource_type, query).await.1;
				let second = page(&*found, &me, visibility, resource_type, query).await.1;
				assert_eq!(first.total, second.total, "{what}");
				assert_eq!(first.next, second.next, "{what}");
				assert_eq!(first.resources.len(), second.resources.len(), "{what}");
				for (first, second) in first.resources.iter().zip(&second.resources) {
					assert_eq!(comparable(first), comparable(second), "{what}");
					assert_eq!(
						(first.record_types, first.labels),
						(second.record_types, second.labels)
					);
					assert_eq!(first.subject, second.subject);
				}
			}
			for (resource_type, query) in [
				(ResourceType::Observation, "_count=7"),
				(ResourceType::Observation, "date=ge2022&_count=3"),
				(ResourceType::Encounter, "_count=1"),
			] {
				let first = all_pages(&*expected, &me, visibility, resource_type, query).await;
				let second = all_pages(&*found, &me, visibility, resource_type, query).await;
				let ids =
					|all: &[StoredResource]| all.iter().map(|r| r.id.clone()).collect::<Vec<_>>();
				assert_eq!(ids(&first), ids(&second), "{resource_type}?{query}");
			}
		}
		for resource_type in ResourceType::ALL {
			let all = all_pages(&*expected, &me, &EVERYTHING, *resource_type, "").await;
			for resource in all {
				for visibility in &visibilities {
					let read =
						found.read(&me, visibility, *resource_type, &resource.id).await.unwrap();
					let shown = visibility.shows(resource.record_types, resource.labels, |_| true);
					assert_eq!(read.is_some(), shown, "{resource_type} {visibility:?}");
					if let Some(read) = read {
						assert_eq!(comparable(&read), comparable(&resource));
					}
				}
			}
		}
	}
}

/// What two backends have to agree on.
fn comparable(resource: &StoredResource) -> Value {
	without_meta(json_of(resource))
}

/// Version and time of last update are the database's own.
fn without_meta(mut resource: Value) -> Value {
	if let Some(meta) = resource.get_mut("meta").and_then(Value::as_object_mut) {
		["versionId", "lastUpdated", "author"].iter().for_each(|name| drop(meta.remove(*name)));
	}
	if resource["meta"].as_object().is_some_and(serde_json::Map::is_empty) {
		resource.as_object_mut().unwrap().remove("meta");
	}
	if let Some(codings) = resource.pointer_mut("/meta/security").and_then(Value::as_array_mut) {
		// What a code is called is not kept in every schema.
		codings
			.iter_mut()
			.for_each(|coding| drop(coding.as_object_mut().unwrap().remove("display")));
	}
	resource
}

async fn other_patients_do_not_exist(fixture: &dyn Fixture) {
	let backend = fixture.fill(&samples(SampleProvider::Mercy)).await;
	let (alice, other) = (patient(ALICE), patient(OTHER));
	for resource_type in ResourceType::ALL {
		for found in all_pages(&*backend, &other, &EVERYTHING, *resource_type, "").await {
			assert_eq!(found.subject, other);
			let read = backend.read(&alice, &EVERYTHING, *resource_type, &found.id).await.unwrap();
			assert!(read.is_none(), "{resource_type}/{}", found.id);
			let query = format!("_id={}", found.id);
			let (_, page) = page(&*backend, &alice, &EVERYTHING, *resource_type, &query).await;
			assert_eq!(page.total, 0);
		}
	}
	assert!(backend.knows(&alice).await.unwrap());
	for stranger in ["C-3003", "A-1001-", "a-1001.", "1001"] {
		assert!(!backend.knows(&patient(stranger)).await.unwrap(), "{stranger}");
	}
}

/// An answer to a grantee is the same, whether or not there is a record that she may not see.
async fn a_hidden_record_leaves_no_trace(fixture: &dyn Fixture) {
	let all = samples(SampleProvider::Mercy);
	let hidden = |filed: &Filed| filed.text.contains("J05AR13") || filed.text.contains("25836-8");
	let without: Vec<_> = all.iter().filter(|filed| !hidden(filed)).cloned().collect();
	assert!(without.len() < all.len());
	let (all, without) = (fixture.fill(&all).await, fixture.fill(&without).await);
	let me = patient(ALICE);
	let grant = rules(&[(RecordTypes::ALL, Labels::NONE)]);
	for resource_type in [ResourceType::MedicationRequest, ResourceType::Observation] {
		for query in ["", "_count=0", "_count=1", "_count=5", "date=ge2021&_count=3"] {
			let first = all_pages(&*all, &me, &grant, resource_type, query).await;
			let second = all_pages(&*without, &me, &grant, resource_type, query).await;
			let texts = |all: &[StoredResource]| {
				all.iter().map(|r| without_meta(json_of(r))).collect::<Vec<_>>()
			};
			assert_eq!(texts(&first), texts(&second), "{resource_type}?{query}");
			let first = page(&*all, &me, &grant, resource_type, query).await.1;
			let second = page(&*without, &me, &grant, resource_type, query).await.1;
			assert_eq!((first.total, first.next), (second.total, second.next));
		}
	}
}

async fn hostile_ids_find_nothing(fixture: &dyn Fixture) {
	let backend = fixture.fill(&samples(SampleProvider::Mercy)).await;
	let me = patient(ALICE);
	for id in
		["' OR '1'='1", "1; DROP TABLE patients", "%", "\\", "A-1001'--", ":patient", "$1", "?"]
	{
		for resource_type in [ResourceType::Condition, ResourceType::Encounter] {
			let read = backend.read(&me, &EVERYTHING, resource_type, id).await.unwrap();
			assert!(read.is_none(), "{id}");
		}
	}
	assert!(backend.knows(&me).await.unwrap());
}

async fn what_cannot_be_mapped_is_for_patron_and_steward(fixture: &dyn Fixture) {
	let observation = json!({
		"resourceType": "Observation", "id": "o", "subject": {"reference": "Patient/a"},
		"status": "final", "code": {"text": "x"},
		"category": [{"coding": [{"system": "urn:local", "code": "unheard-of"}]}],
	});
	let backend = fixture.fill(&[Filed::new("a", observation.to_string())]).await;
	let grant = Visibility::Rules(vec![Visible::EVERYTHING]);
	let me = patient("a");
	for (visibility, total) in [(&EVERYTHING, 1), (&grant, 0)] {
		let (_, page) = page(&*backend, &me, visibility, ResourceType::Observation, "").await;
		assert_eq!(page.total, total);
		let read = backend.read(&me, visibility, ResourceType::Observation, "o").await.unwrap();
		assert_eq!(read.is_some(), total == 1);
	}
}

async fn orders_take_the_labels_of_their_medication(fixture: &dyn Fixture) {
	let medication = |id: &str, code: &str| {
		json!({
			"resourceType": "Medication", "id": id,
			"code": {"coding": [{"system": "http://www.whocc.no/atc", "code": code}]},
		})
	};
	let order = |id: &str, medication: &str| {
		json!({
			"resourceType": "MedicationRequest", "id": id, "status": "active", "intent": "order",
			"subject": {"reference": "Patient/a"},
			"medicationReference": {"reference": format!("Medication/{medication}")},
		})
	};
	let resources = [
		medication("plain", "C08CA01"),
		medication("sensitive", "J05AR13"),
		order("1", "plain"),
		order("2", "sensitive"),
		order("3", "unknown"),
	]
	.map(|resource| Filed::new("a", resource.to_string()));
	let backend = fixture.fill(&resources).await;
	let me = patient("a");
	for (visibility, expected) in [
		(EVERYTHING, &["1", "2", "3"] as &[&str]),
		(rules(&[(RecordTypes::MEDICATIONS, Labels::NONE)]), &["1"]),
		(rules(&[(RecordTypes::ALL, Labels::ALL)]), &["1", "2"]),
	] {
		let orders = ResourceType::MedicationRequest;
		let found = all_pages(&*backend, &me, &visibility, orders, "").await;
		let ids: Vec<_> = found.iter().map(|order| order.id.as_str()).collect();
		assert_eq!(ids, expected);
		for id in ["1", "2", "3"] {
			let read = backend.read(&me, &visibility, orders, id).await.unwrap();
			assert_eq!(read.is_some(), expected.contains(&id), "{id}");
		}
	}
}

async fn texts_are_unchanged(fixture: &dyn Fixture) {
	let text = r#"{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/a"},"extension":[{"url":"urn:x","valueDecimal":1.500}],"note":[{"text":"é ' \" \\ 文"}]}"#;
	let backend = fixture.fill(&[Filed::new("a", text)]).await;
	let read = backend.read(&patient("a"), &EVERYTHING, ResourceType::Condition, "c").await;
	let read = read.unwrap().unwrap();
	assert!(read.json.get().contains("1.500"), "{}", read.json.get());
	let expected: Value = serde_json::from_str(text).unwrap();
	assert_eq!(comparable(&read), expected);
	assert!(!read.version.is_empty());
}

fn condition(id: &str, note: &str) -> Filed {
	let condition = json!({
		"resourceType": "Condition", "id": id, "subject": {"reference": "Patient/a"},
		"note": [{"text": note}],
	});
	Filed::new("a", condition.to_string())
}

async fn records_without_a_time_are_paged(fixture: &dyn Fixture) {
	let conditions: Vec<_> = (0..9).rev().map(|n| condition(&n.to_string(), "x")).collect();
	let backend = fixture.fill(&conditions).await;
	let me = patient("a");
	let found = all_pages(&*backend, &me, &EVERYTHING, ResourceType::Condition, "_count=2").await;
	let ids: Vec<_> = found.iter().map(|found| found.id.parse::<usize>().unwrap()).collect();
	assert_eq!(ids, (0..9).collect::<Vec<_>>());
	let dated =
		all_pages(&*backend, &me, &EVERYTHING, ResourceType::Condition, "date=ne2020").await;
	assert!(dated.is_empty());
}

async fn a_page_is_bounded_in_bytes(fixture: &dyn Fixture) {
	// A large one stands between small ones, which must not slip in front of it.
	let large = "x".repeat(3 * 1024 * 1024);
	let conditions: Vec<_> = [("1", "x"), ("2", &large), ("3", &large), ("4", &large), ("5", "x")]
		.map(|(id, note)| condition(id, note))
		.to_vec();
	let backend = fixture.fill(&conditions).await;
	let me = patient("a");
	let (_, first) = page(&*backend, &me, &EVERYTHING, ResourceType::Condition, "").await;
	let ids: Vec<_> = first.resources.iter().map(|found| found.id.as_str()).collect();
	assert_eq!((first.total, ids), (5, vec!["1", "2", "3"]));
	let found = all_pages(&*backend, &me, &EVERYTHING, ResourceType::Condition, "").await;
	assert_eq!(found.len(), 5);
}

/// What a database files under a patient and is about somebody else changes no answer, whoever asks.
pub async fn misfiled_records_leave_no_trace(fixture: &dyn Fixture) {
	let foreign = json!({
		"resourceType": "Condition", "id": "c", "subject": {"reference": "Patient/b"},
	});
	let filed = [condition("b", "x"), Filed::new("a", foreign.to_string()), condition("d", "x")];
	let backend = fixture.fill(&filed).await;
	let (me, of) = (patient("a"), ResourceType::Condition);
	for visibility in [EVERYTHING, rules(&[(RecordTypes::ALL, Labels::ALL)])] {
		let (_, found) = page(&*backend, &me, &visibility, of, "").await;
		let ids: Vec<_> = found.resources.iter().map(|found| found.id.as_str()).collect();
		assert_eq!((found.total, ids), (2, vec!["b", "d"]));
		let read = backend.read(&me, &visibility, of, "c").await.unwrap();
		assert!(read.is_none(), "{read:?}");
	}
}

/// What cannot be read does not exist for grantees, and spoils the answer to who sees everything.
pub async fn unreadable_records_fail_closed(fixture: &dyn Fixture) {
	for broken in [
		r#"{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/a"},"onsetDateTime":"soon"}"#,
		r#"{"resourceType":"Condition","id":"c"}"#,
		r#"{"resourceType":"Condition","id":"c","subject":{"reference":"Group/a"}}"#,
		r#"{"resourceType":"Condition","subject":{"reference":"Patient/a"}}"#,
		r#"{"resourceType":"Condition","id":"c","id":"c","subject":{"reference":"Patient/a"}}"#,
		r#"{"resourceType":"Encounter","id":"c","subject":{"reference":"Patient/a"}}"#,
	] {
		let filed = [condition("d", "x"), Filed::new("a", broken)];
		let backend = fixture.fill(&filed).await;
		let query = SearchQuery::parse(ResourceType::Condition, "", 0).unwrap();
		let spoilt = backend.search(&patient("a"), &EVERYTHING, &query).await;
		assert!(matches!(spoilt, Err(RecordError::Inconsistent { .. })), "{broken}: {spoilt:?}");
		let grant = rules(&[(RecordTypes::ALL, Labels::ALL)]);
		let (_, page) = page(&*backend, &patient("a"), &grant, ResourceType::Condition, "").await;
		let ids: Vec<_> = page.resources.iter().map(|found| found.id.as_str()).collect();
		assert_eq!((page.total, ids), (1, vec!["d"]), "{broken}");
	}
}

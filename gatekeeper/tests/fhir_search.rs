//! Searches over real SQLite: what they find, in which order, and that nobody sees more than is
//! visible to her, not even in a total.

mod records;

use medrec_gatekeeper::{
	fhir::{
		bundle,
		index::Index,
		notice,
		search::{Candidate, EverythingQuery, SearchQuery},
		ResourceType,
	},
	records::{everything, RecordBackend, SqliteRecords, StoredResource, Visibility},
	sample::{self, SampleProvider},
};
use medrec_primitives::{Allowed, Basis, Labels, Moment, RecordTypes, Visible, VisibleList};
use medrec_protocol::policy::Narrowing;
use rand::{rngs::StdRng, Rng, SeedableRng};
use records::{all_pages, page, patient, Records};
use serde_json::{json, Value};
use std::sync::Arc;

const ALICE: &str = "A-1001";
const EVERYTHING: Visibility = Visibility::Everything;

async fn sample(provider: SampleProvider) -> (Records, SqliteRecords) {
	let records = Records::new();
	let folder = records.path("sample");
	sample::write(provider, &patient(ALICE), &folder).unwrap();
	sample::write(provider, &patient("B-2002"), &records.path("other")).unwrap();
	let report = records.import(&[&folder, &records.path("other")]).await;
	assert_eq!(report.problem_count(), 0);
	let open = records.open().await;
	(records, open)
}

fn rules(rules: &[(RecordTypes, Labels)]) -> Visibility {
	let rule = |(types, labels): &(RecordTypes, Labels)| Visible {
		types: *types,
		labels: *labels,
		until: Moment::MAX,
	};
	Visibility::Rules(rules.iter().map(rule).collect())
}

/// Names of resources without the mark of the patient.
fn names(resources: &[StoredResource]) -> Vec<&str> {
	resources.iter().map(|found| found.id.split_once('-').map_or("", |(_, name)| name)).collect()
}

async fn find(records: &SqliteRecords, resource_type: ResourceType, query: &str) -> Vec<String> {
	let found = all_pages(records, &patient(ALICE), &EVERYTHING, resource_type, query).await;
	names(&found).into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn finds_by_every_parameter() {
	let (_folder, mercy) = sample(SampleProvider::Mercy).await;
	use ResourceType::*;
	for (resource_type, query, expected) in [
		(Condition, "code=59621000", &["hypertension"] as &[_]),
		(Condition, "code=http://snomed.info/sct|59621000", &["hypertension"]),
		(Condition, "code=http://loinc.org|59621000", &[]),
		(Condition, "code=|59621000", &[]),
		(Condition, "code=59621000,195967001&date=ge2000", &["hypertension", "asthma"]),
		(Condition, "code=59621000&code=195967001", &[]),
		(Condition, "category=problem-list-item&date=2009", &["asthma"]),
		(Encounter, "category=IMP", &["appendix-2022"]),
		(Encounter, "code=185349003", &["check-2026", "diabetes-2024"]),
		(Encounter, "date=2022-08-18", &[]),
		(Encounter, "date=2022-08", &["appendix-2022"]),
		(Encounter, "date=ap2022-08-18", &["appendix-2022"]),
		(Encounter, "date=gt2022-08-18", &["check-2026", "diabetes-2024", "appendix-2022"]),
		(Encounter, "date=sa2022-08-18", &["check-2026", "diabetes-2024"]),
		(Encounter, "date=lt2022-08-18", &["appendix-2022", "asthma-2021"]),
		(Encounter, "date=eb2022-08-18", &["asthma-2021"]),
		(Encounter, "date=ne2022-08&date=ne2021", &["check-2026", "diabetes-2024"]),
		(MedicationRequest, "code=http://www.whocc.no/atc|C08CA01", &["amlodipine"]),
		(MedicationRequest, "date=le2021", &["metformin"]),
		(Immunization, "code=140&date=2023-10-05", &["influenza-2023"]),
		(Procedure, "date=2022-08-17T13:05:00Z", &["appendectomy"]),
		(Procedure, "date=2022-08-17T15:05:00%2B02:00", &["appendectomy"]),
		(Procedure, "date=2022-08-17T13:05:01Z", &[]),
		(DiagnosticReport, "category=RAD,HM", &["blood-count-2022", "chest-2021"]),
		(DocumentReference, "code=18842-5", &["discharge-2022"]),
		(Observation, "category=laboratory&code=4548-4&date=2021-10", &["hba1c-2021-10"]),
		(Patient, "patient=A-1002", &[]),
	] {
		let found = find(&mercy, resource_type, query).await;
		assert_eq!(found, expected, "{resource_type}?{query}");
	}
	let (_folder, lakeside) = sample(SampleProvider::Lakeside).await;
	for (query, expected) in [
		("category=food", "peanut"),
		("code=91936005", "penicillin"),
		("date=2004-06", "penicillin"),
		("date=le1993", "peanut"),
	] {
		assert_eq!(find(&lakeside, AllergyIntolerance, query).await, [expected], "{query}");
	}
}

#[tokio::test]
async fn finds_by_id_and_patient() {
	let (_folder, mercy) = sample(SampleProvider::Mercy).await;
	let all = find(&mercy, ResourceType::Observation, "").await;
	assert!(all.len() > 50);
	for query in ["patient=A-1001", "patient=Patient/A-1001", "patient=Patient/x,A-1001"] {
		assert_eq!(find(&mercy, ResourceType::Observation, query).await, all, "{query}");
	}
	for query in ["patient=B-2002", "patient=A-1001&patient=B-2002", "_id=unknown"] {
		let found = find(&mercy, ResourceType::Observation, query).await;
		assert!(found.is_empty(), "{query}");
	}
	let me = patient(ALICE);
	let own = all_pages(&mercy, &me, &EVERYTHING, ResourceType::Patient, "").await;
	assert_eq!(own.len(), 1);
	assert_eq!(own[0].id, ALICE);
	let some = all_pages(&mercy, &me, &EVERYTHING, ResourceType::Observation, "_count=3").await;
	let query = format!("_id={},{}&_id={}", some[0].id, some[1].id, some[1].id);
	let found = all_pages(&mercy, &me, &EVERYTHING, ResourceType::Observation, &query).await;
	assert_eq!(found.len(), 1);
	assert_eq!(found[0].id, some[1].id);
}

#[tokio::test]
async fn pages_hold_everything_once_in_one_order() {
	let (_folder, mercy) = sample(SampleProvider::Mercy).await;
	let whole = find(&mercy, ResourceType::Observation, "_count=200").await;
	for count in [1, 2, 7, 50, 199] {
		let query = format!("_count={count}");
		assert_eq!(find(&mercy, ResourceType::Observation, &query).await, whole);
	}
	let dates: Vec<_> = whole.iter().map(|name| name.get(name.len() - 7..).unwrap()).collect();
	assert!(dates.is_sorted_by(|earlier, later| earlier >= later), "{dates:?}");

	let me = patient(ALICE);
	let (_, none) = page(&mercy, &me, &EVERYTHING, ResourceType::Observation, "_count=0").await;
	assert_eq!((none.total, none.resources.len(), none.next), (whole.len() as u64, 0, None));
}

#[tokio::test]
async fn records_without_a_time_are_paged_too() {
	let records = Records::new();
	let line = |n: usize| {
		format!(
			r#"{{"resourceType":"Condition","id":"{n}","subject":{{"reference":"Patient/a"}}}}"#
		)
	};
	let file = records.write("a.ndjson", (0..9).map(line).collect::<Vec<_>>().join("\n"));
	records.import(&[&file]).await;
	let open = records.open().await;
	let found =
		all_pages(&open, &patient("a"), &EVERYTHING, ResourceType::Condition, "_count=2").await;
	let ids: Vec<_> = found.iter().map(|resource| resource.id.parse::<usize>().unwrap()).collect();
	assert_eq!(ids, (0..9).collect::<Vec<_>>());
	let dated =
		all_pages(&open, &patient("a"), &EVERYTHING, ResourceType::Condition, "date=ne2020").await;
	assert!(dated.is_empty());
}

#[tokio::test]
async fn a_page_is_bounded_in_bytes() {
	let records = Records::new();
	let text = "x".repeat(3 * 1024 * 1024);
	let line = |n: usize| {
		format!(
			r#"{{"resourceType":"Condition","id":"{n}","subject":{{"reference":"Patient/a"}},"note":[{{"text":"{text}"}}]}}"#
		)
	};
	let file = records.write("a.ndjson", (0..5).map(line).collect::<Vec<_>>().join("\n"));
	records.import(&[&file]).await;
	let open = records.open().await;
	let (_, first) = page(&open, &patient("a"), &EVERYTHING, ResourceType::Condition, "").await;
	assert_eq!((first.total, first.resources.len()), (5, 2));
	let found = all_pages(&open, &patient("a"), &EVERYTHING, ResourceType::Condition, "").await;
	assert_eq!(found.len(), 5);
}

#[tokio::test]
async fn sensitive_records_are_withheld_and_not_counted() {
	let (_folder, mercy) = sample(SampleProvider::Mercy).await;
	let me = patient(ALICE);
	let orders = ResourceType::MedicationRequest;
	let medications = rules(&[(RecordTypes::MEDICATIONS, Labels::NONE)]);
	let (_, seen) = page(&mercy, &me, &medications, orders, "").await;
	assert_eq!(seen.total, 3);
	assert_eq!(names(&seen.resources), ["ibuprofen", "amlodipine", "metformin"]);
	let (_, hidden) = page(&mercy, &me, &medications, orders, "code=J05AR13").await;
	assert_eq!((hidden.total, hidden.next), (0, None));
	let (_, whole) = page(&mercy, &me, &EVERYTHING, orders, "code=J05AR13").await;
	let id = &whole.resources[0].id;
	assert!(mercy.read(&me, &EVERYTHING, orders, id).await.unwrap().is_some());
	assert!(mercy.read(&me, &medications, orders, id).await.unwrap().is_none());

	let with_hiv = rules(&[(RecordTypes::MEDICATIONS, Labels::HIV)]);
	assert!(mercy.read(&me, &with_hiv, orders, id).await.unwrap().is_some());
	// Rules never add up: one grants the type, the other the label.
	let apart = rules(&[
		(RecordTypes::MEDICATIONS, Labels::MENTAL_HEALTH),
		(RecordTypes::CONDITIONS, Labels::HIV),
	]);
	assert!(mercy.read(&me, &apart, orders, id).await.unwrap().is_none());
	let (_, other_type) = page(&mercy, &me, &medications, ResourceType::Condition, "").await;
	assert_eq!(other_type.total, 0);
	assert_eq!(page(&mercy, &me, &rules(&[]), orders, "").await.1.total, 0);
}

#[tokio::test]
async fn what_cannot_be_mapped_is_for_patron_and_steward() {
	let records = Records::new();
	let observation = json!({
		"resourceType": "Observation", "id": "o", "subject": {"reference": "Patient/a"},
		"category": [{"coding": [{"system": "urn:local", "code": "unheard-of"}]}],
	});
	let file = records.write("o.json", observation.to_string());
	records.import(&[&file]).await;
	let open = records.open().await;
	let grant = Visibility::Rules(vec![Visible::EVERYTHING]);
	let me = patient("a");
	for (visibility, total) in [(&EVERYTHING, 1), (&grant, 0)] {
		let (_, page) = page(&open, &me, visibility, ResourceType::Observation, "").await;
		assert_eq!(page.total, total);
		let read = open.read(&me, visibility, ResourceType::Observation, "o").await.unwrap();
		assert_eq!(read.is_some(), total == 1);
	}
}

#[tokio::test]
async fn other_patients_do_not_exist() {
	let (_folder, mercy) = sample(SampleProvider::Mercy).await;
	let (alice, other) = (patient(ALICE), patient("B-2002"));
	for resource_type in ResourceType::ALL {
		let found = all_pages(&mercy, &other, &EVERYTHING, *resource_type, "").await;
		for resource in &found {
			assert_eq!(resource.subject, other);
			let read = mercy.read(&alice, &EVERYTHING, *resource_type, &resource.id).await.unwrap();
			assert!(read.is_none(), "{resource_type}/{}", resource.id);
			let query = format!("_id={}", resource.id);
			let (_, page) = page(&mercy, &alice, &EVERYTHING, *resource_type, &query).await;
			assert_eq!(page.total, 0);
		}
	}
	assert!(mercy.knows(&alice).await.unwrap());
	assert!(!mercy.knows(&patient("C-3003")).await.unwrap());
	assert!(mercy
		.read(&alice, &EVERYTHING, ResourceType::Patient, "' OR 1 --")
		.await
		.unwrap()
		.is_none());
}

/// The database filters exactly as the rule says, for many random grants.
#[tokio::test]
async fn the_statement_agrees_with_the_rule() {
	let mut random = StdRng::seed_from_u64(7);
	for provider in [SampleProvider::Mercy, SampleProvider::Lakeside] {
		let (_folder, records) = sample(provider).await;
		let me = patient(ALICE);
		let mut everything = Vec::new();
		for resource_type in ResourceType::ALL {
			everything.extend(all_pages(&records, &me, &EVERYTHING, *resource_type, "").await);
		}
		let (mut shown, mut hidden) = (0, 0);
		for _ in 0..40 {
			let alternatives: Vec<_> = (0..random.gen_range(0..4))
				.map(|_| {
					let types = random.gen::<u32>() & random.gen::<u32>();
					(RecordTypes(types), Labels(random.gen::<u32>() & random.gen::<u32>()))
				})
				.collect();
			let visibility = rules(&alternatives);
			for resource_type in ResourceType::ALL {
				let expected: Vec<_> = everything
					.iter()
					.filter(|found| found.resource_type == *resource_type)
					.filter(|found| {
						alternatives.iter().any(|(types, labels)| {
							types.contains(found.record_types) && labels.contains(found.labels)
						})
					})
					.map(|found| found.id.clone())
					.collect();
				let found =
					all_pages(&records, &me, &visibility, *resource_type, "_count=20").await;
				let found: Vec<_> = found.into_iter().map(|resource| resource.id).collect();
				assert_eq!(found, expected, "{resource_type} {alternatives:?}");
				shown += found.len();
			}
			hidden += everything.len();
		}
		assert!(shown > 100 && hidden - shown > 100);
	}
}

#[test]
fn a_decision_becomes_what_may_be_seen() {
	let allowed = |basis, policy| Allowed {
		basis,
		visible: VisibleList::truncate_from(vec![Visible::EVERYTHING]),
		policy,
	};
	let grant = Visibility::Rules(vec![Visible::EVERYTHING]);
	assert_eq!(Visibility::of(&allowed(Basis::Patron, None), None), EVERYTHING);
	assert_eq!(Visibility::of(&allowed(Basis::Steward, None), None), EVERYTHING);
	assert_eq!(Visibility::of(&allowed(Basis::Grant, None), None), grant);
	for basis in [Basis::Patron, Basis::Steward, Basis::Grant] {
		let with_policy = allowed(basis, Some([1; 32].into()));
		assert_eq!(Visibility::of(&with_policy, None), Visibility::Rules(vec![]));
	}
	let policy = Arc::new(Narrowing { from: Some(1), ..Narrowing::default() });
	let of = |basis, hash: Option<[u8; 32]>| {
		Visibility::of(&allowed(basis, hash.map(Into::into)), Some(policy.clone()))
	};
	let narrowed = Visibility::Narrowed(vec![Visible::EVERYTHING], policy.clone());
	assert_eq!(of(Basis::Grant, Some([1; 32])), narrowed);
	for (basis, hash) in [
		(Basis::Grant, None),
		(Basis::Patron, None),
		(Basis::Patron, Some([1; 32])),
		(Basis::Steward, Some([1; 32])),
	] {
		assert_eq!(of(basis, hash), Visibility::Rules(vec![]), "{basis:?}");
	}
}

#[tokio::test]
async fn a_bundle_holds_the_original_texts() {
	let records = Records::new();
	let text = "{\"resourceType\": \"Observation\",\n \"id\": \"o\", \"subject\": {\"reference\": \
		\"Patient/a\"}, \"effectiveDateTime\": \"2020\", \"valueQuantity\": {\"value\": 1.10E-2}}";
	let second = text.replace("\"o\"", "\"p\"");
	let (first, second) = (records.write("o.json", text), records.write("p.json", second));
	records.import(&[&first, &second]).await;
	let open = records.open().await;
	let query = "code:in=x";
	assert!(SearchQuery::parse(ResourceType::Observation, query, 0).is_err());
	let me = patient("a");
	let (query, page) =
		page(&open, &me, &EVERYTHING, ResourceType::Observation, "date=2020&_count=1").await;
	let base = "https://gatekeeper.example/fhir";
	let bundle_text = bundle::searchset(base, &query, &page, false);
	assert!(bundle_text.contains(text), "{bundle_text}");
	let value: Value = serde_json::from_str(&bundle_text).unwrap();
	assert_eq!(value["resourceType"], "Bundle");
	assert_eq!(value["type"], "searchset");
	assert_eq!(value["total"], 2);
	assert_eq!(value["entry"].as_array().unwrap().len(), 1);
	assert_eq!(value["entry"][0]["fullUrl"], format!("{base}/Observation/o"));
	assert_eq!(value["entry"][0]["search"]["mode"], "match");
	assert_eq!(value["link"][0]["relation"], "self");
	assert_eq!(value["link"][0]["url"], format!("{base}/Observation?date=2020&_count=1"));
	assert_eq!(value["link"][1]["relation"], "next");
	let next = value["link"][1]["url"].as_str().unwrap();
	assert!(next.starts_with(&format!("{base}/Observation?date=2020&_count=1&_cursor=")), "{next}");

	let with_notice = bundle::searchset(base, &query, &page, true);
	let value: Value = serde_json::from_str(&with_notice).unwrap();
	assert_eq!((&value["total"], value["entry"].as_array().unwrap().len()), (&json!(2), 2));
	let entry = &value["entry"][1];
	assert_eq!(entry["search"]["mode"], "outcome");
	assert_eq!(entry["resource"]["issue"][0]["diagnostics"], notice::WORDS);
}

/// What a search means is written down once, as a function of one resource; the database finds that,
/// in that order.
#[tokio::test]
async fn the_statement_agrees_with_the_meaning_of_a_search() {
	let (mut compared, mut found_some) = (0, 0);
	for provider in [SampleProvider::Mercy, SampleProvider::Lakeside] {
		let (_folder, records) = sample(provider).await;
		let me = patient(ALICE);
		let now = time::OffsetDateTime::now_utc().year();
		for resource_type in ResourceType::ALL {
			let all = all_pages(&records, &me, &EVERYTHING, *resource_type, "_count=200").await;
			let mut queries = vec![
				"_sort=_lastUpdated".to_owned(),
				"_sort=-_lastUpdated&_count=3".to_owned(),
				format!("_lastUpdated=ge{now}"),
				format!("_lastUpdated=lt{now}"),
				format!("_lastUpdated=ne{now},sa{now}"),
				"patient=A-1001&_count=4".to_owned(),
			];
			if *resource_type != ResourceType::Patient {
				queries.extend(["status=active", "status=final,completed"].map(str::to_owned));
				queries.push("status=http://hl7.org/fhir/observation-status|".to_owned());
				queries.extend(["_sort=date&_count=2", "_sort=-date&_count=5"].map(str::to_owned));
				for prefix in ["", "ne", "lt", "gt", "le", "ge", "sa", "eb", "ap"] {
					for date in ["2022", "2022-08", "2022-08-17T13:05:00Z"] {
						queries.push(format!("date={prefix}{date}&_sort=date&_count=6"));
					}
				}
			}
			queries.extend(all.iter().take(2).map(|found| format!("_id={},x", found.id)));
			for text in queries {
				let query = SearchQuery::parse(*resource_type, &text, records::NOW).unwrap();
				let expected = expect(&query, &all);
				let found = all_pages(&records, &me, &EVERYTHING, *resource_type, &text).await;
				let found: Vec<_> = found.iter().map(|resource| resource.id.clone()).collect();
				assert_eq!(found, expected, "{resource_type}?{text}");
				compared += 1;
				found_some += usize::from(!found.is_empty() && found.len() < all.len());
			}
		}
	}
	assert!(compared > 300 && found_some > 60, "{found_some} of {compared}");
}

/// Ids of what a search means, in its order.
fn expect(query: &SearchQuery, all: &[StoredResource]) -> Vec<String> {
	let mut expected = Vec::new();
	for resource in all {
		let value: Value = serde_json::from_str(resource.json.get()).unwrap();
		let index = Index::of(resource.resource_type, &value).unwrap();
		let candidate = Candidate {
			id: &resource.id,
			patient: resource.subject.as_str(),
			last_updated: resource
				.last_updated
				.map(|moment| (moment.unix_timestamp_nanos() / 1_000_000) as i64),
			index: &index,
		};
		if query.matches(candidate) {
			expected.push((query.sort_key(candidate), resource.id.clone()));
		}
	}
	expected.sort_by(|one, other| query.sort().order((one.0, &one.1), (other.0, &other.1)));
	expected.into_iter().map(|(_, id)| id).collect()
}

#[tokio::test]
async fn everything_is_all_of_all_types_once() {
	let (_folder, mercy) = sample(SampleProvider::Mercy).await;
	let me = patient(ALICE);
	for visibility in [EVERYTHING, rules(&[(RecordTypes::LABORATORY, Labels::NONE)])] {
		let mut expected = Vec::new();
		for resource_type in ResourceType::ALL {
			let found = all_pages(&mercy, &me, &visibility, *resource_type, "").await;
			expected.extend(found.into_iter().map(|found| (found.resource_type, found.id)));
		}
		assert!(expected.len() > 20);
		for (id, count) in [(None, 1_u16), (None, 7), (Some(ALICE), 50), (None, 200)] {
			let mut found = Vec::new();
			let mut text = format!("_count={count}");
			loop {
				let query = EverythingQuery::parse(id, &text).unwrap();
				let page = everything(&mercy, &me, &visibility, &query).await.unwrap();
				let full = page.resources.len() == usize::from(count);
				assert!(full || page.next.is_none(), "only the last page is not full");
				found.extend(page.resources.into_iter().map(|r| (r.resource_type, r.id)));
				let Some(place) = page.next else { break };
				text = query.url_of_page("", &place).split_once('?').unwrap().1.to_owned();
			}
			assert_eq!(found, expected, "{count}");
		}
		let other = EverythingQuery::parse(Some("B-2002"), "").unwrap();
		let page = everything(&mercy, &me, &visibility, &other).await.unwrap();
		assert!(page.resources.is_empty() && page.next.is_none());
		let some = EverythingQuery::parse(None, "_type=Observation&_since=2000").unwrap();
		let page = everything(&mercy, &me, &visibility, &some).await.unwrap();
		assert!(page.resources.iter().all(|r| r.resource_type == ResourceType::Observation));
	}
}

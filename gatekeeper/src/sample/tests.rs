use super::*;
use crate::fhir::{index::Index, json, ResourceType, Vocabulary};
use medrec_primitives::{Labels, RecordTypes};
use std::collections::BTreeSet;

fn patient() -> LocalPatientId {
	"A-1001".parse().unwrap()
}

#[test]
fn samples_are_valid_distinct_and_mapped() {
	let vocabulary = Vocabulary::builtin().unwrap();
	for provider in [SampleProvider::Mercy, SampleProvider::Lakeside] {
		let mut names = BTreeSet::new();
		for (name, text) in records(provider, &patient()) {
			let resource = json::parse(&text).unwrap();
			let resource_type: ResourceType = name.parse().unwrap();
			let id = resource["id"].as_str().unwrap();
			assert!(crate::fhir::is_id(id), "{id}");
			assert!(names.insert((resource_type, id.to_owned())), "{name}/{id} twice");
			assert_eq!(resource["resourceType"], name);
			assert!(!text.contains("@value@"));
			Index::of(resource_type, &resource).unwrap();
			let classification = vocabulary.classify(&resource);
			assert!(!classification.record_types.is_empty(), "{name}/{id} is not mapped");
		}
		assert!(names.len() > 70, "{provider:?} has {}", names.len());
	}
}

#[test]
fn some_are_sensitive_by_label_and_some_by_code() {
	let vocabulary = Vocabulary::builtin().unwrap();
	let labels_of = |provider, suffix: &str| {
		let (_, text) = records(provider, &patient())
			.into_iter()
			.find(|(_, text)| text.contains(&format!("-{suffix}\"")))
			.unwrap();
		let resource = json::parse(&text).unwrap();
		let says_so = resource["meta"]["security"].is_array();
		(vocabulary.classify(&resource), says_so)
	};
	let (drug, says_so) = labels_of(SampleProvider::Mercy, "antiretroviral");
	assert_eq!((drug.record_types, drug.labels), (RecordTypes::MEDICATIONS, Labels::HIV));
	assert!(!says_so);
	let (condition, says_so) = labels_of(SampleProvider::Lakeside, "depression");
	assert_eq!(condition.record_types, RecordTypes::CONDITIONS);
	assert_eq!(condition.labels, Labels::MENTAL_HEALTH);
	assert!(says_so);
	let (plain, _) = labels_of(SampleProvider::Lakeside, "salbutamol");
	assert_eq!((plain.record_types, plain.labels), (RecordTypes::MEDICATIONS, Labels::NONE));
}

#[test]
fn decimals_keep_their_digits() {
	let all = records(SampleProvider::Mercy, &patient());
	assert!(all.iter().any(|(_, text)| text.contains("\"value\":7.60")));
}

#[test]
fn two_patients_fit_into_one_database() {
	let ids = |patient: &str| -> BTreeSet<_> {
		records(SampleProvider::Mercy, &patient.parse().unwrap())
			.into_iter()
			.map(|(name, text)| (name, json::parse(&text).unwrap()["id"].to_string()))
			.collect()
	};
	assert!(ids("A-1001").is_disjoint(&ids("A-1002")));
}

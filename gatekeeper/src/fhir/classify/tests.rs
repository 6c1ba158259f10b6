use super::*;
use serde_json::json;

const CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";
const ACT_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";

fn classify(resource: Value) -> Classification {
	Vocabulary::builtin().unwrap().classify(&resource)
}

fn observation(category: &str) -> Value {
	let coding = json!([{"system": CATEGORY, "code": category}]);
	json!({"resourceType": "Observation", "category": [{"coding": coding}]})
}

fn seen_as(resource: Value, record_types: RecordTypes, labels: Labels) {
	let found = classify(resource.clone());
	assert_eq!(found, Classification { record_types, labels }, "{resource}");
}

#[test]
fn every_type_that_is_served_is_mapped() {
	let vocabulary = Vocabulary::builtin().unwrap();
	for resource_type in ResourceType::ALL {
		assert!(vocabulary.types.contains_key(resource_type), "{resource_type}");
	}
	for (resource_type, record_types) in [
		("Patient", RecordTypes::DEMOGRAPHICS),
		("AllergyIntolerance", RecordTypes::ALLERGIES),
		("Condition", RecordTypes::CONDITIONS),
		("Encounter", RecordTypes::ENCOUNTERS),
		("Immunization", RecordTypes::IMMUNIZATIONS),
		("MedicationRequest", RecordTypes::MEDICATIONS),
		("Procedure", RecordTypes::PROCEDURES),
		("DocumentReference", RecordTypes::DOCUMENTS),
	] {
		seen_as(json!({"resourceType": resource_type}), record_types, Labels::NONE);
	}
}

#[test]
fn observations_and_reports_go_by_their_category() {
	for (category, record_types) in [
		("laboratory", RecordTypes::LABORATORY),
		("vital-signs", RecordTypes::VITAL_SIGNS),
		("social-history", RecordTypes::SOCIAL_HISTORY),
		("imaging", RecordTypes::IMAGING),
		("survey", RecordTypes::OTHER_OBSERVATIONS),
	] {
		seen_as(observation(category), record_types, Labels::NONE);
	}
	let report = |code| {
		let section = "http://terminology.hl7.org/CodeSystem/v2-0074";
		let coding = json!([{"system": section, "code": code}]);
		json!({"resourceType": "DiagnosticReport", "category": [{"coding": coding}]})
	};
	seen_as(report("LAB"), RecordTypes::LABORATORY, Labels::NONE);
	seen_as(report("RAD"), RecordTypes::IMAGING, Labels::NONE);
	seen_as(report("EC"), RecordTypes::OTHER_REPORTS, Labels::NONE);
	seen_as(report("GE"), RecordTypes::LABORATORY, Labels::GENETICS);
	seen_as(report("?"), RecordTypes::NONE, Labels::NONE);
}

#[test]
fn several_categories_all_count() {
	let known = json!({"coding": [{"system": CATEGORY, "code": "laboratory"}]});
	let translated = json!({"coding": [
		{"system": "urn:local", "code": "L"}, {"system": CATEGORY, "code": "laboratory"},
	]});
	let vital = json!({"coding": [{"system": CATEGORY, "code": "vital-signs"}]});
	let unknown = json!({"coding": [{"system": "urn:local", "code": "L"}]});
	let of = |category: Value| json!({"resourceType": "Observation", "category": category});
	let both = RecordTypes::LABORATORY.union(RecordTypes::VITAL_SIGNS);
	seen_as(of(json!([known, vital])), both, Labels::NONE);
	seen_as(of(json!([translated])), RecordTypes::LABORATORY, Labels::NONE);
	seen_as(of(json!([known, unknown])), RecordTypes::NONE, Labels::NONE);
	seen_as(of(json!([known, {"text": "x"}])), RecordTypes::NONE, Labels::NONE);
	seen_as(of(json!([])), RecordTypes::NONE, Labels::NONE);
	seen_as(json!({"resourceType": "Observation"}), RecordTypes::NONE, Labels::NONE);
}

#[test]
fn security_labels_count_and_unknown_ones_hide() {
	let labelled = |system: &str, code: &str| {
		let security = json!([{"system": system, "code": code}]);
		json!({"resourceType": "Condition", "meta": {"security": security}})
	};
	let confidentiality = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
	let conditions = RecordTypes::CONDITIONS;
	seen_as(labelled(ACT_CODE, "PSY"), conditions, Labels::MENTAL_HEALTH);
	seen_as(labelled(ACT_CODE, "ETH"), conditions, Labels::SUBSTANCE_USE);
	seen_as(labelled(confidentiality, "N"), conditions, Labels::NONE);
	seen_as(labelled(confidentiality, "R"), conditions, Labels::RESTRICTED);
	seen_as(labelled(ACT_CODE, "NOT-A-CODE"), RecordTypes::NONE, Labels::ALL);
	seen_as(labelled("urn:local", "PSY"), RecordTypes::NONE, Labels::ALL);
	let no_system = json!({"resourceType": "Condition", "meta": {"security": [{"code": "PSY"}]}});
	seen_as(no_system, RecordTypes::NONE, Labels::ALL);
}

#[test]
fn codes_and_words_anywhere_imply_labels() {
	let drug = |system: &str, code: &str| {
		let coding = json!([{"system": system, "code": code}]);
		json!({"resourceType": "MedicationRequest", "medicationCodeableConcept": {"coding": coding}})
	};
	let medications = RecordTypes::MEDICATIONS;
	seen_as(drug("http://www.whocc.no/atc", "J05AR13"), medications, Labels::HIV);
	seen_as(drug("http://www.whocc.no/atc", "N06AB06"), medications, Labels::MENTAL_HEALTH);
	seen_as(drug("http://www.whocc.no/atc", "J05AB01"), medications, Labels::NONE);
	let rxnorm = "http://www.nlm.nih.gov/research/umls/rxnorm";
	seen_as(drug(rxnorm, "11413"), medications, Labels::HIV);
	seen_as(drug(rxnorm, "6809"), medications, Labels::NONE);

	let reason = json!({
		"resourceType": "MedicationRequest",
		"reasonCode": [{"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "F32.1"}]}],
	});
	seen_as(reason, medications, Labels::MENTAL_HEALTH);
	let words = json!({
		"resourceType": "MedicationRequest",
		"medicationCodeableConcept": {"text": "Zidovudine 300 mg"},
	});
	seen_as(words, medications, Labels::HIV);
	let part = json!({"resourceType": "Condition", "code": {"text": "archive, hives"}});
	seen_as(part, RecordTypes::CONDITIONS, Labels::NONE);
	let attachment = json!({
		"resourceType": "DocumentReference",
		"content": [{"attachment": {"data": "/hiv/"}}],
	});
	seen_as(attachment, RecordTypes::DOCUMENTS, Labels::NONE);
}

#[test]
fn contained_resources_count_with_their_container() {
	let order =
		|contained: Value| json!({"resourceType": "MedicationRequest", "contained": [contained]});
	let medications = RecordTypes::MEDICATIONS;
	let hiv_drug = json!({
		"resourceType": "Medication",
		"code": {"coding": [{"system": "http://www.whocc.no/atc", "code": "J05AF01"}]},
	});
	seen_as(order(hiv_drug), medications, Labels::HIV);
	seen_as(
		order(observation("laboratory")),
		medications.union(RecordTypes::LABORATORY),
		Labels::NONE,
	);
	let labelled = json!({
		"resourceType": "Practitioner",
		"meta": {"security": [{"system": ACT_CODE, "code": "PSY"}]},
	});
	seen_as(order(labelled.clone()), medications, Labels::MENTAL_HEALTH);
	let deep = json!({"resourceType": "Practitioner", "contained": [labelled]});
	seen_as(order(deep), medications, Labels::MENTAL_HEALTH);
	let deep = json!({"resourceType": "Practitioner", "contained": [observation("laboratory")]});
	seen_as(order(deep), medications.union(RecordTypes::LABORATORY), Labels::NONE);
	seen_as(order(json!({"resourceType": "Observation"})), RecordTypes::NONE, Labels::NONE);
	seen_as(order(json!({"resourceType": "FamilyMemberHistory"})), RecordTypes::NONE, Labels::NONE);
	seen_as(order(json!({})), RecordTypes::NONE, Labels::NONE);
}

#[test]
fn refuses_vocabularies_that_are_wrong() {
	let good: Value = serde_json::from_str(include_str!("../../../vocabulary.json")).unwrap();
	let with = |change: &dyn Fn(&mut Value)| {
		let mut changed = good.clone();
		change(&mut changed);
		Vocabulary::from_json(&changed.to_string())
	};
	assert!(with(&|_| {}).is_ok());
	assert!(matches!(
		with(&|file| file["version"] = json!(2)),
		Err(VocabularyError::Version { found: 2 })
	));
	for change in [
		&(|file: &mut Value| file["resourceTypes"]["Claim"] = json!(["documents"]))
			as &dyn Fn(&mut Value),
		&|file| file["implyingWords"]["HIV"] = json!(["hiv"]),
		&|file| file["implyingWords"]["two words"] = json!(["hiv"]),
		&|file| file["securityLabels"][0]["prefixes"] = json!({"R": ["hiv"]}),
		&|file| file["implyingCodes"][0]["prefixes"] = json!({"LONGER-THAN-A-PREFIX": ["hiv"]}),
	] {
		assert!(matches!(with(change), Err(VocabularyError::Wrong { .. })));
	}
	for change in [
		&(|file: &mut Value| file["resourceTypes"]["Patient"] = json!(["demography"]))
			as &dyn Fn(&mut Value),
		&|file| file["implyingWords"]["x"] = json!(["sensitive"]),
		&|file| file["unknown"] = json!(1),
	] {
		assert!(matches!(with(change), Err(VocabularyError::Malformed(_))));
	}
}

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
}

fn document(attachment: Value) -> Value {
	json!({"resourceType": "DocumentReference", "content": [{"attachment": attachment}]})
}

fn base64(content: impl AsRef<[u8]>) -> String {
	use base64::{engine::general_purpose::STANDARD, Engine};
	STANDARD.encode(content)
}

#[test]
fn words_of_inline_texts_imply_labels() {
	let documents = RecordTypes::DOCUMENTS;
	let wrapped = base64("She takes zidovudine.").replace("I", "I\n ");
	for (content_type, data) in [
		("text/plain", base64("She takes zidovudine.")),
		("text/plain", wrapped),
		("text/plain", base64("On zidovudine").trim_end_matches('=').to_owned()),
		("TEXT/Plain; charset=\"UTF-8\"", base64("Zidovudine, seit März")),
		("text/plain; charset=ISO-8859-1", base64(b"Zidovudine, seit M\xe4rz")),
		("text/html", base64("<p>On <b>zidovudine</b></p>")),
		("application/hl7-v3+xml", base64("<title>Zidovudine</title>")),
		("application/rtf", base64("{\\rtf1 {\\b Zidovudine}}")),
		("application/fhir+json", base64(r#"{"code":{"text":"Zidovudine"}}"#)),
		("application/json", base64(r#"[{"system":"http://www.whocc.no/atc","code":"J05AF01"}]"#)),
	] {
		let attachment = json!({"contentType": content_type, "data": data});
		seen_as(document(attachment.clone()), documents, Labels::HIV);
		let inside = json!({"content": [attachment]}).to_string();
		let nested = json!({"contentType": "application/json", "data": base64(inside)});
		seen_as(document(nested), documents, Labels::HIV);
	}
	let harmless = json!({"contentType": "text/plain", "data": base64("A cold.")});
	seen_as(document(harmless.clone()), documents, Labels::NONE);
	let section =
		json!([{"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "LAB"}]);
	let report = |form: Value| {
		let category = json!([{"coding": section}]);
		json!({"resourceType": "DiagnosticReport", "category": category, "presentedForm": [form]})
	};
	let letter = json!({"contentType": "text/plain", "data": base64("HIV: positive")});
	seen_as(report(letter), RecordTypes::LABORATORY, Labels::HIV);
	seen_as(report(harmless), RecordTypes::LABORATORY, Labels::NONE);
}

#[test]
fn what_cannot_be_read_is_for_grantees_only_with_a_label() {
	let mut deep = json!({"text": "a cold"});
	for _ in 0..5 {
		deep = json!({"contentType": "application/json", "data": base64(deep.to_string())});
	}
	let utf_16: Vec<u8> = "HIV".encode_utf16().flat_map(u16::to_le_bytes).collect();
	for attachment in [
		json!({"contentType": "application/pdf", "data": base64("%PDF-1.7")}),
		json!({"contentType": "image/png", "data": base64("x")}),
		json!({"contentType": "nonsense", "data": base64("x")}),
		json!({"contentType": "text/plain", "data": "*"}),
		json!({"contentType": "text/plain", "data": base64(b"\xff\xfe")}),
		json!({"contentType": "text/plain", "data": base64(&utf_16)}),
		json!({"contentType": "text/plain; charset=utf-16", "data": base64(&utf_16)}),
		json!({"contentType": "application/json", "data": base64("{")}),
		json!({"contentType": "text/html", "data": base64("<img src='data:image/png;base64,eA=='>")}),
		json!({"contentType": "text/rtf", "data": base64("{\\rtf1{\\pict 00}}")}),
		json!({"contentType": "text/xml", "data": base64("<text representation=\"B64\">SElW</text>")}),
		json!({"data": "/hiv/"}),
		json!({"contentType": "text/plain", "url": "https://x.example/1"}),
		json!({"url": "Binary/1"}),
		json!({"extension": [{"url": "urn:x", "valueBase64Binary": "SElW"}]}),
		deep,
	] {
		let unlabelled = document(attachment.clone());
		seen_as(unlabelled.clone(), RecordTypes::NONE, Labels::ALL);
		let mut labelled = unlabelled.clone();
		labelled["meta"] = json!({"security": [{"system": ACT_CODE, "code": "PSY"}]});
		seen_as(labelled, RecordTypes::DOCUMENTS, Labels::MENTAL_HEALTH);
		let practitioner = json!({
			"resourceType": "Practitioner",
			"meta": {"security": [{"system": ACT_CODE, "code": "PSY"}]},
		});
		let mut labelled_inside = unlabelled;
		labelled_inside["contained"] = json!([practitioner]);
		seen_as(labelled_inside, RecordTypes::NONE, Labels::ALL);
	}
	let named = json!({"extension": [{"url": "https://x.example/1", "valueString": "x"}]});
	seen_as(document(named), RecordTypes::DOCUMENTS, Labels::NONE);
	let mut samples = observation("vital-signs");
	samples["valueSampledData"] = json!({"dimensions": 1, "data": "12 E -0.5 U L"});
	seen_as(samples.clone(), RecordTypes::VITAL_SIGNS, Labels::NONE);
	samples["valueSampledData"]["data"] = json!(base64("HIV"));
	seen_as(samples, RecordTypes::NONE, Labels::ALL);
}

#[test]
fn what_names_another_patient_is_not_mapped() {
	let naming = |reference: &str| {
		let mut observation = observation("laboratory");
		observation["subject"] = json!({"reference": "Patient/child"});
		observation["performer"] = json!([{"reference": reference}]);
		observation
	};
	seen_as(naming("Patient/mother"), RecordTypes::NONE, Labels::NONE);
	seen_as(naming("Patient/child"), RecordTypes::LABORATORY, Labels::NONE);
	seen_as(naming("Practitioner/mother"), RecordTypes::LABORATORY, Labels::NONE);
}

#[test]
fn labels_of_documents_count() {
	let confidentiality = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
	let labelled = |concept: Value| {
		let mut document = document(json!({"contentType": "application/pdf", "data": "eA=="}));
		document["securityLabel"] = json!([concept]);
		document
	};
	let coding = |code: &str| json!({"coding": [{"system": confidentiality, "code": code}]});
	seen_as(labelled(coding("V")), RecordTypes::DOCUMENTS, Labels::RESTRICTED);
	seen_as(labelled(coding("N")), RecordTypes::DOCUMENTS, Labels::NONE);
	seen_as(labelled(coding("?")), RecordTypes::NONE, Labels::ALL);
	seen_as(labelled(json!({"text": "very secret"})), RecordTypes::NONE, Labels::ALL);
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

use super::*;
use crate::fhir::Vocabulary;
use medrec_primitives::RecordTypes;
use proptest::prelude::*;

fn options(bases: &[&str]) -> ImportOptions {
	let bases = bases.iter().map(|base| base.to_string()).collect();
	ImportOptions { bases, vocabulary: Vocabulary::builtin().unwrap(), progress: false }
}

/// One line per item, as a person would put it.
fn items_with(bases: &[&str], text: &str) -> Vec<String> {
	Document::new(&options(bases))
		.items(text)
		.into_iter()
		.map(|item| match item {
			Item::Record(record) => {
				format!("{}/{} of {}", record.resource_type, record.id, record.patient)
			},
			Item::Medication(medication) => format!("Medication/{}", medication.id),
			Item::OtherType => "other".into(),
			Item::LeftOut { resource, reason } => format!("{resource} left out: {reason:?}"),
			Item::Problem { resource, reason } => {
				format!("{} is wrong: {reason}", resource.unwrap_or_default())
			},
		})
		.collect()
}

fn items(text: &str) -> Vec<String> {
	items_with(&[], text)
}

fn observation(id: &str, subject: &str) -> String {
	format!(r#"{{"resourceType":"Observation","id":"{id}","subject":{{"reference":"{subject}"}}}}"#)
}

fn entry(full_url: &str, resource: &str) -> String {
	format!(r#"{{"fullUrl":"{full_url}","resource":{resource}}}"#)
}

fn bundle(entries: &[String]) -> String {
	format!(r#"{{"resourceType":"Bundle","type":"collection","entry":[{}]}}"#, entries.join(","))
}

#[test]
fn whose_record_it_is() {
	for (text, expected) in [
		(r#"{"resourceType":"Patient","id":"a"}"#, "Patient/a of a"),
		(
			r#"{"resourceType":"Immunization","id":"i","patient":{"reference":"Patient/a"}}"#,
			"Immunization/i of a",
		),
		(&observation("o", "Patient/a"), "Observation/o of a"),
		(&observation("o", "Patient/a/_history/2"), "Observation/o of a"),
		(&observation("o", "Group/a"), "Observation/o left out: SubjectNotPatient"),
		(&observation("o", "#a"), "Observation/o left out: SubjectContained"),
		(&observation("o", "urn:uuid:1"), "Observation/o left out: SubjectUnresolved"),
		(&observation("o", "Patient?identifier=1"), "Observation/o left out: SubjectUnresolved"),
		(&observation("o", "https://x.example/Patient/a"), "Observation/o left out: OtherServer"),
		(r#"{"resourceType":"Observation","id":"o"}"#, "Observation/o left out: NoSubject"),
		(
			r#"{"resourceType":"Observation","id":"o","subject":{"display":"Alice"}}"#,
			"Observation/o left out: NoSubject",
		),
		(
			r#"{"resourceType":"Patient","id":"a","meta":{"tag":[{"code":"SUBSETTED"}]}}"#,
			"Patient/a left out: Subsetted",
		),
		(r#"{"resourceType":"Claim","id":"c"}"#, "other"),
		(r#"{"resourceType":"Medication","id":"m"}"#, "Medication/m"),
	] {
		assert_eq!(items(text), [expected], "{text}");
	}
}

#[test]
fn bundles_resolve_their_references() {
	let uuid = "04121321-4af5-424c-a0e1-ed3aab1c349d";
	let urn = format!("urn:uuid:{uuid}");
	let home = "https://ehr.example/fhir";
	let text = bundle(&[
		entry(&format!("{home}/Patient/a"), r#"{"resourceType":"Patient","id":"a"}"#),
		entry(&urn, r#"{"resourceType":"Patient"}"#),
		entry(&format!("{home}/Observation/1"), &observation("1", "Patient/a")),
		entry(&format!("{home}/Observation/2"), &observation("2", &format!("{home}/Patient/a"))),
		entry(&format!("{home}/Observation/3"), &observation("3", &urn)),
		entry(&format!("{home}/Observation/4"), &observation("4", "https://x.example/Patient/a")),
		entry("https://x.example/Observation/5", &observation("5", "Patient/a")),
	]);
	assert_eq!(
		items(&text),
		[
			"Patient/a of a".to_owned(),
			format!("Patient/{uuid} of {uuid}"),
			"Observation/1 of a".into(),
			"Observation/2 of a".into(),
			format!("Observation/3 of {uuid}"),
			"Observation/4 left out: OtherServer".into(),
			"Observation/5 left out: OtherServer".into(),
		]
	);
	let here = items_with(&["https://x.example/"], &text);
	assert_eq!(here[5..], ["Observation/4 left out: OtherServer", "Observation/5 of a"]);
}

#[test]
fn bundles_in_bundles_are_opened() {
	let inner = bundle(&[entry("https://e.example/Observation/1", &observation("1", "Patient/a"))]);
	let middle = bundle(&[format!(r#"{{"resource":{inner}}}"#)]);
	assert_eq!(items(&middle), ["Observation/1 of a"]);
	let deep = (0..MAX_BUNDLE_DEPTH)
		.fold(inner, |inner, _| bundle(&[format!(r#"{{"resource":{inner}}}"#)]));
	assert!(items(&deep)[0].contains("inside each other"));
}

#[test]
fn bundles_tell_who_else_is_named() {
	let observation = |id: &str, performer: &str| {
		let text = observation(id, "urn:uuid:0a");
		text.replacen('{', &format!(r#"{{"performer":[{{"reference":"{performer}"}}],"#), 1)
	};
	let text = bundle(&[
		entry("urn:uuid:0a", r#"{"resourceType":"Patient"}"#),
		entry("urn:uuid:0b", r#"{"resourceType":"Patient"}"#),
		entry("urn:uuid:0c", r#"{"resourceType":"Practitioner"}"#),
		entry("urn:uuid:01", &observation("1", "urn:uuid:0a")),
		entry("urn:uuid:02", &observation("2", "urn:uuid:0b")),
		entry("urn:uuid:03", &observation("3", "urn:uuid:0c")),
	]);
	let named: Vec<_> = Document::new(&options(&[]))
		.items(&text)
		.into_iter()
		.filter_map(|item| match item {
			Item::Record(record) if record.names_other_patient => Some(record.id),
			_ => None,
		})
		.collect();
	assert_eq!(named, ["2"]);
}

#[test]
fn deletions_are_named_and_not_done() {
	let text = r#"{"resourceType":"Bundle","entry":[
		{"request":{"method":"DELETE","url":"Patient/234"}},
		{"request":{"method":"DELETE","url":"Claim/1"}},
		{"response":{"status":"204"}}
	]}"#;
	assert_eq!(items(text), ["Patient/234 left out: Deletion", "other"]);
}

#[test]
fn resources_without_an_id_get_one_that_stays() {
	let text = r#"{"resourceType":"Observation","subject":{"reference":"Patient/a"}}"#;
	let expected = format!("Observation/{} of a", hex::encode(Sha256::digest(text)));
	assert_eq!(items(text), [expected]);
	let named = bundle(&[
		entry("urn:uuid:0a", text),
		entry("urn:oid:1.2.3", text),
		entry("https://e.example/Observation/x", text),
	]);
	assert_eq!(
		items(&named),
		["Observation/0a of a", "Observation/1.2.3 of a", "Observation/x of a"]
	);
}

#[test]
fn what_cannot_be_understood_is_named() {
	let nested = r#"{"resourceType":"Observation","id":"o","subject":{"reference":"Patient/a"},"#;
	for (text, resource, reason) in [
		("", "", "not a JSON object"),
		("[]", "", "not a JSON object"),
		("{", "", "EOF"),
		("{}", "", "missing field `resourceType`"),
		(r#"{"resourceType":7}"#, "", "invalid type"),
		(r#"{"resourceType":"Patient","resourceType":"Claim"}"#, "", "duplicate field"),
		(r#"{"resourceType":"Patient","id":"a b"}"#, "Patient", "`id` is not a FHIR id"),
		(r#"{"resourceType":"Bundle","entry":7}"#, "Bundle", "invalid type"),
		(
			&format!(r#"{nested}"effectiveDateTime":"soon"}}"#),
			"Observation/o",
			"`effectiveDateTime` is not a valid date",
		),
		(&format!(r#"{nested}"meta":{{}},"meta":{{}}}}"#), "Observation/o", "`meta` stands twice"),
		(
			&format!(r#"{nested}"meta":{{"lastUpdated":"x"}}}}"#),
			"Observation/o",
			"`meta.lastUpdated` is not an instant",
		),
		(
			&format!(r#"{nested}"meta":{{"versionId":"a/b"}}}}"#),
			"Observation/o",
			"`meta.versionId` is not a FHIR id",
		),
	] {
		let found = items(text);
		let [found] = &found[..] else { panic!("{text}: {found:?}") };
		assert!(found.starts_with(&format!("{resource} is wrong: ")), "{text}: {found}");
		assert!(found.contains(reason), "{text}: {found}");
	}
}

#[test]
fn one_bad_entry_does_not_spoil_its_bundle() {
	let text = bundle(&[
		entry("https://e.example/Patient/a", r#"{"resourceType":"Patient","id":"?"}"#),
		entry("https://e.example/Observation/o", &observation("o", "Patient/a")),
	]);
	let found = items(&text);
	assert_eq!(found[1..], ["Observation/o of a"]);
	assert!(found[0].contains("is wrong"));
}

#[test]
fn orders_name_their_drug_or_are_not_mapped() {
	let order = |members: &str| {
		let text = format!(
			r#"{{"resourceType":"MedicationRequest","id":"o","subject":{{"reference":"Patient/a"}},{members}}}"#
		);
		match Document::new(&options(&[])).items(&text).pop() {
			Some(Item::Record(record)) => (record.classification.record_types, record.medication),
			_ => panic!("{text}"),
		}
	};
	let contained = r##""contained":[{"resourceType":"Medication","id":"m"}]"##;
	let medications = RecordTypes::MEDICATIONS;
	for (members, expected) in [
		(r#""medicationCodeableConcept":{"text":"x"}"#.to_owned(), (medications, None)),
		(
			r#""medicationReference":{"reference":"Medication/m"}"#.to_owned(),
			(medications, Some("m".to_owned())),
		),
		(
			format!(r##"{contained},"medicationReference":{{"reference":"#m"}}"##),
			(medications, None),
		),
		(
			format!(r##"{contained},"medicationReference":{{"reference":"#n"}}"##),
			(RecordTypes::NONE, None),
		),
		(r#""medicationReference":{"display":"x"}"#.to_owned(), (RecordTypes::NONE, None)),
		(
			r#""medicationReference":{"reference":"urn:uuid:1"}"#.to_owned(),
			(RecordTypes::NONE, None),
		),
		(r#""status":"active""#.to_owned(), (RecordTypes::NONE, None)),
	] {
		assert_eq!(order(&members), expected, "{members}");
	}
}

proptest! {
	/// No text makes it panic, whatever stands where.
	#[test]
	fn any_text_is_taken_apart_or_named(
		kind in prop_oneof![Just("Observation"), Just("MedicationRequest"), Just("Bundle")],
		name in "(meta|subject|contained|category|code|entry|effectivePeriod|medicationReference|id)",
		value in prop_oneof!["\\PC{0,20}", "[\\[\\]{}\":,a-z0-9]{0,20}", Just("[[{}]]".to_owned())],
	) {
		let text = format!(
			r#"{{"resourceType":"{kind}","{name}":{value},"patient":{{"reference":"Patient/a"}}}}"#
		);
		prop_assert_eq!(items(&value).len(), 1);
		items(&text);
	}
}

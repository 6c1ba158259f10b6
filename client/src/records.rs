//! Medical records from gatekeepers: what a table shows of them. The resources themselves are passed on as
//! they came, character by character.

use crate::gatekeeper::{printable, Resource};
use medrec_primitives::{ParticipantId, RecordTypes, RelationshipId};
use serde::Serialize;
use serde_json::Value;

/// FHIR resource types that records come as, and the types of records that they can be.
const RESOURCE_TYPES: [(&str, RecordTypes); 10] = [
	("Patient", RecordTypes::DEMOGRAPHICS),
	("AllergyIntolerance", RecordTypes::ALLERGIES),
	("Condition", RecordTypes::CONDITIONS),
	("Encounter", RecordTypes::ENCOUNTERS),
	("Immunization", RecordTypes::IMMUNIZATIONS),
	("MedicationRequest", RecordTypes::MEDICATIONS),
	(
		"Observation",
		RecordTypes(
			RecordTypes::LABORATORY.0
				| RecordTypes::VITAL_SIGNS.0
				| RecordTypes::SOCIAL_HISTORY.0
				| RecordTypes::IMAGING.0
				| RecordTypes::OTHER_OBSERVATIONS.0,
		),
	),
	("Procedure", RecordTypes::PROCEDURES),
	(
		"DiagnosticReport",
		RecordTypes(
			RecordTypes::LABORATORY.0 | RecordTypes::IMAGING.0 | RecordTypes::OTHER_REPORTS.0,
		),
	),
	("DocumentReference", RecordTypes::DOCUMENTS),
];

/// The FHIR resource types in which records of some types are found.
pub fn resource_types(of: RecordTypes) -> Vec<&'static str> {
	RESOURCE_TYPES
		.iter()
		.filter(|(_, types)| !types.intersection(of).is_empty())
		.map(|(name, _)| *name)
		.collect()
}

/// Categories of observations (HL7 `observation-category`), and the types of records that they are.
const OBSERVATION_CATEGORIES: [(&str, RecordTypes); 9] = [
	("laboratory", RecordTypes::LABORATORY),
	("vital-signs", RecordTypes::VITAL_SIGNS),
	("social-history", RecordTypes::SOCIAL_HISTORY),
	("imaging", RecordTypes::IMAGING),
	("survey", RecordTypes::OTHER_OBSERVATIONS),
	("exam", RecordTypes::OTHER_OBSERVATIONS),
	("therapy", RecordTypes::OTHER_OBSERVATIONS),
	("activity", RecordTypes::OTHER_OBSERVATIONS),
	("procedure", RecordTypes::OTHER_OBSERVATIONS),
];

/// A number with its unit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quantity {
	/// The number, for drawing; the exact text is in the resource.
	pub value: f64,
	/// The unit.
	pub unit: String,
}

/// A record and where it came from.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
	/// The provider that holds it.
	pub provider: ParticipantId,
	/// The provider's name.
	pub provider_name: String,
	/// The relationship in which it holds it.
	pub relationship: RelationshipId,
	/// FHIR resource type.
	#[serde(skip)]
	pub resource_type: String,
	/// When it happened, or was written down, as FHIR has it.
	#[serde(skip)]
	pub date: Option<String>,
	/// What it is.
	#[serde(skip)]
	pub title: String,
	/// More of it.
	#[serde(skip)]
	pub detail: String,
	/// Its number, where it is an observation of one.
	#[serde(skip)]
	pub quantity: Option<Quantity>,
	/// The FHIR resource.
	pub resource: Resource,
}

/// Where a record came from.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
	/// The provider.
	pub provider: ParticipantId,
	/// Its name.
	pub name: &'a str,
	/// The relationship.
	pub relationship: RelationshipId,
}

impl Record {
	/// Reads what a table shows. Nothing that a resource lacks makes this fail; the cells stay empty.
	pub fn read(source: Source<'_>, resource: Resource) -> Self {
		// A raw value is JSON; if it were not, its cells would be empty.
		let json: Value = serde_json::from_str(resource.get()).unwrap_or_default();
		let resource_type = text(&json, "/resourceType").unwrap_or_default();
		let (date, title, detail) = summary(&resource_type, &json);
		Self {
			provider: source.provider,
			provider_name: source.name.to_owned(),
			relationship: source.relationship,
			date,
			title: title.unwrap_or_else(|| "(without name)".to_owned()),
			detail: detail
				.into_iter()
				.filter(|part| !part.is_empty())
				.collect::<Vec<_>>()
				.join(", "),
			quantity: quantity(&json),
			resource_type,
			resource,
		}
	}

	/// Whether it can be of one of these types. Observations of several types come together; those whose
	/// categories are all known and of other types are not meant. What is not known for sure is shown.
	pub fn may_be_of(&self, types: RecordTypes) -> bool {
		if self.resource_type != "Observation" {
			return true;
		}
		let json: Value = serde_json::from_str(self.resource.get()).unwrap_or_default();
		let categories = json.get("category").and_then(Value::as_array).into_iter().flatten();
		let codes = categories
			.filter_map(|category| category.get("coding")?.as_array())
			.flatten()
			.filter_map(|coding| coding.get("code")?.as_str());
		let known: Option<Vec<RecordTypes>> = codes
			.map(|code| {
				let known = OBSERVATION_CATEGORIES.iter().find(|(name, _)| *name == code);
				known.map(|(_, record_type)| *record_type)
			})
			.collect();
		match known {
			Some(known) if !known.is_empty() => {
				known.iter().any(|record_type| types.contains(*record_type))
			},
			_ => true,
		}
	}

	/// The day, for people.
	pub fn day(&self) -> String {
		self.date.as_deref().map(|date| date.chars().take(10).collect()).unwrap_or_default()
	}
}

/// Newest first; what has no date comes last.
pub fn sort(records: &mut [Record]) {
	records.sort_by(|a, b| b.date.cmp(&a.date).then_with(|| a.title.cmp(&b.title)));
}

type Summary = (Option<String>, Option<String>, Vec<String>);

fn summary(resource_type: &str, json: &Value) -> Summary {
	let first = |pointers: &[&str]| pointers.iter().find_map(|pointer| text(json, pointer));
	let part = |pointer: &str| text(json, pointer).unwrap_or_default();
	let code = |pointer: &str| concept(json.pointer(pointer));
	let word = |pointer: &str| code(pointer).unwrap_or_default();
	match resource_type {
		"Patient" => (
			first(&["/birthDate"]),
			json.pointer("/name/0").and_then(name),
			vec![part("/gender"), part("/address/0/city")],
		),
		"AllergyIntolerance" => (
			first(&["/onsetDateTime", "/recordedDate"]),
			code("/code"),
			vec![
				word("/reaction/0/manifestation/0"),
				part("/criticality"),
				word("/clinicalStatus"),
			],
		),
		"Condition" => (
			first(&["/onsetDateTime", "/onsetPeriod/start", "/recordedDate"]),
			code("/code"),
			vec![word("/clinicalStatus"), word("/severity")],
		),
		"Encounter" => (
			first(&["/period/start"]),
			code("/type/0").or_else(|| coding(json.pointer("/class"))),
			vec![word("/reasonCode/0"), part("/status")],
		),
		"Immunization" => (
			first(&["/occurrenceDateTime", "/recorded"]),
			code("/vaccineCode"),
			vec![part("/status")],
		),
		"MedicationRequest" => (
			first(&["/authoredOn"]),
			code("/medicationCodeableConcept")
				.or_else(|| first(&["/medicationReference/display", "/contained/0/code/text"])),
			vec![part("/dosageInstruction/0/text"), part("/status")],
		),
		"Observation" => (
			first(&[
				"/effectiveDateTime",
				"/effectivePeriod/start",
				"/effectiveInstant",
				"/issued",
			]),
			code("/code"),
			vec![value(json), word("/interpretation/0")],
		),
		"Procedure" => (
			first(&["/performedDateTime", "/performedPeriod/start"]),
			code("/code"),
			vec![part("/status")],
		),
		"DiagnosticReport" => (
			first(&["/effectiveDateTime", "/effectivePeriod/start", "/issued"]),
			code("/code"),
			vec![part("/conclusion"), part("/status")],
		),
		"DocumentReference" => (
			first(&["/date"]),
			code("/type").or_else(|| first(&["/description"])),
			vec![part("/description"), part("/content/0/attachment/contentType")],
		),
		_ => (None, code("/code"), Vec::new()),
	}
}

fn text(json: &Value, pointer: &str) -> Option<String> {
	json.pointer(pointer)?.as_str().map(printable).filter(|text| !text.is_empty())
}

/// Text of a CodeableConcept: its own, else the display of a coding, else the code.
fn concept(json: Option<&Value>) -> Option<String> {
	let json = json?;
	text(json, "/text").or_else(|| {
		let codings = json.get("coding")?.as_array()?;
		codings
			.iter()
			.find_map(|coding| text(coding, "/display"))
			.or_else(|| codings.iter().find_map(|coding| text(coding, "/code")))
	})
}

fn coding(json: Option<&Value>) -> Option<String> {
	let json = json?;
	text(json, "/display").or_else(|| text(json, "/code"))
}

fn name(json: &Value) -> Option<String> {
	text(json, "/text").or_else(|| {
		let given = json.get("given").and_then(Value::as_array).into_iter().flatten();
		let parts: Vec<_> = given
			.filter_map(Value::as_str)
			.chain(json.get("family").and_then(Value::as_str))
			.map(printable)
			.collect();
		(!parts.is_empty()).then(|| parts.join(" "))
	})
}

/// An observation's value in words; of one with components, all of theirs.
fn value(json: &Value) -> String {
	let own = one_value(json);
	if !own.is_empty() {
		return own;
	}
	let components = json.get("component").and_then(Value::as_array).into_iter().flatten();
	components
		.map(|component| {
			let name = concept(component.get("code")).unwrap_or_default();
			format!("{name} {}", one_value(component)).trim().to_owned()
		})
		.filter(|part| !part.is_empty())
		.collect::<Vec<_>>()
		.join(", ")
}

fn one_value(json: &Value) -> String {
	if let Some(number) = json.pointer("/valueQuantity/value") {
		let unit = text(json, "/valueQuantity/unit").unwrap_or_default();
		return format!("{number} {unit}").trim().to_owned();
	}
	concept(json.get("valueCodeableConcept"))
		.or_else(|| text(json, "/valueString"))
		.or_else(|| text(json, "/valueDateTime"))
		.or_else(|| json.get("valueInteger").map(ToString::to_string))
		.or_else(|| json.get("valueBoolean").map(ToString::to_string))
		.unwrap_or_default()
}

fn quantity(json: &Value) -> Option<Quantity> {
	let value = json.pointer("/valueQuantity/value")?.as_f64()?;
	Some(Quantity { value, unit: text(json, "/valueQuantity/unit").unwrap_or_default() })
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::output::trends;

	const MERCY: Source<'static> = Source { provider: 1, name: "Mercy", relationship: 9 };

	fn read(json: &str) -> Record {
		Record::read(MERCY, serde_json::from_str(json).unwrap())
	}

	fn weight(day: u32, kilograms: &str) -> Record {
		read(&format!(
			r#"{{"resourceType":"Observation","code":{{"text":"Body weight"}},
			"effectiveDateTime":"2026-01-{day:02}T08:00:00Z",
			"valueQuantity":{{"value":{kilograms},"unit":"kg"}}}}"#
		))
	}

	#[test]
	fn a_table_shows_date_name_and_value() {
		let record = weight(3, "71.5");
		assert_eq!((record.day().as_str(), record.title.as_str()), ("2026-01-03", "Body weight"));
		assert_eq!(record.detail, "71.5 kg");

		let record = read(
			r#"{"resourceType":"MedicationRequest","authoredOn":"2025-05-01","status":"active",
			"medicationCodeableConcept":{"coding":[{"code":"197361","display":"Amlodipine 5 MG"}]},
			"dosageInstruction":[{"text":"one a day"}]}"#,
		);
		assert_eq!(record.title, "Amlodipine 5 MG");
		assert_eq!(record.detail, "one a day, active");

		let record = read(
			r#"{"resourceType":"Observation","code":{"text":"Blood pressure"},"component":[
			{"code":{"text":"systolic"},"valueQuantity":{"value":120,"unit":"mmHg"}},
			{"code":{"text":"diastolic"},"valueQuantity":{"value":80,"unit":"mmHg"}}]}"#,
		);
		assert_eq!(record.detail, "systolic 120 mmHg, diastolic 80 mmHg");
		assert_eq!(record.day(), "");

		let record =
			read(r#"{"resourceType":"Patient","name":[{"given":["Alice"],"family":"Example"}]}"#);
		assert_eq!(record.title, "Alice Example");
		assert_eq!(read(r#"{"resourceType":"Procedure"}"#).title, "(without name)");
	}

	#[test]
	fn decimals_keep_their_text_in_json() {
		let json = serde_json::to_string(&weight(3, "71.50")).unwrap();
		assert!(json.contains(r#""value":71.50"#), "{json}");
		assert!(json.contains(r#""providerName":"Mercy""#), "{json}");
	}

	#[test]
	fn names_cannot_steer_the_terminal() {
		let record = read(r#"{"resourceType":"Condition","code":{"text":"a\u001b[31mb"}}"#);
		assert_eq!(record.title, "a[31mb");
	}

	#[test]
	fn the_newest_comes_first_and_the_undated_last() {
		let mut records = vec![
			weight(2, "1"),
			read(r#"{"resourceType":"Condition","code":{"text":"undated"}}"#),
			weight(5, "1"),
		];
		sort(&mut records);
		let days: Vec<_> = records.iter().map(Record::day).collect();
		assert_eq!(days, ["2026-01-05", "2026-01-02", ""]);
	}

	#[test]
	fn three_numbers_make_a_trend() {
		let mut records = vec![weight(9, "72"), weight(1, "70")];
		assert!(trends(&records).is_empty());
		records.push(weight(5, "71"));
		let trends = trends(&records);
		assert_eq!(trends.len(), 1);
		assert_eq!(trends[0].line(), "▁▅█  70 → 72 kg  (2026-01-01 to 2026-01-09)");
	}

	#[test]
	fn observations_of_other_types_are_told_apart_where_they_say_what_they_are() {
		let of = |category: &str| {
			read(&format!(
				r#"{{"resourceType":"Observation","category":[{{"coding":[{{"code":"{category}"}}]}}]}}"#
			))
		};
		let vital_signs = RecordTypes::VITAL_SIGNS;
		assert!(of("vital-signs").may_be_of(vital_signs));
		assert!(!of("laboratory").may_be_of(vital_signs));
		assert!(of("laboratory").may_be_of(vital_signs.union(RecordTypes::LABORATORY)));
		assert!(of("of-my-own").may_be_of(vital_signs), "what is not known is shown");
		assert!(weight(1, "70").may_be_of(RecordTypes::LABORATORY), "so is what says nothing");
		assert!(read(r#"{"resourceType":"Condition"}"#).may_be_of(RecordTypes::NONE));
	}

	#[test]
	fn types_of_records_name_the_resources_to_ask_for() {
		assert_eq!(resource_types(RecordTypes::MEDICATIONS), ["MedicationRequest"]);
		assert_eq!(resource_types(RecordTypes::LABORATORY), ["Observation", "DiagnosticReport"]);
		assert_eq!(resource_types(RecordTypes::ALL).len(), 10);
		assert!(resource_types(RecordTypes::NONE).is_empty());
		// Every type of record comes as some resource.
		for (record_type, name) in RecordTypes::NAMES {
			assert!(!resource_types(*record_type).is_empty(), "{name}");
		}
	}
}

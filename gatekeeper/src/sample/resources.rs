//! Writing plausible FHIR R4 resources, shortly.

use crate::records::LocalPatientId;
use serde_json::{json, Value};
use sha2::{Digest, Sha256};

pub(super) const LOINC: &str = "http://loinc.org";
pub(super) const SNOMED: &str = "http://snomed.info/sct";
pub(super) const ATC: &str = "http://www.whocc.no/atc";
pub(super) const CVX: &str = "http://hl7.org/fhir/sid/cvx";
pub(super) const ACT_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";

/// A code with its system and the words for it.
pub(super) type Code = (&'static str, &'static str, &'static str);

/// A numeric observation that is made again and again.
pub(super) struct Series {
	pub name: &'static str,
	pub category: &'static str,
	pub code: Code,
	/// Unit in UCUM.
	pub unit: &'static str,
	/// Day of the month and time of day.
	pub at: &'static str,
	/// Months between two values.
	pub every: u32,
	/// Values with the digits that were measured, the first in January 2021.
	pub values: &'static [&'static str],
}

/// A chart that is being filled.
pub(super) struct Chart {
	patient: String,
	tag: String,
	resources: Vec<(&'static str, String)>,
}

impl Chart {
	pub fn new(patient: &LocalPatientId) -> Self {
		let mut tag = hex::encode(Sha256::digest(patient.as_str()));
		tag.truncate(8);
		Self { patient: patient.to_string(), tag, resources: Vec::new() }
	}

	pub fn into_resources(self) -> Vec<(&'static str, String)> {
		self.resources
	}

	/// Ids carry a mark of the patient: samples of two patients fit into one database.
	fn id(&self, name: &str) -> String {
		format!("{}-{name}", self.tag)
	}

	/// A resource of these members, with type, id and subject added.
	fn push(&mut self, resource_type: &'static str, name: &str, members: Value) {
		let mut resource = json!({"resourceType": resource_type, "id": self.id(name)});
		let subject = match resource_type {
			"AllergyIntolerance" | "Immunization" => "patient",
			_ => "subject",
		};
		resource[subject] = json!({"reference": format!("Patient/{}", self.patient)});
		if let (Value::Object(resource), Value::Object(members)) = (&mut resource, members) {
			resource.extend(members);
		}
		self.resources.push((resource_type, resource.to_string()));
	}

	pub fn patient(&mut self, chart_number_system: &str) {
		let patient = json!({
			"resourceType": "Patient",
			"id": self.patient,
			"identifier": [{"system": chart_number_system, "value": self.patient}],
			"name": [{"use": "official", "family": "Example", "given": ["Alice"]}],
			"gender": "female",
			"birthDate": "1987-05-14",
			"address": [{"line": ["1 Sample Street"], "city": "Springfield", "country": "US"}],
		});
		self.resources.push(("Patient", patient.to_string()));
	}

	pub fn encounter(&mut self, name: &str, class: &str, what: Code, start: &str, end: &str) {
		let class = json!({"system": ACT_CODE, "code": class});
		self.push(
			"Encounter",
			name,
			json!({
				"status": "finished", "class": class, "type": [concept(what)],
				"period": {"start": start, "end": end},
			}),
		);
	}

	pub fn condition(&mut self, name: &str, what: Code, onset: &str, security: &[Code]) {
		let mut members = json!({
			"clinicalStatus": status("condition-clinical", "active"),
			"verificationStatus": status("condition-ver-status", "confirmed"),
			"category": [status("condition-category", "problem-list-item")],
			"code": concept(what),
			"onsetDateTime": onset,
			"recordedDate": onset,
		});
		if !security.is_empty() {
			let security: Vec<_> = security.iter().copied().map(coding).collect();
			members["meta"] = json!({"security": security});
		}
		self.push("Condition", name, members);
	}

	pub fn allergy(&mut self, name: &str, category: &str, what: Code, recorded: &str) {
		self.push(
			"AllergyIntolerance",
			name,
			json!({
				"clinicalStatus": status("allergyintolerance-clinical", "active"),
				"verificationStatus": status("allergyintolerance-verification", "confirmed"),
				"category": [category], "code": concept(what), "recordedDate": recorded,
			}),
		);
	}

	pub fn medication(&mut self, name: &str, what: Code, dosage: &str, authored: &str) {
		self.push(
			"MedicationRequest",
			name,
			json!({
				"status": "active", "intent": "order",
				"medicationCodeableConcept": concept(what),
				"authoredOn": authored,
				"dosageInstruction": [{"text": dosage}],
			}),
		);
	}

	pub fn immunization(&mut self, name: &str, what: Code, when: &str) {
		self.push(
			"Immunization",
			name,
			json!({"status": "completed", "vaccineCode": concept(what), "occurrenceDateTime": when}),
		);
	}

	pub fn procedure(&mut self, name: &str, what: Code, when: &str) {
		self.push(
			"Procedure",
			name,
			json!({"status": "completed", "code": concept(what), "performedDateTime": when}),
		);
	}

	/// A report of a section of HL7 v2 table 0074.
	pub fn report(&mut self, name: &str, section: &str, what: Code, when: &str, conclusion: &str) {
		let section = json!({"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": section}]});
		self.push(
			"DiagnosticReport",
			name,
			json!({
				"status": "final", "category": [section], "code": concept(what),
				"effectiveDateTime": when, "issued": when, "conclusion": conclusion,
			}),
		);
	}

	/// A document of plain text.
	pub fn document(&mut self, name: &str, what: Code, date: &str, text: &str) {
		use base64::{engine::general_purpose::STANDARD, Engine};
		let attachment = json!({
			"contentType": "text/plain; charset=utf-8", "title": what.2, "data": STANDARD.encode(text),
		});
		self.push(
			"DocumentReference",
			name,
			json!({
				"status": "current", "type": concept(what), "date": date,
				"content": [{"attachment": attachment}],
			}),
		);
	}

	/// An observation whose value is a code.
	pub fn coded(&mut self, name: &str, category: &str, code: Code, when: &str, value: Code) {
		self.push(
			"Observation",
			name,
			json!({
				"status": "final", "category": [status("observation-category", category)],
				"code": concept(code), "effectiveDateTime": when,
				"valueCodeableConcept": concept(value),
			}),
		);
	}

	/// Observations of a series, each with its value as it was measured, to the last digit.
	pub fn series(&mut self, series: &Series) {
		for (month, value) in (0..).step_by(series.every as usize).zip(series.values) {
			let (year, month) = (2021 + month / 12, month % 12 + 1);
			let when = format!("{year}-{month:02}-{}", series.at);
			let name = format!("{}-{year}-{month:02}", series.name);
			self.push(
				"Observation",
				&name,
				json!({
					"status": "final", "category": [status("observation-category", series.category)],
					"code": concept(series.code), "effectiveDateTime": when,
					"valueQuantity": {
						"value": VALUE, "unit": series.unit,
						"system": "http://unitsofmeasure.org", "code": series.unit,
					},
				}),
			);
			if let Some((_, text)) = self.resources.last_mut() {
				*text = text.replace(&format!("\"{VALUE}\""), value);
			}
		}
	}

	/// A blood pressure: one observation of two components, in mmHg.
	pub fn blood_pressure(&mut self, when: &str, systolic: u32, diastolic: u32) {
		let component = |code, value: u32| {
			json!({
				"code": concept(code),
				"valueQuantity": {
					"value": value, "unit": "mmHg",
					"system": "http://unitsofmeasure.org", "code": "mm[Hg]",
				},
			})
		};
		let name = format!("bp-{}", when.get(..7).unwrap_or(when));
		self.push(
			"Observation",
			&name,
			json!({
				"status": "final", "category": [status("observation-category", "vital-signs")],
				"code": concept((LOINC, "85354-9", "Blood pressure panel with all children optional")),
				"effectiveDateTime": when,
				"component": [
					component((LOINC, "8480-6", "Systolic blood pressure"), systolic),
					component((LOINC, "8462-4", "Diastolic blood pressure"), diastolic),
				],
			}),
		);
	}
}

/// Stands where a decimal number with its digits is put in.
const VALUE: &str = "@value@";

fn coding((system, code, display): Code) -> Value {
	json!({"system": system, "code": code, "display": display})
}

fn concept(code: Code) -> Value {
	json!({"coding": [coding(code)], "text": code.2})
}

/// A code of one of HL7's own code systems.
fn status(system: &str, code: &str) -> Value {
	let system = format!("http://terminology.hl7.org/CodeSystem/{system}");
	json!({"coding": [{"system": system, "code": code}]})
}

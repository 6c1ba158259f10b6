//! The search parameters of each resource type.
//!
//! `patient`, `category`, `code`, `status` and `date` are understood for every type that has such an element,
//! also where FHIR R4 gives the parameter another name or none: a client that gathers records asks
//! the same of all types. Those are marked by having no `definition`.

use super::Element;
use crate::fhir::ResourceType;

/// How the value of a parameter is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
	/// Logical ids.
	Id,
	/// References to a Patient.
	Patient,
	/// Codes in an element.
	Token(Element),
	/// When it happened: dates with prefixes.
	Date,
	/// When it was last updated: dates with prefixes.
	LastUpdated,
}

impl Meaning {
	/// FHIR's name for this type of search parameter.
	pub const fn name(self) -> &'static str {
		match self {
			Self::Id | Self::Token(_) => "token",
			Self::Patient => "reference",
			Self::Date | Self::LastUpdated => "date",
		}
	}
}

/// A search parameter of one resource type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchParameter {
	/// Its name in URLs.
	pub name: &'static str,
	/// How its value is read.
	pub meaning: Meaning,
	/// Canonical URL of HL7's definition, if it is as HL7 defines it.
	pub definition: Option<&'static str>,
	/// The elements that it looks at.
	pub elements: &'static str,
}

macro_rules! hl7 {
	($name:literal) => {
		Some(concat!("http://hl7.org/fhir/SearchParameter/", $name))
	};
}

const fn parameter(
	name: &'static str,
	meaning: Meaning,
	definition: Option<&'static str>,
	elements: &'static str,
) -> SearchParameter {
	SearchParameter { name, meaning, definition, elements }
}

const fn code(definition: Option<&'static str>, elements: &'static str) -> SearchParameter {
	parameter("code", Meaning::Token(Element::Code), definition, elements)
}

const fn category(definition: Option<&'static str>, elements: &'static str) -> SearchParameter {
	parameter("category", Meaning::Token(Element::Category), definition, elements)
}

const fn status(definition: Option<&'static str>, elements: &'static str) -> SearchParameter {
	parameter("status", Meaning::Token(Element::Status), definition, elements)
}

const fn clinical_status(definition: Option<&'static str>) -> SearchParameter {
	parameter("clinical-status", Meaning::Token(Element::Status), definition, "clinicalStatus")
}

const fn date(definition: Option<&'static str>, elements: &'static str) -> SearchParameter {
	parameter("date", Meaning::Date, definition, elements)
}

const ID: SearchParameter = parameter("_id", Meaning::Id, hl7!("Resource-id"), "id");
const LAST_UPDATED: SearchParameter = parameter(
	"_lastUpdated",
	Meaning::LastUpdated,
	hl7!("Resource-lastUpdated"),
	"meta.lastUpdated, or else the time of its import",
);
const PATIENT: SearchParameter =
	parameter("patient", Meaning::Patient, hl7!("clinical-patient"), "subject or patient");

impl SearchParameter {
	/// The parameters of a type, in the order of the capability statement.
	pub fn of(resource_type: ResourceType) -> impl Iterator<Item = &'static Self> {
		[&ID, &LAST_UPDATED].into_iter().chain(match resource_type {
			ResourceType::Patient => {
				const { &[parameter("patient", Meaning::Patient, None, "id")] as &[_] }
			},
			ResourceType::AllergyIntolerance => {
				const {
					&[
						PATIENT,
						category(hl7!("AllergyIntolerance-category"), "category"),
						code(hl7!("clinical-code"), "code, reaction.substance"),
						clinical_status(hl7!("AllergyIntolerance-clinical-status")),
						status(None, "clinicalStatus"),
						date(hl7!("clinical-date"), "recordedDate"),
					]
				}
			},
			ResourceType::Condition => {
				const {
					&[
						PATIENT,
						category(hl7!("Condition-category"), "category"),
						code(hl7!("clinical-code"), "code"),
						clinical_status(hl7!("Condition-clinical-status")),
						status(None, "clinicalStatus"),
						date(None, "onsetDateTime or onsetPeriod, or else recordedDate"),
					]
				}
			},
			ResourceType::Encounter => {
				const {
					&[
						PATIENT,
						category(None, "class"),
						code(None, "type"),
						status(hl7!("Encounter-status"), "status"),
						date(hl7!("clinical-date"), "period"),
					]
				}
			},
			ResourceType::Immunization => {
				const {
					&[
						PATIENT,
						code(None, "vaccineCode"),
						status(hl7!("Immunization-status"), "status"),
						date(hl7!("clinical-date"), "occurrence"),
					]
				}
			},
			ResourceType::MedicationRequest => {
				const {
					&[
						PATIENT,
						category(hl7!("MedicationRequest-category"), "category"),
						code(hl7!("clinical-code"), "medicationCodeableConcept"),
						status(hl7!("medications-status"), "status"),
						date(None, "authoredOn, dosageInstruction.timing.event"),
					]
				}
			},
			ResourceType::Observation => {
				const {
					&[
						PATIENT,
						category(hl7!("Observation-category"), "category"),
						code(hl7!("clinical-code"), "code"),
						status(hl7!("Observation-status"), "status"),
						date(hl7!("clinical-date"), "effective"),
					]
				}
			},
			ResourceType::Procedure => {
				const {
					&[
						PATIENT,
						category(hl7!("Procedure-category"), "category"),
						code(hl7!("clinical-code"), "code"),
						status(hl7!("Procedure-status"), "status"),
						date(hl7!("clinical-date"), "performedDateTime or performedPeriod"),
					]
				}
			},
			ResourceType::DiagnosticReport => {
				const {
					&[
						PATIENT,
						category(hl7!("DiagnosticReport-category"), "category"),
						code(hl7!("clinical-code"), "code"),
						status(hl7!("DiagnosticReport-status"), "status"),
						date(hl7!("clinical-date"), "effective"),
					]
				}
			},
			ResourceType::DocumentReference => {
				const {
					&[
						PATIENT,
						category(hl7!("DocumentReference-category"), "category"),
						code(None, "type"),
						status(hl7!("DocumentReference-status"), "status"),
						date(hl7!("DocumentReference-date"), "date"),
					]
				}
			},
		})
	}
}

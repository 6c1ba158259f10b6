//! FHIR R4 as far as the gatekeeper speaks it: ten resource types, their search parameters, how they
//! map to the vocabulary of grants, and the resources that the server itself makes.

pub mod bundle;
pub mod capability;
pub mod classify;
pub mod date;
pub mod index;
pub mod json;
pub mod notice;
pub mod other_patient;
pub mod outcome;
pub mod reference;
pub mod resource;
pub mod search;

mod inline;
mod resource_type;

pub use classify::{Classification, Vocabulary};
pub use outcome::{IssueType, OperationOutcome};
pub use resource_type::{ResourceType, UnknownResourceType};

/// Media type of FHIR JSON.
pub const FHIR_JSON: &str = "application/fhir+json";

/// The version of FHIR that is spoken.
pub const FHIR_VERSION: &str = "4.0.1";

/// Whether this is a logical id: 1 to 64 letters, digits, `-` or `.` (FHIR R4, datatype `id`).
pub fn is_id(text: &str) -> bool {
	(1..=64).contains(&text.len())
		&& text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
}

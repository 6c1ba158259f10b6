//! The number under which a provider knows a patient.

use crate::fhir::is_id;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A provider's own identifier of a patient: the logical id of the Patient resource.
///
/// It is personal data: `Debug` does not show it, `Display` does.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LocalPatientId(String);

/// The text is no FHIR id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a local patient id is 1 to 64 letters, digits, `-` or `.`")]
pub struct InvalidLocalPatientId;

impl LocalPatientId {
	/// As text.
	pub fn as_str(&self) -> &str {
		&self.0
	}
}

impl TryFrom<String> for LocalPatientId {
	type Error = InvalidLocalPatientId;

	fn try_from(text: String) -> Result<Self, Self::Error> {
		if is_id(&text) {
			Ok(Self(text))
		} else {
			Err(InvalidLocalPatientId)
		}
	}
}

impl FromStr for LocalPatientId {
	type Err = InvalidLocalPatientId;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		text.to_owned().try_into()
	}
}

impl From<LocalPatientId> for String {
	fn from(patient: LocalPatientId) -> Self {
		patient.0
	}
}

impl fmt::Display for LocalPatientId {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		f.write_str(&self.0)
	}
}

impl fmt::Debug for LocalPatientId {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		f.write_str("LocalPatientId(..)")
	}
}

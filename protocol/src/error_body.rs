//! JSON body of errors under `/v1`. Under `/fhir` an error is an OperationOutcome that carries the same
//! code.

use serde::{Deserialize, Serialize};

/// `{"error": {"code": "delegation-expired", "message": "…"}}`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ErrorBody {
	/// What went wrong.
	pub error: ErrorDetail,
}

/// What went wrong, for programs and for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ErrorDetail {
	/// Stable name, lower case with hyphens, such as
	/// [`RequestError::code`](crate::request::RequestError::code).
	pub code: String,
	/// What happened and what to do, in a sentence.
	pub message: String,
}

impl ErrorBody {
	/// With this code and message.
	pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
		Self { error: ErrorDetail { code: code.into(), message: message.into() } }
	}
}

//! `/v1/openapi.json`: everything that clients reach, for programs.

use super::{respond::JSON, Answer};

/// The document. Tests hold it against the routes, and answers against it.
const DOCUMENT: &str = include_str!("../../openapi.json");

/// `GET /v1/openapi.json`: the OpenAPI document. For everyone.
pub async fn document() -> Answer {
	Answer::of(JSON, DOCUMENT)
}

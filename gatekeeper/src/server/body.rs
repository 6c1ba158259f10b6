//! JSON bodies of requests.

use super::{code::Code, intake::Exchange, respond::JSON, Refusal};
use crate::fhir::IssueType;
use axum::http::header;
use serde::de::DeserializeOwned;

/// The body, which has to be JSON of exactly this form.
pub fn json<T: DeserializeOwned>(exchange: &Exchange) -> Result<T, Refusal> {
	let content_type = exchange.head().headers.get(header::CONTENT_TYPE);
	let is_json = content_type.and_then(|value| value.to_str().ok()).is_some_and(|value| {
		value.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(JSON)
	});
	if !is_json {
		return Err(Refusal::new(
			Code::ContentTypeUnsupported,
			IssueType::NotSupported,
			"send application/json",
		));
	}
	serde_json::from_slice(exchange.body()).map_err(|error| {
		// Where and what kind, without echoing what was sent.
		let text = format!(
			"the body is not what this path takes: error in line {}, column {}",
			error.line(),
			error.column()
		);
		Refusal::new(Code::BodyMalformed, IssueType::Structure, text)
	})
}

//! Answers: read within bounds, their signature verified, their status understood.

use super::GatekeeperError;
use futures::StreamExt;
use http::{header, response::Parts, StatusCode};
use medrec_primitives::GatekeeperKey;
use medrec_protocol::{
	receipt::Receipt,
	request::RequestSignature,
	response::{verify_response, DecisionBlocks},
};
use serde::de::DeserializeOwned;
use std::time::Duration;

/// Longest body that is read, in bytes.
pub(super) const MAX_BODY: usize = 32 * 1024 * 1024;

/// Longest text of a gatekeeper that is shown, in characters.
const MAX_MESSAGE: usize = 400;

/// A successful answer, whose signature was verified where the request was signed.
#[derive(Clone, Debug)]
pub struct Answer {
	/// The body.
	pub body: Vec<u8>,
	/// Blocks that the access decision was made on.
	pub blocks: Option<DecisionBlocks>,
	/// Proof that the access was logged.
	pub receipt: Option<Receipt>,
	/// Version of the resource in the body, where it is one: its ETag without `W/` and quotes.
	pub version: Option<String>,
}

impl Answer {
	/// The body as JSON.
	pub fn json<T: DeserializeOwned>(&self, name: &str) -> Result<T, GatekeeperError> {
		serde_json::from_slice(&self.body).map_err(|error| GatekeeperError::Malformed {
			name: name.to_owned(),
			reason: error.to_string(),
		})
	}
}

pub(super) enum ReadError {
	/// The connection broke.
	Broken(reqwest::Error),
	/// The answer is not read.
	Refused(GatekeeperError),
}

/// Reads a response with a bounded body.
pub(super) async fn read(
	response: reqwest::Response,
	name: &str,
) -> Result<(Parts, Vec<u8>), ReadError> {
	let mut parts = http::Response::new(()).into_parts().0;
	parts.status = response.status();
	parts.headers = response.headers().clone();
	let mut body = Vec::new();
	let mut stream = response.bytes_stream();
	while let Some(chunk) = stream.next().await {
		let chunk = chunk.map_err(ReadError::Broken)?;
		if body.len() + chunk.len() > MAX_BODY {
			return Err(ReadError::Refused(GatekeeperError::TooLong { name: name.to_owned() }));
		}
		body.extend_from_slice(&chunk);
	}
	Ok((parts, body))
}

/// What an answer means. Success counts only with the gatekeeper's signature over this answer to this
/// request, where the request was signed. An error without signature is believed as one, since nothing is
/// gained by it that an interrupted connection would not give; with a wrong signature it is not.
pub(super) fn judge(
	parts: Parts,
	body: Vec<u8>,
	request: Option<&RequestSignature>,
	key: &GatekeeperKey,
	name: &str,
) -> Result<Answer, GatekeeperError> {
	let signed = parts.headers.contains_key(header::HeaderName::from_static("signature"));
	let success = parts.status.is_success();
	let verified = match request {
		Some(request) if success || signed => {
			let verified = verify_response(&parts, &body, request, key).map_err(|error| {
				GatekeeperError::Untrusted { name: name.to_owned(), reason: error.to_string() }
			})?;
			Some(verified)
		},
		_ => None,
	};
	if !success {
		return Err(failure(&parts, &body, name));
	}
	let (blocks, receipt) =
		verified.map(|verified| (verified.blocks, verified.receipt)).unwrap_or_default();
	let version = parts.headers.get(header::ETAG).and_then(|etag| etag.to_str().ok());
	let version = version.and_then(|etag| etag.strip_prefix("W/\"")?.strip_suffix('"'));
	Ok(Answer { body, blocks, receipt, version: version.map(str::to_owned) })
}

fn failure(parts: &Parts, body: &[u8], name: &str) -> GatekeeperError {
	let (code, message) = explanation(body).unwrap_or_else(|| {
		(None, parts.status.canonical_reason().unwrap_or("no reason").to_owned())
	});
	let (name, status) = (name.to_owned(), parts.status);
	match status {
		StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => {
			GatekeeperError::Denied { name, status, code, message }
		},
		StatusCode::TOO_MANY_REQUESTS
		| StatusCode::BAD_GATEWAY
		| StatusCode::SERVICE_UNAVAILABLE
		| StatusCode::GATEWAY_TIMEOUT => {
			GatekeeperError::Later { name, message, retry_after: retry_after(parts) }
		},
		_ => GatekeeperError::Refused { name, status, code, message },
	}
}

/// `Retry-After` in its form of seconds (RFC 9110 section 10.2.3).
fn retry_after(parts: &Parts) -> Option<Duration> {
	let seconds = parts.headers.get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
	Some(Duration::from_secs(seconds))
}

/// Code and text of an error: of a FHIR OperationOutcome, or of the body that `/v1` has.
fn explanation(body: &[u8]) -> Option<(Option<String>, String)> {
	let json: serde_json::Value = serde_json::from_slice(body).ok()?;
	let text = |pointer: &str| json.pointer(pointer).and_then(|value| value.as_str());
	let code = ["/error/code", "/issue/0/details/coding/0/code", "/issue/0/code"]
		.into_iter()
		.find_map(text)
		.map(printable);
	let message = [
		"/error/message",
		"/issue/0/diagnostics",
		"/issue/0/details/text",
		"/issue/0/details/coding/0/display",
	]
	.into_iter()
	.find_map(text)
	.map(printable)
	.or_else(|| code.clone())?;
	Some((code, message))
}

/// Text of others as it may be shown on a terminal: no control characters, and not endless.
pub(crate) fn printable(text: &str) -> String {
	text.chars().filter(|letter| !letter.is_control()).take(MAX_MESSAGE).collect()
}

#[cfg(test)]
mod tests {
	use super::*;

	fn judge_unsigned(status: u16, body: &str, retry: Option<&str>) -> GatekeeperError {
		let mut builder = http::Response::builder().status(status);
		if let Some(retry) = retry {
			builder = builder.header("retry-after", retry);
		}
		let (parts, ()) = builder.body(()).unwrap().into_parts();
		judge(parts, body.as_bytes().to_vec(), None, &[0; 32], "Mercy").unwrap_err()
	}

	#[test]
	fn outcomes_and_v1_errors_are_explained() {
		let outcome = r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error",
			"code":"forbidden","diagnostics":"not allowed"}]}"#;
		let error = judge_unsigned(403, outcome, None);
		assert_eq!(error.to_string(), "Mercy denies it: not allowed");
		assert!(
			matches!(error, GatekeeperError::Denied { code: Some(code), .. } if code == "forbidden")
		);

		let v1 = r#"{"error":{"code":"code-used","message":"the code was used"}}"#;
		let error = judge_unsigned(409, v1, None);
		assert_eq!(
			error.to_string(),
			"Mercy refuses the request (409 Conflict): the code was used"
		);

		let error = judge_unsigned(404, "<html>", None);
		assert_eq!(error.to_string(), "Mercy denies it: Not Found");
	}

	#[test]
	fn later_is_told_from_never() {
		let error = judge_unsigned(503, "{}", Some("7"));
		assert!(matches!(
			error,
			GatekeeperError::Later { retry_after: Some(wait), .. } if wait == Duration::from_secs(7)
		));
		let error = judge_unsigned(429, "", Some("Wed, 21 Oct 2026 07:28:00 GMT"));
		assert!(matches!(error, GatekeeperError::Later { retry_after: None, .. }));
		assert!(!judge_unsigned(500, "", None).is_unavailable());
	}

	#[test]
	fn texts_of_others_cannot_steer_the_terminal() {
		let body = r#"{"error":{"code":"x","message":"a\u001b[2Jb\nc"}}"#;
		assert_eq!(
			judge_unsigned(400, body, None).to_string(),
			"Mercy refuses the request (400 Bad Request): a[2Jbc"
		);
	}
}

//! Answers: read within bounds, their signature verified, their status understood.

use super::GatekeeperError;
use flate2::read::GzDecoder;
use futures::StreamExt;
use http::{header, response::Parts, StatusCode};
use medrec_primitives::GatekeeperKey;
use medrec_protocol::{
	receipt::Receipt,
	request::RequestSignature,
	response::{verify_response, DecisionBlocks},
};
use serde::de::DeserializeOwned;
use std::{io::Read, time::Duration};

/// Longest body that is read, in bytes, as it is sent and decompressed.
pub(super) const MAX_BODY: usize = 32 * 1024 * 1024;

/// The one coding in which bodies are taken (RFC 9110 section 8.4.1).
pub(super) const GZIP: &str = "gzip";

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
	let body = decode(&parts, body, name)?;
	let (blocks, receipt) =
		verified.map(|verified| (verified.blocks, verified.receipt)).unwrap_or_default();
	let version = parts.headers.get(header::ETAG).and_then(|etag| etag.to_str().ok());
	let version = version.and_then(|etag| etag.strip_prefix("W/\"")?.strip_suffix('"'));
	Ok(Answer { body, blocks, receipt, version: version.map(str::to_owned) })
}

/// The body without the coding in which it was sent; after its signature was verified, which is over
/// what was sent.
fn decode(parts: &Parts, body: Vec<u8>, name: &str) -> Result<Vec<u8>, GatekeeperError> {
	let malformed = |reason: &str| GatekeeperError::Malformed {
		name: name.to_owned(),
		reason: reason.to_owned(),
	};
	match parts.headers.get(header::CONTENT_ENCODING) {
		None => Ok(body),
		Some(coding) if coding.as_bytes().eq_ignore_ascii_case(GZIP.as_bytes()) => {
			let mut plain = Vec::new();
			let bound = MAX_BODY as u64 + 1;
			GzDecoder::new(&body[..])
				.take(bound)
				.read_to_end(&mut plain)
				.map_err(|_| malformed("it is no gzip, as it says"))?;
			match plain.len() > MAX_BODY {
				true => Err(GatekeeperError::TooLong { name: name.to_owned() }),
				false => Ok(plain),
			}
		},
		Some(_) => Err(malformed("it has an encoding that was not asked for")),
	}
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
	fn bodies_in_gzip_are_read_within_bounds() {
		use flate2::{write::GzEncoder, Compression};
		use std::io::Write;

		let gzip = |plain: &[u8]| {
			let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
			encoder.write_all(plain).unwrap();
			encoder.finish().unwrap()
		};
		let answer = |coding: Option<&str>, body: Vec<u8>| {
			let mut builder = http::Response::builder().status(200);
			if let Some(coding) = coding {
				builder = builder.header("content-encoding", coding);
			}
			let (parts, ()) = builder.body(()).unwrap().into_parts();
			judge(parts, body, None, &[0; 32], "Mercy").map(|answer| answer.body)
		};
		assert_eq!(answer(None, b"{}".to_vec()).unwrap(), b"{}");
		assert_eq!(answer(Some("gzip"), gzip(b"{}")).unwrap(), b"{}");
		let malformed = |result| matches!(result, Err(GatekeeperError::Malformed { .. }));
		assert!(malformed(answer(Some("gzip"), b"{}".to_vec())));
		assert!(malformed(answer(Some("br"), b"{}".to_vec())));
		// Thirty thousand bytes that become more than is read.
		let bomb = gzip(&vec![b' '; MAX_BODY + 1]);
		assert!(bomb.len() < MAX_BODY / 100);
		assert!(matches!(answer(Some("gzip"), bomb), Err(GatekeeperError::TooLong { .. })));
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

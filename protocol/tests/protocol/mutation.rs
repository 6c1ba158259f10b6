//! Whatever single byte of a signed message is changed, it is refused.

use crate::fixtures::*;
use http::{request, response, HeaderMap, HeaderValue};
use medrec_protocol::{
	request::verify_request,
	response::{sign_response, verify_response, DecisionBlocks, ResponseSigning},
};
use proptest::prelude::*;

/// Changes a byte of a header to another that headers may hold. `None` if that is no change, or only
/// white space at an end, which HTTP removes.
fn changed(headers: &HeaderMap, name: &str, position: usize, byte: u8) -> Option<HeaderMap> {
	let mut value = headers[name].as_bytes().to_vec();
	let position = position % value.len();
	if value[position] == byte {
		return None;
	}
	value[position] = byte;
	if value.first() == Some(&b' ') || value.last() == Some(&b' ') {
		return None;
	}
	let mut headers = headers.clone();
	headers
		.insert(name.parse::<http::HeaderName>().unwrap(), HeaderValue::from_bytes(&value).ok()?);
	Some(headers)
}

fn rebuilt(parts: &request::Parts, headers: HeaderMap) -> request::Parts {
	let mut parts = parts.clone();
	parts.headers = headers;
	parts
}

fn signed_answer() -> response::Parts {
	let mut parts = answer();
	let blocks = DecisionBlocks { best: genesis(), finalized: genesis() };
	let signing = ResponseSigning {
		key: &gatekeeper_key(),
		created: NOW,
		blocks: Some(&blocks),
		receipt: Some(&crate::receipt::receipt()),
	};
	sign_response(&mut parts, ANSWER, &sign(&mut get(), b""), &signing).unwrap();
	parts
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(2_000))]

	#[test]
	fn of_a_requests_headers(
		name in prop::sample::select(vec![
			"medrec-context", "medrec-delegation", "content-digest", "content-type", "accept",
			"signature-input", "signature",
		]),
		position: usize,
		byte in 0x20u8..0x7f,
	) {
		let parts = received_post();
		prop_assert!(verify_request(&parts, BODY, &rules(), NOW).is_ok());
		if let Some(headers) = changed(&parts.headers, name, position, byte) {
			prop_assert!(verify_request(&rebuilt(&parts, headers), BODY, &rules(), NOW).is_err());
		}
	}

	#[test]
	fn of_a_requests_body(position in 0..BODY.len(), change in 1u8..) {
		let mut body = BODY.to_vec();
		body[position] ^= change;
		prop_assert!(verify_request(&received_post(), &body, &rules(), NOW).is_err());
	}

	#[test]
	fn of_a_requests_target(position: usize, byte in 0x21u8..0x7f) {
		let mut parts = received_get();
		let mut target = parts.uri.to_string().into_bytes();
		let position = position % target.len();
		prop_assume!(target[position] != byte);
		target[position] = byte;
		let target = String::from_utf8(target).unwrap();
		if let Ok(uri) = target.parse() {
			parts.uri = uri;
			prop_assert!(verify_request(&parts, b"", &rules(), NOW).is_err(), "{}", target);
		}
	}

	#[test]
	fn of_an_answers_headers(
		name in prop::sample::select(vec![
			"medrec-blocks", "medrec-receipt", "content-digest", "content-type", "signature-input",
			"signature",
		]),
		position: usize,
		byte in 0x20u8..0x7f,
	) {
		let request = sign(&mut get(), b"");
		let mut parts = signed_answer();
		let key = gatekeeper_key().public();
		prop_assert!(verify_response(&parts, ANSWER, &request, &key).is_ok());
		if let Some(headers) = changed(&parts.headers, name, position, byte) {
			parts.headers = headers;
			prop_assert!(verify_response(&parts, ANSWER, &request, &key).is_err());
		}
	}

	#[test]
	fn of_an_answers_body(position in 0..ANSWER.len(), change in 1u8..) {
		let mut body = ANSWER.to_vec();
		body[position] ^= change;
		let request = sign(&mut get(), b"");
		let key = gatekeeper_key().public();
		prop_assert!(verify_response(&signed_answer(), &body, &request, &key).is_err());
	}

	/// No input makes the gatekeeper's or the client's side panic.
	#[test]
	fn of_nothing_that_was_signed(
		input in "\\PC{0,80}|medrec=\\(.{0,60}",
		signature in "\\PC{0,80}|medrec=:[A-Za-z0-9+/]{86}==:",
		context in "[A-Za-z0-9_-]{0,80}",
		delegation in "[A-Za-z0-9_-]{0,80}",
		body: Vec<u8>,
	) {
		let mut parts = received_post();
		for (name, value) in [
			("signature-input", input),
			("signature", signature),
			("medrec-context", context),
			("medrec-delegation", delegation),
		] {
			if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
				parts.headers.insert(name, value);
			}
		}
		prop_assert!(verify_request(&parts, &body, &rules(), NOW).is_err());
	}
}

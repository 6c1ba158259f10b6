//! Signing an answer, and believing it.

use crate::{fixtures::*, receipt::receipt};
use http::{response::Parts, HeaderValue, StatusCode};
use medrec_primitives::Hash;
use medrec_protocol::{
	gatekeeper_key::{gatekeeper_key_id, GatekeeperSecret},
	request::RequestSignature,
	response::{
		sign_response, verify_response, DecisionBlocks, ResponseError, ResponseSigning,
		SignResponseError,
	},
};

fn blocks() -> DecisionBlocks {
	DecisionBlocks { best: Hash::repeat_byte(0xbe), finalized: Hash::repeat_byte(0xf1) }
}

fn request() -> RequestSignature {
	sign(&mut get(), b"")
}

fn signed() -> Parts {
	let mut parts = answer();
	let signing = ResponseSigning {
		key: &gatekeeper_key(),
		created: NOW + 20,
		blocks: Some(&blocks()),
		receipt: Some(&receipt()),
	};
	sign_response(&mut parts, ANSWER, &request(), &signing).unwrap();
	parts
}

fn refusal(parts: &Parts) -> ResponseError {
	verify_response(parts, ANSWER, &request(), &gatekeeper_key().public())
		.expect_err("it is refused")
}

#[test]
fn a_signed_answer_is_believed() {
	let verified =
		verify_response(&signed(), ANSWER, &request(), &gatekeeper_key().public()).unwrap();
	assert_eq!(verified.created, NOW);
	assert_eq!(verified.blocks, Some(blocks()));
	assert_eq!(verified.receipt, Some(receipt()));
}

#[test]
fn what_the_signature_covers_is_said_in_order() {
	let key = gatekeeper_key_id(&gatekeeper_key().public());
	assert_eq!(
		signed().headers["signature-input"],
		format!(
			"medrec=(\"@status\" \"content-digest\" \"signature\";req \"content-type\" \
			 \"medrec-blocks\" \"medrec-receipt\");created=1795370400;alg=\"ed25519\";\
			 keyid=\"{key}\";tag=\"medrec-response\""
		)
	);
}

#[test]
fn an_answer_without_body_decision_or_receipt_is_believed() {
	let mut parts =
		http::Response::builder().status(304).header("etag", "W/\"3\"").body(()).unwrap();
	*parts.status_mut() = StatusCode::NOT_MODIFIED;
	let (mut parts, ()) = parts.into_parts();
	let signing =
		ResponseSigning { key: &gatekeeper_key(), created: NOW, blocks: None, receipt: None };
	sign_response(&mut parts, b"", &request(), &signing).unwrap();
	let verified = verify_response(&parts, b"", &request(), &gatekeeper_key().public()).unwrap();
	assert_eq!((verified.blocks, verified.receipt), (None, None));

	parts.headers.insert("etag", HeaderValue::from_static("W/\"4\""));
	assert_eq!(
		verify_response(&parts, b"", &request(), &gatekeeper_key().public()),
		Err(ResponseError::SignatureInvalid)
	);
}

#[test]
fn an_answer_belongs_to_one_request() {
	let mut other = get();
	other.uri = format!("{ORIGIN}/fhir/Condition").parse().unwrap();
	let other = sign(&mut other, b"");
	assert_eq!(
		verify_response(&signed(), ANSWER, &other, &gatekeeper_key().public()),
		Err(ResponseError::SignatureInvalid)
	);
}

#[test]
fn another_gatekeepers_key_is_refused() {
	let other = GatekeeperSecret::from_bytes(&[0x23; 32]).public();
	assert_eq!(
		verify_response(&signed(), ANSWER, &request(), &other),
		Err(ResponseError::AnotherKey(gatekeeper_key_id(&gatekeeper_key().public())))
	);
	let mut parts = signed();
	let forged = parts.headers["signature-input"]
		.to_str()
		.unwrap()
		.replace(&gatekeeper_key_id(&gatekeeper_key().public()), &gatekeeper_key_id(&other));
	parts.headers.insert("signature-input", forged.parse().unwrap());
	assert_eq!(
		verify_response(&parts, ANSWER, &request(), &other),
		Err(ResponseError::SignatureInvalid)
	);
}

#[test]
fn another_status_is_refused() {
	let mut parts = signed();
	parts.status = StatusCode::NOT_FOUND;
	assert_eq!(refusal(&parts), ResponseError::SignatureInvalid);
}

#[test]
fn what_was_removed_on_the_way_is_missed() {
	for header in ["signature-input", "signature", "content-digest"] {
		let mut parts = signed();
		parts.headers.remove(header);
		let name = http::HeaderName::from_static(header);
		assert_eq!(refusal(&parts), ResponseError::MissingHeader(name));
	}
	for header in ["content-type", "medrec-blocks", "medrec-receipt"] {
		let mut parts = signed();
		parts.headers.remove(header);
		assert_eq!(refusal(&parts), ResponseError::UnexpectedComponent(format!("\"{header}\"")));
	}
}

#[test]
fn what_was_added_on_the_way_is_refused() {
	for header in ["location", "etag", "retry-after"] {
		let mut parts = signed();
		parts.headers.insert(header, HeaderValue::from_static("1"));
		assert_eq!(refusal(&parts), ResponseError::MissingComponent(format!("\"{header}\"")));
	}
	for header in ["content-type", "medrec-receipt", "signature"] {
		let mut parts = signed();
		let again = parts.headers[header].clone();
		parts.headers.append(header, again);
		let name = http::HeaderName::from_static(header);
		assert_eq!(refusal(&parts), ResponseError::Header(name));
	}
}

#[test]
fn another_body_is_refused() {
	assert_eq!(
		verify_response(&signed(), b"{}", &request(), &gatekeeper_key().public()),
		Err(ResponseError::BodyDigestMismatch)
	);
}

#[test]
fn a_request_is_no_answer() {
	let mut parts = signed();
	let input = parts.headers["signature-input"].to_str().unwrap();
	for (from, to) in [
		("medrec-response", "medrec-request"),
		("alg=\"ed25519\"", "alg=\"rsa-v1_5-sha256\""),
		(";alg", ";expires=1795370460;alg"),
	] {
		let forged = input.replace(from, to);
		let mut parts = parts.clone();
		parts.headers.insert("signature-input", forged.parse().unwrap());
		assert_eq!(refusal(&parts), ResponseError::WrongParameters, "{to}");
	}
	parts.headers.insert("signature-input", HeaderValue::from_static("medrec=1"));
	assert!(matches!(refusal(&parts), ResponseError::MalformedSignature(_)));
}

#[test]
fn a_signed_answer_can_be_signed_again() {
	let mut parts = signed();
	let signing =
		ResponseSigning { key: &gatekeeper_key(), created: NOW, blocks: None, receipt: None };
	sign_response(&mut parts, b"{}", &request(), &signing).unwrap();
	let verified = verify_response(&parts, b"{}", &request(), &gatekeeper_key().public()).unwrap();
	assert_eq!((verified.blocks, verified.receipt), (None, None));
}

#[test]
fn what_cannot_be_covered_is_not_signed() {
	let mut parts = answer();
	parts.headers.append("content-type", HeaderValue::from_static("text/plain"));
	let signing =
		ResponseSigning { key: &gatekeeper_key(), created: NOW, blocks: None, receipt: None };
	assert_eq!(
		sign_response(&mut parts, ANSWER, &request(), &signing),
		Err(SignResponseError::Header(http::header::CONTENT_TYPE))
	);
}

#[test]
fn blocks_have_one_form() {
	let text = blocks().header_value();
	let (be, f1) = ("be".repeat(32), "f1".repeat(32));
	assert_eq!(text, format!("best=\"0x{be}\", finalized=\"0x{f1}\""));
	assert_eq!(DecisionBlocks::from_header_value(&text), Some(blocks()));
	for bad in [
		String::new(),
		format!("best=\"0x{be}\""),
		format!("finalized=\"0x{f1}\", best=\"0x{be}\""),
		format!("best=\"0x{be}\",finalized=\"0x{f1}\""),
		format!("best=\"{be}\", finalized=\"{f1}\""),
		format!("best=\"0x{}\", finalized=\"0x{f1}\"", be.to_uppercase()),
		format!("best=\"0x{be}\", finalized=\"0x{f1}\", other=1"),
		format!("best=0x{be}, finalized=0x{f1}"),
	] {
		assert_eq!(DecisionBlocks::from_header_value(&bad), None, "{bad}");
	}
}

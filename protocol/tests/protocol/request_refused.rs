//! Every way in which a request is refused, each with its own error.

use crate::fixtures::*;
use base64::{
	engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
	Engine,
};
use http::{header, request::Parts, HeaderName, HeaderValue, Method, StatusCode};
use medrec_primitives::{Hash, Purpose};
use medrec_protocol::{
	context::{ContextError, RequestContext},
	delegation::{Delegation, DelegationError, SignedDelegation},
	request::{verify_request, RequestError},
	session::SessionKey,
	staff::StaffError,
};

fn refusal(parts: &Parts, body: &[u8]) -> RequestError {
	verify_request(parts, body, &rules(), NOW).expect_err("it is refused")
}

fn name(text: &'static str) -> HeaderName {
	HeaderName::from_static(text)
}

fn value<'a>(parts: &'a Parts, header: &str) -> &'a str {
	parts.headers[header].to_str().unwrap()
}

/// A request that is signed correctly, by the session key, over whatever these parameters say. `input`
/// is everything after the components.
fn signed_as(input: &str) -> Parts {
	let mut parts = received_get();
	let covered = ["@method", "@target-uri", "medrec-context", "medrec-delegation", "accept"];
	resign(&mut parts, &covered, input);
	parts
}

/// Signs the parts again over these components and parameters, as an attacker with a session key could.
fn resign(parts: &mut Parts, covered: &[&str], parameters: &str) {
	let mut base = String::new();
	for component in covered {
		let content = match *component {
			"@method" => parts.method.to_string(),
			"@target-uri" => format!("{ORIGIN}{}", parts.uri),
			header => parts
				.headers
				.get(header)
				.map_or(String::new(), |value| value.to_str().unwrap().to_owned()),
		};
		base.push_str(&format!("\"{component}\": {content}\n"));
	}
	let list: Vec<_> = covered.iter().map(|component| format!("\"{component}\"")).collect();
	let params = format!("({}){parameters}", list.join(" "));
	base.push_str(&format!("\"@signature-params\": {params}"));
	let key = ed25519_dalek::SigningKey::from_bytes(&[0x11; 32]);
	let signature = ed25519_dalek::Signer::sign(&key, base.as_bytes()).to_bytes();
	parts.headers.insert("signature-input", format!("medrec={params}").parse().unwrap());
	parts
		.headers
		.insert("signature", format!("medrec=:{}:", STANDARD.encode(signature)).parse().unwrap());
}

fn parameters(created: u64, expires: u64, nonce: &str) -> String {
	let key = session_key().id();
	format!(
		";created={created};expires={expires};nonce=\"{nonce}\";alg=\"ed25519\";keyid=\"{key}\";\
		 tag=\"medrec-request\""
	)
}

const CREATED: u64 = NOW / 1000;
const NONCE: &str = "MzMzMzMzMzMzMzMzMzMzMw";

#[test]
fn the_helper_signs_what_is_accepted() {
	let parts = signed_as(&parameters(CREATED, CREATED + 60, NONCE));
	assert!(verify_request(&parts, b"", &rules(), NOW).is_ok());
}

#[test]
fn missing_headers() {
	for header in ["signature-input", "signature", "medrec-context", "medrec-delegation", "host"] {
		let mut parts = received_get();
		parts.headers.remove(header);
		assert_eq!(refusal(&parts, b""), RequestError::MissingHeader(name(header)));
	}
	for header in ["content-digest", "content-type"] {
		let mut parts = received_post();
		parts.headers.remove(header);
		assert_eq!(refusal(&parts, BODY), RequestError::MissingHeader(name(header)));
	}
}

#[test]
fn headers_that_are_there_twice() {
	for header in [
		"signature-input",
		"signature",
		"medrec-context",
		"medrec-delegation",
		"host",
		"content-digest",
		"content-type",
		"accept",
	] {
		let mut parts = received_post();
		let again = parts.headers[header].clone();
		parts.headers.append(header, again);
		assert_eq!(refusal(&parts, BODY), RequestError::DuplicateHeader(name(header)));
	}
	let mut parts = received_get();
	parts.headers.append("if-none-match", HeaderValue::from_static("\"1\""));
	parts.headers.append("if-none-match", HeaderValue::from_static("\"1\""));
	assert_eq!(refusal(&parts, b""), RequestError::DuplicateHeader(header::IF_NONE_MATCH));
}

#[test]
fn headers_that_are_not_text_or_too_long() {
	for header in ["signature-input", "medrec-context", "medrec-delegation", "accept"] {
		let mut parts = received_get();
		parts.headers.insert(header, HeaderValue::from_bytes(b"caf\xe9").unwrap());
		assert_eq!(refusal(&parts, b""), RequestError::HeaderNotText(name(header)));
		let mut parts = received_get();
		parts.headers.insert(header, "a".repeat(10 * 1024 + 1).parse().unwrap());
		assert_eq!(refusal(&parts, b""), RequestError::HeaderTooLong(name(header)));
	}
}

#[test]
fn an_encoded_body() {
	let mut parts = received_post();
	parts.headers.insert("content-encoding", HeaderValue::from_static("gzip"));
	assert_eq!(refusal(&parts, BODY), RequestError::UnexpectedHeader(header::CONTENT_ENCODING));
}

#[test]
fn another_host() {
	for host in ["lakeside.example", "mercy.example:8443", "mercy.example.evil.example", ""] {
		let mut parts = received_get();
		parts.headers.insert("host", host.parse().unwrap());
		let error = refusal(&parts, b"");
		assert_eq!(error, RequestError::HostMismatch(host.into()));
		assert_eq!(error.status(), StatusCode::MISDIRECTED_REQUEST);
	}
	let mut parts = received_get();
	parts.uri = "https://lakeside.example/fhir/Observation".parse().unwrap();
	assert_eq!(refusal(&parts, b""), RequestError::HostMismatch("lakeside.example".into()));
}

#[test]
fn a_target_that_is_no_path() {
	let mut parts = received_get();
	parts.uri = "*".parse().unwrap();
	assert_eq!(refusal(&parts, b""), RequestError::TargetNotPath);
}

#[test]
fn malformed_signature_headers() {
	let mut parts = received_get();
	parts.headers.insert("signature-input", HeaderValue::from_static("medrec=(\"@method\""));
	assert!(matches!(refusal(&parts, b""), RequestError::MalformedSignatureInput(_)));
	let mut parts = received_get();
	parts.headers.insert("signature", HeaderValue::from_static("medrec=:AAAA:"));
	assert!(matches!(refusal(&parts, b""), RequestError::MalformedSignature(_)));
}

#[test]
fn components_that_are_not_covered() {
	let all = [
		"@method",
		"@target-uri",
		"medrec-context",
		"medrec-delegation",
		"content-digest",
		"content-type",
		"accept",
		"if-none-match",
	];
	for omitted in all {
		let mut parts = received_post();
		parts.headers.insert("if-none-match", HeaderValue::from_static("\"1\""));
		let covered: Vec<_> = all.into_iter().filter(|name| *name != omitted).collect();
		resign(&mut parts, &covered, &parameters(CREATED, CREATED + 60, NONCE));
		assert_eq!(refusal(&parts, BODY), RequestError::MissingComponent(format!("\"{omitted}\"")));
	}
}

#[test]
fn components_that_must_not_be_covered() {
	let exact = ["@method", "@target-uri", "medrec-context", "medrec-delegation", "accept"];
	for extra in ["@path", "@authority", "host", "user-agent", "content-digest", "if-none-match"] {
		let mut parts = received_get();
		let covered: Vec<_> = exact.into_iter().chain([extra]).collect();
		resign(&mut parts, &covered, &parameters(CREATED, CREATED + 60, NONCE));
		assert_eq!(refusal(&parts, b""), RequestError::UnexpectedComponent(format!("\"{extra}\"")));
	}
	let mut parts = received_get();
	let covered: Vec<_> = exact.into_iter().chain(["@method"]).collect();
	resign(&mut parts, &covered, &parameters(CREATED, CREATED + 60, NONCE));
	assert_eq!(refusal(&parts, b""), RequestError::RepeatedComponent("\"@method\"".into()));
}

#[test]
fn a_component_of_another_message() {
	let mut parts = received_get();
	let input = value(&parts, "signature-input").replace("\"@method\"", "\"@method\";req");
	parts.headers.insert("signature-input", input.parse().unwrap());
	assert_eq!(refusal(&parts, b""), RequestError::UnexpectedComponent("\"@method\";req".into()));
}

#[test]
fn a_header_that_was_added_on_the_way() {
	let mut parts = received_get();
	parts.headers.insert("if-none-match", HeaderValue::from_static("\"1\""));
	assert_eq!(refusal(&parts, b""), RequestError::MissingComponent("\"if-none-match\"".into()));
	let mut parts = received_get();
	parts.headers.insert("content-type", HeaderValue::from_static("text/plain"));
	assert_eq!(refusal(&parts, b""), RequestError::MissingComponent("\"content-type\"".into()));
}

#[test]
fn a_covered_header_that_was_removed_on_the_way() {
	let mut parts = received_get();
	parts.headers.remove("accept");
	assert_eq!(refusal(&parts, b""), RequestError::UnexpectedComponent("\"accept\"".into()));
}

#[test]
fn wrong_tags_and_algorithms() {
	let good = parameters(CREATED, CREATED + 60, NONCE);
	for tag in ["medrec-response", "", "MEDREC-REQUEST"] {
		let parts = signed_as(&good.replace("medrec-request", tag));
		assert_eq!(refusal(&parts, b""), RequestError::WrongTag(tag.into()));
	}
	for algorithm in ["rsa-v1_5-sha256", "hmac-sha256", "none", "Ed25519"] {
		let parts = signed_as(&good.replace("alg=\"ed25519\"", &format!("alg=\"{algorithm}\"")));
		assert_eq!(refusal(&parts, b""), RequestError::WrongAlgorithm(algorithm.into()));
	}
}

#[test]
fn missing_parameters() {
	let good = parameters(CREATED, CREATED + 60, NONCE);
	for (name, text) in [
		("expires", format!(";expires={}", CREATED + 60)),
		("nonce", format!(";nonce=\"{NONCE}\"")),
	] {
		let parts = signed_as(&good.replace(&text, ""));
		assert_eq!(refusal(&parts, b""), RequestError::MissingParameter(name));
	}
	for text in [format!(";created={CREATED}"), ";alg=\"ed25519\"".into()] {
		let parts = signed_as(&good.replace(&text, ""));
		assert!(matches!(refusal(&parts, b""), RequestError::MalformedSignatureInput(_)));
	}
}

#[test]
fn times() {
	let refused = |created, expires| refusal(&signed_as(&parameters(created, expires, NONCE)), b"");
	assert_eq!(refused(CREATED + 11, CREATED + 60), RequestError::CreatedInFuture(11_000));
	assert_eq!(refused(CREATED - 60, CREATED), RequestError::Expired(0));
	assert_eq!(refused(CREATED - 3_600, CREATED - 3_590), RequestError::Expired(3_590_000));
	assert_eq!(refused(CREATED, CREATED), RequestError::LifetimeEmpty);
	assert_eq!(refused(CREATED, CREATED - 1), RequestError::LifetimeEmpty);
	assert_eq!(refused(CREATED, CREATED + 61), RequestError::LifetimeTooLong(61_000));
	assert_eq!(
		refused(0, 999_999_999_999_999),
		RequestError::LifetimeTooLong(999_999_999_999_999_000)
	);
}

#[test]
fn nonces() {
	let refused = |nonce: &[u8]| {
		let text = URL_SAFE_NO_PAD.encode(nonce);
		refusal(&signed_as(&parameters(CREATED, CREATED + 60, &text)), b"")
	};
	assert_eq!(refused(&[0; 15]), RequestError::NonceTooShort(15));
	assert_eq!(refused(&[]), RequestError::NonceTooShort(0));
	assert_eq!(refused(&[0; 33]), RequestError::NonceMalformed);
	for text in ["MzMzMzMzMzMzMzMzMzMzMw==", "MzMzMzMzMzMzMzMzMzMzMx", "not base64url, surely"] {
		let parts = signed_as(&parameters(CREATED, CREATED + 60, text));
		assert_eq!(refusal(&parts, b""), RequestError::NonceMalformed, "{text}");
	}
}

#[test]
fn another_body() {
	let parts = received_post();
	for body in [br#"{"relationship":8}"#.as_slice(), b""] {
		assert_eq!(refusal(&parts, body), RequestError::BodyDigestMismatch);
	}
	assert_eq!(refusal(&received_get(), b"x"), RequestError::MissingHeader(name("content-digest")));
}

#[test]
fn another_digest_algorithm() {
	let mut parts = post();
	sign(&mut parts, BODY);
	let mut parts = as_received(parts);
	let digest = "sha-512=:YWJj:, ".to_owned() + value(&parts, "content-digest");
	parts.headers.insert("content-digest", digest.parse().unwrap());
	assert_eq!(refusal(&parts, BODY), RequestError::BodyDigestMismatch);
}

#[test]
fn a_delegation_that_is_none() {
	let mut parts = received_get();
	parts.headers.insert("medrec-delegation", HeaderValue::from_static("AAAA"));
	assert!(matches!(
		refusal(&parts, b""),
		RequestError::DelegationMalformed(DelegationError::Header(_))
	));
}

#[test]
fn another_key_than_the_delegated() {
	let other = SessionKey::from_bytes(&[0x12; 32]).id().to_string();
	let own = session_key().id().to_string();
	let parts = signed_as(&parameters(CREATED, CREATED + 60, NONCE).replace(&own, &other));
	assert_eq!(refusal(&parts, b""), RequestError::DelegationForAnotherKey(other));
}

#[test]
fn a_signature_by_another_key() {
	let own = ed25519_dalek::SigningKey::from_bytes(&[0x12; 32]);
	let mut parts = received_get();
	let signature = ed25519_dalek::Signer::sign(&own, b"anything").to_bytes();
	parts
		.headers
		.insert("signature", format!("medrec=:{}:", STANDARD.encode(signature)).parse().unwrap());
	assert_eq!(refusal(&parts, b""), RequestError::SignatureInvalid);
}

#[test]
fn another_method_or_target() {
	let mut parts = received_get();
	parts.method = Method::DELETE;
	assert_eq!(refusal(&parts, b""), RequestError::SignatureInvalid);
	for target in [
		"/fhir/Observation",
		"/fhir/Observation?category=laboratory",
		"/fhir/Observation?category=laboratory&date=ge2025",
		"/fhir/Observation?date=ge2026&category=laboratory",
		"/fhir/Condition?category=laboratory&date=ge2026",
		"//fhir/Observation?category=laboratory&date=ge2026",
		"/fhir/./Observation?category=laboratory&date=ge2026",
		"/fhir/%4Fbservation?category=laboratory&date=ge2026",
	] {
		let mut parts = received_get();
		parts.uri = target.parse().unwrap();
		assert_eq!(refusal(&parts, b""), RequestError::SignatureInvalid, "{target}");
	}
}

fn delegated(change: impl FnOnce(&mut Delegation)) -> Parts {
	let mut delegation = delegation();
	change(&mut delegation);
	signed_by(delegation.sign(&identity().account_key).unwrap(), context())
}

/// As a client that does not check what it sends.
fn signed_by(delegation: SignedDelegation, context: RequestContext) -> Parts {
	let mut parts = received_get();
	parts.headers.insert("medrec-delegation", delegation.header_value().parse().unwrap());
	parts.headers.insert("medrec-context", context.header_value().unwrap().parse().unwrap());
	let covered = ["@method", "@target-uri", "medrec-context", "medrec-delegation", "accept"];
	resign(&mut parts, &covered, &parameters(CREATED, CREATED + 60, NONCE));
	parts
}

#[test]
fn a_delegation_for_somewhere_else() {
	let lakeside = "https://lakeside.example";
	assert_eq!(
		refusal(&delegated(|delegation| delegation.gatekeeper = lakeside.parse().unwrap()), b""),
		RequestError::DelegationForAnotherGatekeeper(lakeside.into())
	);
	let other = Hash::repeat_byte(8);
	assert_eq!(
		refusal(&delegated(|delegation| delegation.genesis = other), b""),
		RequestError::DelegationForAnotherChain(other)
	);
}

#[test]
fn a_delegation_at_another_time() {
	assert_eq!(
		refusal(&delegated(|delegation| delegation.from = NOW + 10_001), b""),
		RequestError::DelegationNotYetValid(10_001)
	);
	let early = delegated(|delegation| delegation.from = NOW + 10_000);
	assert!(verify_request(&early, b"", &rules(), NOW).is_ok());
	let over = delegated(|delegation| {
		delegation.from = NOW - DAY;
		delegation.until = NOW;
	});
	assert_eq!(refusal(&over, b""), RequestError::DelegationExpired);
	let last = delegated(|delegation| {
		delegation.from = NOW - HOUR;
		delegation.until = NOW + 1;
	});
	assert!(verify_request(&last, b"", &rules(), NOW).is_ok());
}

#[test]
fn a_context_that_is_none() {
	let mut parts = received_get();
	parts.headers.insert("medrec-context", HeaderValue::from_static("AAAA"));
	let covered = ["@method", "@target-uri", "medrec-context", "medrec-delegation", "accept"];
	resign(&mut parts, &covered, &parameters(CREATED, CREATED + 60, NONCE));
	assert!(matches!(
		refusal(&parts, b""),
		RequestError::ContextMalformed(ContextError::Header(_))
	));
}

#[test]
fn a_context_for_somewhere_else() {
	let about = |context| refusal(&signed_by(signed_delegation(), context), b"");
	let other = Hash::repeat_byte(8);
	assert_eq!(
		about(RequestContext { genesis: other, ..context() }),
		RequestError::ContextForAnotherChain(other)
	);
	assert_eq!(
		about(RequestContext { audience: 2, ..context() }),
		RequestError::ContextForAnotherGatekeeper(2)
	);
	assert_eq!(
		about(RequestContext::new(genesis(), PROVIDER, Some(RELATIONSHIP), 43, Purpose::Personal)),
		RequestError::ActorNotDelegated { actor: 43, delegating: PATRON }
	);
}

#[test]
fn codes_are_distinct() {
	let errors = [
		RequestError::MissingHeader(header::HOST),
		RequestError::DuplicateHeader(header::HOST),
		RequestError::HeaderNotText(header::HOST),
		RequestError::HeaderTooLong(header::HOST),
		RequestError::UnexpectedHeader(header::HOST),
		RequestError::HostMismatch(String::new()),
		RequestError::TargetNotPath,
		RequestError::MalformedSignatureInput(String::new()),
		RequestError::MalformedSignature(String::new()),
		RequestError::MissingComponent(String::new()),
		RequestError::UnexpectedComponent(String::new()),
		RequestError::RepeatedComponent(String::new()),
		RequestError::MissingParameter("nonce"),
		RequestError::WrongTag(String::new()),
		RequestError::WrongAlgorithm(String::new()),
		RequestError::CreatedInFuture(0),
		RequestError::Expired(0),
		RequestError::LifetimeEmpty,
		RequestError::LifetimeTooLong(0),
		RequestError::NonceMalformed,
		RequestError::NonceTooShort(0),
		RequestError::BodyDigestMismatch,
		RequestError::DelegationMalformed(DelegationError::Empty),
		RequestError::DelegationForAnotherKey(String::new()),
		RequestError::SignatureInvalid,
		RequestError::DelegationForAnotherGatekeeper(String::new()),
		RequestError::DelegationForAnotherChain(genesis()),
		RequestError::DelegationNotYetValid(0),
		RequestError::DelegationExpired,
		RequestError::ContextMalformed(ContextError::EmergencyReason),
		RequestError::ContextForAnotherChain(genesis()),
		RequestError::ContextForAnotherGatekeeper(0),
		RequestError::ActorNotDelegated { actor: 0, delegating: 0 },
		RequestError::DelegationRefused(DelegationError::SignatureInvalid),
		RequestError::DelegationRefused(DelegationError::EpochOver { delegated: 0, current: 1 }),
		RequestError::Staff(StaffError::NoPurpose),
		RequestError::Staff(StaffError::TooLong),
		RequestError::Staff(StaffError::AnotherChain(genesis())),
		RequestError::Staff(StaffError::AnotherProvider { provider: 0, actor: 1 }),
		RequestError::Staff(StaffError::AnotherKey(session_key().id())),
		RequestError::Staff(StaffError::NotYetValid(0)),
		RequestError::Staff(StaffError::Expired),
		RequestError::Staff(StaffError::NoProvider(0)),
		RequestError::Staff(StaffError::SignatureInvalid),
	];
	let codes: std::collections::BTreeSet<_> = errors.iter().map(RequestError::code).collect();
	assert_eq!(codes.len(), errors.len());
	let document = include_str!("../../../docs/protocol.md");
	for code in codes {
		assert!(document.contains(&format!("`{code}`")), "{code} is not in docs/protocol.md");
	}
}

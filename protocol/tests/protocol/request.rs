//! Signing a request, and accepting it.

use crate::fixtures::*;
use http::HeaderValue;
use medrec_primitives::Purpose;
use medrec_protocol::{
	context::RequestContext,
	delegation::DelegationError,
	request::{
		sign_request, verify_request, Nonce, NonceError, RequestError, RequestSigning,
		SignRequestError,
	},
	session::SessionKey,
};

#[test]
fn a_signed_request_is_accepted() {
	let verified = verify_request(&received_get(), b"", &rules(), NOW + 1_500).unwrap();
	assert_eq!(verified.context, context());
	assert_eq!(verified.delegation.delegation, delegation());
	assert_eq!(verified.session_key, session_key().id());
	assert_eq!(verified.nonce, nonce());
	assert_eq!((verified.created, verified.expires), (NOW, NOW + 60_000));
	assert_eq!(verified.authorize(&identity().account_id(), 3), Ok(()));
}

#[test]
fn a_signed_request_with_a_body_is_accepted() {
	assert!(verify_request(&received_post(), BODY, &rules(), NOW).is_ok());
}

#[test]
fn what_the_signature_covers_is_said_in_order() {
	let parts = received_post();
	let key = session_key().id();
	assert_eq!(
		parts.headers["signature-input"],
		format!(
			"medrec=(\"@method\" \"@target-uri\" \"medrec-context\" \"medrec-delegation\" \
			 \"content-digest\" \"content-type\" \"accept\");created=1795370400;expires=1795370460;\
			 nonce=\"MzMzMzMzMzMzMzMzMzMzMw\";alg=\"ed25519\";keyid=\"{key}\";\
			 tag=\"medrec-request\""
		)
	);
}

#[test]
fn if_none_match_is_covered_where_present() {
	let mut parts = get();
	parts.headers.insert("if-none-match", HeaderValue::from_static("W/\"3\""));
	sign(&mut parts, b"");
	let mut received = as_received(parts);
	assert!(verify_request(&received, b"", &rules(), NOW).is_ok());
	received.headers.insert("if-none-match", HeaderValue::from_static("W/\"4\""));
	assert_eq!(verify_request(&received, b"", &rules(), NOW), Err(RequestError::SignatureInvalid));
}

#[test]
fn accept_is_set_where_the_client_has_none() {
	let mut parts = get();
	parts.headers.remove("accept");
	sign(&mut parts, b"");
	assert_eq!(parts.headers["accept"], "*/*");
	assert!(verify_request(&as_received(parts), b"", &rules(), NOW).is_ok());
}

#[test]
fn components_may_be_signed_in_another_order() {
	use base64::{engine::general_purpose::STANDARD, Engine};
	let mut parts = get();
	sign(&mut parts, b"");
	let value = |name: &str| parts.headers[name].to_str().unwrap().to_owned();
	let key = session_key().id();
	let signature_params = format!(
		"(\"accept\" \"medrec-delegation\" \"medrec-context\" \"@target-uri\" \"@method\");\
		 tag=\"medrec-request\";keyid=\"{key}\";alg=\"ed25519\";created=1795370400;\
		 nonce=\"MzMzMzMzMzMzMzMzMzMzMw\";expires=1795370460"
	);
	let base = format!(
		"\"accept\": {}\n\"medrec-delegation\": {}\n\"medrec-context\": {}\n\"@target-uri\": {}\n\
		 \"@method\": GET\n\"@signature-params\": {signature_params}",
		value("accept"),
		value("medrec-delegation"),
		value("medrec-context"),
		parts.uri
	);
	let key = ed25519_dalek::SigningKey::from_bytes(&[0x11; 32]);
	let signature = ed25519_dalek::Signer::sign(&key, base.as_bytes()).to_bytes();
	let signature = format!("medrec=:{}:", STANDARD.encode(signature));
	parts.headers.insert("signature-input", format!("medrec={signature_params}").parse().unwrap());
	parts.headers.insert("signature", signature.parse().unwrap());
	assert!(verify_request(&as_received(parts), b"", &rules(), NOW).is_ok());
}

/// httpsig reads the same headers, builds the same signature base and finds the signature good.
#[test]
fn another_implementation_of_the_rfc_agrees() {
	use httpsig::prelude::{
		message_component::HttpMessageComponent, AlgorithmName, HttpSignatureBase,
		HttpSignatureHeaders, PublicKey, VerifyingKey,
	};
	let mut parts = post();
	sign(&mut parts, BODY);
	let value = |name: &str| parts.headers[name].to_str().unwrap().to_owned();
	let headers =
		HttpSignatureHeaders::try_parse(&value("signature"), &value("signature-input")).unwrap();
	let signature = &headers["medrec"];
	let target_uri = parts.uri.to_string();
	let lines: Vec<HttpMessageComponent> = [
		("@method", "POST"),
		("@target-uri", target_uri.as_str()),
		("medrec-context", &value("medrec-context")),
		("medrec-delegation", &value("medrec-delegation")),
		("content-digest", &value("content-digest")),
		("content-type", &value("content-type")),
		("accept", &value("accept")),
	]
	.iter()
	.map(|(name, value)| {
		HttpMessageComponent::try_from(format!("\"{name}\": {value}").as_str()).unwrap()
	})
	.collect();
	let base = HttpSignatureBase::try_new(&lines, signature.signature_params()).unwrap();
	let key = PublicKey::from_bytes(&AlgorithmName::Ed25519, &session_key().id().0).unwrap();
	let digits = value("signature");
	let digits = digits.strip_prefix("medrec=:").unwrap().strip_suffix(':').unwrap();
	use base64::{engine::general_purpose::STANDARD, Engine};
	let bytes = STANDARD.decode(digits).unwrap();
	assert!(key.verify(&base.as_bytes(), &bytes).is_ok());
	assert!(key.verify(&[base.as_bytes().as_slice(), b" "].concat(), &bytes).is_err());
}

#[test]
fn a_request_can_be_signed_again() {
	let mut parts = post();
	let first = sign(&mut parts, BODY);
	let second_nonce = Nonce::random();
	let signing = RequestSigning {
		session_key: &session_key(),
		delegation: &signed_delegation(),
		staff: None,
		context: &context(),
		created: NOW + 90_000,
		expires: NOW + 120_000,
		nonce: second_nonce.clone(),
	};
	let second = sign_request(&mut parts, BODY, &signing).unwrap();
	assert_ne!(first, second);
	let verified = verify_request(&as_received(parts), BODY, &rules(), NOW + 91_000).unwrap();
	assert_eq!(verified.nonce, second_nonce);
	assert_eq!(verified.signature, second);
}

#[test]
fn the_host_may_carry_the_default_port_and_any_case() {
	for host in ["mercy.example", "MERCY.example", "mercy.example:443"] {
		let mut parts = received_get();
		parts.headers.insert("host", host.parse().unwrap());
		assert!(verify_request(&parts, b"", &rules(), NOW).is_ok(), "{host}");
	}
}

#[test]
fn an_absolute_target_is_accepted() {
	let mut parts = get();
	sign(&mut parts, b"");
	assert!(verify_request(&parts, b"", &rules(), NOW).is_ok());
}

#[test]
fn forwarded_headers_change_nothing() {
	let mut parts = received_get();
	for name in ["forwarded", "x-forwarded-host", "x-forwarded-proto", "x-original-url"] {
		parts.headers.insert(name, HeaderValue::from_static("https://evil.example"));
	}
	assert!(verify_request(&parts, b"", &rules(), NOW).is_ok());
}

#[test]
fn times_hold_to_the_millisecond() {
	let verify = |now| verify_request(&received_get(), b"", &rules(), now).map(|_| ());
	assert_eq!(verify(NOW - 10_000), Ok(()));
	assert_eq!(verify(NOW - 10_001), Err(RequestError::CreatedInFuture(10_001)));
	assert_eq!(verify(NOW + 59_999), Ok(()));
	assert_eq!(verify(NOW + 60_000), Err(RequestError::Expired(0)));
}

#[test]
fn the_account_is_checked_in_a_second_step() {
	let verified = verify_request(&received_get(), b"", &rules(), NOW).unwrap();
	let [other, ..] = account_keys();
	assert_eq!(
		verified.authorize(&other.account_id(), 3),
		Err(RequestError::DelegationRefused(DelegationError::SignatureInvalid))
	);
	assert_eq!(
		verified.authorize(&identity().account_id(), 4),
		Err(RequestError::DelegationRefused(DelegationError::EpochOver {
			delegated: 3,
			current: 4
		}))
	);
}

#[test]
fn accounts_of_every_scheme_can_ask() {
	for key in account_keys() {
		let mut parts = get();
		sign_with(&mut parts, b"", &context(), &delegation().sign(&key).unwrap());
		let verified = verify_request(&as_received(parts), b"", &rules(), NOW).unwrap();
		assert_eq!(verified.authorize(&key.account_id(), 3), Ok(()));
	}
}

#[test]
fn the_longest_opening_fits() {
	let context = RequestContext {
		opening: Some(longest_opening()),
		purpose: Purpose::Emergency,
		emergency: Some("ü".repeat(250)),
		include_block: Some(genesis()),
		relationship: Some(u64::MAX),
		..context()
	};
	let mut parts = get();
	sign_with(&mut parts, b"", &context, &signed_delegation());
	let verified = verify_request(&as_received(parts), b"", &rules(), NOW).unwrap();
	assert_eq!(verified.context, context);
}

#[test]
fn a_client_does_not_sign_what_would_be_refused() {
	let key = session_key();
	let delegation = signed_delegation();
	let context = context();
	let signing = || RequestSigning {
		session_key: &key,
		delegation: &delegation,
		staff: None,
		context: &context,
		created: NOW,
		expires: NOW + 60_000,
		nonce: nonce(),
	};
	let refused = |uri: &str, signing: &RequestSigning| {
		let (mut parts, ()) = http::Request::get(uri).body(()).unwrap().into_parts();
		let before = parts.headers.clone();
		let error = sign_request(&mut parts, b"", signing).unwrap_err();
		assert_eq!(parts.headers, before, "nothing is left behind");
		error
	};
	let uri = "https://mercy.example/fhir/Condition";
	for elsewhere in [
		"https://lakeside.example/fhir/Condition",
		"http://mercy.example/fhir/Condition",
		"https://mercy.example:8443/fhir/Condition",
		"https://mercy.example@lakeside.example/",
		"/fhir/Condition",
	] {
		assert!(matches!(refused(elsewhere, &signing()), SignRequestError::TargetElsewhere { .. }));
	}
	let other = SessionKey::generate();
	let another_key = RequestSigning { session_key: &other, ..signing() };
	assert_eq!(refused(uri, &another_key), SignRequestError::AnotherKey);
	for expires in [NOW - 1, NOW, NOW + 999, NOW + 61_000] {
		let signing = RequestSigning { expires, ..signing() };
		assert_eq!(refused(uri, &signing), SignRequestError::Lifetime);
	}

	let mut parts = post();
	parts.headers.remove("content-type");
	assert_eq!(
		sign_request(&mut parts, BODY, &signing()),
		Err(SignRequestError::Header(http::header::CONTENT_TYPE))
	);
	let mut parts = get();
	parts.headers.append("accept", HeaderValue::from_static("text/html"));
	assert_eq!(
		sign_request(&mut parts, b"", &signing()),
		Err(SignRequestError::Header(http::header::ACCEPT))
	);
}

#[test]
fn nonces_have_128_to_256_bits() {
	assert_eq!(Nonce::new(&[0; 15]), Err(NonceError::TooShort(15)));
	assert!(Nonce::new(&[0; 16]).is_ok());
	assert!(Nonce::new(&[0; 32]).is_ok());
	assert_eq!(Nonce::new(&[0; 33]), Err(NonceError::TooLong(33)));
	let nonce = Nonce::random();
	assert_eq!(nonce.to_string().parse(), Ok(nonce.clone()));
	assert_ne!(nonce, Nonce::random());
	assert_eq!(nonce.as_bytes().len(), 16);
}

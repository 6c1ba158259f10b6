//! Test vectors for clients in other languages. Each is made anew from fixed keys, times and nonces
//! and compared with `vectors/`. Signatures and seals that are randomised are taken from the file and
//! checked. `MEDREC_WRITE_VECTORS=1` writes the files.

use crate::{amendments, application, enrolment, fixtures::*, notifications, policy, receipt};
use base64::{engine::general_purpose::URL_SAFE_NO_PAD, Engine};
use codec::Encode;
use http::{request::Parts, HeaderMap};
use medrec_primitives::Purpose;
use medrec_protocol::{
	account::{fingerprint, AccountKey},
	application::Application,
	context::RequestContext,
	delegation::SignedDelegation,
	encryption::EncryptionSecret,
	enrolment::EnrolmentRequest,
	identity::Identity,
	policy::SignedPolicy,
	request::verify_request,
	response::{sign_response, DecisionBlocks, ResponseSigning},
	sealed::{open, seal, OpeningContext, PortableOpening, SealedOpening},
	signature::Scheme,
	staff::SignedStaffCredential,
};
use serde_json::{json, Value};
use std::path::PathBuf;

fn hex0x(bytes: impl AsRef<[u8]>) -> String {
	format!("0x{}", hex::encode(bytes))
}

/// Compares a file of `vectors/` with what `make` makes of its present content.
fn check(name: &str, make: impl Fn(&Value) -> Value) {
	let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors").join(name);
	let present = std::fs::read_to_string(&path).unwrap_or_default();
	let present: Value = serde_json::from_str(&present).unwrap_or_default();
	let made = make(&present);
	if std::env::var_os("MEDREC_WRITE_VECTORS").is_some() {
		let text = serde_json::to_string_pretty(&made).unwrap() + "\n";
		std::fs::write(&path, text).unwrap();
		return;
	}
	assert_eq!(
		present, made,
		"vectors/{name} differs; if that is meant, run the tests with MEDREC_WRITE_VECTORS=1"
	);
}

/// A part of the present file if it is valid, otherwise a new one.
fn kept<T: serde::de::DeserializeOwned>(
	present: Option<&Value>,
	valid: impl Fn(&T) -> bool,
	new: impl Fn() -> T,
) -> T {
	present
		.and_then(|value| serde_json::from_value(value.clone()).ok())
		.filter(valid)
		.unwrap_or_else(new)
}

#[test]
fn identities() {
	let of = |identity: &Identity| {
		json!({
			"path": identity.path,
			"account": identity.account_id().to_string(),
			"publicKey": hex0x(identity.account_id()),
			"encryptionKey": hex0x(identity.encryption_key()),
			"fingerprint": fingerprint(&identity.account_id()),
		})
	};
	let seed = seed();
	check("identity.json", |_| {
		json!({
			"words": WORDS,
			"genesis": genesis(),
			"identities": [
				of(&seed.identity(&genesis(), 1, 0)),
				of(&seed.identity(&genesis(), 1, 1)),
				of(&seed.identity(&genesis(), u64::MAX, u32::MAX)),
				of(&seed.viewer(0)),
				of(&seed.provider(0)),
			],
			"backup": {
				"path": format!("//medrec//{}//backup", hex::encode(genesis())),
				"encryptionKey": hex0x(seed.backup_key(&genesis()).public()),
			},
		})
	});
}

#[test]
fn delegations() {
	let of = |key: &AccountKey, present: &Value| {
		let account = key.account_id();
		let signed = kept(
			present.get("header"),
			|header: &String| {
				SignedDelegation::from_header_value(header).is_ok_and(|signed| {
					signed.delegation == delegation() && signed.verify(&account, 3).is_ok()
				})
			},
			|| delegation().sign(key).unwrap().header_value(),
		);
		let signature = SignedDelegation::from_header_value(&signed).unwrap().signature;
		json!({
			"seed": hex0x([0x55; 32]),
			"account": account.to_string(),
			"accountId": hex0x(&account),
			"text": delegation().to_string(),
			"signature": signature,
			"header": signed,
		})
	};
	check("delegation.json", |present| {
		account_keys()
			.iter()
			.enumerate()
			.map(|(index, key)| of(key, present.get(index).unwrap_or(&Value::Null)))
			.collect()
	});
}

/// The delegation of the request vectors: by an ed25519 account, whose signatures are not randomised.
fn reproducible_delegation() -> SignedDelegation {
	delegation().sign(&AccountKey::from_seed(&[0x55; 32], Scheme::Ed25519)).unwrap()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
	headers[name].to_str().unwrap()
}

fn headers_as_json(headers: &HeaderMap) -> Value {
	headers
		.iter()
		.map(|(name, value)| (name.to_string(), Value::from(value.to_str().unwrap())))
		.collect::<serde_json::Map<_, _>>()
		.into()
}

/// The signature base as RFC 9421 section 2.5 has it, put together here once more.
fn request_base(parts: &Parts) -> String {
	let input = text(&parts.headers, "signature-input").strip_prefix("medrec=").unwrap();
	let list = input.strip_prefix('(').unwrap().split(')').next().unwrap();
	let mut base = String::new();
	for component in list.split(' ') {
		let content = match component.trim_matches('"') {
			"@method" => parts.method.to_string(),
			"@target-uri" => parts.uri.to_string(),
			header => text(&parts.headers, header).to_owned(),
		};
		base += &format!("{component}: {content}\n");
	}
	base + &format!("\"@signature-params\": {input}")
}

fn signed_by_session_key(base: &str, headers: &HeaderMap, key: &[u8; 32]) -> bool {
	use base64::engine::general_purpose::STANDARD;
	let digits = text(headers, "signature").strip_prefix("medrec=:").unwrap();
	let bytes = STANDARD.decode(digits.strip_suffix(':').unwrap()).unwrap();
	ed25519_dalek::VerifyingKey::from_bytes(key)
		.unwrap()
		.verify_strict(base.as_bytes(), &bytes.as_slice().try_into().unwrap())
		.is_ok()
}

fn request(parts: Parts, body: &[u8], context: &RequestContext) -> Value {
	request_of(parts, body, context, None)
}

fn request_of(
	mut parts: Parts,
	body: &[u8],
	context: &RequestContext,
	staff: Option<&SignedStaffCredential>,
) -> Value {
	sign_as(&mut parts, body, context, &reproducible_delegation(), staff);
	let base = request_base(&parts);
	assert!(signed_by_session_key(&base, &parts.headers, &session_key().id().0));
	assert!(verify_request(&as_received(parts.clone()), body, &rules(), NOW).is_ok());
	json!({
		"method": parts.method.as_str(),
		"uri": parts.uri.to_string(),
		"body": std::str::from_utf8(body).unwrap(),
		"context": context,
		"signatureBase": base,
		"headers": headers_as_json(&parts.headers),
	})
}

#[test]
fn requests() {
	let own = context();
	let granted = RequestContext {
		opening: Some(opening()),
		include_block: Some(genesis()),
		purpose: Purpose::Treatment,
		..context()
	};
	let emergency = RequestContext {
		purpose: Purpose::Emergency,
		emergency: Some("Found unconscious".into()),
		..context()
	};
	check("request.json", |_| {
		json!({
			"sessionKey": { "secret": hex0x([0x11; 32]), "id": session_key().id() },
			"publicOrigin": ORIGIN,
			"genesis": genesis(),
			"provider": PROVIDER,
			"account": reproducible_account(),
			"epoch": 3,
			"now": NOW,
			"requests": [
				request(get(), b"", &own),
				request(get(), b"", &granted),
				request(get(), b"", &emergency),
				request(post(), BODY, &own),
			],
		})
	});
}

fn reproducible_account() -> String {
	AccountKey::from_seed(&[0x55; 32], Scheme::Ed25519).account_id().to_string()
}

#[test]
fn responses() {
	let mut asked = get();
	let signature = sign_with(&mut asked, b"", &context(), &reproducible_delegation());
	let blocks = DecisionBlocks {
		best: medrec_primitives::Hash::repeat_byte(0xbe),
		finalized: medrec_primitives::Hash::repeat_byte(0xf1),
	};
	let mut parts = answer();
	let signing = ResponseSigning {
		key: &gatekeeper_key(),
		created: NOW,
		blocks: Some(&blocks),
		receipt: Some(&receipt::receipt()),
	};
	sign_response(&mut parts, ANSWER, &signature, &signing).unwrap();
	let input = text(&parts.headers, "signature-input").strip_prefix("medrec=").unwrap();
	let base = format!(
		"\"@status\": 200\n\"content-digest\": {}\n\"signature\";req: {}\n\"content-type\": {}\n\
		 \"medrec-blocks\": {}\n\"medrec-receipt\": {}\n\"@signature-params\": {input}",
		text(&parts.headers, "content-digest"),
		text(&asked.headers, "signature"),
		text(&parts.headers, "content-type"),
		text(&parts.headers, "medrec-blocks"),
		text(&parts.headers, "medrec-receipt"),
	);
	assert!(signed_by_session_key(&base, &parts.headers, &gatekeeper_key().public()));
	check("response.json", |_| {
		json!({
			"gatekeeperKey": {
				"secret": hex0x([0x22; 32]),
				"public": hex0x(gatekeeper_key().public()),
			},
			"requestSignature": signature.as_str(),
			"status": 200,
			"body": std::str::from_utf8(ANSWER).unwrap(),
			"signatureBase": base,
			"headers": headers_as_json(&parts.headers),
			"receipt": receipt::receipt(),
			"genesis": genesis(),
			"checkpoint": receipt::checkpoint(),
		})
	});
}

#[test]
fn enrolments() {
	let code = enrolment::code();
	check("enrolment.json", |present| {
		let made = enrolment::enrolment();
		let request: EnrolmentRequest = kept(
			present.get("request"),
			|request: &EnrolmentRequest| {
				let unsigned =
					EnrolmentRequest { signature: made.signature.clone(), ..request.clone() };
				unsigned == made && request.verify(&genesis(), PROVIDER, NOW).is_ok()
			},
			|| made.clone(),
		);
		let payload =
			request.consent(PROVIDER).payload(&genesis(), &request.account, request.nonce);
		json!({
			"words": WORDS,
			"path": identity().path,
			"code": code.to_string(),
			"secretHash": code.secret.hash(),
			"consentPayload": hex0x(payload),
			"signedConsent": hex0x(request.signed_consent().encode()),
			"request": request,
		})
	});
}

#[test]
fn applications() {
	check("application.json", |present| {
		let made = application::application();
		let application: Application = kept(
			present.get("application"),
			|application: &Application| {
				let unsigned =
					Application { signature: made.signature.clone(), ..application.clone() };
				unsigned == made && application.verify(&genesis()).is_ok()
			},
			|| made.clone(),
		);
		json!({
			"words": WORDS,
			"path": seed().provider(0).path,
			"payload": hex0x(application.payload()),
			"application": application,
		})
	});
}

#[test]
fn amendment_bodies() {
	check("amendment.json", |_| json!({ "amendment": amendments::amendment() }));
}

#[test]
fn notification_events() {
	check("notification.json", |_| {
		json!({
			"gatekeeperKey": hex0x(gatekeeper_key().public()),
			"genesis": genesis(),
			"notification": notifications::notification(),
		})
	});
}

#[test]
fn policies() {
	check("policy.json", |present| {
		let account = identity().account_id();
		let signed: SignedPolicy = kept(
			present.get("signed"),
			|signed: &SignedPolicy| {
				signed.policy == policy::policy() && signed.verify(&account).is_ok()
			},
			|| policy::policy().sign(&identity().account_key).unwrap(),
		);
		json!({
			"words": WORDS,
			"path": identity().path,
			"account": account.to_string(),
			"hash": policy::policy().hash(),
			"signed": signed,
		})
	});
}

#[test]
fn staff_credentials() {
	let signed = signed_staff_credential();
	let treating = RequestContext { purpose: Purpose::Treatment, ..context() };
	check("staff.json", |_| {
		json!({
			"gatekeeperKey": {
				"secret": hex0x([0x22; 32]),
				"public": hex0x(gatekeeper_key().public()),
			},
			"payload": hex0x(signed.credential.payload()),
			"signed": signed,
			"header": signed.header_value().unwrap(),
			"request": request_of(get(), b"", &treating, Some(&signed)),
		})
	});
}

#[test]
fn sealed_openings() {
	let grantee = EncryptionSecret::from_bytes([0x99; 32]);
	let context = OpeningContext::of(&opening(), genesis(), PROVIDER, RELATIONSHIP);
	check("opening.json", |present| {
		let sealed: SealedOpening = kept(
			present.get("sealed"),
			|sealed| open(&grantee, &context, sealed) == Ok(opening()),
			|| seal(&grantee.public(), &context, &opening()).unwrap(),
		);
		let portable = PortableOpening { context, sealed: sealed.clone() };
		json!({
			"grantee": { "secret": hex0x([0x99; 32]), "public": hex0x(grantee.public()) },
			"genesis": genesis(),
			"provider": PROVIDER,
			"relationship": RELATIONSHIP,
			"opening": opening(),
			"encoded": hex0x(opening().encode()),
			"tag": context.tag,
			"info": hex0x([
				b"medrec/opening/v1".as_slice(),
				genesis().as_bytes(),
				&PROVIDER.to_le_bytes(),
				&RELATIONSHIP.to_le_bytes(),
			].concat()),
			"sealed": sealed,
			"portable": portable.to_string(),
		})
	});
}

/// Headers that carry a structure are base64url of JSON, whatever the order of its keys.
#[test]
fn headers_hold_what_the_vectors_say() {
	let mut parts = get();
	sign_with(&mut parts, b"", &context(), &reproducible_delegation());
	let json = URL_SAFE_NO_PAD.decode(text(&parts.headers, "medrec-context")).unwrap();
	assert_eq!(
		serde_json::from_slice::<Value>(&json).unwrap(),
		serde_json::to_value(context()).unwrap()
	);
}

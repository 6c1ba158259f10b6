//! The signature: what it covers, its parameters, and what was changed after it.

use super::mutation::{forged, tampered, Mutation};
use crate::support::{
	client::{Ask, Client},
	forge::{key_id, Forge},
	world::BOB_AT_MERCY,
};
use base64::{engine::general_purpose::URL_SAFE_NO_PAD, Engine};
use medrec_primitives::Purpose;

fn flip(value: &str) -> String {
	// Changes one digit in the middle of the base64, whose bits all count.
	let at = value.len() / 2;
	let other = if value.as_bytes()[at] == b'A' { "B" } else { "A" };
	format!("{}{other}{}", &value[..at], &value[at + 1..])
}

pub fn mutations(alice: &Client) -> Vec<Mutation> {
	let invalid = "signature-invalid";
	let other_session = [9; 32];
	let without = |name: &'static str, component: &'static str| {
		let keep = move |forge: &mut Forge| {
			let all = ["@method", "@target-uri", "medrec-context", "medrec-delegation", "accept"];
			let kept = all.iter().filter(|name| **name != component);
			forge.components = Some(kept.map(|name| (*name).to_owned()).collect());
		};
		forged(name, keep, 401, "missing-component")
	};
	let with = |name: &'static str, component: &'static str, code| {
		let add = move |forge: &mut Forge| {
			let all = ["@method", "@target-uri", "medrec-context", "medrec-delegation", "accept"];
			let more = all.iter().chain([&component]);
			forge.components = Some(more.map(|name| (*name).to_owned()).collect());
		};
		forged(name, add, 401, code)
	};
	let other = alice.forge(&Ask::get("/fhir/Patient", BOB_AT_MERCY, Purpose::Personal)).sign();
	let (other_context, other_delegation) =
		(other.get("medrec-context").to_owned(), other.get("medrec-delegation").to_owned());
	vec![
		tampered(
			"a changed signature",
			|request| {
				let value = flip(request.get("signature"));
				request.set("signature", value);
			},
			401,
			invalid,
		),
		tampered(
			"a signature that is none",
			|r| r.set("signature", "x"),
			400,
			"malformed-signature",
		),
		tampered(
			"a signature input that is none",
			|request| request.set("signature-input", "medrec=()"),
			400,
			"malformed-signature-input",
		),
		tampered(
			"two signatures in one header",
			|request| {
				let value = request.get("signature").to_owned();
				request.set("signature", format!("{value}, more=:AAAA:"));
			},
			400,
			"malformed-signature",
		),
		forged("another label", |f| f.label = "sig1".into(), 400, "malformed-signature-input"),
		forged("signed as a POST", |f| f.signed_method = Some("POST".into()), 401, invalid),
		forged(
			"signed for another query",
			|forge| forge.signed_target = Some("/fhir/MedicationRequest?_count=1".into()),
			401,
			invalid,
		),
		tampered("another path", |r| r.target = "/fhir/Observation?_count=5".into(), 401, invalid),
		tampered("another query", |r| r.target.push_str("&_id=a"), 401, invalid),
		tampered(
			"another context",
			move |request| request.set("medrec-context", other_context.clone()),
			401,
			invalid,
		),
		tampered(
			"another delegation to the same key",
			move |request| request.set("medrec-delegation", other_delegation.clone()),
			401,
			invalid,
		),
		tampered("another accept", |r| r.set("accept", "application/json"), 401, invalid),
		tampered(
			"a condition that is not signed",
			|request| request.set("if-none-match", "W/\"1\""),
			401,
			"missing-component",
		),
		without("the method not covered", "@method"),
		without("the target not covered", "@target-uri"),
		without("the context not covered", "medrec-context"),
		without("the delegation not covered", "medrec-delegation"),
		without("accept not covered", "accept"),
		with("host covered", "host", "unexpected-component"),
		with("an absent header covered", "x-absent", "unexpected-component"),
		with("a component twice", "accept", "repeated-component"),
		forged("another tag", |f| f.tag = Some("other".into()), 401, "wrong-tag"),
		forged("no tag", |f| f.tag = None, 400, "malformed-signature-input"),
		forged(
			"another algorithm",
			|forge| forge.algorithm = Some("hmac-sha256".into()),
			401,
			"wrong-algorithm",
		),
		forged("no algorithm", |f| f.algorithm = None, 400, "malformed-signature-input"),
		forged("no end", |forge| forge.expires = None, 401, "missing-parameter"),
		forged("no nonce", |forge| forge.nonce = None, 401, "missing-parameter"),
		forged(
			"a short nonce",
			|forge| forge.nonce = Some(URL_SAFE_NO_PAD.encode([7; 15])),
			401,
			"nonce-too-short",
		),
		forged(
			"a long nonce",
			|forge| forge.nonce = Some(URL_SAFE_NO_PAD.encode([7; 33])),
			400,
			"nonce-malformed",
		),
		forged("a nonce that is none", |f| f.nonce = Some("?".repeat(22)), 400, "nonce-malformed"),
		forged(
			"an unknown parameter",
			|forge| forge.more_parameters = ";more=1".into(),
			400,
			"malformed-signature-input",
		),
		forged(
			"signed in the future",
			|forge| {
				forge.created += 600;
				forge.expires = Some(forge.created + 50);
			},
			401,
			"created-in-future",
		),
		forged(
			"expired",
			|forge| {
				forge.created -= 600;
				forge.expires = Some(forge.created + 50);
			},
			401,
			"expired",
		),
		forged(
			"ends before it begins",
			|forge| forge.expires = Some(forge.created - 1),
			401,
			"lifetime-empty",
		),
		forged(
			"valid for too long",
			|forge| forge.expires = Some(forge.created + 61),
			401,
			"lifetime-too-long",
		),
		forged(
			"signed by another key under the same name",
			move |forge| {
				forge.key_id = Some(key_id(&forge.session));
				forge.session = other_session;
			},
			401,
			invalid,
		),
		forged(
			"signed by a key without delegation",
			move |forge| forge.session = other_session,
			401,
			"delegation-for-another-key",
		),
	]
}

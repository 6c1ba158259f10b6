//! What is asked for, the opening that it rests on, and bodies.

use super::mutation::{forged, tampered, Mutation};
use crate::support::{
	chain::GENESIS,
	forge::Forge,
	world::{medications_for, ALICE_AT_MERCY, BOB_AT_MERCY, CAROL, DAVE},
};
use medrec_primitives::{Opening, Tag};
use serde_json::{json, Value};

pub fn of_query() -> Vec<Mutation> {
	let target = |name: &'static str, target: &'static str, status, code| {
		forged(name, move |forge| forge.target = target.to_owned(), status, code)
	};
	vec![
		target("an unknown parameter", "/fhir/Condition?colour=red", 400, "parameter-unknown"),
		target("a modifier", "/fhir/Condition?code:not=1", 400, "parameter-unknown"),
		target(
			"a chained search",
			"/fhir/Condition?patient.name=a",
			400,
			"chained-search-unsupported",
		),
		target(
			"a reverse chained search",
			"/fhir/Condition?_has:Observation:focus:code=1",
			400,
			"reverse-chained-search-unsupported",
		),
		target("an _include", "/fhir/Condition?_include=*", 400, "include-unsupported"),
		target("a _revinclude", "/fhir/Condition?_revinclude=*", 400, "include-unsupported"),
		target(
			"a search across patients",
			"/fhir/Patient?identifier=mercy-bob",
			400,
			"identifier-search-unsupported",
		),
		target("another format", "/fhir/Condition?_format=xml", 406, "not-acceptable"),
		target("everything of no type", "/fhir/Condition/$everything", 404, "not-found"),
		target(
			"everything in an order",
			"/fhir/Patient/$everything?_sort=date",
			400,
			"parameter-unknown",
		),
		target("a bad date", "/fhir/Condition?date=yesterday", 400, "parameter-invalid"),
		target("a bad cursor", "/fhir/Condition?_cursor=AAAA", 400, "parameter-invalid"),
		target("a bad count", "/fhir/Condition?_count=-1", 400, "parameter-invalid"),
		target("SQL in an id", "/fhir/Condition?_id=a%27%20OR%201=1", 400, "parameter-invalid"),
		target("a type that is not served", "/fhir/Coverage", 404, "resource-type-unsupported"),
		target("a type that is none", "/fhir/condition", 404, "resource-type-unsupported"),
		target("an id that is none", "/fhir/Patient/mercy_alice", 404, "not-found"),
		target("an encoded slash", "/fhir/Patient/..%2fPatient", 404, "not-found"),
		target("a deeper path", "/fhir/Patient/a/_history", 404, "no-route"),
		target("a read with parameters", "/fhir/Patient/a?_count=1", 400, "parameter-unknown"),
		target("another patient's id", "/fhir/Patient/mercy-bob", 404, "not-found"),
		target("an id that there is not", "/fhir/Patient/nobody", 404, "not-found"),
		forged("HTML", |forge| forge.set("accept", "text/html"), 406, "not-acceptable"),
	]
}

pub fn of_opening(granted: &Opening, tag: Tag) -> Vec<Mutation> {
	let opening = |name: &'static str, change: fn(&mut Value)| {
		forged(name, move |forge| change(&mut forge.context["opening"]), 403, "not-allowed")
	};
	assert_eq!(tag, granted.tag(&GENESIS, ALICE_AT_MERCY));
	let other = serde_json::to_value(medications_for(CAROL)).unwrap();
	vec![
		opening("an opening with another salt", |o| {
			o["salt"] = json!(format!("0x{}", "1".repeat(64)))
		}),
		opening("an opening with another type", |o| {
			o["terms"]["rules"][0]["types"] = json!(["medications", "conditions"]);
		}),
		opening("an opening with another label", |o| {
			o["terms"]["rules"][0]["labels"] = json!(["hiv"]);
		}),
		opening("an opening that ends later", |o| {
			let end = o["terms"]["rules"][0]["notAfter"].as_u64().unwrap();
			o["terms"]["rules"][0]["notAfter"] = json!(end + 1);
		}),
		opening("an opening for someone else", |o| o["grantee"] = json!(DAVE)),
		opening("an opening of another version", |o| o["terms"]["vocabulary"] = json!(2)),
		forged(
			"an opening that was never granted",
			move |forge| forge.context["opening"] = other.clone(),
			403,
			"not-allowed",
		),
		forged(
			"no opening",
			|forge| {
				forge.context.as_object_mut().unwrap().remove("opening");
			},
			403,
			"not-allowed",
		),
		forged(
			"an opening for another relationship",
			|forge| forge.context["relationship"] = json!(BOB_AT_MERCY),
			403,
			"not-allowed",
		),
		forged(
			"an opening for another purpose",
			|forge| forge.context["purpose"] = json!("personal"),
			403,
			"not-allowed",
		),
		forged(
			"an opening with a type that there is not",
			|forge| forge.context["opening"]["terms"]["rules"][0]["types"] = json!(["gossip"]),
			400,
			"context-malformed",
		),
	]
}

pub fn of_body() -> Vec<Mutation> {
	let body = |name: &'static str, change: fn(&mut Value), code: &'static str| {
		let change = move |forge: &mut Forge| {
			let mut body = serde_json::from_slice(&forge.body).unwrap();
			change(&mut body);
			forge.body = body.to_string().into_bytes();
		};
		forged(name, change, 400, code)
	};
	vec![
		tampered("another body", |r| r.body.push(b' '), 401, "body-digest-mismatch"),
		tampered("no digest", |r| r.remove("content-digest"), 401, "missing-header"),
		tampered("no body", |r| r.body.clear(), 401, "body-digest-mismatch"),
		tampered("a body too large", |r| r.body = vec![b' '; 100 << 10], 413, "body-too-large"),
		forged("a body that is no JSON", |f| f.body = b"tag".to_vec(), 400, "body-malformed"),
		forged(
			"a body of another type",
			|f| f.set("content-type", "text/plain"),
			415,
			"content-type-unsupported",
		),
		body("an unknown field in the body", |b| b["more"] = json!(1), "body-malformed"),
		body("a short sealed opening", |b| b["sealedToGrantee"] = json!("AAAA"), "body-malformed"),
		body(
			"another relationship in the body",
			|b| b["relationship"] = json!(BOB_AT_MERCY),
			"relationship-mismatch",
		),
	]
}

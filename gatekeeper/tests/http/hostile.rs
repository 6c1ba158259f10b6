//! Hostile requests. Each is one mutation of a request that succeeds in the same run; each is refused
//! with its own error, and no record leaves the database for any of them.

use crate::support::{
	chain::GENESIS,
	client::{Ask, Client},
	forge::{key_id, Forge},
	raw::{RawRequest, RawResponse},
	world::{
		medications_for, World, ALICE, ALICE_AT_LAKESIDE, ALICE_AT_MERCY, BOB, BOB_AT_MERCY, CAROL,
		DAVE,
	},
};
use base64::{engine::general_purpose::URL_SAFE_NO_PAD, Engine};
use medrec_gatekeeper::server::intake::now;
use medrec_primitives::{Opening, Purpose, Tag};
use serde_json::{json, Value};

const DAY: u64 = 86_400_000;

/// One hostile request: what it changes before the request is signed, and after.
struct Mutation {
	name: &'static str,
	before: Box<dyn Fn(&mut Forge)>,
	after: Box<dyn Fn(&mut RawRequest)>,
	status: u16,
	/// `None` where the HTTP parser refuses and there is no body to say why.
	code: Option<&'static str>,
}

fn forged(
	name: &'static str,
	before: impl Fn(&mut Forge) + 'static,
	status: u16,
	code: &'static str,
) -> Mutation {
	Mutation { name, before: Box::new(before), after: Box::new(|_| {}), status, code: Some(code) }
}

fn tampered(
	name: &'static str,
	after: impl Fn(&mut RawRequest) + 'static,
	status: u16,
	code: &'static str,
) -> Mutation {
	Mutation { name, before: Box::new(|_| {}), after: Box::new(after), status, code: Some(code) }
}

/// Sends each mutation after the request that it is a mutation of, which succeeds.
async fn refuse_all(world: &World, base: impl Fn() -> Forge, mutations: Vec<Mutation>) -> usize {
	let count = mutations.len();
	for Mutation { name, before, after, status, code } in mutations {
		let good = base().sign().send(world.address).await;
		assert!((200..300).contains(&good.status), "before `{name}`: {good:?}");

		let read = world.records.read();
		let mut forge = base();
		before(&mut forge);
		let mut request = forge.sign();
		after(&mut request);
		let response = request.send(world.address).await;
		assert_eq!(response.status, status, "`{name}`: {}", text(&response));
		if let Some(code) = code {
			assert_eq!(response.code(), code, "`{name}`: {}", text(&response));
		}
		assert_eq!(world.records.read(), read, "`{name}` read records");
		assert!(response.header("medrec-receipt").is_none() || status == 404, "`{name}`");
		assert_tells_nothing(name, &response);
	}
	count
}

fn text(response: &RawResponse) -> String {
	String::from_utf8_lossy(&response.body).into_owned()
}

/// An error names no patient and no record.
fn assert_tells_nothing(name: &str, response: &RawResponse) {
	let text = text(response);
	for secret in ["mercy-alice", "mercy-bob", "metformin", "Example", "Tag", "Denied"] {
		assert!(!text.contains(secret), "`{name}` tells `{secret}`: {text}");
	}
}

fn alice_asks(alice: &Client) -> Forge {
	let target = "/fhir/MedicationRequest?_count=5";
	alice.forge(&Ask::get(target, ALICE_AT_MERCY, Purpose::Personal))
}

fn flip(value: &str) -> String {
	// Changes one digit in the middle of the base64, whose bits all count.
	let at = value.len() / 2;
	let other = if value.as_bytes()[at] == b'A' { "B" } else { "A" };
	format!("{}{other}{}", &value[..at], &value[at + 1..])
}

fn header_mutations() -> Vec<Mutation> {
	let double = |name: &'static str, header: &'static str| {
		tampered(name, move |request| request.double(header), 400, "duplicate-header")
	};
	let remove = |name: &'static str, header: &'static str, status, code| {
		tampered(name, move |request| request.remove(header), status, code)
	};
	vec![
		double("two signatures", "signature"),
		double("two signature inputs", "signature-input"),
		double("two contexts", "medrec-context"),
		double("two delegations", "medrec-delegation"),
		double("two accepts", "accept"),
		double("two hosts", "host"),
		remove("no signature", "signature", 401, "missing-header"),
		remove("no signature input", "signature-input", 401, "missing-header"),
		remove("no context", "medrec-context", 401, "missing-header"),
		remove("no delegation", "medrec-delegation", 401, "missing-header"),
		remove("no host", "host", 401, "missing-header"),
		remove("a covered header removed", "accept", 401, "unexpected-component"),
		tampered("another host", |r| r.set("host", "lakeside.example"), 421, "host-mismatch"),
		tampered(
			"another host behind a forwarded one",
			|request| {
				let host = request.get("host").to_owned();
				request.set("x-forwarded-host", host);
				request.set("host", "lakeside.example");
			},
			421,
			"host-mismatch",
		),
		tampered(
			"an absolute target elsewhere",
			|request| request.target = format!("http://lakeside.example{}", request.target),
			421,
			"host-mismatch",
		),
		tampered(
			"headers too large",
			|request| request.set("x-padding", "a".repeat(33 << 10)),
			431,
			"headers-too-large",
		),
		Mutation {
			name: "headers larger than the parser takes",
			before: Box::new(|_| {}),
			after: Box::new(|request| request.set("x-padding", "a".repeat(256 << 10))),
			status: 431,
			code: None,
		},
		Mutation {
			name: "too many headers",
			before: Box::new(|_| {}),
			after: Box::new(|request| {
				(0..100).for_each(|number| request.set(&format!("x-{number}"), "a"));
			}),
			status: 431,
			code: None,
		},
		tampered(
			"a target too long",
			|request| request.target.push_str(&format!("&_id={}", "a".repeat(5_000))),
			414,
			"target-too-long",
		),
		tampered(
			"an encoded body",
			|request| request.set("content-encoding", "gzip"),
			415,
			"content-encoding-unsupported",
		),
		tampered("a body with a GET", |r| r.body = b"{}".to_vec(), 400, "body-unexpected"),
		tampered("another method", |r| r.method = "DELETE".into(), 405, "method-not-allowed"),
		Mutation {
			name: "a HEAD",
			before: Box::new(|_| {}),
			after: Box::new(|request| request.method = "HEAD".into()),
			status: 405,
			code: None,
		},
		tampered("a path that is none", |r| r.target = "/fhir".into(), 404, "no-route"),
		Mutation {
			name: "a control character in a header",
			before: Box::new(|_| {}),
			after: Box::new(|request| request.set("accept", "a\u{1}b")),
			status: 400,
			code: None,
		},
		tampered(
			"a context too long",
			|request| request.set("medrec-context", "A".repeat(11 << 10)),
			431,
			"header-too-long",
		),
	]
}

fn signature_mutations(alice: &Client) -> Vec<Mutation> {
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
		tampered("a signature that is none", |r| r.set("signature", "x"), 401, "malformed-signature"),
		tampered(
			"a signature input that is none",
			|request| request.set("signature-input", "medrec=()"),
			401,
			"malformed-signature-input",
		),
		tampered(
			"two signatures in one header",
			|request| {
				let value = request.get("signature").to_owned();
				request.set("signature", format!("{value}, more=:AAAA:"));
			},
			401,
			"malformed-signature",
		),
		forged("another label", |f| f.label = "sig1".into(), 401, "malformed-signature-input"),
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
		forged("no tag", |f| f.tag = None, 401, "malformed-signature-input"),
		forged(
			"another algorithm",
			|forge| forge.algorithm = Some("hmac-sha256".into()),
			401,
			"wrong-algorithm",
		),
		forged("no algorithm", |f| f.algorithm = None, 401, "malformed-signature-input"),
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
			401,
			"nonce-malformed",
		),
		forged("a nonce that is none", |f| f.nonce = Some("?".repeat(22)), 401, "nonce-malformed"),
		forged(
			"an unknown parameter",
			|forge| forge.more_parameters = ";more=1".into(),
			401,
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

fn delegation_mutations() -> Vec<Mutation> {
	vec![
		forged(
			"a delegation for another gatekeeper",
			|forge| forge.delegation.gatekeeper = "https://lakeside.example".into(),
			401,
			"delegation-for-another-gatekeeper",
		),
		forged(
			"a delegation for another chain",
			|forge| forge.delegation.chain = format!("0x{}", "77".repeat(32)),
			401,
			"delegation-for-another-chain",
		),
		forged(
			"a delegation that is over",
			|forge| {
				forge.delegation.from = now() - 3_600_000;
				forge.delegation.until = now() - 1;
			},
			401,
			"delegation-expired",
		),
		forged(
			"a delegation that begins later",
			|forge| forge.delegation.from = now() + 600_000,
			401,
			"delegation-not-yet-valid",
		),
		forged(
			"a delegation for more than a day",
			|forge| forge.delegation.until = forge.delegation.from + DAY + 1,
			401,
			"delegation-malformed",
		),
		forged(
			"a delegation signed by another account",
			|forge| forge.delegation.account = crate::support::world::account(BOB),
			401,
			"delegation-signature-invalid",
		),
		forged(
			"a delegation whose scheme is another",
			|forge| forge.delegation.scheme = Some("ed25519".into()),
			401,
			"delegation-signature-invalid",
		),
		forged(
			"a delegation of a later epoch",
			|forge| forge.delegation.epoch = 1,
			401,
			"delegation-epoch-over",
		),
		forged(
			"a delegation with another line",
			|forge| forge.delegation.appendix = "\nUse: everything".into(),
			401,
			"delegation-malformed",
		),
		forged(
			"a delegation to another key",
			|forge| forge.delegation.session_key = key_id(&[3; 32]),
			401,
			"delegation-for-another-key",
		),
		forged(
			"a delegation that is none",
			|forge| forge.delegation_header = Some("AAAA".into()),
			401,
			"delegation-malformed",
		),
		forged(
			"a delegation of another participant",
			|forge| forge.delegation.participant = BOB,
			401,
			"actor-not-delegated",
		),
		forged(
			"a participant that there is not",
			|forge| {
				forge.delegation.participant = 999;
				forge.context["actor"] = json!(999);
				forge.context["onBehalfOf"] = json!(999);
			},
			401,
			"participant-unknown",
		),
	]
}

fn context_mutations() -> Vec<Mutation> {
	let context = |name: &'static str, field: &'static str, value: Value, status, code| {
		forged(name, move |forge| forge.context[field] = value.clone(), status, code)
	};
	let other_chain = json!(format!("0x{}", "77".repeat(32)));
	vec![
		context("another chain", "genesis", other_chain, 401, "context-for-another-chain"),
		context("another provider", "audience", json!(1), 401, "context-for-another-gatekeeper"),
		context("another actor", "actor", json!(BOB), 401, "actor-not-delegated"),
		context("on behalf of another", "onBehalfOf", json!(BOB), 403, "not-allowed"),
		context("an unknown field", "more", json!(1), 401, "context-malformed"),
		context("a purpose that is none", "purpose", json!("fun"), 401, "context-malformed"),
		context("an emergency without reason", "purpose", json!("emergency"), 401, "context-malformed"),
		context("a reason without emergency", "emergency", json!("x"), 401, "context-malformed"),
		context("a purpose of others", "purpose", json!("treatment"), 403, "not-allowed"),
		context("someone else's relationship", "relationship", json!(BOB_AT_MERCY), 403, "not-allowed"),
		context("a relationship elsewhere", "relationship", json!(ALICE_AT_LAKESIDE), 403, "not-allowed"),
		context("a relationship that there is not", "relationship", json!(7_777), 403, "not-allowed"),
		context(
			"a block that there is not",
			"includeBlock",
			json!(format!("0x{}", "99".repeat(32))),
			503,
			"required-block-absent",
		),
		forged(
			"no relationship",
			|forge| {
				forge.context.as_object_mut().unwrap().remove("relationship");
			},
			400,
			"relationship-missing",
		),
		forged(
			"a context that is none",
			|forge| forge.context_header = Some("AAAA".into()),
			401,
			"context-malformed",
		),
	]
}

fn fhir_mutations() -> Vec<Mutation> {
	let target = |name: &'static str, target: &'static str, status, code| {
		forged(name, move |forge| forge.target = target.to_owned(), status, code)
	};
	vec![
		target("an unknown parameter", "/fhir/Condition?colour=red", 400, "parameter-unknown"),
		target("a modifier", "/fhir/Condition?code:not=1", 400, "parameter-unknown"),
		target("a chained search", "/fhir/Condition?patient.name=a", 400, "parameter-unknown"),
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

fn opening_mutations(granted: &Opening, tag: Tag) -> Vec<Mutation> {
	let opening = |name: &'static str, change: fn(&mut Value)| {
		forged(name, move |forge| change(&mut forge.context["opening"]), 403, "not-allowed")
	};
	assert_eq!(tag, granted.tag(&GENESIS, ALICE_AT_MERCY));
	let other = serde_json::to_value(medications_for(CAROL)).unwrap();
	vec![
		opening("an opening with another salt", |o| o["salt"] = json!(format!("0x{}", "1".repeat(64)))),
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
			401,
			"context-malformed",
		),
	]
}

fn body_mutations() -> Vec<Mutation> {
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
		forged("a body of another type", |f| f.set("content-type", "text/plain"), 415, "content-type-unsupported"),
		body("an unknown field in the body", |b| b["more"] = json!(1), "body-malformed"),
		body("a short sealed opening", |b| b["sealedToGrantee"] = json!("AAAA"), "body-malformed"),
		body("another relationship in the body", |b| b["relationship"] = json!(BOB_AT_MERCY), "relationship-mismatch"),
	]
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_requests_are_refused_each_with_its_own_error() {
	let world = World::start().await;
	let (alice, carol) = (world.client(ALICE), world.client(CAROL));
	let (opening, tag) = world.grant_medications();

	let mut mutations = header_mutations();
	mutations.extend(signature_mutations(&alice));
	mutations.extend(delegation_mutations());
	mutations.extend(context_mutations());
	mutations.extend(fhir_mutations());
	let mut count = refuse_all(&world, || alice_asks(&alice), mutations).await;

	let carol_asks = || {
		let target = "/fhir/MedicationRequest";
		let ask = Ask::get(target, ALICE_AT_MERCY, Purpose::Treatment);
		carol.forge(&ask.with(&opening))
	};
	count += refuse_all(&world, carol_asks, opening_mutations(&opening, tag)).await;

	let sealed = URL_SAFE_NO_PAD.encode([1; medrec_protocol::sealed::SEALED_LENGTH]);
	let deposit = || {
		let body = json!({
			"relationship": ALICE_AT_MERCY,
			"grantee": CAROL,
			"tag": tag,
			"sealedToGrantee": sealed,
			"sealedToPatron": sealed,
		});
		let ask = Ask::get("/v1/openings", ALICE_AT_MERCY, Purpose::Personal);
		alice.forge(&Ask { method: "POST", body: Some(body), ..ask })
	};
	count += refuse_all(&world, deposit, body_mutations()).await;
	assert!(count >= 60, "{count}");
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_counts_once_also_after_a_restart() {
	let world = World::start_with(|config| config.listen = free_address()).await;
	let request = alice_asks(&world.client(ALICE)).sign();
	assert_eq!(request.send(world.address).await.status, 200);
	let read = world.records.read();
	let replayed = request.send(world.address).await;
	assert_eq!((replayed.status, replayed.code().as_str()), (401, "nonce-used"));

	let world = world.restart().await;
	let replayed = request.send(world.address).await;
	assert_eq!((replayed.status, replayed.code().as_str()), (401, "nonce-used"));
	assert_eq!((read, world.records.read()), (5, 0));
	world.stop().await;
}

/// Of many copies that arrive at once, one is served.
#[tokio::test(flavor = "multi_thread")]
async fn copies_that_arrive_at_once_count_once() {
	let world = World::start().await;
	let request = alice_asks(&world.client(ALICE)).sign();
	let copies = (0..16).map(|_| request.send(world.address));
	let statuses = futures::future::join_all(copies).await;
	let served = statuses.iter().filter(|response| response.status == 200).count();
	assert_eq!(served, 1);
	world.stop().await;
}

/// What does not exist and what is someone else's are answered alike, to the byte.
#[tokio::test(flavor = "multi_thread")]
async fn not_there_and_not_yours_are_the_same_answer() {
	let world = World::start().await;
	let alice = world.client(ALICE);
	let ask = |target: &'static str, relationship| {
		alice.forge(&Ask::get(target, relationship, Purpose::Personal)).sign()
	};
	let pairs = [
		(ask("/fhir/Patient", 7_777), ask("/fhir/Patient", BOB_AT_MERCY)),
		(ask("/fhir/Patient", 7_777), ask("/fhir/Patient", ALICE_AT_LAKESIDE)),
		(ask("/fhir/Patient/x", ALICE_AT_MERCY), ask("/fhir/Patient/mercy-bob", ALICE_AT_MERCY)),
	];
	for (absent, foreign) in pairs {
		let (absent, foreign) = (absent.send(world.address).await, foreign.send(world.address).await);
		assert_eq!((absent.status, &absent.body), (foreign.status, &foreign.body));
		let names = |response: &RawResponse| -> Vec<String> {
			response.headers.iter().map(|(name, _)| name.clone()).collect()
		};
		assert_eq!(names(&absent), names(&foreign));
	}
	world.stop().await;
}

fn free_address() -> std::net::SocketAddr {
	let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
	listener.local_addr().unwrap()
}

//! Hostile requests. Each is one mutation of a request that succeeds in the same run; each is refused
//! with its own error, and no record leaves the database for any of them.

mod claims;
mod content;
mod framing;
mod mutation;
mod signature;

use crate::support::{
	client::{Ask, Client},
	forge::Forge,
	raw::RawResponse,
	world::{World, ALICE, ALICE_AT_LAKESIDE, ALICE_AT_MERCY, BOB_AT_MERCY, CAROL},
};
use base64::{engine::general_purpose::URL_SAFE_NO_PAD, Engine};
use medrec_primitives::Purpose;
use mutation::Mutation;
use serde_json::json;

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

#[tokio::test(flavor = "multi_thread")]
async fn hostile_requests_are_refused_each_with_its_own_error() {
	let world = World::start().await;
	let (alice, carol) = (world.client(ALICE), world.client(CAROL));
	let (opening, tag) = world.grant_medications();

	let mut mutations = framing::mutations();
	mutations.extend(signature::mutations(&alice));
	mutations.extend(claims::of_delegation());
	mutations.extend(claims::of_context());
	mutations.extend(content::of_query());
	let mut count = refuse_all(&world, || alice_asks(&alice), mutations).await;

	let carol_asks = || {
		let target = "/fhir/MedicationRequest";
		let ask = Ask::get(target, ALICE_AT_MERCY, Purpose::Treatment);
		carol.forge(&ask.with(&opening))
	};
	count += refuse_all(&world, carol_asks, content::of_opening(&opening, tag)).await;

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
	count += refuse_all(&world, deposit, content::of_body()).await;
	assert!(count >= 60, "{count}");
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_counts_once_also_after_a_restart() {
	let world = World::start().await;
	let request = alice_asks(&world.client(ALICE)).sign();
	assert_eq!(request.send(world.address).await.status, 200);
	let read = world.records.read();
	assert!(read > 0);
	let replayed = request.send(world.address).await;
	assert_eq!((replayed.status, replayed.code().as_str()), (401, "nonce-used"));
	assert_eq!(world.records.read(), read);

	let world = world.restart().await;
	let replayed = request.send(world.address).await;
	assert_eq!((replayed.status, replayed.code().as_str()), (401, "nonce-used"));
	assert_eq!(world.records.read(), 0);
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
		let (absent, foreign) =
			(absent.send(world.address).await, foreign.send(world.address).await);
		assert_eq!((absent.status, &absent.body), (foreign.status, &foreign.body));
		let names = |response: &RawResponse| -> Vec<String> {
			response.headers.iter().map(|(name, _)| name.clone()).collect()
		};
		assert_eq!(names(&absent), names(&foreign));
	}
	world.stop().await;
}

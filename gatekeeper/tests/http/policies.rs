//! Narrowing policies over HTTP: deposited with the opening, checked, applied, and withheld without.

use crate::support::{
	client::Ask,
	raw::RawResponse,
	world::{account, medications_for, World, ALICE, ALICE_AT_MERCY, BOB, CAROL, MERCY},
};
use medrec_primitives::{Hash, Opening, ParticipantId, Purpose, RecordTypes};
use medrec_protocol::{
	access_log::{AccessLogPage, AccessOutcome},
	encryption::EncryptionSecret,
	openings::{DepositedOpening, OpeningList},
	policy::{Narrowing, Policy, SignedPolicy},
	sealed::{open, seal, OpeningContext},
};
use serde_json::Value;

const HBA1C: &str = "http://loinc.org|4548-4";

fn secret() -> EncryptionSecret {
	EncryptionSecret::from_bytes([5; 32])
}

fn narrowing(code: &str) -> Narrowing {
	Narrowing { codes: [code.parse().unwrap()].into(), ..Narrowing::default() }
}

fn policy(world: &World, narrowing: Narrowing) -> Policy {
	Policy {
		genesis: world.gatekeeper.genesis,
		provider: MERCY,
		relationship: ALICE_AT_MERCY,
		grantee: CAROL,
		version: 1,
		narrowing,
	}
}

fn signed(policy: Policy, by: ParticipantId) -> SignedPolicy {
	policy.sign(&account(by)).unwrap()
}

/// Alice grants Carol her laboratory results, narrowed by the policy of this hash.
fn grant(world: &World, policy: Option<Hash>) -> Opening {
	let mut opening = medications_for(CAROL);
	opening.terms.rules.iter_mut().for_each(|rule| rule.types = RecordTypes::LABORATORY);
	opening.terms.policy = policy;
	world.chain.grant(ALICE_AT_MERCY, &opening);
	opening
}

fn deposit(world: &World, opening: &Opening, policy: Option<SignedPolicy>) -> DepositedOpening {
	let context = OpeningContext::of(opening, world.gatekeeper.genesis, MERCY, ALICE_AT_MERCY);
	let sealed = || seal(&secret().public(), &context, opening).unwrap();
	DepositedOpening {
		relationship: ALICE_AT_MERCY,
		grantee: CAROL,
		tag: context.tag,
		sealed_to_grantee: sealed(),
		sealed_to_patron: sealed(),
		policy,
	}
}

async fn post(world: &World, deposit: &DepositedOpening) -> RawResponse {
	let ask = Ask::get("/v1/openings", ALICE_AT_MERCY, Purpose::Personal);
	let body = Some(serde_json::to_value(deposit).unwrap());
	world.client(ALICE).ask(&Ask { method: "POST", body, ..ask }).await.0
}

async fn search(world: &World, opening: &Opening, target: &str) -> RawResponse {
	let ask = Ask::get(target, ALICE_AT_MERCY, Purpose::Treatment).with(opening);
	world.client(CAROL).ask(&ask).await.0
}

fn ids(response: &RawResponse) -> Vec<String> {
	assert_eq!(response.status, 200, "{response:?}");
	let bundle: Value = serde_json::from_slice(&response.body).unwrap();
	let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
	let ids: Vec<_> = entries
		.iter()
		.filter(|entry| entry["search"]["mode"] == "match")
		.map(|entry| entry["resource"]["id"].as_str().unwrap().to_owned())
		.filter(|id| !id.is_empty())
		.collect();
	assert_eq!(bundle["total"], ids.len());
	ids
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deposited_policy_is_applied_before_anything_is_counted() {
	let world = World::start().await;
	let wide = grant(&world, None);
	let all = ids(&search(&world, &wide, "/fhir/Observation?_count=200").await);

	let policy = signed(policy(&world, narrowing(HBA1C)), ALICE);
	let narrow = grant(&world, Some(policy.policy.hash()));
	let before = search(&world, &narrow, "/fhir/Observation").await;
	assert_eq!((before.status, before.code().as_str()), (403, "not-allowed"), "not deposited yet");

	assert_eq!(post(&world, &deposit(&world, &narrow, Some(policy.clone()))).await.status, 201);
	let left = ids(&search(&world, &narrow, "/fhir/Observation?_count=200").await);
	assert!(!left.is_empty() && left.len() < all.len(), "{left:?} of {all:?}");
	assert!(left.iter().all(|id| id.contains("hba1c") && all.contains(id)), "{left:?}");
	let taken = all.iter().find(|id| !left.contains(id)).unwrap();
	let read = |id: &str| format!("/fhir/Observation/{id}");
	assert_eq!(search(&world, &narrow, &read(taken)).await.status, 404);
	assert_eq!(search(&world, &narrow, &read(&left[0])).await.status, 200);
	assert_eq!(search(&world, &wide, &read(taken)).await.status, 200);
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_device_finds_the_policy_again_and_it_survives_a_restart() {
	let world = World::start().await;
	let policy = signed(policy(&world, narrowing(HBA1C)), ALICE);
	let opening = grant(&world, Some(policy.policy.hash()));
	assert_eq!(post(&world, &deposit(&world, &opening, Some(policy.clone()))).await.status, 201);
	let world = world.restart().await;
	assert!(!ids(&search(&world, &opening, "/fhir/Observation").await).is_empty());

	let ask = Ask::get("/v1/openings", ALICE_AT_MERCY, Purpose::Personal);
	let (response, _) = world.client(ALICE).ask(&ask).await;
	let list: OpeningList = serde_json::from_slice(&response.body).unwrap();
	let [copy] = &list.deposited[..] else { panic!("{list:?}") };
	let sealed = open(&secret(), &copy.context(world.gatekeeper.genesis), &copy.sealed).unwrap();
	let found = copy.policy.as_ref().unwrap();
	assert_eq!(found, &policy);
	assert_eq!(sealed.terms.policy, Some(found.policy.hash()));
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_of_another_or_for_another_is_not_taken() {
	let world = World::start().await;
	let good = policy(&world, narrowing(HBA1C));
	let opening = grant(&world, Some(good.hash()));
	for wrong in [
		signed(good.clone(), BOB),
		signed(good.clone(), CAROL),
		signed(Policy { grantee: BOB, ..good.clone() }, ALICE),
		signed(Policy { relationship: ALICE_AT_MERCY + 1, ..good.clone() }, ALICE),
		signed(Policy { provider: MERCY + 1, ..good.clone() }, ALICE),
		signed(Policy { genesis: Hash::zero(), ..good.clone() }, ALICE),
	] {
		let refused = post(&world, &deposit(&world, &opening, Some(wrong))).await;
		assert_eq!((refused.status, refused.code().as_str()), (400, "policy-invalid"));
	}
	assert_eq!(search(&world, &opening, "/fhir/Observation").await.status, 403);
	world.stop().await;
}

/// A policy that she signed, but not the one that the grant names: nothing is shown, and the log says
/// why.
#[tokio::test(flavor = "multi_thread")]
async fn another_version_of_the_policy_is_not_the_one_that_is_named() {
	let world = World::start().await;
	let first = policy(&world, narrowing(HBA1C));
	let second = Policy { version: 2, ..first.clone() };
	let opening = grant(&world, Some(first.hash()));
	let other = deposit(&world, &opening, Some(signed(second, ALICE)));
	assert_eq!(post(&world, &other).await.status, 201);
	let refused = search(&world, &opening, "/fhir/Observation").await;
	assert_eq!((refused.status, refused.code().as_str()), (403, "not-allowed"));

	let target = format!("/v1/access-log?relationship={ALICE_AT_MERCY}");
	let ask = Ask::get(&target, ALICE_AT_MERCY, Purpose::Personal);
	let log: AccessLogPage =
		serde_json::from_slice(&world.client(ALICE).ask(&ask).await.0.body).unwrap();
	let of_carol = log.entries.iter().find(|entry| entry.actor == CAROL).unwrap();
	let reason = "the grant's finer policy is not known here".to_owned();
	assert_eq!(of_carol.outcome, AccessOutcome::Withheld { reason });

	// Depositing again with the right one mends it; without any, it is denied again.
	let right = deposit(&world, &opening, Some(signed(first, ALICE)));
	assert_eq!(post(&world, &right).await.status, 201);
	assert_eq!(search(&world, &opening, "/fhir/Observation").await.status, 200);
	assert_eq!(post(&world, &deposit(&world, &opening, None)).await.status, 201);
	assert_eq!(search(&world, &opening, "/fhir/Observation").await.status, 403);
	world.stop().await;
}

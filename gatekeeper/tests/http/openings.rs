//! Sealed openings: deposited by the patron, fetched by the grantee, purged when revoked.

use crate::support::{
	client::Ask,
	eventually,
	raw::RawResponse,
	world::{medications_for, World, ALICE, ALICE_AT_MERCY, BOB, CAROL, MERCY},
};
use medrec_gatekeeper::{server::intake::now, store::Deposit};
use medrec_primitives::{Opening, Purpose, Tag};
use medrec_protocol::{
	encryption::EncryptionSecret,
	openings::{DepositedOpening, OpeningList},
	sealed::{open, seal, OpeningContext},
};
use std::collections::HashSet;

fn deposit_of(world: &World, opening: &Opening) -> (DepositedOpening, EncryptionSecret) {
	let secret = EncryptionSecret::from_bytes([5; 32]);
	let context = OpeningContext::of(opening, world.gatekeeper.genesis, MERCY, ALICE_AT_MERCY);
	let sealed = || seal(&secret.public(), &context, opening).unwrap();
	let deposit = DepositedOpening {
		relationship: ALICE_AT_MERCY,
		grantee: CAROL,
		tag: context.tag,
		sealed_to_grantee: sealed(),
		sealed_to_patron: sealed(),
		policy: None,
	};
	(deposit, secret)
}

async fn post(world: &World, participant: u64, deposit: &DepositedOpening) -> RawResponse {
	let purpose = if participant == CAROL { Purpose::Treatment } else { Purpose::Personal };
	let ask = Ask::get("/v1/openings", ALICE_AT_MERCY, purpose);
	let body = Some(serde_json::to_value(deposit).unwrap());
	world.client(participant).ask(&Ask { method: "POST", body, ..ask }).await.0
}

async fn list(world: &World, participant: u64, relationship: Option<u64>) -> OpeningList {
	let purpose = Purpose::Personal;
	let ask = Ask { relationship, ..Ask::get("/v1/openings", 0, purpose) };
	let (response, _) = world.client(participant).ask(&ask).await;
	assert_eq!(response.status, 200, "{response:?}");
	serde_json::from_slice(&response.body).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opening_reaches_its_grantee_and_comes_back_to_its_patron() {
	let world = World::start().await;
	let (opening, tag) = world.grant_medications();
	let (deposit, secret) = deposit_of(&world, &opening);
	for _ in 0..2 {
		assert_eq!(post(&world, ALICE, &deposit).await.status, 201, "may be repeated");
	}

	let waiting = list(&world, CAROL, None).await;
	assert!(waiting.deposited.is_empty());
	let [found] = &waiting.waiting[..] else { panic!("{waiting:?}") };
	assert_eq!((found.provider, found.relationship, found.tag), (MERCY, ALICE_AT_MERCY, tag));
	let opened = open(&secret, &found.context(world.gatekeeper.genesis), &found.sealed).unwrap();
	assert_eq!(opened, opening);

	let copies = list(&world, ALICE, Some(ALICE_AT_MERCY)).await;
	let [copy] = &copies.deposited[..] else { panic!("{copies:?}") };
	assert_eq!((copy.grantee, copy.tag), (CAROL, tag));
	assert!(list(&world, BOB, None).await.waiting.is_empty(), "for its grantee only");
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_patron_deposits_and_only_what_is_granted() {
	let world = World::start().await;
	let (opening, _) = world.grant_medications();
	let (deposit, _) = deposit_of(&world, &opening);
	let refused = post(&world, CAROL, &deposit).await;
	assert_eq!((refused.status, refused.code().as_str()), (403, "not-allowed"));
	let (absent, _) = deposit_of(&world, &medications_for(CAROL));
	let refused = post(&world, ALICE, &absent).await;
	assert_eq!((refused.status, refused.code().as_str()), (409, "tag-absent"));
	assert!(list(&world, CAROL, None).await.waiting.is_empty());
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_inbox_comes_by_pages() {
	let world = World::start().await;
	let (opening, _) = world.grant_medications();
	let (first, _) = deposit_of(&world, &opening);
	let deposits = (0..1_001_u64).map(|number| Deposit {
		// Of forty patrons, not all of whom are of this provider any more.
		relationship: 1_000 + number % 40,
		tag: Tag(std::array::from_fn(|place| number.to_le_bytes()[place % 8])),
		grantee: CAROL,
		sealed_to_grantee: first.sealed_to_grantee.clone(),
		sealed_to_patron: first.sealed_to_patron.clone(),
		policy: None,
	});
	let store = &world.gatekeeper.store;
	let kept = deposits.map(|deposit| store.deposit_opening(deposit, now()));
	for kept in futures::future::join_all(kept).await {
		kept.unwrap();
	}

	let carol = world.client(CAROL);
	let get = |target: String| {
		let carol = carol.clone();
		async move {
			let ask = Ask { relationship: None, ..Ask::get(&target, 0, Purpose::Personal) };
			carol.ask(&ask).await.0
		}
	};
	let (mut target, mut seen, mut pages) = ("/v1/openings".to_owned(), HashSet::new(), 0);
	loop {
		let response = get(target).await;
		let list: OpeningList = serde_json::from_slice(&response.body).unwrap();
		pages += 1;
		for waiting in &list.waiting {
			assert!(seen.insert((waiting.relationship, waiting.tag)), "twice: {waiting:?}");
		}
		let Some(next) = list.next else { break };
		target = format!("/v1/openings?after={next}");
	}
	assert_eq!((seen.len(), pages), (1_001, 3));

	let wrong = get("/v1/openings?after=x".into()).await;
	assert_eq!((wrong.status, wrong.code().as_str()), (400, "parameter-invalid"));
	let unknown = get("/v1/openings?before=x".into()).await;
	assert_eq!((unknown.status, unknown.code().as_str()), (400, "parameter-unknown"));
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn revoked_openings_are_purged_once_that_is_final() {
	let world = World::start().await;
	let (kept, _) = world.grant_medications();
	let (revoked, tag) = world.grant_medications();
	for opening in [&kept, &revoked] {
		let (deposit, _) = deposit_of(&world, opening);
		assert_eq!(post(&world, ALICE, &deposit).await.status, 201);
	}
	let mut purger = medrec_gatekeeper::openings::Purger::default();
	assert_eq!(purger.round(&world.gatekeeper).await.unwrap(), 0);
	world.chain.change_best(|facts| {
		facts.grants.remove(&(ALICE_AT_MERCY, tag));
	});
	assert_eq!(purger.round(&world.gatekeeper).await.unwrap(), 0, "not final yet");
	world.chain.finalize();
	// The server's own round may be faster than this one.
	purger.round(&world.gatekeeper).await.unwrap();
	let store = &world.gatekeeper.store;
	eventually("the revoked opening is gone", || async {
		let left = store.openings_of_relationship(ALICE_AT_MERCY).await.unwrap();
		let tags: Vec<Tag> = left.iter().map(|opening| opening.deposit.tag).collect();
		tags == [kept.tag(&world.gatekeeper.genesis, ALICE_AT_MERCY)]
	})
	.await;
	world.stop().await;
}

//! A server that stops loses no answer: what it has begun it finishes, and what it logged as answered
//! was received.

use crate::support::{
	client::Ask,
	eventually,
	world::{World, ALICE, ALICE_AT_MERCY},
};
use futures::future::select;
use medrec_gatekeeper::{server::intake::now, store::DATABASE_FILE};
use medrec_primitives::Purpose;
use medrec_protocol::access_log::AccessOutcome;
use sqlx::{sqlite::SqliteConnectOptions, ConnectOptions, Connection};
use std::{
	sync::{
		atomic::{AtomicBool, AtomicU64, Ordering},
		Arc,
	},
	time::Duration,
};
use tokio::{net::TcpStream, task::JoinSet};

fn search() -> Ask<'static> {
	Ask::get("/fhir/Condition", ALICE_AT_MERCY, Purpose::Personal)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_waits_is_answered_before_the_server_ends() {
	let world = World::start_with(|config| config.limits.concurrent_requests = 1).await;
	let mut other = SqliteConnectOptions::new()
		.filename(world.config.data_dir.join(DATABASE_FILE))
		.connect()
		.await
		.unwrap();
	let mut lock = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
	sqlx::query("UPDATE write_probe SET writes = writes").execute(&mut *lock).await.unwrap();

	let (alice, address, search) = (world.client(ALICE), world.address, search());
	// Whichever comes first takes the only place, and waits for the store.
	let ask = || async {
		let (request, signature) = alice.sign(&search);
		(request.send(address).await, signature)
	};
	let ((refused, _), waiting) = select(Box::pin(ask()), Box::pin(ask())).await.factor_first();
	assert_eq!(refused.code(), "overloaded");
	let stopping = tokio::spawn(world.stop());
	eventually("no more connections are taken", || async {
		TcpStream::connect(address).await.is_err()
	})
	.await;
	assert!(!stopping.is_finished());
	lock.rollback().await.unwrap();
	let (response, signature) = waiting.await;
	assert_eq!(response.status, 200, "{response:?}");
	assert!(alice.verify(&response, &signature).receipt.is_some());
	stopping.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn under_load_every_answer_in_the_log_was_received() {
	let world = World::start().await;
	let (received, enough) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
	let mut askers = JoinSet::new();
	for _ in 0..8 {
		let (received, enough) = (received.clone(), enough.clone());
		let (alice, address) = (world.client(ALICE), world.address);
		askers.spawn(async move {
			while !enough.load(Ordering::SeqCst) {
				let (request, signature) = alice.sign(&search());
				match request.try_send(address).await {
					Some(response) => {
						assert_eq!(response.status, 200, "{response:?}");
						alice.verify(&response, &signature);
						received.fetch_add(1, Ordering::SeqCst);
					},
					// Between two servers nobody listens.
					None => tokio::time::sleep(Duration::from_millis(5)).await,
				}
			}
		});
	}
	let more = |than: u64| {
		let received = received.clone();
		async move { received.load(Ordering::SeqCst) > than }
	};
	let mut world = world;
	for _ in 0..2 {
		let before = received.load(Ordering::SeqCst);
		eventually("they are served", || more(before + 30)).await;
		world = world.restart().await;
	}
	let before = received.load(Ordering::SeqCst);
	eventually("they are served again", || more(before)).await;
	enough.store(true, Ordering::SeqCst);
	while let Some(asker) = askers.join_next().await {
		asker.unwrap();
	}

	let (mut answered, mut before) = (0, None);
	loop {
		let page = world
			.gatekeeper
			.audit
			.access_log(ALICE_AT_MERCY, before.as_deref(), 100, now())
			.await
			.unwrap();
		let allowed = |outcome: &AccessOutcome| matches!(outcome, AccessOutcome::Allowed { .. });
		answered += page.entries.iter().filter(|entry| allowed(&entry.outcome)).count() as u64;
		assert!(page.entries.iter().all(|entry| entry.outcome != AccessOutcome::Failed));
		let Some(next) = page.next else { break };
		before = Some(next);
	}
	assert_eq!(answered, received.load(Ordering::SeqCst));
	world.stop().await;
}

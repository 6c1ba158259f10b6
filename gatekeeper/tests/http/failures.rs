//! A node that is dead, stale or on another chain, a store that is locked or full, records that do
//! not answer: 503 with Retry-After, nothing served, and the process lives on.

use crate::support::{
	chain::Mood,
	client::Ask,
	eventually,
	node::Node,
	raw::{RawRequest, RawResponse},
	world::{World, ALICE, ALICE_AT_MERCY, CAROL},
};
use futures::future::select;
use medrec_gatekeeper::{
	audit::Evidence,
	fhir::Vocabulary,
	import::reclassify,
	server::{Gatekeeper, RECORDS_FILE},
	store::DATABASE_FILE,
};
use medrec_primitives::Purpose;
use medrec_protocol::access_log::{AccessLogPage, AccessOutcome};
use sqlx::{sqlite::SqliteConnectOptions, ConnectOptions, Connection};
use std::{net::SocketAddr, sync::atomic::Ordering, time::Duration};
use tokio::{
	io::{AsyncReadExt, AsyncWriteExt},
	net::{TcpSocket, TcpStream},
};

fn search() -> Ask<'static> {
	Ask::get("/fhir/Condition", ALICE_AT_MERCY, Purpose::Personal)
}

async fn send(world: &World) -> RawResponse {
	world.client(ALICE).sign(&search()).0.send(world.address).await
}

async fn assert_serves(world: &World) {
	let response = send(world).await;
	assert_eq!(response.status, 200, "{response:?}");
}

/// Refused with this code, and nothing was read.
async fn assert_fails_closed(world: &World, code: &str) {
	let read = world.records.read();
	let response = send(world).await;
	assert_eq!((response.status, response.code().as_str()), (503, code));
	assert!(response.header("retry-after").is_some());
	assert_eq!(response.json()["resourceType"], "OperationOutcome");
	assert_eq!(world.records.read(), read, "nothing is read");
}

async fn get(address: SocketAddr, target: &str) -> RawResponse {
	let request = RawRequest {
		method: "GET".into(),
		target: target.into(),
		headers: vec![("host".into(), address.to_string())],
		body: Vec::new(),
	};
	request.send(address).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_node_stops_everything_until_it_is_back() {
	let mut world = World::start().await;
	assert_serves(&world).await;
	let node = world.node.take().unwrap();
	let address = node.address;
	node.stop().await;
	assert_fails_closed(&world, "chain-unreachable").await;
	eventually("readiness says so", || async { get(world.address, "/readyz").await.status == 503 })
		.await;
	assert_eq!(get(world.address, "/livez").await.status, 200);

	world.node = Some(Node::start(&world.chain, Some(address)).await);
	assert_serves(&world).await;
	eventually("it is ready again", || async { get(world.address, "/readyz").await.status == 200 })
		.await;
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_says_that_it_is_stale_is_believed() {
	let world = World::start().await;
	assert_serves(&world).await;
	world.chain.set_mood(Mood::SaysStale);
	assert_fails_closed(&world, "chain-unavailable").await;
	world.chain.set_mood(Mood::Well);
	assert_serves(&world).await;
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn finality_that_stands_still_is_noticed_without_the_node() {
	let world = World::start_with(|config| config.staleness = 1).await;
	assert_serves(&world).await;
	let (best, _) = world.chain.lock().blocks();
	world.chain.set_mood(Mood::StandsStill(best.number));
	eventually("the gatekeeper notices", || async { send(&world).await.status == 503 }).await;
	assert_fails_closed(&world, "chain-stale").await;
	world.chain.set_mood(Mood::Well);
	eventually("blocks are finalized again", || async { send(&world).await.status == 200 }).await;
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_of_another_chain_is_not_asked() {
	let world = World::start().await;
	world.chain.set_mood(Mood::AnotherChain);
	assert_fails_closed(&world, "chain-unavailable").await;
	world.chain.set_mood(Mood::Well);
	assert_serves(&world).await;
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_store_stops_everything_until_it_is_free() {
	let world = World::start().await;
	assert_serves(&world).await;
	let mut other = SqliteConnectOptions::new()
		.filename(world.config.data_dir.join(DATABASE_FILE))
		.connect()
		.await
		.unwrap();
	let mut lock = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
	sqlx::query("UPDATE write_probe SET writes = writes").execute(&mut *lock).await.unwrap();
	assert_fails_closed(&world, "store-unavailable").await;
	lock.rollback().await.unwrap();
	assert_serves(&world).await;
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_store_stops_everything_and_the_log_still_fits() {
	let world = World::start_with(|config| config.store_max_bytes = Some(1 << 20)).await;
	let alice = world.client(ALICE);
	let mut served = 0;
	let refused = loop {
		let response = alice.sign(&search()).0.send(world.address).await;
		if response.status != 200 {
			break response;
		}
		served += 1;
		assert!(served < 10_000, "the store does not fill up");
	};
	assert!(served > 0);
	assert_eq!((refused.status, refused.code().as_str()), (503, "store-unavailable"));
	assert_eq!(get(world.address, "/livez").await.status, 200);
	let verified = world.gatekeeper.audit.verify(&Evidence::default()).await.unwrap();
	assert!(verified.entries >= 2 * served, "every answer is in the log");
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_much_at_once_is_refused_at_once() {
	let world = World::start_with(|config| config.limits.concurrent_requests = 1).await;
	let mut other = SqliteConnectOptions::new()
		.filename(world.config.data_dir.join(DATABASE_FILE))
		.connect()
		.await
		.unwrap();
	let mut lock = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
	sqlx::query("UPDATE write_probe SET writes = writes").execute(&mut *lock).await.unwrap();
	// Whichever comes first takes the only place, and waits for the store.
	let asked = select(Box::pin(send(&world)), Box::pin(send(&world)));
	let (refused, waiting) = asked.await.factor_first();
	assert_eq!(refused.code(), "overloaded");
	lock.rollback().await.unwrap();
	assert_eq!(waiting.await.status, 200);
	assert_serves(&world).await;
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_beyond_the_limit_are_closed() {
	let world = World::start_with(|config| config.limits.connections = 2).await;
	let held = [hold(&world).await, hold(&world).await];
	eventually("a third is closed", || async { is_closed(connect(&world).await).await }).await;
	drop(held);
	eventually("there is room again", || async { !is_closed(connect(&world).await).await }).await;
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_of_one_address_beyond_its_limit_are_closed() {
	let world = World::start_with(|config| config.limits.connections_per_address = 2).await;
	let held = [hold(&world).await, hold(&world).await];
	eventually("a third is closed", || async { is_closed(connect(&world).await).await }).await;
	let elsewhere = TcpSocket::new_v4().unwrap();
	elsewhere.bind(([127, 0, 0, 2], 0).into()).unwrap();
	assert!(!is_closed(elsewhere.connect(world.address).await.unwrap()).await);
	drop(held);
	eventually("there is room again", || async { !is_closed(connect(&world).await).await }).await;
	world.stop().await;
}

/// A client that asks again and again and reads nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_reads_nothing_does_not_hold_its_connection() {
	let world = World::start_with(|config| {
		config.limits.connections = 1;
		config.limits.write_seconds = 1;
	})
	.await;
	let socket = TcpSocket::new_v4().unwrap();
	socket.set_recv_buffer_size(4_096).unwrap();
	let mut deaf = socket.connect(world.address).await.unwrap();
	let asking = tokio::spawn(async move {
		loop {
			let request = b"GET /fhir/metadata HTTP/1.1\r\nhost: x\r\n\r\n";
			if deaf.write_all(request).await.is_err() {
				break;
			}
		}
	});
	tokio::time::timeout(Duration::from_secs(30), asking).await.expect("it is closed").unwrap();
	eventually("there is room again", || async { !is_closed(connect(&world).await).await }).await;
	world.stop().await;
}

async fn connect(world: &World) -> TcpStream {
	TcpStream::connect(world.address).await.unwrap()
}

/// A connection that the server has accepted, and keeps open.
async fn hold(world: &World) -> TcpStream {
	let mut stream = connect(world).await;
	stream.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
	let mut answer = [0; 12];
	stream.read_exact(&mut answer).await.unwrap();
	assert_eq!(&answer, b"HTTP/1.1 200");
	stream
}

/// Whether the server closes a connection without an answer.
async fn is_closed(mut stream: TcpStream) -> bool {
	let request = b"GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
	let mut answer = Vec::new();
	let sent = stream.write_all(request).await;
	sent.is_err() || stream.read_to_end(&mut answer).await.is_err() || answer.is_empty()
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_do_not_answer_are_a_failure_in_the_log() {
	let world = World::start().await;
	world.records.broken.store(true, Ordering::SeqCst);
	assert_fails_closed(&world, "records-unavailable").await;
	world.records.broken.store(false, Ordering::SeqCst);
	let target = format!("/v1/access-log?relationship={ALICE_AT_MERCY}");
	let ask = Ask::get(&target, ALICE_AT_MERCY, Purpose::Personal);
	let (response, _) = world.client(ALICE).ask(&ask).await;
	let page: AccessLogPage = serde_json::from_slice(&response.body).unwrap();
	assert_eq!(page.entries[0].outcome, AccessOutcome::Failed);
	world.stop().await;
}

/// The vocabulary was changed, and the records follow it while the server runs.
#[tokio::test(flavor = "multi_thread")]
async fn records_of_another_vocabulary_are_not_for_grantees() {
	let world = World::start().await;
	let (opening, _) = world.grant_medications();
	let carol = world.client(CAROL);
	let target = "/fhir/MedicationRequest";
	let ask = Ask::get(target, ALICE_AT_MERCY, Purpose::Treatment).with(&opening);
	assert_eq!(carol.ask(&ask).await.0.status, 200);

	let database = world.config.data_dir.join(RECORDS_FILE);
	let text =
		include_str!("../../vocabulary.json").replace("\"V\": [\"restricted\"]", "\"V\": []");
	let changed = Vocabulary::from_json(&text).unwrap();
	reclassify(&database, &changed, false).await.unwrap();
	let read = world.records.read();
	let response = carol.ask(&ask).await.0;
	assert_eq!((response.status, response.code().as_str()), (503, "records-unavailable"));
	assert_eq!(world.records.read(), read);
	assert_serves(&world).await;
	eventually("readiness says so", || async { get(world.address, "/readyz").await.status == 503 })
		.await;
	let refused = Gatekeeper::open(world.config.clone()).await.unwrap_err().to_string();
	assert!(refused.contains("import --reclassify"), "{refused}");

	reclassify(&database, &Vocabulary::builtin().unwrap(), false).await.unwrap();
	assert_eq!(carol.ask(&ask).await.0.status, 200);
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_count_what_was_refused_and_served() {
	let world = World::start().await;
	assert_serves(&world).await;
	let mut unsigned = world.client(ALICE).sign(&search()).0;
	unsigned.remove("signature");
	assert_eq!(unsigned.send(world.address).await.status, 401);
	assert_eq!(get(world.address, "/metrics").await.status, 404, "not for clients");
	let metrics = get(world.admin_address, "/metrics").await;
	let text = String::from_utf8(metrics.body).unwrap();
	for line in [
		"medrec_gatekeeper_refusals_total{code=\"missing-header\"} 1",
		"medrec_gatekeeper_requests_total{route=\"/fhir/{type}\",status=\"200\"} 1",
		"medrec_gatekeeper_requests_total{route=\"/fhir/{type}\",status=\"401\"} 1",
	] {
		assert!(text.contains(line), "{line} is missing in\n{text}");
	}
	world.stop().await;
}

//! Notifications over HTTP: what a patron is told, what not, and how a stream goes on.

use crate::support::{
	client::{Ask, Client},
	eventually,
	world::{World, ALICE, ALICE_AT_MERCY, ALICE_LOCAL, BOB, CAROL, LAKESIDE, MERCY},
};
use medrec_gatekeeper::{
	fhir::Vocabulary,
	import::{import, ImportOptions},
	notifications::MAX_STREAMS_PER_PARTICIPANT,
	server::{intake::now, RECORDS_FILE},
	store::{Verdict, DATABASE_FILE, MAX_NOTIFICATIONS},
};
use medrec_primitives::{Opening, Purpose, RelationshipStatus};
use medrec_protocol::{
	access_log::{AccessLogPage, Interaction},
	amendments::AmendmentRequest,
	notifications::{Notification, NotificationKind},
};
use serde_json::json;
use sqlx::{sqlite::SqliteConnectOptions, ConnectOptions};
use std::time::Duration;

/// Longest wait for anything that is sure to come.
const PATIENCE: Duration = Duration::from_secs(30);

/// An open stream, read as a client does.
pub struct Stream {
	response: reqwest::Response,
	text: String,
	/// `id` of the last event.
	last: Option<String>,
	/// Whether it began with a gap.
	lost: bool,
}

async fn send(client: &Client, last: Option<&str>) -> reqwest::Response {
	let purpose = if client.participant == CAROL { Purpose::Treatment } else { Purpose::Personal };
	let ask = Ask {
		accept: Some("text/event-stream"),
		..Ask::get("/v1/notifications", ALICE_AT_MERCY, purpose)
	};
	let (request, _) = client.sign(&ask);
	let url = format!("http://{}{}", client.address, request.target);
	let mut builder = reqwest::Client::new().get(url);
	for (name, value) in &request.headers {
		builder = builder.header(name, value);
	}
	if let Some(last) = last {
		builder = builder.header("last-event-id", last);
	}
	builder.send().await.unwrap()
}

impl Stream {
	/// Open one, and wait until it says where it begins.
	pub async fn open(client: &Client, last: Option<&str>) -> Self {
		let response = send(client, last).await;
		assert_eq!(response.status(), 200);
		assert_eq!(response.headers()["content-type"], "text/event-stream");
		assert_eq!(response.headers()["cache-control"], "private, no-store");
		let mut stream = Self { response, text: String::new(), last: None, lost: false };
		let begin: Notification = serde_json::from_str(&stream.data().await.unwrap()).unwrap();
		stream.lost = begin.kind == NotificationKind::Gap;
		assert!(stream.lost || begin.kind == NotificationKind::Begin);
		assert_eq!(stream.last, Some(begin.event.to_string()));
		if let (Some(last), false) = (last, stream.lost) {
			assert_eq!(stream.last.as_deref(), Some(last));
		}
		stream
	}

	/// The data of the next event. `None` at the end.
	async fn data(&mut self) -> Option<String> {
		loop {
			if let Some((block, rest)) = self.text.split_once("\n\n") {
				let (block, rest) = (block.to_owned(), rest.to_owned());
				self.text = rest;
				let field = |name: &str| {
					let line = block.lines().find_map(|line| line.strip_prefix(name));
					line.map(|value| value.trim().to_owned())
				};
				if let Some(id) = field("id:") {
					self.last = Some(id);
					return Some(field("data:").unwrap());
				}
				continue;
			}
			let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await.unwrap();
			let Ok(Some(chunk)) = chunk else { return None };
			self.text.push_str(std::str::from_utf8(&chunk).unwrap());
		}
	}

	/// The next notification, whose signature fits; `None` at the end.
	pub async fn next(&mut self, world: &World) -> Option<NotificationKind> {
		let notification: Notification = serde_json::from_str(&self.data().await?).unwrap();
		let key = world.gatekeeper.key.public();
		assert!(notification.verify(&world.gatekeeper.genesis, &key));
		assert_eq!((notification.provider, notification.relationship), (MERCY, ALICE_AT_MERCY));
		assert_eq!(self.last, Some(notification.event.to_string()));
		Some(notification.kind)
	}
}

async fn look(world: &World, opening: &Opening) {
	let ask = Ask::get("/fhir/MedicationRequest", ALICE_AT_MERCY, Purpose::Treatment).with(opening);
	assert_eq!(world.client(CAROL).ask(&ask).await.0.status, 200);
}

async fn own(world: &World, target: &str) -> Vec<u8> {
	let ask = Ask::get(target, ALICE_AT_MERCY, Purpose::Personal);
	let (response, _) = world.client(ALICE).ask(&ask).await;
	assert_eq!(response.status, 200);
	response.body
}

#[tokio::test(flavor = "multi_thread")]
async fn she_is_told_when_somebody_looked_and_not_what_she_did_herself() {
	let world = World::start().await;
	let (opening, _) = world.grant_medications();
	let mut stream = Stream::open(&world.client(ALICE), None).await;
	own(&world, "/fhir/Condition").await;
	let denied = Ask::get("/fhir/Condition", ALICE_AT_MERCY, Purpose::Treatment);
	assert_eq!(world.client(CAROL).ask(&denied).await.0.status, 403);
	look(&world, &opening).await;
	assert_eq!(stream.next(&world).await, Some(NotificationKind::Access));
	let stored = world.gatekeeper.store.notifications_after(ALICE_AT_MERCY, 0).await.unwrap();
	assert_eq!(stored.len(), 1, "{stored:?}");

	let log = own(&world, &format!("/v1/access-log?relationship={ALICE_AT_MERCY}")).await;
	let log: AccessLogPage = serde_json::from_slice(&log).unwrap();
	let waits = log
		.entries
		.iter()
		.filter(|entry| entry.interaction == Interaction::Notifications && entry.actor == ALICE);
	assert_eq!(waits.count(), 1);
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_goes_on_after_a_disconnect_and_a_restart() {
	let world = World::start().await;
	let (opening, _) = world.grant_medications();
	// Also from before the first event.
	let fresh = Stream::open(&world.client(ALICE), None).await;
	let beginning = fresh.last.clone().unwrap();
	drop(fresh);
	look(&world, &opening).await;
	let mut stream = Stream::open(&world.client(ALICE), Some(&beginning)).await;
	assert_eq!(stream.next(&world).await, Some(NotificationKind::Access));
	let first = stream.last.clone().unwrap();
	drop(stream);

	look(&world, &opening).await;
	look(&world, &opening).await;
	let world = world.restart().await;
	let mut stream = Stream::open(&world.client(ALICE), Some(&first)).await;
	assert_eq!(stream.next(&world).await, Some(NotificationKind::Access));
	assert_ne!(stream.last.clone().unwrap(), first);
	assert_eq!(stream.next(&world).await, Some(NotificationKind::Access));
	look(&world, &opening).await;
	assert_eq!(stream.next(&world).await, Some(NotificationKind::Access));
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_kept_any_more_is_a_gap() {
	let world = World::start().await;
	let (opening, _) = world.grant_medications();
	let beginning = Stream::open(&world.client(ALICE), None).await.last.clone().unwrap();
	for _ in 0..=MAX_NOTIFICATIONS {
		look(&world, &opening).await;
	}
	let kept = world.gatekeeper.store.notifications_after(ALICE_AT_MERCY, 0).await.unwrap();
	assert_eq!(kept.len(), MAX_NOTIFICATIONS as usize);
	for lost in [beginning.as_str(), "ZmZmZmZmZmZmZmZmZmZmZg"] {
		let mut stream = Stream::open(&world.client(ALICE), Some(lost)).await;
		assert!(stream.lost);
		let last = world.gatekeeper.store.notifications_after(ALICE_AT_MERCY, 0).await.unwrap();
		assert_eq!(stream.last, last.last().map(|last| last.event.to_string()));
		// It goes on from there.
		look(&world, &opening).await;
		assert_eq!(stream.next(&world).await, Some(NotificationKind::Access));
	}
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_patron_waits_and_not_on_too_many_streams() {
	let world = World::start().await;
	for other in [BOB, CAROL] {
		assert_eq!(send(&world.client(other), None).await.status(), 403);
	}
	assert_eq!(send(&world.client(ALICE), Some("x")).await.status(), 400);
	let alice = world.client(ALICE);
	let mut open = Vec::new();
	for _ in 0..MAX_STREAMS_PER_PARTICIPANT {
		open.push(Stream::open(&alice, None).await);
	}
	let refused = send(&alice, None).await;
	assert_eq!(refused.status(), 429);
	assert!(refused.headers().contains_key("retry-after"));
	let body: serde_json::Value = serde_json::from_slice(&refused.bytes().await.unwrap()).unwrap();
	assert_eq!(body["error"]["code"], "too-many-streams");
	// What was closed makes room.
	open.pop();
	eventually("there is room", || async {
		world.gatekeeper.notifications.open() < MAX_STREAMS_PER_PARTICIPANT
	})
	.await;
	Stream::open(&alice, None).await;
	world.stop().await;
}

/// Whether she may be told is asked again when there is something to tell.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_the_session_that_opened_it() {
	let world = World::start().await;
	let (opening, _) = world.grant_medications();
	let mut stream = Stream::open(&world.client(ALICE), None).await;
	world.chain.change(|facts| facts.participants.get_mut(&ALICE).unwrap().epoch = 1);
	look(&world, &opening).await;
	assert_eq!(stream.next(&world).await, None);
	eventually("its place is free", || async { world.gatekeeper.notifications.open() == 0 }).await;
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_when_the_binding_is_in_doubt() {
	let world = World::start().await;
	let mut stream = Stream::open(&world.client(ALICE), None).await;
	let store = &world.gatekeeper.store;
	let (staff, reason) = ("test".to_owned(), "is it her?".to_owned());
	store.dispute_binding(ALICE_AT_MERCY, staff, reason, now()).await.unwrap();
	assert_eq!(stream.next(&world).await, None);
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn she_is_told_what_staff_and_providers_want_of_her() {
	let world = World::start().await;
	let mut stream = Stream::open(&world.client(ALICE), None).await;
	let store = &world.gatekeeper.store;
	let request: AmendmentRequest = serde_json::from_value(json!({
		"relationship": ALICE_AT_MERCY,
		"resourceType": "Observation",
		"id": "x",
		"version": "1",
		"element": "/status",
		"reason": "it is not",
	}))
	.unwrap();
	let asked = store.request_amendment(request, now()).await.unwrap();
	let (staff, answer) = ("test".to_owned(), "it is".to_owned());
	let verdict = Verdict::Decline;
	store.answer_amendment(asked.amendment, verdict, staff, answer, None, now()).await.unwrap();
	assert_eq!(stream.next(&world).await, Some(NotificationKind::Amendment));

	world.chain.change(|facts| {
		facts.relationship(500, ALICE, LAKESIDE);
		facts.relationships.get_mut(&500).unwrap().status = RelationshipStatus::ProposedBySteward;
	});
	assert_eq!(stream.next(&world).await, Some(NotificationKind::Proposal));
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn she_is_told_of_changed_records() {
	let world = World::start().await;
	let mut stream = Stream::open(&world.client(ALICE), None).await;
	let database = world.config.data_dir.join(DATABASE_FILE);
	let options = SqliteConnectOptions::new().filename(&database).read_only(true);
	eventually("the records were looked at", || async {
		let mut connection = options.connect().await.unwrap();
		let marks: i64 =
			sqlx::query_scalar("SELECT count(*) FROM notification_marks WHERE kind = 'records'")
				.fetch_one(&mut connection)
				.await
				.unwrap();
		marks > 0
	})
	.await;
	let path = world.config.data_dir.join("new.json");
	let resource = json!({
		"resourceType": "Observation",
		"id": "new",
		"subject": { "reference": format!("Patient/{ALICE_LOCAL}") },
		"effectiveDateTime": "2026-11-01",
		"code": { "coding": [{ "system": "http://loinc.org", "code": "29463-7" }] },
	});
	std::fs::write(&path, resource.to_string()).unwrap();
	let options = ImportOptions {
		bases: Vec::new(),
		vocabulary: Vocabulary::builtin().unwrap(),
		progress: false,
	};
	import(&[path], &world.config.data_dir.join(RECORDS_FILE), &options).await.unwrap();
	assert_eq!(stream.next(&world).await, Some(NotificationKind::Records));
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_end_with_the_server() {
	let world = World::start().await;
	let mut stream = Stream::open(&world.client(ALICE), None).await;
	let stopping = tokio::spawn(world.stop());
	while stream.data().await.is_some() {}
	let grace = medrec_gatekeeper::config::Limits::default().shutdown_seconds;
	tokio::time::timeout(Duration::from_secs(grace), stopping).await.unwrap().unwrap();
}

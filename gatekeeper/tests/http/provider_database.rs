//! Records in the provider's own database: what its failure looks like to clients, and its return.

use crate::{
	notifications::Stream,
	support::{
		client::Ask,
		eventually,
		raw::RawResponse,
		world::{World, ALICE, ALICE_AT_MERCY, ALICE_LOCAL, BOB_LOCAL, CAROL},
	},
};
use futures::future::join_all;
use medrec_gatekeeper::{
	records::{
		config::{RecordsConfig, SqlConfig},
		LocalPatientId,
	},
	sample::{records, SampleProvider},
	store::DATABASE_FILE,
};
use medrec_primitives::Purpose;
use medrec_protocol::{
	access_log::{AccessLogPage, AccessOutcome},
	notifications::NotificationKind,
};
use medrec_tests::{databases::Postgres, gatekeeper::write_secret};
use sqlx::{sqlite::SqliteConnectOptions, PgPool};
use std::{
	path::Path,
	time::{Duration, Instant},
};

const MAPPING: &str = r#"
changed = "SELECT max(changed) FROM resources WHERE patient = :patient"
[resources.Patient]
search = "SELECT body FROM resources WHERE type = 'Patient' AND patient = :patient"
document = "body"
[resources.MedicationRequest]
search = "SELECT body FROM resources WHERE type = 'MedicationRequest' AND patient = :patient"
document = "body"
"#;

async fn orders(world: &World) -> RawResponse {
	let ask = Ask::get("/fhir/MedicationRequest", ALICE_AT_MERCY, Purpose::Personal);
	world.client(ALICE).sign(&ask).0.send(world.address).await
}

/// A database of whole resources on a server, with the samples of two patients.
async fn fill(server: &Postgres) -> PgPool {
	let database = server.create("hospital").await.unwrap();
	let create = "CREATE TABLE resources (type TEXT, patient TEXT, body JSON, \
		changed TIMESTAMPTZ DEFAULT clock_timestamp())";
	sqlx::query(create).execute(&database).await.unwrap();
	sqlx::query("GRANT SELECT ON resources TO reader").execute(&database).await.unwrap();
	for id in [ALICE_LOCAL, BOB_LOCAL] {
		let patient: LocalPatientId = id.parse().unwrap();
		for (resource_type, text) in records(SampleProvider::Mercy, &patient) {
			sqlx::query("INSERT INTO resources (type, patient, body) VALUES ($1, $2, $3::json)")
				.bind(resource_type)
				.bind(id)
				.bind(text)
				.execute(&database)
				.await
				.unwrap();
		}
	}
	database
}

/// A gatekeeper in front of it.
async fn start(server: &Postgres, folder: &Path, connections: u32) -> World {
	let (url_file, mapping) = (folder.join("url"), folder.join("mapping.toml"));
	write_secret(&url_file, &server.url("reader", "hospital")).unwrap();
	std::fs::write(&mapping, MAPPING).unwrap();
	let listen = Some("medrec_changes".to_owned());
	let sql = SqlConfig {
		url_file,
		mapping,
		listen,
		connections,
		acquire_seconds: 5,
		statement_seconds: 10,
	};
	World::start_with(|config| config.records = RecordsConfig::Sql(sql.clone())).await
}

/// The database stops while the server runs, and comes back.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_is_503_until_it_is_back() {
	let mut server = Postgres::start().await.unwrap();
	fill(&server).await.close().await;
	let folder = tempfile::tempdir().unwrap();
	let world = start(&server, folder.path(), 2).await;

	let served = orders(&world).await;
	assert_eq!((served.status, &served.json()["total"]), (200, &4.into()));
	let (opening, _) = world.grant_medications();
	let ask =
		Ask::get("/fhir/MedicationRequest", ALICE_AT_MERCY, Purpose::Treatment).with(&opening);
	let granted = world.client(CAROL).ask(&ask).await.0;
	assert_eq!((granted.status, &granted.json()["total"]), (200, &3.into()));

	server.stop();
	let refused = orders(&world).await;
	assert_eq!((refused.status, refused.code().as_str()), (503, "records-unavailable"));
	assert!(refused.header("retry-after").is_some());
	server.resume().await.unwrap();
	eventually("it is served again", || async { orders(&world).await.status == 200 }).await;

	let target = format!("/v1/access-log?relationship={ALICE_AT_MERCY}");
	let ask = Ask::get(&target, ALICE_AT_MERCY, Purpose::Personal);
	let page: AccessLogPage =
		serde_json::from_slice(&world.client(ALICE).ask(&ask).await.0.body).unwrap();
	assert!(page.entries.iter().any(|entry| entry.outcome == AccessOutcome::Failed));
	world.stop().await;
}

/// What is new is told at once, because the database says so: by asking every few seconds it would take
/// five times as long.
#[tokio::test(flavor = "multi_thread")]
async fn new_records_are_told_as_the_database_notifies() {
	const ROUNDS: u32 = 5;
	const LOOK_PERIOD: Duration = Duration::from_secs(5);
	let server = Postgres::start().await.unwrap();
	let database = fill(&server).await;
	let folder = tempfile::tempdir().unwrap();
	let world = start(&server, folder.path(), 2).await;
	let mut stream = Stream::open(&world.client(ALICE), None).await;
	// The first look finds how things are; what comes after it is new.
	let store = SqliteConnectOptions::new()
		.filename(world.config.data_dir.join(DATABASE_FILE))
		.read_only(true);
	let store = sqlx::SqlitePool::connect_with(store).await.unwrap();
	eventually("the first look is over", || async {
		let marks = "SELECT EXISTS (SELECT 1 FROM notification_marks WHERE kind = ?)";
		let kind = NotificationKind::Records.name();
		sqlx::query_scalar::<_, bool>(marks).bind(kind).fetch_one(&store).await.unwrap()
	})
	.await;
	store.close().await;
	let begin = Instant::now();
	for _ in 0..ROUNDS {
		let add = "INSERT INTO resources (type, patient, body) SELECT type, patient, body \
			FROM resources WHERE type = 'Patient' AND patient = $1 LIMIT 1";
		sqlx::query(add).bind(ALICE_LOCAL).execute(&database).await.unwrap();
		let notify = sqlx::query("SELECT pg_notify('medrec_changes', $1)").bind(ALICE_LOCAL);
		notify.execute(&database).await.unwrap();
		assert_eq!(stream.next(&world).await, Some(NotificationKind::Records));
	}
	assert!(begin.elapsed() < LOOK_PERIOD * ROUNDS / 2, "{:?}", begin.elapsed());
	world.stop().await;
}

/// More requests than connections wait for one, and are all answered.
#[tokio::test(flavor = "multi_thread")]
async fn requests_share_the_connections() {
	let server = Postgres::start().await.unwrap();
	let database = fill(&server).await;
	let folder = tempfile::tempdir().unwrap();
	let world = start(&server, folder.path(), 1).await;
	let answers = join_all((0..20).map(|_| orders(&world))).await;
	assert!(answers.iter().all(|answer| answer.status == 200));
	let open: i64 = sqlx::query_scalar(
		"SELECT count(*) FROM pg_stat_activity WHERE application_name = 'medrec-gatekeeper'",
	)
	.fetch_one(&database)
	.await
	.unwrap();
	assert_eq!(open, 2, "one for all requests, and the one that listens");
	world.stop().await;
}

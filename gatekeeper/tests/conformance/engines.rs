//! The databases of providers, one test each.

use crate::{
	document::Documents,
	hospital, mapping,
	mariadb::MariaDb,
	records::patient,
	servers::{Kind, Server},
	suite,
};
use medrec_gatekeeper::{
	records::{RecordBackend, RecordError},
	sample::SampleProvider,
};
use medrec_tests::databases::Postgres;

/// Everything on one server, which takes seconds to start.
async fn conforms(server: &Server) {
	let documents = Documents(server);
	suite::run(&documents).await;
	suite::misfiled_records_leave_no_trace(&documents).await;
	suite::unreadable_records_fail_closed(&documents).await;
	suite::run(&hospital::Hospital(server)).await;
	hospital::a_faulty_statement_shows_nobody_else(server).await;
	mapping::faults_are_named(server).await;
	mapping::accounts_that_can_write_are_refused(server).await;
	mapping::types_become_json(server).await;
	mapping::slow_statements_are_given_up(server).await;
}

/// A server that stops is an error in time, and its return needs nothing.
async fn comes_back(server: &mut Server) {
	let database = hospital::fill(server, &suite::samples(SampleProvider::Mercy)).await;
	let records = server.open(&database, hospital::MAPPING).await.unwrap();
	let me = patient("A-1001");
	assert!(records.knows(&me).await.unwrap());
	server
		.while_away(async {
			let away = records.knows(&me).await;
			assert!(
				matches!(away, Err(RecordError::Unavailable(_) | RecordError::TooSlow)),
				"{away:?}"
			);
			assert!(records.check().await.is_err());
		})
		.await;
	records.check().await.unwrap();
	assert!(records.knows(&me).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_conforms() {
	let mut server = Server::new(Kind::Postgres(Postgres::start().await.unwrap()));
	conforms(&server).await;
	comes_back(&mut server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mariadb_conforms() {
	let mut server = Server::new(Kind::MariaDb(MariaDb::start().await));
	conforms(&server).await;
	comes_back(&mut server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_conforms() {
	conforms(&Server::new(Kind::Sqlite)).await;
}

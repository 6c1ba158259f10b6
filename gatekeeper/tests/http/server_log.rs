//! What the server writes about itself names no patient.

use crate::support::{
	client::Ask,
	world::{World, ALICE, ALICE_AT_MERCY, ALICE_LOCAL},
};
use medrec_gatekeeper::server::RECORDS_FILE;
use medrec_primitives::Purpose;
use sqlx::{sqlite::SqliteConnectOptions, ConnectOptions};
use std::{
	io::{self, Write},
	sync::{Arc, Mutex},
};
use tracing::Level;

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
	fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
		self.0.lock().unwrap().write(bytes)
	}

	fn flush(&mut self) -> io::Result<()> {
		Ok(())
	}
}

/// On one thread, so that everything of this server, and nothing of others, is written here.
#[tokio::test]
async fn a_record_that_does_not_fit_is_named_by_the_entry_of_the_audit_log() {
	let written = Written::default();
	let writer = written.clone();
	let log = tracing_subscriber::fmt()
		.with_ansi(false)
		.with_max_level(Level::INFO)
		.with_writer(move || writer.clone())
		.finish();
	let _log = tracing::subscriber::set_default(log);

	let world = World::start().await;
	let mut records = SqliteConnectOptions::new()
		.filename(world.config.data_dir.join(RECORDS_FILE))
		.connect()
		.await
		.unwrap();
	sqlx::query("UPDATE resources SET json = json || ' ' WHERE type = 'Patient' AND id = ?")
		.bind(ALICE_LOCAL)
		.execute(&mut records)
		.await
		.unwrap();
	let target = format!("/fhir/Patient/{ALICE_LOCAL}");
	let ask = Ask::get(&target, ALICE_AT_MERCY, Purpose::Personal);
	let (response, _) = world.client(ALICE).ask(&ask).await;
	assert_eq!((response.status, response.code().as_str()), (500, "internal-error"));
	world.stop().await;

	let written = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
	assert!(written.contains("its text has changed since it was imported"), "{written}");
	assert!(written.contains("entry="), "{written}");
	assert!(!written.contains(ALICE_LOCAL), "{written}");
}

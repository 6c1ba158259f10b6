//! When the log cannot be written or does not fit, nothing may be answered.

use super::*;
use medrec_gatekeeper::{
	audit::{AuditError, Evidence, Misfit},
	store::StoreError,
};
use sqlx::{sqlite::SqliteConnectOptions, ConnectOptions, Connection, SqliteConnection};
use std::time::Duration;

async fn raw(folder: &Path) -> SqliteConnection {
	SqliteConnectOptions::new()
		.filename(folder.join("gatekeeper.sqlite"))
		.connect()
		.await
		.expect("the database opens")
}

async fn open_with(folder: &Path, options: StoreOptions) -> AuditLog {
	let store = Store::open(folder, options).await.expect("the store opens");
	AuditLog::open(store, secret(), keys()).await.expect("the log opens")
}

#[tokio::test]
async fn a_locked_log_takes_nothing() {
	let (folder, log) = empty().await;
	checkpoints::close(log).await;
	let busy_timeout = Duration::from_millis(50);
	let log =
		open_with(folder.path(), StoreOptions { busy_timeout, ..StoreOptions::default() }).await;
	let open = log.begin(intent(ALICE, 1)).await.expect("logged");

	let mut other = raw(folder.path()).await;
	let lock = other.begin_with("BEGIN EXCLUSIVE").await.expect("nobody else has it");
	let refused = log.begin(intent(ALICE, 2)).await.map(|_| ());
	assert_eq!(refused, Err(AuditError::Store(StoreError::Busy)));
	let refused = log.finish(open, outcome(1)).await.map(|_| ());
	assert_eq!(refused, Err(AuditError::Store(StoreError::Busy)));
	assert_eq!(log.checkpoint(NOW).await, Err(AuditError::Store(StoreError::Busy)));

	lock.rollback().await.expect("let go");
	access(&log, ALICE, 3).await;
	assert_eq!(log.verify(&Evidence::default()).await.expect("fits").entries, 3);
}

#[tokio::test]
async fn a_full_log_loses_nothing_and_goes_on_with_more_room() {
	let (folder, log) = empty().await;
	checkpoints::close(log).await;
	let max_bytes = Some(768 * 1024);
	let log = open_with(folder.path(), StoreOptions { max_bytes, ..StoreOptions::default() }).await;

	let mut receipts = Vec::new();
	let refused = loop {
		let tasks: Vec<_> = (0..16)
			.map(|number| {
				let log = log.clone();
				tokio::spawn(async move {
					let open = log.begin(intent(ALICE, number)).await?;
					log.finish(open, outcome(number)).await
				})
			})
			.collect();
		let mut refused = None;
		for task in tasks {
			match task.await.expect("no panic") {
				Ok(receipt) => receipts.push(receipt),
				Err(error) => refused = Some(error),
			}
		}
		if let Some(error) = refused {
			break error;
		}
		assert!(receipts.len() < 100_000, "the limit does not hold");
	};
	assert!(matches!(refused, AuditError::Store(_)), "{refused:?}");
	assert!(receipts.len() > 50, "{} were logged before it was full", receipts.len());
	// A single entry may still find room where many at once did not.
	let refused = loop {
		if let Err(error) = log.begin(intent(ALICE, 1)).await {
			break error;
		}
	};
	assert_eq!(refused, AuditError::Store(StoreError::Full));
	let refused = log.begin(intent(ALICE, 1)).await.map(|_| ());
	assert_eq!(refused, Err(AuditError::Store(StoreError::Full)), "it stays full");

	checkpoints::close(log).await;
	let log = open_at(folder.path()).await;
	receipts.push(access(&log, ALICE, 1).await);
	let evidence = Evidence { receipts, ..Evidence::default() };
	assert!(log.verify(&evidence).await.is_ok());
}

#[tokio::test]
async fn nothing_is_built_on_a_head_that_was_changed() {
	for (change, misfit) in [
		("UPDATE audit_head SET checkpoints = 7", Misfit::HeadChanged),
		("UPDATE audit_head SET size = size - 1", Misfit::HeadChanged),
		("DELETE FROM audit_head", Misfit::HeadMissing),
	] {
		let (folder, log) = empty().await;
		access(&log, ALICE, 1).await;
		let mut other = raw(folder.path()).await;
		sqlx::query(change).execute(&mut other).await.expect("writable");
		let refused = log.begin(intent(ALICE, 2)).await.map(|_| ());
		assert_eq!(refused, Err(AuditError::Misfit(misfit.clone())), "{change}");
		assert_eq!(log.checkpoint(NOW).await, Err(AuditError::Misfit(misfit.clone())), "{change}");
		checkpoints::close(log).await;

		let store = Store::open(folder.path(), StoreOptions::default()).await.expect("opens");
		let refused = AuditLog::open(store, secret(), keys()).await.err();
		assert_eq!(refused, Some(AuditError::Misfit(misfit)), "{change}");
	}
}

#[tokio::test]
async fn a_patient_is_not_shown_a_log_that_was_changed() {
	for (change, misfit) in [
		(
			"UPDATE audit_entries SET ciphertext = zeroblob(20) WHERE number = 2",
			Misfit::EntryChanged { number: 2 },
		),
		(
			"UPDATE audit_keys SET key = zeroblob(32) WHERE number = 3",
			Misfit::KeyChanged { number: 3 },
		),
		(
			"UPDATE audit_keys SET relationship = 9 WHERE number = 0",
			Misfit::EntryMisfiled { number: 0, what: "relationship" },
		),
		(
			"UPDATE audit_keys SET intent = 2 - intent WHERE number IN (1, 3)",
			Misfit::EntryMisfiled { number: 1, what: "intent" },
		),
	] {
		let (folder, log) = empty().await;
		access(&log, 10, 1).await;
		access(&log, ALICE, 2).await;
		let mut other = raw(folder.path()).await;
		sqlx::raw_sql("DROP INDEX audit_keys_by_intent")
			.execute(&mut other)
			.await
			.expect("writable");
		sqlx::query(change).execute(&mut other).await.expect("writable");
		let shown = log.access_log(ALICE, None, 10, NOW + 3_600_000).await;
		assert_eq!(shown, Err(AuditError::Misfit(misfit)), "{change}");
	}
}

//! A store that cannot write says so, does nothing by halves, and goes on when the cause is gone.

use super::*;
use medrec_gatekeeper::store::{EnrolmentError, NonceError, StoreError};
use sqlx::{sqlite::SqliteConnectOptions, ConnectOptions, Connection, SqliteConnection};
use std::{path::Path, time::Duration};

const MINUTE: Moment = 60_000;

async fn raw(folder: &Path) -> SqliteConnection {
	SqliteConnectOptions::new()
		.filename(folder.join("gatekeeper.sqlite"))
		.connect()
		.await
		.expect("the database opens")
}

async fn open_patiently(folder: &TempDir, milliseconds: u64) -> Store {
	let busy_timeout = Duration::from_millis(milliseconds);
	let options = StoreOptions { busy_timeout, ..StoreOptions::default() };
	Store::open(folder.path(), options).await.expect("the store opens")
}

#[tokio::test]
async fn a_locked_store_is_busy_until_it_is_let_go() {
	let (folder, store) = empty().await;
	store.close().await;
	let store = open_patiently(&folder, 50).await;
	let mut other = raw(folder.path()).await;
	let lock = other.begin_with("BEGIN EXCLUSIVE").await.expect("nobody else has it");

	assert_eq!(store.check_writable().await, Err(StoreError::Busy));
	assert_eq!(
		store.take_nonce("key", b"nonce", NOW + MINUTE, NOW).await,
		Err(NonceError::Store(StoreError::Busy))
	);
	assert_eq!(store.binding(5).await, Ok(None), "reading goes on");

	lock.rollback().await.expect("let go");
	assert_eq!(store.check_writable().await, Ok(()));
	assert_eq!(
		store.take_nonce("key", b"nonce", NOW + MINUTE, NOW).await,
		Ok(()),
		"the attempt that failed did not take it"
	);
}

#[tokio::test]
async fn more_writes_than_it_takes_are_refused_at_once() {
	let (folder, store) = empty().await;
	store.close().await;
	let store = open_patiently(&folder, 300).await;
	let mut other = raw(folder.path()).await;
	let lock = other.begin_with("BEGIN EXCLUSIVE").await.expect("nobody else has it");

	let writes = (0..6_000).map(|_| {
		let store = store.clone();
		tokio::spawn(async move { store.check_writable().await })
	});
	let (mut busy, mut overloaded) = (0, 0);
	for write in writes.collect::<Vec<_>>() {
		match write.await.expect("no panic") {
			Err(StoreError::Busy) => busy += 1,
			Err(StoreError::Overloaded) => overloaded += 1,
			other => panic!("neither busy nor overloaded: {other:?}"),
		}
	}
	assert!(busy > 0 && overloaded > 0, "{busy} busy, {overloaded} overloaded");
	lock.rollback().await.expect("let go");
	assert_eq!(store.check_writable().await, Ok(()));
}

#[tokio::test]
async fn a_full_store_loses_nothing_and_goes_on_with_more_room() {
	let (folder, store) = empty().await;
	store.close().await;
	let small = StoreOptions { max_bytes: Some(512 * 1024), ..StoreOptions::default() };
	let store = Store::open(folder.path(), small).await.expect("the store opens");

	let mut taken = 0_u64;
	let refused = loop {
		match store.take_nonce("key", &taken.to_le_bytes(), NOW + MINUTE, NOW).await {
			Ok(()) => taken += 1,
			Err(error) => break error,
		}
		assert!(taken < 100_000, "the limit does not hold");
	};
	assert_eq!(refused, NonceError::Store(StoreError::Full));
	assert!(taken > 100, "{taken} were taken before it was full");
	assert_eq!(
		store.take_nonce("key", &taken.to_le_bytes(), NOW + MINUTE, NOW).await,
		Err(NonceError::Store(StoreError::Full)),
		"it stays full, and the process lives"
	);

	store.close().await;
	let store = open(&folder).await;
	for nonce in 0..taken {
		assert_eq!(
			store.take_nonce("key", &nonce.to_le_bytes(), NOW + MINUTE, NOW).await,
			Err(NonceError::AlreadyUsed),
			"nonce {nonce} was acknowledged"
		);
	}
	assert_eq!(store.take_nonce("key", &taken.to_le_bytes(), NOW + MINUTE, NOW).await, Ok(()));
}

#[tokio::test]
async fn a_closed_store_says_so() {
	let (_folder, store) = empty().await;
	let clone = store.clone();
	store.close().await;
	store.close().await;
	assert_eq!(clone.check_writable().await, Err(StoreError::Closed));
	assert_eq!(clone.binding(5).await, Err(StoreError::Closed));
}

#[tokio::test]
async fn what_waits_when_the_store_is_closed_is_written() {
	let (folder, store) = empty().await;
	let writes: Vec<_> = (0..500_u64)
		.map(|number| {
			let store = store.clone();
			tokio::spawn(async move {
				(number, store.take_nonce("key", &number.to_le_bytes(), NOW + MINUTE, NOW).await)
			})
		})
		.collect();
	tokio::task::yield_now().await;
	store.close().await;
	let store = open(&folder).await;
	for write in writes {
		let (number, result) = write.await.expect("no panic");
		let now = store.take_nonce("key", &number.to_le_bytes(), NOW + MINUTE, NOW).await;
		match result {
			Ok(()) => assert_eq!(now, Err(NonceError::AlreadyUsed), "nonce {number}"),
			Err(NonceError::Store(StoreError::Closed)) => assert_eq!(now, Ok(())),
			other => panic!("nonce {number}: {other:?}"),
		}
	}
}

#[tokio::test]
async fn what_is_no_store_is_not_opened() {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let absent = Store::open(&folder.path().join("absent"), StoreOptions::default()).await;
	assert!(matches!(absent, Err(StoreError::Open { .. })), "{absent:?}");

	let path = folder.path().join("gatekeeper.sqlite");
	std::fs::write(&path, b"Dear diary, this is no database at all.").expect("writable");
	let diary = Store::open(folder.path(), StoreOptions::default()).await;
	assert!(matches!(diary, Err(StoreError::Open { .. })), "{diary:?}");
	assert!(std::fs::read(&path).expect("readable").starts_with(b"Dear diary"));

	std::fs::remove_file(&path).expect("removable");
	std::fs::create_dir(&path).expect("creatable");
	let directory = Store::open(folder.path(), StoreOptions::default()).await;
	assert!(matches!(directory, Err(StoreError::Open { .. })), "{directory:?}");
}

#[tokio::test]
async fn a_store_of_a_newer_version_is_left_alone() {
	let (folder, store) = empty().await;
	store.close().await;
	let mut other = raw(folder.path()).await;
	sqlx::query(
		"INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
		VALUES (9999, 'from the future', TRUE, x'00', 0)",
	)
	.execute(&mut other)
	.await
	.expect("writable");
	let newer = Store::open(folder.path(), StoreOptions::default()).await;
	assert!(matches!(newer, Err(StoreError::Open { .. })), "{newer:?}");
}

#[tokio::test]
async fn impossible_rows_are_damage_and_no_panic() {
	for damage in [
		"UPDATE enrolments SET consent_signature = x'ff'",
		"UPDATE enrolments SET consent_kind = x'63'",
		"UPDATE enrolments SET consent_account_nonce = -1",
		"UPDATE enrolments SET local_patient = '../etc/passwd'",
	] {
		let (folder, store) = empty().await;
		let id = issued(&store, 1).await;
		store.redeem(&secret_hash(1), consent(7, NOW + DAY), NOW).await.expect("redeemed");
		assert!(store.enrolment(id).await.is_ok());
		let mut other = raw(folder.path()).await;
		sqlx::query(damage).execute(&mut other).await.expect("writable");
		let read = store.enrolment(id).await;
		assert!(
			matches!(read, Err(EnrolmentError::Store(StoreError::Damaged(_)))),
			"{damage}: {read:?}"
		);
	}
}

#[tokio::test]
#[cfg(unix)]
async fn only_its_owner_reads_it() {
	use std::os::unix::fs::PermissionsExt;
	let (folder, store) = empty().await;
	store.check_writable().await.expect("writable");
	for file in std::fs::read_dir(folder.path()).expect("readable") {
		let file = file.expect("readable");
		let mode = file.metadata().expect("readable").permissions().mode();
		assert_eq!(mode & 0o077, 0, "{:?} has mode {mode:o}", file.file_name());
	}
}

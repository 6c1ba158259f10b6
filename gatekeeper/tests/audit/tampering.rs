//! Whoever can write to the database, but not sign, is found out.

use super::*;
use medrec_gatekeeper::audit::{verify, Evidence, Misfit, Verified, VerifyError};
use sha2::{Digest, Sha256};
use sqlx::{
	sqlite::SqliteConnectOptions, Column, ConnectOptions, Connection, Row, SqliteConnection,
	TypeInfo, ValueRef,
};

const FILE: &str = "gatekeeper.sqlite";
const ENTRIES: u64 = 20;

/// A log of ten accesses with checkpoints of 10 and 16 entries, closed.
async fn sample() -> TempDir {
	let (folder, log) = empty().await;
	for number in 0..ENTRIES / 2 {
		access(&log, ALICE, number).await;
		if [4, 7].contains(&number) {
			log.checkpoint(NOW + number).await.expect("signed");
		}
	}
	checkpoints::close(log).await;
	folder
}

async fn attacker(folder: &Path) -> SqliteConnection {
	SqliteConnectOptions::new()
		.filename(folder.join(FILE))
		.foreign_keys(false)
		.pragma("ignore_check_constraints", "ON")
		.connect()
		.await
		.expect("opens")
}

/// Copy the database of a closed store and run statements on the copy.
pub(super) async fn tamper(
	folder: &Path,
	copy: &Path,
	statements: &[&str],
) -> Result<(), sqlx::Error> {
	std::fs::copy(folder.join(FILE), copy.join(FILE)).expect("copied");
	let mut connection = attacker(copy).await;
	for statement in statements {
		sqlx::raw_sql(statement).execute(&mut connection).await?;
	}
	connection.close().await
}

pub(super) async fn verify_at(folder: &Path) -> Result<Verified, VerifyError> {
	let store = Store::open(folder, StoreOptions::default()).await.expect("the store opens");
	let result = verify(&store, &keys(), &Evidence::default()).await;
	store.close().await;
	result
}

async fn tampered(folder: &Path, statements: &[&str]) -> Result<Verified, VerifyError> {
	let copy = tempfile::tempdir().expect("a temporary folder");
	tamper(folder, copy.path(), statements).await.expect("writable");
	verify_at(copy.path()).await
}

#[tokio::test]
async fn the_first_thing_that_does_not_fit_is_named() {
	use Misfit::*;
	let folder = sample().await;
	let fits = tampered(folder.path(), &["SELECT 1"]).await.expect("nothing was changed");
	assert_eq!((fits.entries, fits.checkpoints), (ENTRIES, 2));

	let misfiled = |number, what| EntryMisfiled { number, what };
	let cases: &[(&[&str], Misfit)] = &[
		// Changed.
		(
			&["UPDATE audit_entries SET ciphertext = zeroblob(length(ciphertext)) WHERE number = 7"],
			EntryChanged { number: 7 },
		),
		(
			&["UPDATE audit_entries SET ciphertext = zeroblob(9) WHERE number IN (15, 3, 18)"],
			EntryChanged { number: 3 },
		),
		(&["UPDATE audit_entries SET id = zeroblob(16) WHERE number = 0"], EntryChanged { number: 0 }),
		(&["UPDATE audit_entries SET leaf = zeroblob(32) WHERE number = 19"], EntryChanged { number: 19 }),
		(
			&["UPDATE audit_entries SET key_commitment = zeroblob(32) WHERE number = 8"],
			EntryChanged { number: 8 },
		),
		// Deleted.
		(&["DELETE FROM audit_entries WHERE number = 5"], EntryMissing { number: 5 }),
		(&["DELETE FROM audit_entries WHERE number = 0"], EntryMissing { number: 0 }),
		(
			&[
				"DELETE FROM audit_entries WHERE number = 19",
				"DELETE FROM audit_keys WHERE number = 19",
			],
			EntryMissing { number: 19 },
		),
		(
			&["DELETE FROM audit_entries", "DELETE FROM audit_keys"],
			EntryMissing { number: 0 },
		),
		(
			&[
				"DELETE FROM audit_entries WHERE number = 5",
				"DELETE FROM audit_keys WHERE number = 5",
				"UPDATE audit_entries SET number = -number WHERE number > 5",
				"UPDATE audit_entries SET number = -number - 1 WHERE number < 0",
				"UPDATE audit_keys SET number = -number WHERE number > 5",
				"UPDATE audit_keys SET number = -number - 1 WHERE number < 0",
			],
			EntryChanged { number: 5 },
		),
		// Reordered, with their keys.
		(
			&[
				"UPDATE audit_entries SET number = 99 WHERE number = 4",
				"UPDATE audit_entries SET number = 4 WHERE number = 3",
				"UPDATE audit_entries SET number = 3 WHERE number = 99",
				"UPDATE audit_keys SET number = 99 WHERE number = 4",
				"UPDATE audit_keys SET number = 4 WHERE number = 3",
				"UPDATE audit_keys SET number = 3 WHERE number = 99",
			],
			EntryChanged { number: 3 },
		),
		// Added.
		(
			&["INSERT INTO audit_entries
				SELECT 20, randomblob(16), key_commitment, ciphertext, randomblob(32)
				FROM audit_entries WHERE number = 19"],
			EntryBehindHead { number: 20 },
		),
		(&["INSERT INTO audit_keys SELECT 20, key, 'intent', 9, NULL FROM audit_keys WHERE number = 1"],
			StrayKeys { found: 21, size: 20 }),
		// Keys and what entries are found by.
		(&["DELETE FROM audit_keys WHERE number = 7"], KeyMissing { number: 7 }),
		(&["UPDATE audit_keys SET key = zeroblob(32) WHERE number = 7"], KeyChanged { number: 7 }),
		(
			&["UPDATE audit_keys SET relationship = 10 WHERE number = 6"],
			misfiled(6, "relationship"),
		),
		(
			&["UPDATE audit_keys SET relationship = NULL WHERE number = 6"],
			misfiled(6, "relationship"),
		),
		(&["UPDATE audit_keys SET kind = 'event' WHERE number = 6"], misfiled(6, "kind")),
		(
			&[
				"DROP INDEX audit_keys_by_intent",
				"UPDATE audit_keys SET intent = 4 WHERE number = 7",
			],
			misfiled(7, "intent"),
		),
		(&["UPDATE audit_keys SET intent = NULL WHERE number = 7"], misfiled(7, "intent")),
		(&["UPDATE audit_keys SET intent = 3 WHERE number = 6"], misfiled(6, "intent")),
		// The head.
		(&["DELETE FROM audit_head"], HeadMissing),
		(&["UPDATE audit_head SET size = 19"], HeadChanged),
		(&["UPDATE audit_head SET size = 10"], HeadChanged),
		(&["UPDATE audit_head SET peaks = zeroblob(length(peaks))"], HeadChanged),
		(&["UPDATE audit_head SET checkpoints = 1"], HeadChanged),
		(&["UPDATE audit_head SET signature = zeroblob(64)"], HeadChanged),
		// Checkpoints.
		(&["DELETE FROM audit_checkpoints WHERE number = 0"], CheckpointMissing { number: 0 }),
		(&["DELETE FROM audit_checkpoints WHERE number = 1"], CheckpointMissing { number: 1 }),
		(
			&["UPDATE audit_checkpoints SET root = zeroblob(32) WHERE number = 0"],
			CheckpointChanged { number: 0 },
		),
		(&["UPDATE audit_checkpoints SET time = time + 1"], CheckpointChanged { number: 0 }),
		(
			&["UPDATE audit_checkpoints SET size = 11 WHERE number = 0"],
			CheckpointChanged { number: 0 },
		),
		(
			&[
				"UPDATE audit_checkpoints SET number = 1 - number + 2",
				"UPDATE audit_checkpoints SET number = number - 2",
			],
			CheckpointOutOfOrder { number: 1 },
		),
		(
			&["INSERT INTO audit_checkpoints
				SELECT 2, size, root, time, signature FROM audit_checkpoints WHERE number = 1"],
			CheckpointBehindHead { number: 2 },
		),
	];
	for (statements, misfit) in cases {
		assert_eq!(
			tampered(folder.path(), statements).await,
			Err(VerifyError::Misfit(misfit.clone())),
			"{statements:?}"
		);
	}
}

#[tokio::test]
async fn a_forger_who_knows_the_format_is_found_out_too() {
	let folder = sample().await;
	// Entries in the right form, with keys that open them: those of another log.
	let other = sample().await;
	let attach = format!("ATTACH DATABASE '{}' AS other", other.path().join(FILE).display());
	let take = |numbers: &str| {
		[
			attach.clone(),
			format!("DELETE FROM main.audit_entries WHERE number IN ({numbers})"),
			format!("DELETE FROM main.audit_keys WHERE number IN ({numbers})"),
			format!(
				"INSERT INTO main.audit_entries
				SELECT * FROM other.audit_entries WHERE number IN ({numbers})"
			),
			format!(
				"INSERT INTO main.audit_keys SELECT * FROM other.audit_keys WHERE number IN ({numbers})"
			),
		]
	};
	for (numbers, misfit) in [
		("7", Misfit::EntryMisfiled { number: 7, what: "intent" }),
		("6", Misfit::EntryMisfiled { number: 7, what: "intent" }),
		("6, 7", Misfit::CheckpointDiffers { number: 0, size: 10 }),
		("12, 13", Misfit::CheckpointDiffers { number: 1, size: 16 }),
		("18, 19", Misfit::RootDiffers { size: ENTRIES }),
	] {
		let statements = take(numbers);
		let statements: Vec<_> = statements.iter().map(String::as_str).collect();
		assert_eq!(
			tampered(folder.path(), &statements).await,
			Err(VerifyError::Misfit(misfit)),
			"entries {numbers}"
		);
	}
	// A whole log of the same gatekeeper fits; that is what checkpoints in others' hands are for.
	assert!(verify_at(other.path()).await.is_ok());
}

#[tokio::test]
async fn a_changed_text_with_its_leaf_made_anew_does_not_open() {
	let folder = sample().await;
	let copy = tempfile::tempdir().expect("a temporary folder");
	tamper(folder.path(), copy.path(), &[]).await.expect("writable");
	let mut connection = attacker(copy.path()).await;
	let row = sqlx::query("SELECT * FROM audit_entries WHERE number = 7")
		.fetch_one(&mut connection)
		.await
		.expect("there");
	let mut ciphertext: Vec<u8> = row.get("ciphertext");
	ciphertext[0] ^= 1;
	let leaf = Sha256::new()
		.chain_update([0])
		.chain_update(7_u64.to_le_bytes())
		.chain_update(row.get::<&[u8], _>("id"))
		.chain_update(row.get::<&[u8], _>("key_commitment"))
		.chain_update(&ciphertext)
		.finalize();
	sqlx::query("UPDATE audit_entries SET ciphertext = ?, leaf = ? WHERE number = 7")
		.bind(ciphertext)
		.bind(leaf.as_slice())
		.execute(&mut connection)
		.await
		.expect("writable");
	connection.close().await.expect("closed");
	assert_eq!(verify_at(copy.path()).await, Err(Misfit::EntryUnreadable { number: 7 }.into()));
}

/// Every value in every row of every table of the log, each changed alone; and every row deleted.
#[tokio::test]
async fn no_value_can_be_changed_and_no_row_deleted() {
	let folder = sample().await;
	let mut changes = 0;
	for table in ["audit_entries", "audit_keys", "audit_head", "audit_checkpoints"] {
		let mut connection = attacker(folder.path()).await;
		let rows = sqlx::query(&format!("SELECT rowid AS place, * FROM {table}"))
			.fetch_all(&mut connection)
			.await
			.expect("readable");
		connection.close().await.expect("closed");
		assert!(!rows.is_empty(), "{table} is empty");
		for row in &rows {
			let place: i64 = row.get("place");
			let delete = format!("DELETE FROM {table} WHERE rowid = {place}");
			let result = tampered(folder.path(), &[&delete]).await;
			assert!(matches!(result, Err(VerifyError::Misfit(_))), "{delete}: {result:?}");
			for column in row.columns().iter().skip(1) {
				let name = column.name();
				let value = row.try_get_raw(name).expect("there");
				let changed = if value.is_null() {
					"1".to_owned()
				} else {
					match value.type_info().name() {
						"INTEGER" => format!("{name} + 1000"),
						"TEXT" => format!("{name} || 's'"),
						_ => {
							let mut bytes: Vec<u8> = row.get(name);
							let last = bytes.last_mut().expect("no blob is empty");
							*last ^= 0x80;
							format!("x'{}'", hex::encode(bytes))
						},
					}
				};
				// The only row of the head has no number that means anything.
				if name == "only_row" {
					continue;
				}
				let change = format!("UPDATE {table} SET {name} = {changed} WHERE rowid = {place}");
				let result = tampered(folder.path(), &[&change]).await;
				assert!(matches!(result, Err(VerifyError::Misfit(_))), "{change}: {result:?}");
				changes += 1;
			}
		}
	}
	assert!(changes > 200, "{changes} changes");
}

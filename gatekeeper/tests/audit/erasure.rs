use super::*;
use medrec_gatekeeper::audit::{AuditError, EntryId, Evidence, Misfit, MAX_ERASED_AT_ONCE};
use medrec_gatekeeper::audit::{Event, EventKind};

async fn erase(log: &AuditLog, entries: Vec<EntryId>) -> Result<Receipt, AuditError> {
	log.erase(entries, "data protection officer".into(), "order 12/26".into(), NOW + 1_000).await
}

#[tokio::test]
async fn an_erased_entry_is_gone_and_the_tree_still_fits() {
	let (folder, log) = empty().await;
	let before = access(&log, ALICE, 1).await;
	let open = log.begin(intent(ALICE, 2)).await.expect("logged");
	let intent_id = open.id();
	let erased = log.finish(open, outcome(2)).await.expect("logged");
	let after = access(&log, ALICE, 3).await;
	let checkpoint = log.checkpoint(NOW).await.expect("signed");

	let erasure = erase(&log, vec![intent_id, erased.entry]).await.expect("erased");
	let evidence = Evidence {
		checkpoints: vec![checkpoint],
		receipts: vec![before.clone(), erased.clone(), after.clone(), erasure],
	};
	let verified = log.verify(&evidence).await.expect("fits, with the erased entry's receipt");
	assert_eq!((verified.entries, verified.erased), (7, 2));

	checkpoints::close(log).await;
	let log = open_at(folder.path()).await;
	let shown = log.access_log(ALICE, None, 10, NOW + 3_600_000).await.expect("readable");
	let names: Vec<_> = shown.entries.iter().map(|entry| entry.entry).collect();
	assert_eq!(names, [after.entry, before.entry]);
	assert_eq!(log.verify(&evidence).await.expect("fits").erased, 2);
}

#[tokio::test]
async fn no_copy_of_a_destroyed_key_is_left_on_the_disk() {
	let (folder, log) = empty().await;
	let receipt = access(&log, ALICE, 1).await;
	access(&log, ALICE, 2).await;
	let pool = sqlx::SqlitePool::connect(&format!(
		"sqlite://{}",
		folder.path().join("gatekeeper.sqlite").display()
	))
	.await
	.expect("opens");
	let key: Vec<u8> = sqlx::query_scalar(
		"SELECT key FROM audit_keys JOIN audit_entries USING (number) WHERE id = ?",
	)
	.bind(receipt.entry.0.as_slice())
	.fetch_one(&pool)
	.await
	.expect("there");
	pool.close().await;

	let on_disk = || {
		std::fs::read_dir(folder.path()).expect("readable").any(|file| {
			let bytes = std::fs::read(file.expect("readable").path()).expect("readable");
			bytes.windows(key.len()).any(|window| window == key)
		})
	};
	assert!(on_disk());
	erase(&log, vec![receipt.entry]).await.expect("erased");
	assert!(!on_disk());
}

#[tokio::test]
async fn erasing_twice_is_erasing_once() {
	let (_folder, log) = empty().await;
	let receipt = access(&log, ALICE, 1).await;
	erase(&log, vec![receipt.entry]).await.expect("erased");
	erase(&log, vec![receipt.entry]).await.expect("still erased");
	assert_eq!(log.verify(&Evidence::default()).await.expect("fits").erased, 2);
}

#[tokio::test]
async fn intent_and_outcome_are_erased_together() {
	for by_intent in [true, false] {
		let (_folder, log) = empty().await;
		let kept = access(&log, ALICE, 1).await;
		let open = log.begin(intent(ALICE, 2)).await.expect("logged");
		let intent_id = open.id();
		let outcome_id = log.finish(open, outcome(2)).await.expect("logged").entry;
		let named = if by_intent { intent_id } else { outcome_id };
		let both = log.erasable(&[named, named]).await.expect("readable");
		let kinds: Vec<_> =
			both.iter().map(|entry| (entry.id, entry.kind.as_deref().expect("there"))).collect();
		assert_eq!(kinds, [(intent_id, "intent"), (outcome_id, "outcome")]);

		erase(&log, vec![named]).await.expect("erased");
		let shown = log.access_log(ALICE, None, 10, NOW + 3_600_000).await.expect("readable");
		let names: Vec<_> = shown.entries.iter().map(|entry| entry.entry).collect();
		assert_eq!(names, [kept.entry], "none that says that it failed");
		assert_eq!(log.verify(&Evidence::default()).await.expect("fits").erased, 2);
		let erased = log.erasable(&[named]).await.expect("readable");
		assert_eq!(erased.iter().map(|entry| entry.kind.clone()).collect::<Vec<_>>(), [None]);
	}
}

#[tokio::test]
async fn what_cannot_be_erased() {
	let (_folder, log) = empty().await;
	let receipt = access(&log, ALICE, 1).await;
	let erasure = erase(&log, vec![receipt.entry]).await.expect("erased");
	let kept = access(&log, ALICE, 2).await;
	for entry in [erasure.entry, EntryId([0; 16])] {
		assert_eq!(
			erase(&log, vec![kept.entry, entry]).await,
			Err(AuditError::NotErasable(entry.to_string()))
		);
	}
	let many = vec![kept.entry; MAX_ERASED_AT_ONCE + 1];
	assert_eq!(erase(&log, many).await, Err(AuditError::TooMany(MAX_ERASED_AT_ONCE)));
	let verified = log.verify(&Evidence::default()).await.expect("fits");
	assert_eq!(verified.erased, 2, "all or none");
}

#[tokio::test]
async fn a_lost_key_is_no_erasure() {
	let (folder, log) = empty().await;
	let event = Event {
		at: NOW,
		kind: EventKind::CodeIssued,
		staff: None,
		relationship: None,
		detail: None,
	};
	let erased = log.record(event.clone()).await.expect("logged");
	let _ = log.record(event).await.expect("logged");
	erase(&log, vec![erased.entry]).await.expect("erased");
	checkpoints::close(log).await;

	let tampered = |sql: &'static str| {
		let folder = folder.path();
		async move {
			let copy = tempfile::tempdir().expect("a temporary folder");
			tampering::tamper(folder, copy.path(), &[sql]).await.expect("writable");
			tampering::verify_at(copy.path()).await
		}
	};
	assert!(tampered("SELECT 1").await.is_ok());
	assert_eq!(
		tampered("DELETE FROM audit_keys WHERE number = 1").await,
		Err(Misfit::KeyMissing { number: 1 }.into())
	);
	for sql in [
		// Blamed on an erasure that is of another entry, and on an entry that is none.
		"DELETE FROM audit_keys WHERE number = 1; INSERT INTO audit_erasures VALUES (1, 2)",
		"DELETE FROM audit_keys WHERE number = 1; INSERT INTO audit_erasures VALUES (1, 1)",
		"INSERT INTO audit_erasures VALUES (1, 2)",
	] {
		assert_eq!(
			tampered(sql).await,
			Err(Misfit::ErasureUnfounded { number: 1 }.into()),
			"{sql}"
		);
	}
	assert_eq!(
		tampered("DELETE FROM audit_erasures").await,
		Err(Misfit::KeyMissing { number: 0 }.into())
	);
}

use super::*;
use medrec_gatekeeper::audit::{verify, AuditError, Evidence, Misfit, VerifyError};

fn published(checkpoints: &[medrec_protocol::checkpoint::Checkpoint]) -> Evidence {
	Evidence { checkpoints: checkpoints.to_vec(), ..Evidence::default() }
}

#[tokio::test]
async fn a_checkpoint_is_signed_and_made_once_per_state() {
	let (folder, log) = empty().await;
	assert_eq!(log.latest_checkpoint().await, Ok(None));
	let nothing = log.checkpoint(NOW).await.expect("signed");
	assert!(nothing.verify(&GENESIS, &secret().public()));
	assert_eq!(nothing.tree_size, 0);
	assert_eq!(log.checkpoint(NOW + 1).await, Ok(nothing.clone()), "nothing was logged since");

	access(&log, ALICE, 1).await;
	let two = log.checkpoint(NOW + 2).await.expect("signed");
	assert!(two.verify(&GENESIS, &secret().public()));
	assert_eq!((two.tree_size, two.at), (2, NOW + 2));
	assert_ne!(two.root, nothing.root);

	drop(log);
	let log = open_at(folder.path()).await;
	assert_eq!(log.latest_checkpoint().await, Ok(Some(two.clone())));
	access(&log, ALICE, 2).await;
	let verified = log.verify(&published(&[nothing, two])).await.expect("fits");
	assert_eq!((verified.entries, verified.checkpoints), (4, 2));
}

#[tokio::test]
async fn a_log_that_was_put_back_is_found_out_by_who_holds_evidence() {
	let (folder, log) = empty().await;
	for number in 0..5 {
		access(&log, ALICE, number).await;
	}
	log.checkpoint(NOW).await.expect("signed");
	let copy = tempfile::tempdir().expect("a temporary folder");
	close(log).await;
	let file = "gatekeeper.sqlite";
	std::fs::copy(folder.path().join(file), copy.path().join(file)).expect("copied");

	let log = open_at(folder.path()).await;
	let receipt = access(&log, ALICE, 6).await;
	let checkpoint = log.checkpoint(NOW + 1).await.expect("signed");

	// The operator goes back to the copy and writes another history.
	let forged = open_at(copy.path()).await;
	assert!(forged.verify(&Evidence::default()).await.is_ok(), "by itself it is a fine log");
	assert_eq!(
		forged.verify(&published(std::slice::from_ref(&checkpoint))).await,
		Err(Misfit::GivenCheckpointDiffers { size: 12 }.into()),
		"it is shorter"
	);
	access(&forged, ALICE, 7).await;
	access(&forged, ALICE, 8).await;
	forged.checkpoint(NOW + 2).await.expect("signed");
	assert_eq!(
		forged.verify(&published(&[checkpoint])).await,
		Err(Misfit::GivenCheckpointDiffers { size: 12 }.into()),
		"it is another"
	);
	let entry = receipt.entry;
	let evidence = Evidence { receipts: vec![receipt], ..Evidence::default() };
	assert!(log.verify(&evidence).await.is_ok());
	assert_eq!(forged.verify(&evidence).await, Err(Misfit::ReceiptWithoutEntry { entry }.into()));
}

#[tokio::test]
async fn evidence_of_somebody_else_proves_nothing() {
	let (_folder, log) = empty().await;
	let receipt = access(&log, ALICE, 1).await;
	let checkpoint = log.checkpoint(NOW).await.expect("signed");
	let stranger = GatekeeperSecret::from_bytes(&[2; 32]);

	let forged = medrec_protocol::checkpoint::Checkpoint::sign(
		&stranger,
		&GENESIS,
		PROVIDER,
		99,
		Hash::zero(),
		NOW,
	);
	let other_chain = medrec_protocol::checkpoint::Checkpoint::sign(
		&secret(),
		&Hash::zero(),
		PROVIDER,
		2,
		checkpoint.root,
		NOW,
	);
	for (foreign, size) in [(forged, 99), (other_chain, 2)] {
		assert_eq!(
			log.verify(&published(&[foreign])).await,
			Err(Misfit::ForeignCheckpoint { size }.into())
		);
	}
	let entry = receipt.entry;
	for foreign in [
		Receipt::sign(&stranger, &GENESIS, PROVIDER, entry, receipt.leaf, NOW),
		Receipt::sign(&secret(), &GENESIS, PROVIDER + 1, entry, receipt.leaf, NOW),
		Receipt { at: receipt.at + 1, ..receipt.clone() },
	] {
		let evidence = Evidence { receipts: vec![foreign], ..Evidence::default() };
		assert_eq!(log.verify(&evidence).await, Err(Misfit::ForeignReceipt { entry }.into()));
	}
	let swapped = Receipt::sign(&secret(), &GENESIS, PROVIDER, entry, Hash::zero(), NOW);
	let evidence = Evidence { receipts: vec![swapped], ..Evidence::default() };
	assert_eq!(log.verify(&evidence).await, Err(Misfit::ReceiptWithoutEntry { entry }.into()));
}

#[tokio::test]
async fn the_gatekeeper_may_change_its_key() {
	let (folder, log) = empty().await;
	let receipt = access(&log, ALICE, 1).await;
	let checkpoint = log.checkpoint(NOW).await.expect("signed");
	close(log).await;

	let new_key = GatekeeperSecret::from_bytes(&[5; 32]);
	let store = Store::open(folder.path(), StoreOptions::default()).await.expect("opens");
	let forgetful = LogKeys { public: vec![], ..keys() };
	let refused = AuditLog::open(store.clone(), new_key.clone(), forgetful).await;
	assert_eq!(refused.err(), Some(AuditError::Misfit(Misfit::HeadChanged)));

	let log = AuditLog::open(store.clone(), new_key.clone(), keys()).await.expect("opens");
	access(&log, ALICE, 2).await;
	let second = log.checkpoint(NOW + 1).await.expect("signed");
	assert!(second.verify(&GENESIS, &new_key.public()));
	let evidence = Evidence { checkpoints: vec![checkpoint, second], receipts: vec![receipt] };
	assert_eq!(log.verify(&evidence).await.expect("fits").entries, 4);
	assert_eq!(
		verify(&store, &keys(), &evidence).await,
		Err(VerifyError::Misfit(Misfit::HeadChanged)),
		"who knows only the old key cannot check it"
	);
}

/// End everything that has the database open.
pub(super) async fn close(log: AuditLog) {
	log.store().close().await;
}

use super::*;
use medrec_gatekeeper::audit::{AuditError, Event, EventKind, Evidence, Verified, MAX_ENTRY_BYTES};
use std::collections::HashSet;

#[tokio::test]
async fn an_empty_log_fits() {
	let (_folder, log) = empty().await;
	let verified = log.verify(&Evidence::default()).await.expect("fits");
	assert_eq!((verified.entries, verified.erased, verified.checkpoints), (0, 0, 0));
}

#[tokio::test]
async fn each_access_is_two_entries_and_a_receipt() {
	let (folder, log) = empty().await;
	let mut receipts = Vec::new();
	for number in 0..10 {
		receipts.push(access(&log, ALICE, number).await);
	}
	for receipt in &receipts {
		assert!(receipt.verify(&GENESIS, &secret().public()));
	}
	let names: HashSet<_> = receipts.iter().map(|receipt| (receipt.entry, receipt.leaf)).collect();
	assert_eq!(names.len(), 10);

	drop(log);
	let log = open_at(folder.path()).await;
	let evidence = Evidence { receipts, ..Evidence::default() };
	let verified = log.verify(&evidence).await.expect("fits");
	assert_eq!(verified.entries, 20);
}

#[tokio::test]
async fn a_receipt_tells_nothing_of_other_requests() {
	let (_folder, quiet) = empty().await;
	let (_other_folder, busy) = empty().await;
	for number in 0..50 {
		access(&busy, 1_000, number).await;
	}
	let [quiet, busy] = [access(&quiet, ALICE, 1).await, access(&busy, ALICE, 1).await];
	// Names, leaves and signatures are unrelated random bytes of fixed length; the rest is equal.
	assert_eq!((quiet.provider, quiet.at), (busy.provider, busy.at));
	assert_eq!(quiet.header_value().len(), busy.header_value().len());
	assert_ne!(quiet.leaf, busy.leaf);
}

#[tokio::test]
async fn many_requests_at_once_are_all_logged() {
	let (folder, log) = empty().await;
	// A second handle stands for another process, such as the command line beside the server.
	let other = open_at(folder.path()).await;
	let tasks: Vec<_> = (0..200)
		.map(|number| {
			let log = if number % 4 == 0 { other.clone() } else { log.clone() };
			tokio::spawn(async move { access(&log, ALICE, number).await })
		})
		.collect();
	let mut receipts = Vec::new();
	for task in tasks {
		receipts.push(task.await.expect("logged"));
	}
	let evidence = Evidence { receipts, ..Evidence::default() };
	for log in [&log, &other] {
		assert_eq!(log.verify(&evidence).await.expect("fits").entries, 400);
	}
}

#[tokio::test]
async fn the_log_can_be_checked_while_it_grows() {
	let (_folder, log) = empty().await;
	let writer = tokio::spawn({
		let log = log.clone();
		async move {
			for number in 0..200 {
				access(&log, ALICE, number).await;
			}
		}
	});
	let mut last = 0;
	while !writer.is_finished() {
		let Verified { entries, .. } = log.verify(&Evidence::default()).await.expect("fits");
		assert!(entries >= last);
		last = entries;
	}
	writer.await.expect("logged");
	assert_eq!(log.verify(&Evidence::default()).await.expect("fits").entries, 400);
}

#[tokio::test]
async fn events_are_logged_too() {
	let (_folder, log) = empty().await;
	let event = Event {
		at: NOW,
		kind: EventKind::EnrolmentConfirmed,
		staff: Some("records office".into()),
		relationship: None,
		detail: Some("00112233445566778899aabbccddeeff".into()),
	};
	let receipt = log.record(event).await.expect("logged");
	let evidence = Evidence { receipts: vec![receipt], ..Evidence::default() };
	assert_eq!(log.verify(&evidence).await.expect("fits").entries, 1);
}

#[tokio::test]
async fn an_entry_that_is_too_long_is_refused() {
	let (_folder, log) = empty().await;
	let long = Intent { request: "x".repeat(MAX_ENTRY_BYTES), ..intent(ALICE, 1) };
	let refused = log.begin(long).await.map(|_| ());
	assert!(matches!(refused, Err(AuditError::TooLong(_))), "{refused:?}");
	assert_eq!(log.verify(&Evidence::default()).await.expect("fits").entries, 0);
}

#[tokio::test]
async fn entries_are_not_in_clear_in_the_database() {
	let (folder, log) = empty().await;
	access(&log, ALICE, 1).await;
	drop(log);
	for file in std::fs::read_dir(folder.path()).expect("readable") {
		let bytes = std::fs::read(file.expect("readable").path()).expect("readable");
		for clear in [b"prescription-1".as_slice(), b"MedicationRequest", b"alice-example"] {
			assert!(!bytes.windows(clear.len()).any(|window| window == clear));
		}
	}
}

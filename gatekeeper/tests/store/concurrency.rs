//! Several processes on one database: handles of their own stand for them.

use super::*;
use medrec_gatekeeper::store::EnrolmentError;

#[tokio::test]
async fn many_can_open_a_new_store_at_once() {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let opened = (0..8).map(|_| {
		let path = folder.path().to_owned();
		tokio::spawn(async move { Store::open(&path, StoreOptions::default()).await })
	});
	for store in opened.collect::<Vec<_>>() {
		let store = store.await.expect("no panic").expect("the store opens");
		assert_eq!(store.check_writable().await, Ok(()));
	}
}

#[tokio::test]
async fn of_two_accounts_that_redeem_a_code_at_once_one_gets_it() {
	let (folder, store) = empty().await;
	let other = open(&folder).await;
	for round in 1..=20 {
		issued(&store, round).await;
		let code = secret_hash(round);
		let (first, second) = tokio::join!(
			store.redeem(&code, consent(100, NOW + DAY), NOW),
			other.redeem(&code, consent(200, NOW + DAY), NOW),
		);
		assert_eq!(
			[first.is_ok(), second.is_ok()].into_iter().filter(|redeemed| *redeemed).count(),
			1,
			"round {round}"
		);
		let refused = first.err().or(second.err());
		assert_eq!(refused, Some(EnrolmentError::CodeUsed), "round {round}");
	}
}

#[tokio::test]
async fn what_one_process_wrote_the_other_reads() {
	let (folder, store) = empty().await;
	let other = open(&folder).await;
	let id = issued(&store, 1).await;
	assert!(other.enrolment(id).await.expect("readable").is_some());
	other.redeem(&secret_hash(1), consent(7, NOW + DAY), NOW).await.expect("redeemed");
	assert!(store
		.enrolment(id)
		.await
		.expect("readable")
		.is_some_and(|enrolment| enrolment.consent.is_some()));
}

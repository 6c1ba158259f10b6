use super::*;
use medrec_gatekeeper::audit::{AuditError, Evidence, MAX_ACCESS_LOG_PAGE};
use medrec_protocol::access_log::{AccessLogEntry, AccessOutcome};

const LATER: Moment = NOW + 3_600_000;

async fn all(log: &AuditLog, relationship: RelationshipId, page: u32) -> Vec<AccessLogEntry> {
	let mut entries = Vec::new();
	let mut before = None;
	loop {
		let next =
			log.access_log(relationship, before.as_deref(), page, LATER).await.expect("readable");
		assert!(next.entries.len() <= page as usize);
		entries.extend(next.entries);
		before = next.next;
		if before.is_none() {
			return entries;
		}
	}
}

#[tokio::test]
async fn a_patient_sees_who_looked_newest_first() {
	let (_folder, log) = empty().await;
	let receipt = access(&log, ALICE, 1).await;
	access(&log, 10, 2).await;
	let open = log.begin(denied(ALICE, 3)).await.expect("logged");
	let refused = log.finish(open, refusal(3)).await.expect("logged");
	let none = Intent { relationship: None, ..intent(ALICE, 4) };
	let open = log.begin(none).await.expect("logged");
	let _ = log.finish(open, outcome(4)).await.expect("logged");

	let entries = all(&log, ALICE, 10).await;
	assert_eq!(entries.len(), 2);
	assert_eq!(
		entries[0],
		AccessLogEntry {
			entry: refused.entry,
			at: NOW + 3,
			relationship: ALICE,
			actor: 73,
			on_behalf_of: 73,
			session_key: Some(SessionKeyId([3; 32])),
			staff: None,
			purpose: Purpose::Treatment,
			emergency: None,
			interaction: Interaction::Search,
			types: RecordTypes::NONE,
			resource_count: 0,
			resources: vec![],
			outcome: AccessOutcome::Denied { reason: Denial::TagAbsent },
			blocks: intent(ALICE, 3).blocks,
			leaf: refused.leaf,
		}
	);
	assert_eq!((entries[1].entry, entries[1].leaf), (receipt.entry, receipt.leaf));
	assert_eq!(entries[1].outcome, AccessOutcome::Allowed { basis: Basis::Grant });
	assert_eq!(entries[1].types, RecordTypes::MEDICATIONS);
	assert_eq!(entries[1].resource_count, 1);
	assert_eq!(entries[1].resources, outcome(1).resources);
	assert_eq!(all(&log, 11, 10).await, []);
}

#[tokio::test]
async fn what_failed_is_told_apart_from_what_was_withheld() {
	let (_folder, log) = empty().await;
	let open = log.begin(intent(ALICE, 1)).await.expect("logged");
	let failed = Outcome {
		status: 503,
		conclusion: Conclusion::Failed { reason: "the records database does not answer".into() },
		..refusal(1)
	};
	let _ = log.finish(open, failed).await.expect("logged");
	let ruling = Ruling::Withheld { reason: "legal hold".into() };
	let open = log.begin(Intent { ruling, ..intent(ALICE, 2) }).await.expect("logged");
	let _ = log.finish(open, refusal(2)).await.expect("logged");

	let outcomes: Vec<_> =
		all(&log, ALICE, 10).await.into_iter().map(|entry| entry.outcome).collect();
	assert_eq!(
		outcomes,
		[AccessOutcome::Withheld { reason: "legal hold".into() }, AccessOutcome::Failed]
	);
}

#[tokio::test]
async fn an_interrupted_request_is_shown_once_it_cannot_run_any_more() {
	let (folder, log) = empty().await;
	let open = log.begin(intent(ALICE, 0)).await.expect("logged");
	let id = open.id();
	drop((open, log));
	let log = open_at(folder.path()).await;
	let page = |now| log.access_log(ALICE, None, 10, now);
	assert_eq!(page(NOW + 59_999).await.expect("readable").entries, []);
	let shown = page(NOW + 60_000).await.expect("readable").entries;
	assert_eq!(shown.len(), 1);
	assert_eq!((shown[0].entry, &shown[0].outcome), (id, &AccessOutcome::Failed));
	assert_eq!(shown[0].resources, []);
	assert!(log.verify(&Evidence::default()).await.is_ok());
}

#[tokio::test]
async fn pages_lose_and_repeat_nothing() {
	let (_folder, log) = empty().await;
	let mut expected = Vec::new();
	for number in 0..25 {
		expected.push(access(&log, ALICE, number).await.entry);
		access(&log, 10, number).await;
	}
	expected.reverse();
	for page in [1, 2, 7, 24, 25, 26] {
		let seen: Vec<_> =
			all(&log, ALICE, page).await.into_iter().map(|entry| entry.entry).collect();
		assert_eq!(seen, expected, "pages of {page}");
	}
	let first = log.access_log(ALICE, None, 5, LATER).await.expect("readable");
	access(&log, ALICE, 99).await;
	let second = log.access_log(ALICE, first.next.as_deref(), 5, LATER).await.expect("readable");
	let seen: Vec<_> = second.entries.into_iter().map(|entry| entry.entry).collect();
	assert_eq!(seen, expected[5..10], "new accesses do not shift older pages");
}

#[tokio::test]
async fn a_page_is_bounded() {
	let (_folder, log) = empty().await;
	for number in 0..=u64::from(MAX_ACCESS_LOG_PAGE) {
		access(&log, ALICE, number).await;
	}
	let page = log.access_log(ALICE, None, u32::MAX, LATER).await.expect("readable");
	assert_eq!(page.entries.len(), MAX_ACCESS_LOG_PAGE as usize);
	assert!(page.next.is_some());
	let page = log.access_log(ALICE, None, 0, LATER).await.expect("readable");
	assert_eq!(page.entries.len(), 1);
}

#[tokio::test]
async fn a_cursor_of_another_relationship_is_like_one_that_does_not_exist() {
	let (_folder, log) = empty().await;
	for number in 0..3 {
		access(&log, 10, number).await;
	}
	let theirs = log.access_log(10, None, 1, LATER).await.expect("readable").next;
	let theirs = theirs.expect("there are more");
	assert!(log.access_log(10, Some(&theirs), 1, LATER).await.is_ok());
	for cursor in [theirs.as_str(), "AAAAAAAAAAAAAAAAAAAAAA", "", "1", "\u{fffd}"] {
		let refused = log.access_log(ALICE, Some(cursor), 1, LATER).await;
		assert_eq!(refused, Err(AuditError::UnknownCursor), "{cursor:?}");
	}
}

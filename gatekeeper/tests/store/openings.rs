use super::*;
use medrec_gatekeeper::store::{
	Deposit, InvalidOpeningCursor, OpeningCursor, OpeningError, MAX_OPENINGS_PER_GRANTEE,
	MAX_OPENINGS_PER_RELATIONSHIP,
};
use medrec_primitives::Tag;
use medrec_protocol::sealed::{SealedOpening, SEALED_LENGTH};

fn deposit(relationship: u64, tag: u8, grantee: u64) -> Deposit {
	Deposit {
		relationship,
		tag: Tag([tag; 32]),
		grantee,
		sealed_to_grantee: SealedOpening::from([tag; SEALED_LENGTH]),
		sealed_to_patron: SealedOpening::from([!tag; SEALED_LENGTH]),
		policy: None,
	}
}

async fn put(store: &Store, deposit: &Deposit) {
	store.deposit_opening(deposit.clone(), NOW).await.expect("there is room");
}

#[tokio::test]
async fn an_opening_waits_for_its_grantee_and_its_patron() {
	let (folder, store) = empty().await;
	let opening = deposit(5, 1, 70);
	put(&store, &opening).await;
	put(&store, &deposit(5, 2, 71)).await;
	put(&store, &deposit(6, 1, 72)).await;
	store
		.bind_pending(5, 50, patient("alice-example"), "records office".into(), NOW)
		.await
		.expect("bound");
	let store = restart(&folder, store).await;

	let waiting = store.openings_for_grantee(70, None, 10).await.expect("readable");
	assert_eq!(waiting.len(), 1);
	assert_eq!((&waiting[0].deposit, waiting[0].deposited_at), (&opening, NOW));
	let hers = store.openings_of_relationship(5).await.expect("readable");
	assert_eq!(hers.iter().map(|opening| opening.deposit.grantee).collect::<Vec<_>>(), [70, 71]);
	assert_eq!(store.openings_of_patron(50, None, 10).await, Ok(hers));
	assert_eq!(store.openings_of_patron(51, None, 10).await, Ok(vec![]));
	assert_eq!(store.openings_for_grantee(50, None, 10).await, Ok(vec![]));
}

#[tokio::test]
async fn depositing_again_replaces() {
	let (_folder, store) = empty().await;
	put(&store, &deposit(5, 1, 70)).await;
	let again = Deposit { sealed_to_grantee: [9; SEALED_LENGTH].into(), ..deposit(5, 1, 70) };
	put(&store, &again).await;
	let kept = store.openings_of_relationship(5).await.expect("readable");
	assert_eq!(kept.into_iter().map(|opening| opening.deposit).collect::<Vec<_>>(), [again]);
}

#[tokio::test]
async fn one_patron_cannot_fill_an_inbox() {
	let (_folder, store) = empty().await;
	for relationship in [5, 6] {
		let bound = store.bind_pending(relationship, 50, patient("a"), "front desk".into(), NOW);
		bound.await.expect("free");
	}
	for tag in 0..MAX_OPENINGS_PER_GRANTEE {
		let relationship = 5 + u64::from(tag % 2);
		put(&store, &deposit(relationship, u8::try_from(tag).expect("few"), 70)).await;
	}
	for relationship in [5, 6] {
		assert_eq!(
			store.deposit_opening(deposit(relationship, 200, 70), NOW).await,
			Err(OpeningError::TooManyForGrantee)
		);
	}
	put(&store, &deposit(5, 0, 70)).await;
	put(&store, &deposit(5, 200, 71)).await;
	put(&store, &deposit(7, 200, 70)).await;
}

#[test]
fn cursors_have_one_text() {
	let cursor = OpeningCursor { relationship: u64::MAX - 1, tag: Tag([7; 32]) };
	assert_eq!(cursor.to_string().parse(), Ok(cursor));
	for text in ["", "AAAA", &format!("{cursor}A"), &format!("{cursor}==")] {
		assert_eq!(text.parse::<OpeningCursor>(), Err(InvalidOpeningCursor), "{text}");
	}
}

#[tokio::test]
async fn one_relationship_cannot_fill_the_store() {
	let (_folder, store) = empty().await;
	for tag in 0..MAX_OPENINGS_PER_RELATIONSHIP {
		put(&store, &deposit(5, u8::try_from(tag).expect("128 tags"), 100 + u64::from(tag))).await;
	}
	assert_eq!(store.deposit_opening(deposit(5, 200, 70), NOW).await, Err(OpeningError::TooMany));
	put(&store, &deposit(5, 0, 71)).await;
	put(&store, &deposit(6, 200, 70)).await;
	assert_eq!(store.purge_opening(5, Tag([3; 32])).await, Ok(true));
	put(&store, &deposit(5, 200, 70)).await;
}

#[tokio::test]
async fn a_purged_opening_is_gone() {
	let (_folder, store) = empty().await;
	put(&store, &deposit(5, 1, 70)).await;
	assert_eq!(store.purge_opening(6, Tag([1; 32])).await, Ok(false));
	assert_eq!(store.purge_opening(5, Tag([1; 32])).await, Ok(true));
	assert_eq!(store.purge_opening(5, Tag([1; 32])).await, Ok(false));
	assert_eq!(store.openings_for_grantee(70, None, 10).await, Ok(vec![]));
}

#[tokio::test]
async fn lists_are_paged_without_gaps() {
	let (_folder, store) = empty().await;
	let mut all = Vec::new();
	for relationship in [5, 6, 1 << 33] {
		for tag in 0..5 {
			let opening = deposit(relationship, tag, 70);
			put(&store, &opening).await;
			all.push(opening);
		}
	}
	put(&store, &deposit(7, 1, 71)).await;

	let mut seen = Vec::new();
	let mut after = None;
	loop {
		let page = store.openings_for_grantee(70, after, 4).await.expect("readable");
		assert!(page.len() <= 4);
		let Some(last) = page.last() else { break };
		after = Some(last.cursor());
		seen.extend(page.into_iter().map(|opening| opening.deposit));
	}
	assert_eq!(seen, all);

	let mut count = 0;
	let mut after = None;
	loop {
		let page = store.openings(after, 3).await.expect("readable");
		let Some(last) = page.last() else { break };
		after = Some(last.cursor());
		count += page.len();
	}
	assert_eq!(count, all.len() + 1);
}

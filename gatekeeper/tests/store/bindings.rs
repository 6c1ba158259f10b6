use super::*;
use medrec_gatekeeper::store::{
	Binding, BindingError,
	BindingStatus::{self, *},
	EndOnChain,
};

const STAFF: &str = "records office";

async fn pending(store: &Store, relationship: u64) -> Binding {
	store
		.bind_pending(relationship, 50, patient("alice-example"), STAFF.into(), NOW)
		.await
		.expect("not bound yet")
}

async fn confirm(store: &Store) -> Result<BindingStatus, BindingError> {
	store.confirm_binding(5, STAFF.into(), NOW + 1).await.map(|binding| binding.status)
}

async fn dispute(store: &Store) -> Result<BindingStatus, BindingError> {
	store
		.dispute_binding(5, STAFF.into(), "another name".into(), NOW + 2)
		.await
		.map(|binding| binding.status)
}

async fn sever(store: &Store) -> Result<BindingStatus, BindingError> {
	store
		.sever_binding(5, STAFF.into(), "moved away".into(), NOW + 3)
		.await
		.map(|binding| binding.status)
}

#[tokio::test]
async fn steps_happen_only_from_where_they_start() {
	let wrong = |is| Err(BindingError::WrongStatus { is });
	// In the order confirm, dispute, sever.
	for (from, outcomes) in [
		(Pending, [Ok(Active), Ok(Disputed), Ok(Severed)]),
		(Active, [Ok(Active), Ok(Disputed), Ok(Severed)]),
		(Disputed, [Ok(Active), Ok(Disputed), Ok(Severed)]),
		(Severed, [wrong(Severed), wrong(Severed), Ok(Severed)]),
	] {
		for (what, outcome) in outcomes.into_iter().enumerate() {
			let (folder, store) = empty().await;
			pending(&store, 5).await;
			let start = match from {
				Pending => Ok(Pending),
				Active => confirm(&store).await,
				Disputed => dispute(&store).await,
				Severed => sever(&store).await,
			};
			assert_eq!(start, Ok(from));
			let result = match what {
				0 => confirm(&store).await,
				1 => dispute(&store).await,
				_ => sever(&store).await,
			};
			assert_eq!(result, outcome, "step {what} from {from}");
			let store = restart(&folder, store).await;
			let binding = store.binding(5).await.expect("readable").expect("bound");
			assert_eq!(binding.status, outcome.unwrap_or(from), "step {what} from {from}");
		}
	}
}

#[tokio::test]
async fn a_relationship_is_bound_once() {
	let (_folder, store) = empty().await;
	let first = pending(&store, 5).await;
	assert_eq!(pending(&store, 5).await, first, "a repeated request changes nothing");
	let other = store.bind_pending(5, 50, patient("bob-example"), STAFF.into(), NOW).await;
	assert_eq!(other, Err(BindingError::Taken(5)));
	let other = store.bind_pending(5, 51, patient("alice-example"), STAFF.into(), NOW).await;
	assert_eq!(other, Err(BindingError::Taken(5)));
	assert_eq!(store.binding(6).await, Ok(None));
	assert_eq!(store.confirm_binding(6, STAFF.into(), NOW).await, Err(BindingError::Unknown(6)));
}

#[tokio::test]
async fn severing_leads_to_the_end_on_the_chain() {
	let (folder, store) = empty().await;
	pending(&store, 5).await;
	assert_eq!(store.begin_end(5, submission(1), NOW).await, Err(BindingError::WrongEnd));
	assert_eq!(store.ends_outstanding(None, 10).await, Ok(vec![]));

	assert_eq!(sever(&store).await, Ok(Severed));
	let store = restart(&folder, store).await;
	assert_eq!(store.ends_outstanding(Some(5), 10).await, Ok(vec![]), "after it there is none");
	let outstanding = store.ends_outstanding(None, 10).await.expect("readable");
	assert_eq!(outstanding.len(), 1);
	assert_eq!(outstanding[0].end, EndOnChain::Wanted);

	store.begin_end(5, submission(1), NOW).await.expect("wanted");
	assert_eq!(store.begin_end(5, submission(2), NOW).await, Err(BindingError::WrongEnd));
	let store = restart(&folder, store).await;
	assert_eq!(store.ends_outstanding(Some(5), 10).await, Ok(vec![]), "after it there is none");
	let outstanding = store.ends_outstanding(None, 10).await.expect("readable");
	assert_eq!(outstanding[0].end, EndOnChain::Submitted(submission(1)));

	store.end_failed(5, NOW).await.expect("was submitted");
	assert_eq!(store.end_failed(5, NOW).await, Err(BindingError::WrongEnd));
	store.begin_end(5, submission(2), NOW).await.expect("wanted again");
	let ended = store.end_finalized(5, NOW).await.expect("was submitted");
	assert_eq!(ended.end, EndOnChain::Ended);
	assert_eq!(store.ends_outstanding(None, 10).await, Ok(vec![]));
}

#[tokio::test]
async fn an_end_by_the_patron_leaves_the_binding_active() {
	let (_folder, store) = empty().await;
	pending(&store, 5).await;
	assert_eq!(confirm(&store).await, Ok(Active));
	let ended = store.end_finalized(5, NOW).await.expect("bound");
	assert_eq!((ended.status, ended.end), (Active, EndOnChain::Ended), "she still reads");
	assert_eq!(sever(&store).await, Ok(Severed));
	assert_eq!(store.ends_outstanding(None, 10).await, Ok(vec![]), "it is ended already");
}

#[tokio::test]
async fn lists_are_paged() {
	let (_folder, store) = empty().await;
	for relationship in [9, 3, 1 << 40, 5, 7] {
		pending(&store, relationship).await;
	}
	assert_eq!(confirm(&store).await, Ok(Active));
	let mut seen = Vec::new();
	let mut after = None;
	loop {
		let page = store.bindings(Pending, after, 2).await.expect("readable");
		let Some(last) = page.last() else { break };
		after = Some(last.relationship);
		seen.extend(page.iter().map(|binding| binding.relationship));
	}
	assert_eq!(seen, [3, 7, 9, 1 << 40]);
}

//! Whoever follows `next` sees everything once.

use std::collections::BTreeSet;

use medrec_generated_state::Population;
use medrec_primitives::{ParticipantId, RelationshipId, RelationshipRole};
use medrec_rpc_api::{MedrecApiClient, MAX_PAGE};

use crate::{chain::Chain, server::Running};

async fn all_providers(server: &Running, limit: Option<u32>) -> Vec<ParticipantId> {
	let mut all = Vec::new();
	let mut after = None;
	loop {
		let page = server.http.providers(after, limit).await.unwrap();
		assert!(page.providers.len() <= limit.unwrap_or(MAX_PAGE) as usize);
		all.extend(page.providers.into_iter().map(|provider| provider.id));
		match page.next {
			None => return all,
			next => {
				assert_eq!(next, all.last().copied());
				after = next;
			},
		}
	}
}

async fn whole_summary(
	server: &Running,
	participant: ParticipantId,
	limit: Option<u32>,
) -> Vec<(RelationshipId, RelationshipRole)> {
	let mut all = Vec::new();
	let mut after = None;
	loop {
		let page = server.http.summary(participant, after, limit).await.unwrap();
		assert!(page.entries.len() <= limit.unwrap_or(MAX_PAGE) as usize);
		all.extend(page.entries.into_iter().map(|entry| (entry.relationship, entry.role)));
		match page.next {
			None => return all,
			next => {
				assert_eq!(next, all.last().map(|(id, _)| *id));
				after = next;
			},
		}
	}
}

fn steward_of(population: &Population, participant: ParticipantId) -> BTreeSet<RelationshipId> {
	(0..population.relationships())
		.filter(|id| population.relationship(*id).unwrap().steward == participant)
		.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn providers() {
	let (chain, population) = Chain::generated(6_000).await;
	let server = Running::start(&chain).await;
	let expected: BTreeSet<_> = (0..population.first_grantee()).collect();
	for limit in [Some(1), Some(2), Some(5), Some(100), None] {
		let all = all_providers(&server, limit).await;
		assert_eq!(all.len(), expected.len(), "{limit:?}");
		assert_eq!(all.into_iter().collect::<BTreeSet<_>>(), expected, "{limit:?}");
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn summaries() {
	let (chain, population) = Chain::generated(6_000).await;
	let server = Running::start(&chain).await;

	// A provider with more relationships than a page holds.
	let expected = steward_of(&population, 1);
	assert!(expected.len() > MAX_PAGE as usize);
	for limit in [Some(1), Some(7), Some(MAX_PAGE), None] {
		let all = whole_summary(&server, 1, limit).await;
		assert_eq!(all.len(), expected.len(), "{limit:?}");
		assert!(all.iter().all(|(_, role)| *role == RelationshipRole::Steward));
		assert_eq!(all.into_iter().map(|(id, _)| id).collect::<BTreeSet<_>>(), expected);
	}

	// A patient with two, and someone with none.
	let patient = population.relationship(0).unwrap().patron;
	assert_eq!(
		whole_summary(&server, patient, Some(1)).await.into_iter().collect::<Vec<_>>().len(),
		(0..population.relationships())
			.filter(|id| population.relationship(*id).unwrap().patron == patient)
			.count()
	);
	assert!(whole_summary(&server, population.first_grantee(), None).await.is_empty());
	assert!(whole_summary(&server, ParticipantId::MAX, None).await.is_empty());
}

/// Prefixes of keys are numbers without a length: neighbours must not run into each other.
#[tokio::test(flavor = "multi_thread")]
async fn pages_end_at_the_end_of_their_owner() {
	let (chain, population) = Chain::generated(6_000).await;
	let server = Running::start(&chain).await;
	let last = *steward_of(&population, 1).iter().max_by_key(|id| id.to_le_bytes()).unwrap();
	let page = server.http.summary(1, Some(last), None).await.unwrap();
	assert!(page.entries.is_empty());
	assert_eq!(page.next, None);
	let page = server.http.summary(1, Some(RelationshipId::MAX), None).await.unwrap();
	assert!(page.entries.is_empty());
}

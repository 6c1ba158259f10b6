//! Native reads and the block's runtime give the same answers.

use std::collections::HashMap;

use medrec_generated_state::Population;
use medrec_primitives::{Decision, Denial, RelationshipId};
use medrec_rpc_api::{AccessAnswers, CheckAccess, MedrecApiClient, MAX_BATCH};
use medrec_runtime_api::MedrecApi;
use sp_api::ProvideRuntimeApi;

use crate::{
	chain::{now, Chain},
	server::{request, Running},
};

const RELATIONSHIPS: u64 = 20_000;
/// Questions with a known answer.
const QUESTIONS: u64 = 20_000;
/// Questions put together from parts of others, whatever the answer.
const MIXED: u64 = 10_000;

/// Parts of four questions.
fn mixed(population: &Population, number: u64) -> CheckAccess {
	let part = |step| population.question(QUESTIONS + 4 * number + step).0;
	let (actor, relationship, opening, purpose) = (part(0), part(1), part(2), part(3));
	CheckAccess {
		actor: actor.actor,
		on_behalf_of: actor.on_behalf_of,
		// Half of them where the opening belongs.
		relationship: if number.is_multiple_of(2) {
			opening.relationship
		} else {
			relationship.relationship
		},
		purpose: purpose.purpose,
		opening: opening.opening,
		include_block: None,
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions() {
	let (mut chain, population) = Chain::generated(RELATIONSHIPS).await;
	let block = chain.extend(Vec::new()).await;
	chain.finalize(block);
	let server = Running::start(&chain).await;

	let known = (0..QUESTIONS).map(|number| {
		let (question, expected) = population.question(number);
		(question, Some(expected))
	});
	let mixed = (0..MIXED).map(|number| (mixed(&population, number), None));
	let questions: Vec<_> = known.chain(mixed).collect();

	let mut allowed = 0;
	let mut denied = HashMap::<Denial, u64>::new();
	for batch in questions.chunks(MAX_BATCH) {
		let asked = batch.iter().map(|(question, _)| question.clone()).collect();
		let answers: AccessAnswers = server.http.check_access_batch(asked).await.unwrap();
		assert_eq!((answers.best.hash, answers.finalized.hash), (block, block));
		assert_eq!(answers.decisions.len(), batch.len());
		for ((question, expected), native) in batch.iter().zip(answers.decisions) {
			let by_runtime =
				chain.client.runtime_api().check_access(block, request(question), now()).unwrap();
			assert_eq!(native, by_runtime, "{question:?}");
			if let Some(expected) = expected {
				assert!(expected.agrees(&native), "{question:?}: {expected:?}, {native:?}");
			}
			match native {
				Decision::Allowed(_) => allowed += 1,
				Decision::Denied(denial) => *denied.entry(denial).or_default() += 1,
			}
		}
	}

	let all = allowed + denied.values().sum::<u64>();
	assert_eq!(all, QUESTIONS + MIXED);
	assert!(allowed * 10 >= all * 3, "{allowed} of {all} allowed");
	for denial in Denial::ALL {
		let count = denied.get(&denial).copied().unwrap_or(0);
		assert!(count >= 100, "{denial:?} {count} times only");
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn reads() {
	let (chain, population) = Chain::generated(2_000).await;
	let server = Running::start(&chain).await;
	let block = chain.best();
	let api = chain.client.runtime_api();

	for id in (0..population.next_participant() + 3).step_by(7) {
		let found = server.http.participant(id, None).await.unwrap();
		let expected = api.participant(block, id).unwrap();
		assert_eq!(found.is_some(), expected.is_some(), "{id}");
		let (Some(found), Some(expected)) = (found, expected) else { continue };
		assert_eq!(found.account, expected.account);
		assert_eq!((found.kind, found.status), (expected.kind, expected.status));
		assert_eq!(found.encryption_key.0, expected.encryption_key);
		assert_eq!(found.epoch, expected.epoch);
		let provider = api.provider(block, id).unwrap();
		assert_eq!(
			found.provider.as_ref().map(|provider| provider.name.as_bytes().to_vec()),
			provider.as_ref().map(|provider| provider.name.to_vec())
		);
		for account in [Some(expected.account), provider.and_then(|provider| provider.operator)]
			.into_iter()
			.flatten()
		{
			let of = server.http.participant_of(account.clone(), None).await.unwrap();
			assert_eq!(of.map(|of| of.id), api.participant_of(block, account).unwrap());
		}
	}

	for id in (0..population.relationships() + 3).step_by(13) {
		let found = server.http.relationship(id, None).await.unwrap();
		assert_eq!(found.map(|found| found.relationship), api.relationship(block, id).unwrap());
		let grants: Vec<_> = server
			.http
			.grants(id, None)
			.await
			.unwrap()
			.into_iter()
			.map(|grant| (grant.tag, grant.expiry_day))
			.collect();
		assert_eq!(grants, api.grants(block, id).unwrap());
	}

	let authorities: Vec<_> = server
		.http
		.authorities()
		.await
		.unwrap()
		.into_iter()
		.map(|authority| authority.participant)
		.collect();
	assert_eq!(authorities, api.authorities(block).unwrap());
	assert_eq!(authorities, vec![0, 1, 2, 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages() {
	let (chain, population) = Chain::generated(2_000).await;
	let server = Running::start(&chain).await;
	let block = chain.best();
	let api = chain.client.runtime_api();

	for limit in [1, 3, 256] {
		for after in [None, Some(2), Some(5), Some(population.next_participant())] {
			let page = server.http.providers(after, Some(limit)).await.unwrap();
			let found: Vec<_> = page.providers.iter().map(|provider| provider.id).collect();
			let expected: Vec<_> =
				api.providers(block, after, limit).unwrap().into_iter().map(|(id, _)| id).collect();
			assert_eq!(found, expected, "{after:?}, {limit}");
		}
		for participant in [0, 5, population.first_patient(), population.first_grantee()] {
			for after in [None, Some(1_000), Some(RelationshipId::MAX)] {
				let page = server.http.summary(participant, after, Some(limit)).await.unwrap();
				let found: Vec<_> =
					page.entries.iter().map(|entry| (entry.relationship, entry.role)).collect();
				let expected: Vec<_> = api
					.summary(block, participant, after, limit)
					.unwrap()
					.into_iter()
					.map(|(id, role, _)| (id, role))
					.collect();
				assert_eq!(found, expected, "{participant}, {after:?}, {limit}");
			}
		}
	}
}

//! A node that cannot vouch for a decision says why and decides nothing.

use std::time::Duration;

use medrec_generated_state::{Population, MIN_RELATIONSHIPS};
use medrec_rpc_api::{
	error::{Unavailability, UnavailableData, UNAVAILABLE},
	MedrecApiClient,
};
use medrec_runtime::MILLISECONDS_PER_BLOCK;

use crate::{
	chain::{now, valid_grant, Chain},
	server::{question_by, refusal, Options, Peers, Running},
};

/// The node's default.
const LIMIT: Duration = Duration::from_secs(30);

async fn unavailable(server: &Running, population: &Population) -> Option<UnavailableData> {
	let question = question_by(population, &valid_grant(population, 0));
	let batch = server.http.check_access_batch(vec![question.clone()]).await;
	match server.http.check_access(question).await {
		Ok(answer) => {
			assert!(answer.decision.is_allowed());
			assert!(batch.is_ok());
			None
		},
		Err(error) => {
			let (code, data) = refusal(error);
			assert_eq!(code, UNAVAILABLE);
			assert_eq!(code, -32010);
			assert_eq!(refusal(batch.unwrap_err()).0, code);
			Some(serde_json::from_value(data).unwrap())
		},
	}
}

fn reason(data: Option<UnavailableData>) -> Option<Unavailability> {
	data.map(|data| data.reason)
}

/// Time of the slot in which this is.
fn this_slot() -> u64 {
	now() / MILLISECONDS_PER_BLOCK * MILLISECONDS_PER_BLOCK
}

#[tokio::test(flavor = "multi_thread")]
async fn stale_finality() {
	let (mut chain, population) = Chain::generated(MIN_RELATIONSHIPS).await;
	let options = Options { staleness_limit: LIMIT, ..Options::default() };
	let server = Running::start_with(&chain, options).await;

	let data = unavailable(&server, &population).await.unwrap();
	assert_eq!(data.reason, Unavailability::FinalityStale);
	assert_eq!(data.limit_ms, Some(30_000));
	assert!(data.age_ms.unwrap() > 30_000);

	// A young best block does not help, but finalizing it does.
	let best = chain.build_at(chain.best(), this_slot(), Vec::new(), Vec::new()).await;
	let stale = reason(unavailable(&server, &population).await);
	assert_eq!(stale, Some(Unavailability::FinalityStale));
	chain.finalize(best);
	assert_eq!(unavailable(&server, &population).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_limit_is_the_operators() {
	let (mut chain, population) = Chain::generated(MIN_RELATIONSHIPS).await;
	let best = chain.build_at(chain.best(), this_slot() - 600_000, Vec::new(), Vec::new()).await;
	chain.finalize(best);
	for (seconds, expected) in [(300, Some(Unavailability::FinalityStale)), (3_600, None)] {
		let staleness_limit = Duration::from_secs(seconds);
		let server =
			Running::start_with(&chain, Options { staleness_limit, ..Options::default() }).await;
		assert_eq!(reason(unavailable(&server, &population).await), expected);
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn syncing_and_behind_peers() {
	let (chain, population) = Chain::generated(MIN_RELATIONSHIPS).await;
	let syncing = Peers { is_major_syncing: true, best_seen: None };
	let seen = |number| Peers { is_major_syncing: false, best_seen: Some(number) };
	for (peers, expected) in [
		(Peers::default(), None),
		(syncing, Some(Unavailability::Syncing)),
		(seen(1), None),
		(seen(6), None),
		(seen(7), Some(Unavailability::BehindPeers)),
	] {
		let server = Running::start_with(&chain, Options { peers, ..Options::default() }).await;
		let data = unavailable(&server, &population).await;
		assert_eq!(data.as_ref().and_then(|data| data.limit_ms), None);
		assert_eq!(reason(data), expected, "{peers:?}");
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_behind() {
	let (mut chain, population) = Chain::generated(MIN_RELATIONSHIPS).await;
	let server = Running::start(&chain).await;
	chain.build_at(chain.best(), this_slot() + 600_000, Vec::new(), Vec::new()).await;
	let behind = reason(unavailable(&server, &population).await);
	assert_eq!(behind, Some(Unavailability::ClockBehind));
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_are_answered_all_the_same() {
	let (chain, population) = Chain::generated(MIN_RELATIONSHIPS).await;
	let options = Options {
		staleness_limit: LIMIT,
		peers: Peers { is_major_syncing: true, best_seen: Some(100) },
		..Options::default()
	};
	let server = Running::start_with(&chain, options).await;
	let patient = population.first_patient();
	assert!(server.http.participant(patient, None).await.unwrap().is_some());
	assert!(server.http.relationship(0, None).await.unwrap().is_some());
	assert!(!server.http.summary(patient, None, None).await.unwrap().entries.is_empty());
}

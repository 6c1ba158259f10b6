//! A node that cannot vouch for a decision says why and decides nothing.

use std::time::Duration;

use medrec_generated_state::{Population, MIN_RELATIONSHIPS};
use medrec_rpc_api::{
	error::{Unavailability, UnavailableData, UNAVAILABLE},
	MedrecApiClient,
};
use medrec_runtime::MILLISECONDS_PER_BLOCK;

use crate::{
	chain::{now, staleness_limit, valid_grant, Chain},
	server::{question_by, refusal, Options, Peers, Running},
};

/// What an operator may want.
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
	let options = Options { staleness_limit: Some(LIMIT), ..Options::default() };
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
async fn the_operators_limit_holds_where_it_is_stricter() {
	let (mut chain, population) = Chain::generated(MIN_RELATIONSHIPS).await;
	let best = chain.build_at(chain.best(), this_slot() - 600_000, Vec::new(), Vec::new()).await;
	chain.finalize(best);
	for (seconds, expected) in [(300, Some(Unavailability::FinalityStale)), (3_600, None)] {
		let staleness_limit = Some(Duration::from_secs(seconds));
		let server =
			Running::start_with(&chain, Options { staleness_limit, ..Options::default() }).await;
		assert_eq!(reason(unavailable(&server, &population).await), expected);
	}
}

/// The limit that a refusal for stale finality names; `None` where there is a decision.
async fn limit(server: &Running, population: &Population) -> Option<u64> {
	let data = unavailable(server, population).await?;
	assert_eq!(data.reason, Unavailability::FinalityStale);
	Some(data.limit_ms.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_council_tightens_counts_at_once_and_what_it_loosens_when_it_is_final() {
	let (mut chain, population) = Chain::generated(MIN_RELATIONSHIPS).await;
	let server = Running::start(&chain).await;
	let time = this_slot() - 600_000;
	let first =
		chain.build_at(chain.best(), time, Vec::new(), staleness_limit(Some(1_200_000))).await;
	chain.finalize(first);
	assert_eq!(limit(&server, &population).await, None);

	let tightened = staleness_limit(Some(300_000));
	let second =
		chain.build_at(chain.best(), time + MILLISECONDS_PER_BLOCK, Vec::new(), tightened).await;
	assert_eq!(limit(&server, &population).await, Some(300_000));
	chain.finalize(second);
	assert_eq!(limit(&server, &population).await, Some(300_000));

	let loosened = staleness_limit(Some(900_000));
	let third =
		chain.build_at(chain.best(), time + 2 * MILLISECONDS_PER_BLOCK, Vec::new(), loosened).await;
	assert_eq!(limit(&server, &population).await, Some(300_000));
	chain.finalize(third);
	assert_eq!(limit(&server, &population).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn until_the_council_sets_a_limit_it_is_the_runtimes() {
	let (mut chain, population) = Chain::generated(MIN_RELATIONSHIPS).await;
	let time = this_slot() - 600_000;
	let block = chain.build_at(chain.best(), time, Vec::new(), staleness_limit(None)).await;
	chain.finalize(block);
	let server = Running::start(&chain).await;
	assert_eq!(limit(&server, &population).await, Some(30_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_operator_loosens_what_the_council_set() {
	let (mut chain, population) = Chain::generated(MIN_RELATIONSHIPS).await;
	let time = this_slot() - 600_000;
	let block =
		chain.build_at(chain.best(), time, Vec::new(), staleness_limit(Some(300_000))).await;
	chain.finalize(block);
	for (seconds, expected) in [(3_600, 300_000), (200, 200_000)] {
		let staleness_limit = Some(Duration::from_secs(seconds));
		let server =
			Running::start_with(&chain, Options { staleness_limit, ..Options::default() }).await;
		assert_eq!(limit(&server, &population).await, Some(expected));
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn syncing_and_behind_peers() {
	let (chain, population) = Chain::generated(MIN_RELATIONSHIPS).await;
	let syncing = Peers { is_major_syncing: true, ..Peers::default() };
	let seen = |number| Peers { best_seen: Some(number), ..Peers::default() };
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
	let data = unavailable(&server, &population).await.unwrap();
	assert_eq!(data.reason, Unavailability::ClockBehind);
	let difference = data.clock_difference_ms.unwrap();
	assert!((-600_000..-560_000).contains(&difference), "{difference}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_peers_show_to_be_wrong() {
	let (mut chain, population) = Chain::generated(MIN_RELATIONSHIPS).await;
	let clock = |difference| Peers { clock_difference: Some(difference), ..Peers::default() };
	let reasons = async |chain: &Chain, peers| {
		let options = Options { staleness_limit: Some(LIMIT), peers, ..Options::default() };
		let server = Running::start_with(chain, options).await;
		unavailable(&server, &population).await
	};
	let best = chain.build_at(chain.best(), this_slot() - 50_000, Vec::new(), Vec::new()).await;
	chain.finalize(best);
	for (peers, expected) in [
		(clock(-30_000), (Unavailability::ClockBehind, Some(-30_000))),
		(clock(40_000), (Unavailability::ClockAhead, Some(40_000))),
		(clock(10_000), (Unavailability::FinalityStale, None)),
		(Peers::default(), (Unavailability::FinalityStale, None)),
		(
			Peers { is_major_syncing: true, ..clock(-30_000) },
			(Unavailability::ClockBehind, Some(-30_000)),
		),
	] {
		let data = reasons(&chain, peers).await.unwrap();
		assert_eq!((data.reason, data.clock_difference_ms), expected, "{peers:?}");
	}
	// Without anything that is wrong with the blocks, a decision is made all the same.
	let best = chain.build_at(chain.best(), this_slot(), Vec::new(), Vec::new()).await;
	chain.finalize(best);
	for peers in [clock(-30_000), clock(40_000)] {
		assert_eq!(reasons(&chain, peers).await, None, "{peers:?}");
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_are_answered_all_the_same() {
	let (chain, population) = Chain::generated(MIN_RELATIONSHIPS).await;
	let options = Options {
		staleness_limit: Some(LIMIT),
		peers: Peers { is_major_syncing: true, best_seen: Some(100), ..Peers::default() },
		..Options::default()
	};
	let server = Running::start_with(&chain, options).await;
	let patient = population.first_patient();
	assert!(server.http.participant(patient, None).await.unwrap().is_some());
	assert!(server.http.relationship(0, None).await.unwrap().is_some());
	assert!(!server.http.summary(patient, None, None).await.unwrap().entries.is_empty());
}

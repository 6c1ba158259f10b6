//! Decisions follow the best block to another fork, and keep nothing of the one that was left.

use std::time::{Duration, Instant};

use medrec_generated_state::MIN_RELATIONSHIPS;
use medrec_primitives::{Decision, Denial};
use medrec_rpc_api::MedrecApiClient;

use crate::{
	chain::{valid_grant, Chain},
	server::{refusal, Options, Running},
};

const ABSENT: Decision = Decision::Denied(Denial::TagAbsent);

async fn a_fork_without_the_revocation_becomes_best(options: Options) {
	let (mut chain, population) = Chain::generated(MIN_RELATIONSHIPS).await;
	let server = Running::start_with(&chain, options).await;
	let grant = valid_grant(&population, 2);
	let base = chain.extend(Vec::new()).await;
	assert!(server.decide_by(&population, &grant).await.is_allowed());

	let revoking = chain.build_on(base, vec![chain.revoking(&population, &grant, 0)]).await;
	assert_eq!(chain.best(), revoking);
	assert_eq!(server.decide_by(&population, &grant).await, ABSENT);

	let other = chain.build_on(base, Vec::new()).await;
	assert_eq!(chain.best(), revoking, "a fork of the same length does not become best");
	assert_eq!(server.decide_by(&population, &grant).await, ABSENT);
	let other = chain.build_on(other, Vec::new()).await;
	assert_eq!(chain.best(), other);
	assert!(server.decide_by(&population, &grant).await.is_allowed());
}

async fn a_fork_with_the_revocation_becomes_best(options: Options) {
	let (mut chain, population) = Chain::generated(MIN_RELATIONSHIPS).await;
	let server = Running::start_with(&chain, options).await;
	let grant = valid_grant(&population, 2);
	let base = chain.extend(Vec::new()).await;

	let first = chain.build_on(base, Vec::new()).await;
	assert_eq!(chain.best(), first);
	assert!(server.decide_by(&population, &grant).await.is_allowed());

	let revoking = chain.build_on(base, vec![chain.revoking(&population, &grant, 0)]).await;
	assert!(server.decide_by(&population, &grant).await.is_allowed());
	let best = chain.build_on(revoking, Vec::new()).await;
	assert_eq!(chain.best(), best);
	assert_eq!(server.decide_by(&population, &grant).await, ABSENT);
}

/// The tag is granted on both forks, but final only on neither, then on one.
async fn a_grant_is_on_one_fork_only(options: Options) {
	let (mut chain, population) = Chain::generated(MIN_RELATIONSHIPS).await;
	let server = Running::start_with(&chain, options).await;
	let mut grant = valid_grant(&population, 2);
	grant.opening.salt = [9; 32];
	let base = chain.extend(Vec::new()).await;

	let granting = chain.build_on(base, vec![chain.granting(&population, &grant, 0)]).await;
	let other = chain.build_on(base, Vec::new()).await;
	let other = chain.build_on(other, Vec::new()).await;
	assert_eq!(chain.best(), other);
	assert_eq!(server.decide_by(&population, &grant).await, ABSENT);

	let granting = chain.build_on(granting, Vec::new()).await;
	let granting = chain.build_on(granting, Vec::new()).await;
	assert_eq!(chain.best(), granting);
	assert_eq!(server.decide_by(&population, &grant).await, ABSENT);
	chain.finalize(granting);
	assert!(server.decide_by(&population, &grant).await.is_allowed());
}

macro_rules! with_and_without_changes {
	($($name:ident)*) => {
		mod knowing_what_changed {
			$(
				#[tokio::test(flavor = "multi_thread")]
				async fn $name() {
					super::$name(super::Options::default()).await
				}
			)*
		}

		mod not_knowing_what_changed {
			$(
				#[tokio::test(flavor = "multi_thread")]
				async fn $name() {
					let options =
						super::Options { tracks_changes: false, ..super::Options::default() };
					super::$name(options).await
				}
			)*
		}
	};
}

with_and_without_changes! {
	a_fork_without_the_revocation_becomes_best
	a_fork_with_the_revocation_becomes_best
	a_grant_is_on_one_fork_only
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_of_a_fork_that_lost_is_unavailable() {
	let (mut chain, population) = Chain::generated(MIN_RELATIONSHIPS).await;
	let server = Running::start(&chain).await;
	let grant = valid_grant(&population, 2);
	let base = chain.extend(Vec::new()).await;
	let revoking = chain.build_on(base, vec![chain.revoking(&population, &grant, 0)]).await;
	let other = chain.build_on(base, Vec::new()).await;
	let tag = grant.tag(&chain.genesis());

	for (block, has_tag) in [(revoking, false), (other, true)] {
		let grants = server.http.grants(grant.relationship, Some(block)).await.unwrap();
		assert_eq!(grants.iter().any(|found| found.tag == tag), has_tag);
	}
	chain.finalize(other);
	// The client keeps a state for as long as a task of its own has not let go of the block.
	let error =
		within(PRUNED, async || server.http.grants(grant.relationship, Some(revoking)).await.err())
			.await;
	assert_eq!(refusal(error), (-32013, serde_json::json!({ "block": revoking })));
}

/// How long it may take until the state of a fork that lost is gone.
const PRUNED: Duration = Duration::from_secs(60);

/// Look until there is something to see.
async fn within<T>(limit: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> T {
	let start = Instant::now();
	loop {
		if let Some(seen) = look().await {
			return seen;
		}
		assert!(start.elapsed() < limit, "nothing was seen within {limit:?}");
		tokio::time::sleep(Duration::from_millis(20)).await;
	}
}

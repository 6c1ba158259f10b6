//! Allowed only if best and finalized block both allow it: granted when final, revoked at once.

use medrec_generated_state::{Grant, MIN_RELATIONSHIPS};
use medrec_primitives::{Decision, Denial, Salt};
use medrec_rpc_api::MedrecApiClient;

use crate::{
	chain::{valid_grant, Chain},
	server::{question_by, Options, Running},
};

/// The same grant with another salt: it is not on the chain yet.
fn another(grant: &Grant) -> Grant {
	let mut another = grant.clone();
	another.opening.salt = Salt::from([7; 32]);
	another
}

async fn granted_only_in_the_best_block(options: Options) {
	let (mut chain, population) = Chain::generated(MIN_RELATIONSHIPS).await;
	let server = Running::start_with(&chain, options).await;
	let grant = another(&valid_grant(&population, 3));
	let absent = Decision::Denied(Denial::TagAbsent);
	assert_eq!(server.decide_by(&population, &grant).await, absent);

	let granting = chain.extend(vec![chain.granting(&population, &grant, 0)]).await;
	assert_eq!(server.decide_by(&population, &grant).await, absent);
	chain.extend(Vec::new()).await;
	assert_eq!(server.decide_by(&population, &grant).await, absent);

	chain.finalize(granting);
	assert!(server.decide_by(&population, &grant).await.is_allowed());
}

async fn revoked_in_the_best_block(options: Options) {
	let (mut chain, population) = Chain::generated(MIN_RELATIONSHIPS).await;
	let server = Running::start_with(&chain, options).await;
	let grant = valid_grant(&population, 3);
	let other = valid_grant(&population, 4);
	assert!(server.decide_by(&population, &grant).await.is_allowed());

	let revoking = chain.extend(vec![chain.revoking(&population, &grant, 0)]).await;
	let absent = Decision::Denied(Denial::TagAbsent);
	assert_eq!(server.decide_by(&population, &grant).await, absent);
	assert!(server.decide_by(&population, &other).await.is_allowed());

	chain.finalize(revoking);
	assert_eq!(server.decide_by(&population, &grant).await, absent);
	assert!(server.decide_by(&population, &other).await.is_allowed());
}

async fn revoked_and_granted_again(options: Options) {
	let (mut chain, population) = Chain::generated(MIN_RELATIONSHIPS).await;
	let server = Running::start_with(&chain, options).await;
	let grant = valid_grant(&population, 3);

	let revoking = chain.extend(vec![chain.revoking(&population, &grant, 0)]).await;
	let granting = chain.extend(vec![chain.granting(&population, &grant, 1)]).await;
	// The tag stands in block 1, which is final, and in the best block; that it was away in between
	// does not matter.
	assert!(server.decide_by(&population, &grant).await.is_allowed());
	chain.finalize(revoking);
	let absent = Decision::Denied(Denial::TagAbsent);
	assert_eq!(server.decide_by(&population, &grant).await, absent);
	chain.finalize(granting);
	assert!(server.decide_by(&population, &grant).await.is_allowed());
}

async fn ended_in_the_best_block(options: Options) {
	let (mut chain, population) = Chain::generated(MIN_RELATIONSHIPS).await;
	let server = Running::start_with(&chain, options).await;
	let grant = valid_grant(&population, 3);
	let patron = population.relationship(grant.relationship).unwrap().patron;
	let call = pallet_relationship::Call::end { relationship: grant.relationship };
	chain.extend(vec![chain.sign(&population.pair(patron), 0, call)]).await;
	assert_eq!(
		server.decide_by(&population, &grant).await,
		Decision::Denied(Denial::RelationshipNotActive)
	);
}

async fn retired_in_the_best_block(options: Options) {
	let (mut chain, population) = Chain::generated(MIN_RELATIONSHIPS).await;
	let server = Running::start_with(&chain, options).await;
	let grant = valid_grant(&population, 3);
	let grantee = population.pair(grant.opening.grantee);
	let call = pallet_registrar::Call::retire {};
	chain.extend(vec![chain.sign(&grantee, 0, call)]).await;
	assert_eq!(
		server.decide_by(&population, &grant).await,
		Decision::Denied(Denial::ParticipantNotActive)
	);
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
	granted_only_in_the_best_block
	revoked_in_the_best_block
	revoked_and_granted_again
	ended_in_the_best_block
	retired_in_the_best_block
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_name_their_blocks() {
	let (mut chain, population) = Chain::generated(MIN_RELATIONSHIPS).await;
	let server = Running::start(&chain).await;
	let finalized = chain.best();
	chain.extend(Vec::new()).await;
	let best = chain.extend(Vec::new()).await;
	let question = question_by(&population, &valid_grant(&population, 0));
	let answer = server.http.check_access(question).await.unwrap();
	assert_eq!((answer.best.hash, answer.best.number), (best, 3));
	assert_eq!((answer.finalized.hash, answer.finalized.number), (finalized, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_best_blocks_reason_goes_first() {
	let (mut chain, population) = Chain::generated(MIN_RELATIONSHIPS).await;
	let server = Running::start(&chain).await;
	// Finalized: no tag. Best: the grantee has left as well.
	let grant = another(&valid_grant(&population, 3));
	let call = pallet_registrar::Call::retire {};
	chain.extend(vec![chain.sign(&population.pair(grant.opening.grantee), 0, call)]).await;
	assert_eq!(
		server.decide_by(&population, &grant).await,
		Decision::Denied(Denial::ParticipantNotActive)
	);
}

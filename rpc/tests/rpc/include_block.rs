//! `includeBlock`: an answer is given only on blocks that include the one that is named.

use medrec_generated_state::MIN_RELATIONSHIPS;
use medrec_primitives::Hash;
use medrec_rpc_api::{CheckAccess, MedrecApiClient};

use crate::{
	chain::{valid_grant, Chain},
	server::{question_by, refusal, Running},
};

async fn includes(server: &Running, question: &CheckAccess, block: Hash) -> bool {
	let question = CheckAccess { include_block: Some(block), ..question.clone() };
	match server.http.check_access(question.clone()).await {
		Ok(answer) => {
			assert!(answer.decision.is_allowed());
			true
		},
		Err(error) => {
			assert_eq!(refusal(error), (-32011, serde_json::json!({ "block": block })));
			false
		},
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_of_the_canonical_chain_and_no_others() {
	let (mut chain, population) = Chain::generated(MIN_RELATIONSHIPS).await;
	let server = Running::start(&chain).await;
	let question = question_by(&population, &valid_grant(&population, 0));
	let first = chain.best();
	let second = chain.extend(Vec::new()).await;
	let third = chain.build_on(second, Vec::new()).await;
	let fork = chain.build_on(second, Vec::new()).await;
	assert_eq!(chain.best(), third);

	for block in [chain.genesis(), first, second, third] {
		assert!(includes(&server, &question, block).await);
	}
	for block in [fork, Hash::repeat_byte(1), Hash::zero()] {
		assert!(!includes(&server, &question, block).await);
	}

	// The fork becomes the canonical one.
	let longer = chain.build_on(fork, Vec::new()).await;
	for block in [second, fork, longer] {
		assert!(includes(&server, &question, block).await);
	}
	assert!(!includes(&server, &question, third).await);

	chain.finalize(longer);
	for block in [chain.genesis(), first, second, fork, longer] {
		assert!(includes(&server, &question, block).await);
	}
	assert!(!includes(&server, &question, third).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_question_of_a_batch_is_enough_to_refuse_it() {
	let (chain, population) = Chain::generated(MIN_RELATIONSHIPS).await;
	let server = Running::start(&chain).await;
	let question = question_by(&population, &valid_grant(&population, 0));
	let absent = Hash::repeat_byte(3);
	let with = |block| CheckAccess { include_block: block, ..question.clone() };

	let batch = vec![with(None), with(Some(chain.best()))];
	assert_eq!(server.http.check_access_batch(batch).await.unwrap().decisions.len(), 2);
	let batch = vec![with(None), with(Some(chain.best())), with(Some(absent))];
	let error = server.http.check_access_batch(batch).await.unwrap_err();
	assert_eq!(refusal(error), (-32011, serde_json::json!({ "block": absent })));
}

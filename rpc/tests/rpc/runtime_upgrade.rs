//! Across a runtime upgrade: the state is read by key only while its layout is the one that the node was
//! built with; otherwise the block's own code answers.

use codec::{Compact, Encode};
use medrec_generated_state::{Changes, Grant, Population, MIN_RELATIONSHIPS};
use medrec_primitives::{Decision, Denial, Relationship, RelationshipStatus};
use medrec_rpc_api::MedrecApiClient;
use medrec_runtime::{Runtime, VERSION};
use sp_blockchain::HeaderBackend;
use sp_core::storage::well_known_keys::CODE;

use crate::{
	chain::{valid_grant, Chain, LONG},
	fake_runtime::fake_medrec_runtime,
	server::{question_by, refusal, Running},
};

/// What nothing but the fake runtime answers to a question that is allowed.
const FAKE_DENIAL: Denial = Denial::NotOnBehalf;
const FAKE_RELATIONSHIP: Relationship =
	Relationship { patron: 1, steward: 2, status: RelationshipStatus::Ended, since: 3, tags: 4 };

/// Code of a version whose layout nobody knows, and which answers what cannot be in the state.
pub fn fake_code(spec_name: &'static str, spec_version: u32) -> Changes {
	let answers = [
		("MedrecApi_check_access", Decision::Denied(FAKE_DENIAL).encode()),
		("MedrecApi_relationship", Some(FAKE_RELATIONSHIP).encode()),
		("MedrecApi_authorities", vec![0_u64].encode()),
		("MedrecApi_staleness_limit", LONG.encode()),
		("MedrecApi_participant", [0].to_vec()),
		("MedrecApi_provider", [0].to_vec()),
	];
	vec![(CODE.to_vec(), Some(fake_medrec_runtime(spec_name, spec_version, &answers)))]
}

/// The state says that this version ran last.
pub fn last_upgrade(spec_name: &str, spec_version: u32) -> Changes {
	let key = frame_system::LastRuntimeUpgrade::<Runtime>::hashed_key().to_vec();
	vec![(key, Some((Compact(spec_version), spec_name).encode()))]
}

fn no_last_upgrade() -> Changes {
	vec![(frame_system::LastRuntimeUpgrade::<Runtime>::hashed_key().to_vec(), None)]
}

/// A chain whose best block, which is final, has these changes, and a grant that holds.
async fn chain_with(changes: Vec<Changes>) -> (Chain, Population, Running, Grant) {
	let (mut chain, population) = Chain::generated(MIN_RELATIONSHIPS).await;
	let block = chain.extend_with(changes.concat()).await;
	chain.finalize(block);
	let server = Running::start(&chain).await;
	let grant = valid_grant(&population, 2);
	(chain, population, server, grant)
}

/// Whether the block's code is asked, and not its state by key, in a block with these changes.
async fn code_is_asked(changes: Vec<Changes>) -> bool {
	let (_chain, population, server, grant) = chain_with(changes).await;
	let relationship = server.http.relationship(grant.relationship, None).await.unwrap();
	let found = relationship.unwrap().relationship;
	let authorities = server.http.authorities().await.unwrap().len();
	match server.decide_by(&population, &grant).await {
		Decision::Allowed(_) => {
			assert_eq!(Some(found), population.relationship(grant.relationship));
			assert_eq!(authorities, 4);
			false
		},
		Decision::Denied(denial) => {
			assert_eq!(denial, FAKE_DENIAL);
			assert_eq!(found, FAKE_RELATIONSHIP);
			// The fake runtime knows of no participant.
			assert_eq!(authorities, 0);
			true
		},
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_is_read_by_key_while_both_versions_are_this_nodes() {
	let code = || fake_code("medrec", VERSION.spec_version);
	assert!(!code_is_asked(vec![code()]).await);
	assert!(!code_is_asked(vec![code(), last_upgrade("medrec", VERSION.spec_version)]).await);
}

/// The block of `set_code`: new code, old state.
#[tokio::test(flavor = "multi_thread")]
async fn the_code_is_of_another_version() {
	assert!(code_is_asked(vec![fake_code("medrec", VERSION.spec_version + 1)]).await);
	assert!(code_is_asked(vec![fake_code("medrec", VERSION.spec_version - 1)]).await);
	assert!(code_is_asked(vec![fake_code("another", VERSION.spec_version)]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_is_of_another_version() {
	let code = || fake_code("medrec", VERSION.spec_version);
	for last in [
		last_upgrade("medrec", VERSION.spec_version - 1),
		last_upgrade("medrec", VERSION.spec_version + 1),
		last_upgrade("another", VERSION.spec_version),
		no_last_upgrade(),
	] {
		assert!(code_is_asked(vec![code(), last]).await);
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn both_are_of_another_version() {
	let version = VERSION.spec_version + 1;
	let changes = vec![fake_code("medrec", version), last_upgrade("medrec", version)];
	assert!(code_is_asked(changes).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_says_how_old_the_finalized_block_may_be() {
	let answers = [("MedrecApi_staleness_limit", 1_000_u64.encode())];
	let code = fake_medrec_runtime("medrec", VERSION.spec_version + 1, &answers);
	let changes = vec![vec![(CODE.to_vec(), Some(code))]];
	let (_chain, population, server, grant) = chain_with(changes).await;
	let question = question_by(&population, &grant);
	let (_, data) = refusal(server.http.check_access(question).await.unwrap_err());
	assert_eq!(data["limitMs"], 1_000, "{data}");
}

/// Through the real runtime every answer is right.
#[tokio::test(flavor = "multi_thread")]
async fn the_codes_answers_are_the_expected_ones() {
	let last = last_upgrade("medrec", VERSION.spec_version - 1);
	let (chain, population, server, grant) = chain_with(vec![last]).await;
	for number in 0..1_000 {
		let (question, expected) = population.question(number);
		let decision = server.decide(question.clone()).await;
		assert!(expected.agrees(&decision), "{question:?}: {expected:?}, {decision:?}");
	}

	// The same reads of block 1, whose layout is known.
	let known = chain.client.hash(1).unwrap();
	let id = grant.relationship;
	let patron = population.relationship(id).unwrap().patron;
	let http = &server.http;
	assert_eq!(
		http.participant(patron, None).await.unwrap(),
		http.participant(patron, known).await.unwrap()
	);
	assert_eq!(http.participant(0, None).await.unwrap(), http.participant(0, known).await.unwrap());
	assert_eq!(
		http.relationship(id, None).await.unwrap(),
		http.relationship(id, known).await.unwrap()
	);
	assert_eq!(http.grants(id, None).await.unwrap(), http.grants(id, known).await.unwrap());
	for pair in [population.pair(patron), population.operator_pair(5)] {
		let account = Population::account_of(&pair);
		let found = http.participant_of(account.clone(), None).await.unwrap();
		assert!(found.is_some());
		assert_eq!(found, http.participant_of(account, known).await.unwrap());
	}

	let page = http.providers(Some(1), Some(2)).await.unwrap();
	let ids: Vec<_> = page.providers.iter().map(|provider| provider.id).collect();
	assert_eq!((ids, page.next), (vec![2, 3], Some(3)));
	let page = http.summary(patron, None, None).await.unwrap();
	assert!(page.entries.iter().any(|entry| entry.relationship == id));
	assert_eq!(http.authorities().await.unwrap().len(), 4);
}

/// The finalized block is still of the old layout, the best one of the new.
#[tokio::test(flavor = "multi_thread")]
async fn between_the_two_layouts() {
	let last = last_upgrade("medrec", VERSION.spec_version - 1);
	let (mut chain, population, server, grant) = chain_with(vec![last]).await;
	let other = valid_grant(&population, 4);
	let mut new = valid_grant(&population, 6);
	new.opening.salt = [5; 32];
	let absent = Decision::Denied(Denial::TagAbsent);

	let migrated = chain
		.extend(vec![chain.revoking(&population, &grant, 0), chain.granting(&population, &new, 0)])
		.await;
	assert_eq!(server.decide_by(&population, &grant).await, absent);
	assert_eq!(server.decide_by(&population, &new).await, absent);
	assert!(server.decide_by(&population, &other).await.is_allowed());

	chain.finalize(migrated);
	assert_eq!(server.decide_by(&population, &grant).await, absent);
	assert!(server.decide_by(&population, &new).await.is_allowed());
	assert!(server.decide_by(&population, &other).await.is_allowed());
}

//! Nothing that is asked for is unbounded, and what is malformed is refused.

use jsonrpsee::{
	core::{client::ClientT, ClientError},
	rpc_params,
};
use medrec_generated_state::{Population, MIN_RELATIONSHIPS};
use medrec_primitives::Hash;
use medrec_rpc_api::{MedrecApiClient, MAX_BATCH, MAX_PAGE};
use serde_json::{json, Value};

use crate::{
	chain::Chain,
	server::{refusal, Running},
};

const LIMIT_EXCEEDED: i32 = -32012;
const STATE_UNAVAILABLE: i32 = -32013;
const INVALID_PARAMS: i32 = -32602;

#[tokio::test(flavor = "multi_thread")]
async fn questions_of_a_batch() {
	let (chain, population) = Chain::generated(MIN_RELATIONSHIPS).await;
	let server = Running::start(&chain).await;
	let batch = |count: usize| -> Vec<_> {
		(0..count).map(|number| population.question(number as u64).0).collect()
	};
	for count in [0, 1, MAX_BATCH] {
		let answers = server.http.check_access_batch(batch(count)).await.unwrap();
		assert_eq!(answers.decisions.len(), count);
	}
	let error = server.http.check_access_batch(batch(MAX_BATCH + 1)).await.unwrap_err();
	assert_eq!(refusal(error), (LIMIT_EXCEEDED, json!({ "limit": 64 })));
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_of_a_page() {
	let (chain, _) = Chain::generated(MIN_RELATIONSHIPS).await;
	let server = Running::start(&chain).await;
	assert!(server.http.providers(None, Some(MAX_PAGE)).await.is_ok());
	assert!(server.http.summary(0, None, Some(MAX_PAGE)).await.is_ok());
	for error in [
		server.http.providers(None, Some(MAX_PAGE + 1)).await.unwrap_err(),
		server.http.summary(0, None, Some(MAX_PAGE + 1)).await.unwrap_err(),
	] {
		assert_eq!(refusal(error), (LIMIT_EXCEEDED, json!({ "limit": 256 })));
	}
	for error in [
		server.http.providers(None, Some(0)).await.unwrap_err(),
		server.http.summary(0, None, Some(0)).await.unwrap_err(),
	] {
		assert_eq!(refusal(error).0, INVALID_PARAMS);
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_without_state() {
	let (chain, population) = Chain::generated(MIN_RELATIONSHIPS).await;
	let server = Running::start(&chain).await;
	let unknown = Hash::repeat_byte(5);
	let account = Population::account_of(&population.pair(population.first_patient()));
	for error in [
		server.http.participant(0, Some(unknown)).await.unwrap_err(),
		server.http.participant_of(account, Some(unknown)).await.unwrap_err(),
		server.http.relationship(0, Some(unknown)).await.unwrap_err(),
		server.http.grants(0, Some(unknown)).await.unwrap_err(),
	] {
		assert_eq!(refusal(error), (STATE_UNAVAILABLE, json!({ "block": unknown })));
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_parameters() {
	let (chain, _) = Chain::generated(MIN_RELATIONSHIPS).await;
	let server = Running::start(&chain).await;
	let question =
		json!({ "actor": 1, "onBehalfOf": 1, "relationship": 1, "purpose": "treatment" });
	let with = |name: &str, value: Value| {
		let mut question = question.clone();
		question[name] = value;
		question
	};
	let opening = |name: &str, value: Value| {
		let mut opening = json!({
			"grantee": 1,
			"terms": { "vocabulary": 1, "rules": [] },
			"salt": format!("0x{}", "00".repeat(32)),
		});
		opening[name] = value;
		with("opening", opening)
	};
	let rule = json!({
		"types": [], "labels": [], "purposes": [], "notBefore": 0, "notAfter": 0
	});
	let ask = |question: Value| {
		let http = server.http.clone();
		async move {
			let answer: Result<Value, ClientError> =
				http.request("medrec_checkAccess", rpc_params![question]).await;
			answer
		}
	};

	assert!(ask(question.clone()).await.is_ok());
	assert!(ask(opening("grantee", json!(2))).await.is_ok());
	for malformed in [
		json!(null),
		json!([]),
		with("actor", json!(-1)),
		with("actor", json!("1")),
		with("purpose", json!("marketing")),
		with("unknownField", json!(1)),
		with("includeBlock", json!("0x12")),
		opening("salt", json!("0x00")),
		opening("unknownField", json!(1)),
		opening("terms", json!({ "vocabulary": 1, "rules": vec![rule.clone(); 9] })),
		opening("terms", json!({ "vocabulary": 256, "rules": [] })),
		opening(
			"terms",
			json!({
				"vocabulary": 1,
				"rules": [{
					"types": ["horoscopes"], "labels": [], "purposes": [], "notBefore": 0, "notAfter": 0
				}],
			}),
		),
	] {
		let error = ask(malformed.clone()).await.unwrap_err();
		assert_eq!(refusal(error).0, INVALID_PARAMS, "{malformed}");
	}
	let answer: Result<Value, ClientError> =
		server.http.request("medrec_checkAccess", rpc_params![]).await;
	assert_eq!(refusal(answer.unwrap_err()).0, INVALID_PARAMS);
}

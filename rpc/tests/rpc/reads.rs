//! Answers of the methods that only read, as JSON, on the preset `local`.

use jsonrpsee::{core::client::ClientT, rpc_params};
use medrec_generated_state::MIN_RELATIONSHIPS;
use medrec_primitives::{ParticipantId, RelationshipId};
use medrec_rpc_api::{AccountRoleName, MedrecApiClient};
use serde_json::{json, Value};
use sp_core::crypto::Ss58Codec;
use sp_keyring::Sr25519Keyring;

use crate::{
	chain::{valid_grant, Chain},
	server::Running,
};

async fn ask(server: &Running, method: &str, params: Value) -> Value {
	let mut array = jsonrpsee::core::params::ArrayParams::new();
	for param in params.as_array().unwrap() {
		array.insert(param).unwrap();
	}
	server.http.request(method, array).await.unwrap()
}

fn mercy_hospital() -> Value {
	json!({
		"id": 0,
		"account": "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
		"kind": "provider",
		"status": "active",
		"encryptionKey": "0x854bc869d01c39894764518b66501fbbb9890e5f34e2732afc45780bd969971b",
		"epoch": 0,
		"provider": {
			"name": "Mercy Hospital",
			"endpoint": "http://127.0.0.1:8100",
			"gatekeeperKey":
				"0x5ba3dc09ec0318f23cbee148ab873bdf553d55459a3499f99aee829e0ee2a9fa",
			"operator": "5FREtNVBdrzTfNbYvFrWCDFGzvYr6CkrGiuaMQ9sprTbsNSg",
		},
	})
}

#[tokio::test(flavor = "multi_thread")]
async fn participant() {
	let chain = Chain::new();
	let server = Running::start(&chain).await;
	assert_eq!(ask(&server, "medrec_participant", json!([0])).await, mercy_hospital());
	let at = json!([0, chain.genesis()]);
	assert_eq!(ask(&server, "medrec_participant", at).await, mercy_hospital());
	assert_eq!(ask(&server, "medrec_participant", json!([4])).await, Value::Null);
	assert_eq!(ask(&server, "medrec_participant", json!([u64::MAX])).await, Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn participant_of() {
	let chain = Chain::new();
	let server = Running::start(&chain).await;
	let with_role = |role: &str| {
		let mut expected = mercy_hospital();
		expected["role"] = json!(role);
		expected
	};
	for (account, role) in [
		("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY", "principal"),
		("5FREtNVBdrzTfNbYvFrWCDFGzvYr6CkrGiuaMQ9sprTbsNSg", "operator"),
	] {
		let found = ask(&server, "medrec_participantOf", json!([account])).await;
		assert_eq!(found, with_role(role));
	}
	let stranger = Sr25519Keyring::Ferdie.to_account_id().to_ss58check();
	assert_eq!(ask(&server, "medrec_participantOf", json!([stranger])).await, Value::Null);
}

/// A key that was rotated away acts as nobody; the new one acts at once, the old one still in the past.
#[tokio::test(flavor = "multi_thread")]
async fn participant_of_a_rotated_key() {
	use medrec_generated_state::Population;
	use medrec_primitives::{Consent, Signature};
	use sp_core::Pair;

	let (mut chain, population) = Chain::generated(MIN_RELATIONSHIPS).await;
	let server = Running::start(&chain).await;
	let patron = population.relationship(valid_grant(&population, 0).relationship).unwrap().patron;
	let old = population.pair(patron);
	let new = sp_core::ed25519::Pair::from_seed(&[8; 32]);
	let [old_account, new_account] = [&old, &new].map(Population::account_of);
	let before = chain.best();
	let epoch = server.http.participant(patron, None).await.unwrap().unwrap().epoch;

	let consent = Consent::Rotate { participant: patron, epoch };
	let payload = consent.payload(&chain.genesis(), &new_account, 0);
	let call = pallet_registrar::Call::rotate_key {
		new_account: new_account.clone(),
		signature: Signature::from(new.sign(&payload)),
	};
	chain.extend(vec![chain.sign(&old, 0, call)]).await;

	let found = server.http.participant_of(new_account.clone(), None).await.unwrap().unwrap();
	assert_eq!((found.id, found.epoch), (patron, epoch + 1));
	assert_eq!(found.role, Some(AccountRoleName::Principal));
	assert_eq!(server.http.participant_of(old_account.clone(), None).await.unwrap(), None);
	let found = server.http.participant_of(old_account, Some(before)).await.unwrap().unwrap();
	assert_eq!((found.id, found.epoch), (patron, epoch));
	assert_eq!(server.http.participant_of(new_account, Some(before)).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn providers() {
	let chain = Chain::new();
	let server = Running::start(&chain).await;
	let page = ask(&server, "medrec_providers", json!([])).await;
	let names: Vec<_> = page["providers"]
		.as_array()
		.unwrap()
		.iter()
		.map(|provider| provider["provider"]["name"].as_str().unwrap())
		.collect();
	assert_eq!(
		names,
		["Mercy Hospital", "Lakeside Clinic", "Northgate Hospital", "Harbour Practice"]
	);
	assert_eq!(page["providers"][0], mercy_hospital());
	assert_eq!(page.get("next"), None);
	let page = ask(&server, "medrec_providers", json!([1, 1])).await;
	assert_eq!(page["providers"].as_array().unwrap().len(), 1);
	assert_eq!(page["providers"][0]["id"], json!(2));
	assert_eq!(page["next"], json!(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn relationship() {
	let (chain, population) = Chain::generated(MIN_RELATIONSHIPS).await;
	let server = Running::start(&chain).await;
	let id: RelationshipId = 3;
	let expected = population.relationship(id).unwrap();
	let found = ask(&server, "medrec_relationship", json!([id])).await;
	assert_eq!(
		found,
		json!({
			"id": id,
			"patron": expected.patron,
			"steward": expected.steward,
			"status": "ended",
			"since": expected.since,
			"tags": expected.tags,
		})
	);
	for params in [json!([MIN_RELATIONSHIPS]), json!([id, chain.genesis()])] {
		assert_eq!(ask(&server, "medrec_relationship", params).await, Value::Null);
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn summary() {
	let (chain, population) = Chain::generated(MIN_RELATIONSHIPS).await;
	let server = Running::start(&chain).await;
	let id: RelationshipId = 400;
	let expected = population.relationship(id).unwrap();
	let patron: ParticipantId = expected.patron;
	let page = ask(&server, "medrec_summary", json!([patron])).await;
	let entry = page["entries"]
		.as_array()
		.unwrap()
		.iter()
		.find(|entry| entry["relationship"] == json!(id))
		.unwrap();
	assert_eq!(
		entry,
		&json!({
			"relationship": id,
			"role": "patron",
			"patron": patron,
			"steward": expected.steward,
			"status": "active",
			"since": expected.since,
		})
	);
	assert_eq!(ask(&server, "medrec_summary", json!([u64::MAX])).await, json!({ "entries": [] }));
}

#[tokio::test(flavor = "multi_thread")]
async fn grants() {
	let (mut chain, population) = Chain::generated(MIN_RELATIONSHIPS).await;
	let server = Running::start(&chain).await;
	let grant = valid_grant(&population, 1);
	let id = grant.relationship;
	let sorted = |mut grants: Value| {
		grants
			.as_array_mut()
			.unwrap()
			.sort_by_key(|grant| grant["tag"].as_str().unwrap().to_owned());
		grants
	};
	let expected: Vec<_> = population
		.grants(id)
		.map(|grant| json!({ "tag": grant.tag(&chain.genesis()), "expiryDay": grant.expiry }))
		.collect();
	let expected = sorted(json!(expected));
	assert_eq!(sorted(ask(&server, "medrec_grants", json!([id])).await), expected);

	let before = chain.best();
	chain.extend(vec![chain.revoking(&population, &grant, 0)]).await;
	let left = ask(&server, "medrec_grants", json!([id])).await;
	assert_eq!(left.as_array().unwrap().len(), expected.as_array().unwrap().len() - 1);
	assert_eq!(sorted(ask(&server, "medrec_grants", json!([id, before])).await), expected);
	assert_eq!(ask(&server, "medrec_grants", json!([MIN_RELATIONSHIPS])).await, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn authorities() {
	let chain = Chain::new();
	let server = Running::start(&chain).await;
	let found: Value = server.http.request("medrec_authorities", rpc_params![]).await.unwrap();
	assert_eq!(found.as_array().unwrap().len(), 4);
	assert_eq!(
		found[0],
		json!({
			"participant": 0,
			"account": "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
			"name": "Mercy Hospital",
		})
	);
}

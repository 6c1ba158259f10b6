//! Requests and answers written by hand, as JSON: what a client in another language sees.

use std::collections::HashMap;

use codec::Encode;
use jsonrpsee::{core::client::ClientT, rpc_params};
use medrec_generated_state::Changes;
use medrec_primitives::{
	AccountId, Denial, ExpiryDay, Hash, Opening, Participant, ParticipantId, ParticipantKind,
	ParticipantStatus, Relationship, RelationshipId,
};
use medrec_runtime::Runtime;
use serde::Deserialize;
use serde_json::{json, Value};

use crate::{chain::Chain, server::Running};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vectors {
	parties: Vec<Party>,
	relationships: Vec<NumberedRelationship>,
	openings: HashMap<String, Opening>,
	grants: Vec<GrantOf>,
	cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Party {
	id: ParticipantId,
	kind: ParticipantKind,
	status: ParticipantStatus,
}

#[derive(Deserialize)]
struct NumberedRelationship {
	id: RelationshipId,
	#[serde(flatten)]
	relationship: Relationship,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GrantOf {
	relationship: RelationshipId,
	opening: String,
	expiry_day: ExpiryDay,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
	name: String,
	/// Its opening is named.
	question: Value,
	/// All of the decision ...
	decision: Option<Value>,
	/// ... or only why everything is allowed.
	basis: Option<String>,
}

fn vectors() -> Vectors {
	serde_json::from_str(include_str!("vectors/decisions.json")).unwrap()
}

fn state(vectors: &Vectors, genesis: &Hash) -> Changes {
	let mut changes = Changes::new();
	for Party { id, kind, status } in &vectors.parties {
		let participant = Participant {
			account: AccountId::new([*id as u8; 32]),
			kind: *kind,
			status: *status,
			encryption_key: [3; 32],
			epoch: 0,
		};
		let key = pallet_registrar::Participants::<Runtime>::hashed_key_for(id);
		changes.push((key, Some(participant.encode())));
	}
	for NumberedRelationship { id, relationship } in &vectors.relationships {
		let key = pallet_relationship::Relationships::<Runtime>::hashed_key_for(id);
		changes.push((key, Some(relationship.encode())));
	}
	for GrantOf { relationship, opening, expiry_day } in &vectors.grants {
		let tag = vectors.openings[opening].tag(genesis, *relationship);
		let key = pallet_relationship::Grants::<Runtime>::hashed_key_for(relationship, tag);
		changes.push((key, Some(expiry_day.encode())));
	}
	changes
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions() {
	let vectors = vectors();
	let mut chain = Chain::new();
	let block = chain.extend_with(state(&vectors, &chain.genesis())).await;
	chain.finalize(block);
	let server = Running::start(&chain).await;

	for case in &vectors.cases {
		let mut question = case.question.clone();
		if let Some(name) = question["opening"].as_str() {
			question["opening"] = serde_json::to_value(&vectors.openings[name]).unwrap();
		}
		let answer: Value =
			server.http.request("medrec_checkAccess", rpc_params![question]).await.unwrap();
		match (&case.decision, &case.basis) {
			(Some(decision), None) => assert_eq!(&answer["decision"], decision, "{}", case.name),
			(None, Some(basis)) => {
				assert_eq!(answer["decision"]["allowed"]["basis"], json!(basis), "{}", case.name);
			},
			_ => panic!("{}: either a decision or a basis", case.name),
		}
		let at = json!({ "hash": block, "number": 1 });
		assert_eq!((&answer["best"], &answer["finalized"]), (&at, &at));
	}
}

#[test]
fn there_is_a_case_of_every_denial() {
	let vectors = vectors();
	for denial in Denial::ALL {
		let decision = json!({ "denied": denial });
		assert!(
			vectors.cases.iter().any(|case| case.decision.as_ref() == Some(&decision)),
			"{denial:?}"
		);
	}
}

/// Openings in the file are read as they are written: what is hashed is what was meant.
#[test]
fn openings_are_written_as_they_are_read() {
	let text: Value = serde_json::from_str(include_str!("vectors/decisions.json")).unwrap();
	for (name, opening) in vectors().openings {
		let mut written = text["openings"][&name].clone();
		// Sets are written in the order of their bits.
		for rule in written["terms"]["rules"].as_array_mut().unwrap() {
			if rule["labels"] == json!(["genetics", "mentalHealth"]) {
				rule["labels"] = json!(["mentalHealth", "genetics"]);
			}
		}
		assert_eq!(serde_json::to_value(opening).unwrap(), written, "{name}");
	}
}

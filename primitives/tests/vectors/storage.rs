//! What the chain stores, as bytes.

use crate::{
	file::{bytes32, check, hex, object, parse},
	vocabulary::account_role,
};
use codec::{Decode, Encode};
use medrec_primitives::{
	AccountId, Participant, ParticipantAccount, Provider, PurposesTable, Relationship,
};
use serde_json::Value;

fn number<T: TryFrom<u64>>(value: &Value) -> T {
	value
		.as_u64()
		.and_then(|number| T::try_from(number).ok())
		.unwrap_or_else(|| panic!("{value} is no number of this size"))
}

fn text<T: TryFrom<Vec<u8>>>(value: &Value) -> T {
	value
		.as_str()
		.and_then(|text| T::try_from(text.as_bytes().to_vec()).ok())
		.unwrap_or_else(|| panic!("{value} is no text of this size"))
}

fn account(value: &Value) -> AccountId {
	bytes32(value).into()
}

/// Encode, and see that it decodes to the same.
fn encoded<T: Encode + Decode + PartialEq + core::fmt::Debug>(value: T) -> Vec<u8> {
	let bytes = value.encode();
	assert_eq!(T::decode(&mut bytes.as_slice()), Ok(value));
	bytes
}

fn scale(input: &Value) -> Vec<u8> {
	let value = &input["value"];
	match input["type"].as_str() {
		Some("ParticipantAccount") => encoded(ParticipantAccount {
			participant: number(&value["participant"]),
			role: account_role(&value["role"]),
			status: parse(&value["status"], "status"),
			used: number(&value["used"]),
			window: number(&value["window"]),
		}),
		Some("Participant") => encoded(Participant {
			account: account(&value["account"]),
			kind: parse(&value["kind"], "kind"),
			status: parse(&value["status"], "status"),
			encryption_key: bytes32(&value["encryptionKey"]),
			epoch: number(&value["epoch"]),
		}),
		Some("Provider") => encoded(Provider {
			name: text(&value["name"]),
			endpoint: text(&value["endpoint"]),
			gatekeeper_key: bytes32(&value["gatekeeperKey"]),
			operator: value.get("operator").map(account),
		}),
		Some("Relationship") => encoded(parse::<Relationship>(value, "relationship")),
		Some("PurposesTable") => encoded(parse::<PurposesTable>(value, "table of purposes")),
		_ => panic!("{} is no stored type", input["type"]),
	}
}

#[test]
fn stored_values() {
	check("storage.json", |input, _| {
		let bytes = scale(input);
		match input["type"].as_str() {
			Some("ParticipantAccount") => assert_eq!(bytes.len(), 16),
			Some("Relationship") => assert_eq!(bytes.len(), 27),
			_ => (),
		}
		object([("scale", hex(&bytes)), ("length", bytes.len().into())])
	});
}

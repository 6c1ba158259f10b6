//! Bits, codes and names: written by hand, because none may ever get a second meaning.

use crate::file::{parse, read};
use codec::Encode;
use medrec_primitives::{
	AccountRole, Basis, Denial, Labels, ParticipantKind, ParticipantStatus, Purpose, Purposes,
	PurposesTable, RecordTypes, RelationshipRole, RelationshipStatus, VOCABULARY_VERSION,
};
use serde::Serialize;
use serde_json::Value;

/// Number and name of every entry of a list in the file.
fn entries(list: &str, number: &str) -> Vec<(u64, String)> {
	read("vocabulary.json")[list]
		.as_array()
		.unwrap_or_else(|| panic!("there is no list {list}"))
		.iter()
		.map(|entry| {
			(
				entry[number].as_u64().unwrap_or_else(|| panic!("{entry} has no {number}")),
				parse(&entry["name"], list),
			)
		})
		.collect()
}

/// Codes and JSON names of the variants of an enum.
fn variants<T: Encode + Serialize>(variants: &[T]) -> Vec<(u64, String)> {
	variants
		.iter()
		.map(|variant| {
			let code = variant.encode();
			assert_eq!(code.len(), 1, "a code is one byte");
			let name = serde_json::to_value(variant).expect("variants are written");
			(code[0].into(), parse(&name, "variant"))
		})
		.collect()
}

/// Number of the only bit in `bits`.
fn bit(bits: u64) -> u64 {
	assert!(bits.is_power_of_two(), "a member is one bit");
	bits.trailing_zeros().into()
}

#[test]
fn the_version_is_the_files() {
	assert_eq!(read("vocabulary.json")["version"], VOCABULARY_VERSION);
}

#[test]
fn bits_of_record_types_labels_and_purposes() {
	let types: Vec<_> = RecordTypes::NAMES
		.iter()
		.map(|(set, name)| (bit(set.0.into()), name.to_string()))
		.collect();
	assert_eq!(types, entries("recordTypes", "bit"));
	let labels: Vec<_> =
		Labels::NAMES.iter().map(|(set, name)| (bit(set.0.into()), name.to_string())).collect();
	assert_eq!(labels, entries("labels", "bit"));
	let purposes: Vec<_> =
		Purposes::NAMES.iter().map(|(set, name)| (bit(set.0.into()), name.to_string())).collect();
	assert_eq!(purposes, entries("purposes", "bit"));
}

#[test]
fn codes_of_purposes_are_the_numbers_of_their_bits() {
	assert_eq!(variants(&Purpose::ALL), entries("purposes", "bit"));
	for purpose in Purpose::ALL {
		assert_eq!(bit(Purposes::from(purpose).0.into()), u64::from(purpose.encode()[0]));
	}
}

#[test]
fn codes_of_kinds_standings_roles_and_reasons() {
	use ParticipantStatus::{Active, Retired, Suspended};
	use RelationshipStatus::{Ended, ProposedByPatron, ProposedBySteward};
	assert_eq!(variants(&ParticipantKind::ALL), entries("participantKinds", "code"));
	assert_eq!(variants(&[Active, Suspended, Retired]), entries("participantStatuses", "code"));
	assert_eq!(
		variants(&[RelationshipRole::Patron, RelationshipRole::Steward]),
		entries("relationshipRoles", "code")
	);
	assert_eq!(
		variants(&[ProposedByPatron, ProposedBySteward, RelationshipStatus::Active, Ended]),
		entries("relationshipStatuses", "code")
	);
	assert_eq!(variants(&[Basis::Patron, Basis::Steward, Basis::Grant]), entries("bases", "code"));
	assert_eq!(variants(&Denial::ALL), entries("denials", "code"));
}

/// The role that an entry of the file names.
pub fn account_role(name: &Value) -> AccountRole {
	match name.as_str() {
		Some("vacant") => AccountRole::Vacant,
		Some("operator") => AccountRole::Operator,
		Some("tombstone") => AccountRole::Tombstone,
		_ => parse::<ParticipantKind>(name, "account role").into(),
	}
}

#[test]
fn codes_of_account_roles() {
	let entries = entries("accountRoles", "code");
	assert_eq!(entries.len(), 9);
	for (code, name) in entries {
		assert_eq!(account_role(&Value::String(name)).encode(), [code as u8]);
	}
}

#[test]
fn the_table_of_purposes_that_a_network_starts_with() {
	assert_eq!(
		read("vocabulary.json")["purposesTable"],
		serde_json::to_value(PurposesTable::default()).expect("tables are written")
	);
}

#[test]
fn names_that_are_not_in_the_vocabulary_are_refused() {
	for (set, member) in [("types", "astrology"), ("labels", "HIV"), ("purposes", "marketing")] {
		let mut rule = serde_json::json!({
			"types": ["medications"],
			"labels": ["hiv"],
			"purposes": ["treatment"],
			"notBefore": 0,
			"notAfter": 1,
		});
		assert!(serde_json::from_value::<medrec_primitives::Rule>(rule.clone()).is_ok());
		rule[set] = serde_json::json!([member]);
		let error = serde_json::from_value::<medrec_primitives::Rule>(rule)
			.expect_err("an unknown name is refused");
		assert!(error.to_string().contains(member), "{error}");
	}
}

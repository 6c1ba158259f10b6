//! Reading who looked.

use crate::fixtures::*;
use medrec_primitives::{Basis, Denial, Hash, Purpose, RecordTypes};
use medrec_protocol::{
	access_log::{AccessLogEntry, AccessLogPage, AccessOutcome, Interaction, ResourceReference},
	receipt::EntryId,
	response::DecisionBlocks,
	staff::{Role, StaffMember},
};
use serde_json::json;

fn entry() -> AccessLogEntry {
	AccessLogEntry {
		entry: EntryId([0x66; 16]),
		at: NOW,
		relationship: RELATIONSHIP,
		actor: GRANTEE,
		on_behalf_of: GRANTEE,
		session_key: Some(session_key().id()),
		staff: None,
		purpose: Purpose::Treatment,
		emergency: None,
		interaction: Interaction::Search,
		types: RecordTypes::MEDICATIONS,
		resource_count: 1,
		resources: vec![ResourceReference {
			resource_type: "MedicationRequest".into(),
			id: "m1".into(),
			version: "3".into(),
		}],
		outcome: AccessOutcome::Allowed { basis: Basis::Grant },
		blocks: Some(DecisionBlocks { best: genesis(), finalized: genesis() }),
		leaf: Hash::repeat_byte(0x77),
	}
}

#[test]
fn an_entry_is_json_in_camel_case() {
	let genesis = format!("0x{}", "07".repeat(32));
	assert_eq!(
		serde_json::to_value(entry()).unwrap(),
		json!({
			"entry": "ZmZmZmZmZmZmZmZmZmZmZg",
			"at": NOW,
			"relationship": 9,
			"actor": 77,
			"onBehalfOf": 77,
			"sessionKey": session_key().id().to_string(),
			"purpose": "treatment",
			"interaction": "search",
			"types": ["medications"],
			"resourceCount": 1,
			"resources": [{"resourceType": "MedicationRequest", "id": "m1", "version": "3"}],
			"outcome": {"allowed": {"basis": "grant"}},
			"blocks": {"best": genesis, "finalized": genesis},
			"leaf": format!("0x{}", "77".repeat(32)),
		})
	);
}

#[test]
fn a_member_of_staff_is_a_pseudonym_with_a_role() {
	let staff = StaffMember { pseudonym: "n-0417".parse().unwrap(), role: Role::Nurse };
	let entry = AccessLogEntry { staff: Some(staff), ..entry() };
	let json = serde_json::to_value(&entry).unwrap();
	assert_eq!(json["staff"], json!({"pseudonym": "n-0417", "role": "nurse"}));
	assert_eq!(serde_json::from_value::<AccessLogEntry>(json).unwrap(), entry);
}

#[test]
fn outcomes_are_told_apart() {
	for (outcome, text) in [
		(AccessOutcome::Allowed { basis: Basis::Patron }, json!({"allowed": {"basis": "patron"}})),
		(
			AccessOutcome::Denied { reason: Denial::TagAbsent },
			json!({"denied": {"reason": "TagAbsent"}}),
		),
		(
			AccessOutcome::Withheld { reason: "legal hold".into() },
			json!({"withheld": {"reason": "legal hold"}}),
		),
		(AccessOutcome::Failed, json!("failed")),
	] {
		assert_eq!(serde_json::to_value(&outcome).unwrap(), text);
		assert_eq!(serde_json::from_value::<AccessOutcome>(text).unwrap(), outcome);
	}
}

#[test]
fn a_page_is_read_as_written() {
	for next in [None, Some("b2xkZXI".into())] {
		let page = AccessLogPage { entries: vec![entry(), entry()], next };
		let text = serde_json::to_string(&page).unwrap();
		assert_eq!(serde_json::from_str::<AccessLogPage>(&text).unwrap(), page);
	}
}

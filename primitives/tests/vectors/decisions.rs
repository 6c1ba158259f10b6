//! Decisions written by hand.

use crate::file::{bytes, parse, read};
use codec::Decode;
use medrec_primitives::{
	decide, Basis, Decision, Denial, ExpiryDay, Moment, Opening, ParticipantId, ParticipantKind,
	ParticipantStatus, Party, Purpose, PurposesTable, Question, Relationship,
};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// A participant as the file writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PartyEntry {
	participant: ParticipantId,
	kind: ParticipantKind,
	status: ParticipantStatus,
}

impl From<PartyEntry> for Party {
	fn from(entry: PartyEntry) -> Self {
		Self { participant: entry.participant, kind: entry.kind, status: entry.status }
	}
}

/// A question as the file writes it; what is left out is not there.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct QuestionEntry {
	actor: Option<PartyEntry>,
	on_behalf_of: Option<PartyEntry>,
	relationship: Option<Relationship>,
	opening: Option<Opening>,
	/// Openings that JSON cannot write, because they name what this version does not know.
	opening_scale: Option<Value>,
	tag_on_chain: Option<ExpiryDay>,
	purpose: Purpose,
	purposes_table: Option<PurposesTable>,
	start_now: Moment,
	end_now: Moment,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
	name: String,
	input: QuestionEntry,
	expected: Decision,
}

impl Case {
	fn decide(self) -> Decision {
		let actor = self.input.actor.map(Party::from);
		let on_behalf_of = self.input.on_behalf_of.map(Party::from);
		let from_scale = self.input.opening_scale.map(|scale| {
			Opening::decode(&mut bytes(&scale).as_slice())
				.unwrap_or_else(|error| panic!("{}: {error}", self.name))
		});
		decide(&Question {
			actor: actor.as_ref(),
			on_behalf_of: on_behalf_of.as_ref(),
			relationship: self.input.relationship.as_ref(),
			opening: self.input.opening.as_ref().or(from_scale.as_ref()),
			tag_on_chain: self.input.tag_on_chain,
			purpose: self.input.purpose,
			purposes_table: &self.input.purposes_table.unwrap_or_default(),
			start_now: self.input.start_now,
			end_now: self.input.end_now,
		})
	}
}

fn cases() -> Vec<Case> {
	read("decisions.json")["cases"]
		.as_array()
		.expect("there is a list of cases")
		.iter()
		.map(|case| parse(case, "case"))
		.collect()
}

#[test]
fn every_case_is_decided_as_written() {
	for case in cases() {
		let (name, expected) = (case.name.clone(), case.expected.clone());
		assert_eq!(case.decide(), expected, "{name}");
	}
}

#[test]
fn no_two_cases_have_the_same_name() {
	let names: BTreeSet<_> = cases().into_iter().map(|case| case.name).collect();
	assert_eq!(names.len(), cases().len());
}

#[test]
fn every_reason_of_denial_and_every_basis_occurs() {
	let decisions: Vec<_> = cases().into_iter().map(|case| case.expected).collect();
	for denial in Denial::ALL {
		assert!(decisions.contains(&Decision::Denied(denial)), "{denial:?} does not occur");
	}
	for basis in [Basis::Patron, Basis::Steward, Basis::Grant] {
		let occurs = decisions.iter().any(
			|decision| matches!(decision, Decision::Allowed(allowed) if allowed.basis == basis),
		);
		assert!(occurs, "{basis:?} does not occur");
	}
}

//! A decision shows what the opening says, and nothing else: it is compared with a second reading of
//! the rules, record by record.

use crate::facts::{any_facts, every_kind_of_record, granted_facts, shown_until, Facts, GRANTEE};
use medrec_primitives::{
	Basis, Decision, Labels, Moment, ParticipantStatus, Purposes, RecordTypes, RelationshipStatus,
};
use proptest::prelude::*;

/// Until when a grant shows a record, as the sentences of the design put it.
fn granted_until(facts: &Facts, record_type: RecordTypes, labels: Labels) -> Option<Moment> {
	let asker = facts.on_behalf_of.as_ref()?;
	let relationship = facts.relationship.as_ref()?;
	let opening = facts.opening.as_ref()?;
	let expiry = facts.tag_on_chain?;
	let day_ends = (u64::from(expiry.0) + 1) * 86_400_000;
	let may_claim = facts.purposes_table.of(asker.kind).0 & (1 << facts.purpose as u8) != 0;
	let holds = relationship.status == RelationshipStatus::Active
		&& asker.status == ParticipantStatus::Active
		&& opening.grantee == asker.participant
		&& may_claim
		&& facts.start_now < day_ends
		&& facts.end_now < day_ends;
	if !holds {
		return None;
	}
	opening
		.terms
		.rules
		.iter()
		.filter(|rule| {
			rule.purposes.0 & (1 << facts.purpose as u8) != 0
				&& rule.not_before <= facts.start_now
				&& facts.end_now < rule.not_after
				&& rule.types.0 & record_type.0 != 0
				&& labels.0 & !rule.labels.0 == 0
		})
		.map(|rule| rule.not_after.min(day_ends))
		.max()
}

fn assert_shows_what_is_granted(facts: &Facts) {
	let decision = facts.decide();
	for (record_type, labels) in every_kind_of_record() {
		assert_eq!(
			shown_until(&decision, record_type, labels),
			granted_until(facts, record_type, labels),
			"{record_type:?} with {labels:?} under {decision:?}"
		);
	}
}

proptest! {
	#[test]
	fn a_granted_question_shows_exactly_what_the_opening_says(facts in granted_facts()) {
		assert_shows_what_is_granted(&facts);
	}

	#[test]
	fn any_question_of_a_third_party_shows_exactly_what_the_opening_says(mut facts in any_facts()) {
		facts.for_asker(|party| party.participant = party.participant.max(GRANTEE));
		assert_shows_what_is_granted(&facts);
	}

	#[test]
	fn what_is_allowed_names_its_basis_and_shows_something_in_the_future(facts in granted_facts()) {
		let Decision::Allowed(allowed) = facts.decide() else {
			panic!("a question made to be granted was denied: {:?}", facts.decide())
		};
		let terms = &facts.opening.as_ref().expect("there is an opening").terms;
		prop_assert_eq!(allowed.basis, Basis::Grant);
		prop_assert_eq!(allowed.policy, terms.policy);
		prop_assert!(!allowed.visible.is_empty());
		for visible in &allowed.visible {
			prop_assert!(visible.until > facts.end_now);
			// Each entry is one rule, never several put together.
			let is_one_rule = terms.rules.iter().any(|rule| {
				rule.types == visible.types &&
					rule.labels == visible.labels &&
					rule.purposes.contains(Purposes::from(facts.purpose))
			});
			prop_assert!(is_one_rule);
		}
	}
}

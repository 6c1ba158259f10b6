//! Patron and steward: what they see depends on no opening, no tag and no time.

use crate::facts::{any_facts, Facts, PATRON, STEWARD};
use medrec_primitives::{Allowed, Basis, Decision, ParticipantStatus, RelationshipStatus, Visible};
use proptest::prelude::*;

/// Whether the asker's kind may claim the purpose, with the relationship as it is.
fn may_claim(facts: &Facts) -> bool {
	let kind = facts.on_behalf_of.expect("there is an asker").kind;
	facts.purposes_table.of(kind).contains(facts.purpose.into())
}

fn relationship_status(facts: &Facts) -> Option<RelationshipStatus> {
	facts.relationship.map(|relationship| relationship.status)
}

fn status(facts: &Facts) -> ParticipantStatus {
	facts.on_behalf_of.expect("there is an asker").status
}

fn everything(basis: Basis) -> Decision {
	let visible = vec![Visible::EVERYTHING].try_into().expect("there is room for one");
	Decision::Allowed(Allowed { basis, visible, policy: None })
}

fn assert_outcome(facts: &Facts, is_allowed: bool, basis: Basis) {
	let decision = facts.decide();
	if is_allowed {
		assert_eq!(decision, everything(basis));
	} else {
		assert!(!decision.is_allowed(), "{decision:?}");
	}
}

proptest! {
	#[test]
	fn a_patron_sees_everything_also_when_suspended_and_after_the_end(mut facts in any_facts()) {
		facts.for_asker(|party| party.participant = PATRON);
		let is_allowed = matches!(
			relationship_status(&facts),
			Some(RelationshipStatus::Active | RelationshipStatus::Ended)
		) && status(&facts) != ParticipantStatus::Retired && may_claim(&facts);
		assert_outcome(&facts, is_allowed, Basis::Patron);
	}

	#[test]
	fn a_steward_sees_everything_while_both_it_and_the_relationship_are_active(
		mut facts in any_facts(),
	) {
		facts.for_asker(|party| party.participant = STEWARD);
		let is_allowed = relationship_status(&facts) == Some(RelationshipStatus::Active) &&
			status(&facts) == ParticipantStatus::Active &&
			may_claim(&facts);
		assert_outcome(&facts, is_allowed, Basis::Steward);
	}

	#[test]
	fn an_opening_gives_patron_and_steward_nothing_more_and_nothing_less(
		mut facts in any_facts(),
		patron: bool,
	) {
		facts.for_asker(|party| party.participant = if patron { PATRON } else { STEWARD });
		let with = facts.decide();
		facts.opening = None;
		facts.tag_on_chain = None;
		prop_assert_eq!(facts.decide(), with);
	}
}

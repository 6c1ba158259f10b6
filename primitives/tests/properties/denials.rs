//! One thing that does not fit denies, however well everything else does.

use crate::facts::{any_facts, granted_facts, kind, Facts, GRANTEE};
use medrec_primitives::{
	Decision, Denial, Labels, ParticipantStatus, Party, Purposes, PurposesTable, RecordTypes,
	RelationshipStatus, VOCABULARY_VERSION,
};
use proptest::{
	prelude::*,
	sample::{select, Index},
};

fn denied(reason: Denial) -> Decision {
	Decision::Denied(reason)
}

/// Set a bit of one rule that this version of the vocabulary does not know.
fn add_unknown_bit(facts: &mut Facts, rule: Index, choice: usize) {
	let opening = facts.opening.as_mut().expect("there is an opening");
	let at = rule.index(opening.terms.rules.len());
	let rule = opening.terms.rules.iter_mut().nth(at).expect("the index is within the rules");
	let unknown_types = 32 - RecordTypes::ALL.0.count_ones();
	let unknown_labels = 32 - Labels::ALL.0.count_ones();
	let unknown_purposes = 8 - Purposes::ALL.0.count_ones();
	let bit = (choice as u32) % (unknown_types + unknown_labels + unknown_purposes);
	if bit < unknown_types {
		rule.types.0 |= 1 << (RecordTypes::ALL.0.count_ones() + bit);
	} else if bit < unknown_types + unknown_labels {
		rule.labels.0 |= 1 << (Labels::ALL.0.count_ones() + bit - unknown_types);
	} else {
		let bit = bit - unknown_types - unknown_labels;
		rule.purposes.0 |= 1 << (Purposes::ALL.0.count_ones() + bit);
	}
}

proptest! {
	#[test]
	fn a_removed_tag(mut facts in granted_facts()) {
		facts.tag_on_chain = None;
		prop_assert_eq!(facts.decide(), denied(Denial::TagAbsent));
	}

	#[test]
	fn an_ended_or_only_proposed_relationship(
		mut facts in granted_facts(),
		status in select(vec![
			RelationshipStatus::Ended,
			RelationshipStatus::ProposedByPatron,
			RelationshipStatus::ProposedBySteward,
		]),
	) {
		facts.relationship.iter_mut().for_each(|relationship| relationship.status = status);
		prop_assert_eq!(facts.decide(), denied(Denial::RelationshipNotActive));
	}

	#[test]
	fn no_relationship(mut facts in granted_facts()) {
		facts.relationship = None;
		prop_assert_eq!(facts.decide(), denied(Denial::RelationshipAbsent));
	}

	#[test]
	fn a_suspended_or_retired_grantee(
		mut facts in granted_facts(),
		status in select(vec![ParticipantStatus::Suspended, ParticipantStatus::Retired]),
	) {
		facts.for_asker(|party| party.status = status);
		prop_assert_eq!(facts.decide(), denied(Denial::ParticipantNotActive));
	}

	#[test]
	fn no_such_participant(mut facts in any_facts(), actor: bool) {
		if actor {
			facts.actor = None;
		} else {
			facts.on_behalf_of = None;
		}
		prop_assert_eq!(facts.decide(), denied(Denial::ParticipantAbsent));
	}

	#[test]
	fn acting_for_another(mut facts in any_facts(), other in 100..200_u64, kind in kind()) {
		facts.actor = Some(Party { participant: other, kind, status: ParticipantStatus::Active });
		prop_assert_eq!(facts.decide(), denied(Denial::NotOnBehalf));
	}

	#[test]
	fn a_purpose_that_the_kind_may_not_claim(mut facts in granted_facts()) {
		let kind = facts.on_behalf_of.expect("there is an asker").kind;
		let others = facts.purposes_table.of(kind).0 & !Purposes::from(facts.purpose).0;
		facts.purposes_table.set(kind, Purposes(others));
		prop_assert_eq!(facts.decide(), denied(Denial::PurposeNotAllowed));
	}

	#[test]
	fn a_purpose_that_no_rule_names(mut facts in granted_facts()) {
		let purpose = Purposes::from(facts.purpose);
		facts.for_rules(|rule| rule.purposes.0 &= !purpose.0);
		prop_assert_eq!(facts.decide(), denied(Denial::PurposeNotGranted));
	}

	#[test]
	fn no_opening(mut facts in granted_facts()) {
		facts.opening = None;
		prop_assert_eq!(facts.decide(), denied(Denial::OpeningAbsent));
	}

	#[test]
	fn an_opening_for_another(mut facts in granted_facts(), grantee in any::<u64>()) {
		prop_assume!(grantee != GRANTEE);
		facts.opening.iter_mut().for_each(|opening| opening.grantee = grantee);
		prop_assert_eq!(facts.decide(), denied(Denial::OpeningNotForGrantee));
	}

	#[test]
	fn a_bit_that_the_vocabulary_does_not_know(
		mut facts in granted_facts(),
		rule in any::<Index>(),
		choice in any::<usize>(),
	) {
		add_unknown_bit(&mut facts, rule, choice);
		prop_assert_eq!(facts.decide(), denied(Denial::VocabularyUnknown));
	}

	#[test]
	fn another_version_of_the_vocabulary(mut facts in granted_facts(), version in any::<u8>()) {
		prop_assume!(version != VOCABULARY_VERSION);
		facts.opening.iter_mut().for_each(|opening| opening.terms.vocabulary = version);
		prop_assert_eq!(facts.decide(), denied(Denial::VocabularyUnknown));
	}

	#[test]
	fn a_clock_past_the_expiry_day(mut facts in granted_facts(), late in 0..1_000_000_000_u64) {
		facts.end_now = facts.tag_on_chain.expect("the tag is on the chain").end() + late;
		prop_assert_eq!(facts.decide(), denied(Denial::TagExpired));
	}

	#[test]
	fn a_clock_past_every_rule(mut facts in granted_facts()) {
		let end_now = facts.end_now;
		facts.for_rules(|rule| rule.not_after = rule.not_after.min(end_now));
		prop_assert_eq!(facts.decide(), denied(Denial::NoLongerValid));
	}

	#[test]
	fn a_block_before_every_rule(mut facts in granted_facts()) {
		let (start_now, end_now) = (facts.start_now, facts.end_now);
		facts.for_rules(|rule| {
			rule.not_before = start_now + 1;
			rule.not_after = end_now + 2;
		});
		prop_assert_eq!(facts.decide(), denied(Denial::NotYetValid));
	}

	#[test]
	fn an_empty_table_of_purposes(mut facts in any_facts()) {
		let mut empty = PurposesTable::default();
		for kind in medrec_primitives::ParticipantKind::ALL {
			empty.set(kind, Purposes::NONE);
		}
		facts.purposes_table = empty;
		prop_assert!(!facts.decide().is_allowed());
	}
}

//! Less that is granted, and more time that has passed, never show more.

use crate::facts::{
	any_facts, every_kind_of_record, granted_facts, labels, purposes, record_types, shown_until,
	Facts,
};
use medrec_primitives::{
	Labels, Moment, ParticipantKind, ParticipantStatus, Purposes, RecordTypes, RelationshipStatus,
};
use proptest::{prelude::*, sample::Index};

/// One way to allow less than before.
#[derive(Clone, Debug)]
enum Narrowing {
	KeepTypes(RecordTypes),
	KeepLabels(Labels),
	KeepPurposes(Purposes),
	BeginLater(Moment),
	EndEarlier(Moment),
	DropRule(Index),
	ExpireEarlier(u16),
	RemoveTag,
	RemoveOpening,
	EndRelationship,
	SuspendAsker,
	RetireAsker,
	AllowPurposes(Purposes),
	LetTimePass(Moment),
}

fn narrowing() -> impl Strategy<Value = Narrowing> {
	let duration = || prop_oneof![0..2_000_u64, 0..300_000_000_u64];
	prop_oneof![
		record_types().prop_map(Narrowing::KeepTypes),
		labels().prop_map(Narrowing::KeepLabels),
		purposes().prop_map(Narrowing::KeepPurposes),
		duration().prop_map(Narrowing::BeginLater),
		duration().prop_map(Narrowing::EndEarlier),
		any::<Index>().prop_map(Narrowing::DropRule),
		(0..3_u16).prop_map(Narrowing::ExpireEarlier),
		Just(Narrowing::RemoveTag),
		Just(Narrowing::RemoveOpening),
		Just(Narrowing::EndRelationship),
		Just(Narrowing::SuspendAsker),
		Just(Narrowing::RetireAsker),
		purposes().prop_map(Narrowing::AllowPurposes),
		duration().prop_map(Narrowing::LetTimePass),
	]
}

fn narrow(facts: &mut Facts, narrowing: &Narrowing) {
	match narrowing {
		Narrowing::KeepTypes(kept) => {
			facts.for_rules(|rule| rule.types = rule.types.intersection(*kept))
		},
		Narrowing::KeepLabels(kept) => {
			facts.for_rules(|rule| rule.labels = rule.labels.intersection(*kept))
		},
		Narrowing::KeepPurposes(kept) => {
			facts.for_rules(|rule| rule.purposes = rule.purposes.intersection(*kept))
		},
		Narrowing::BeginLater(by) => {
			facts.for_rules(|rule| rule.not_before = rule.not_before.saturating_add(*by))
		},
		Narrowing::EndEarlier(by) => {
			facts.for_rules(|rule| rule.not_after = rule.not_after.saturating_sub(*by))
		},
		Narrowing::DropRule(index) => {
			for opening in facts.opening.iter_mut().filter(|o| !o.terms.rules.is_empty()) {
				opening.terms.rules.remove(index.index(opening.terms.rules.len()));
			}
		},
		Narrowing::ExpireEarlier(by) => {
			facts.tag_on_chain.iter_mut().for_each(|day| day.0 = day.0.saturating_sub(*by))
		},
		Narrowing::RemoveTag => facts.tag_on_chain = None,
		Narrowing::RemoveOpening => facts.opening = None,
		Narrowing::EndRelationship => facts
			.relationship
			.iter_mut()
			.filter(|relationship| relationship.status == RelationshipStatus::Active)
			.for_each(|relationship| relationship.status = RelationshipStatus::Ended),
		Narrowing::SuspendAsker => facts.for_asker(|party| {
			if party.status == ParticipantStatus::Active {
				party.status = ParticipantStatus::Suspended;
			}
		}),
		Narrowing::RetireAsker => {
			facts.for_asker(|party| party.status = ParticipantStatus::Retired)
		},
		Narrowing::AllowPurposes(allowed) => {
			for kind in ParticipantKind::ALL {
				let narrowed = facts.purposes_table.of(kind).intersection(*allowed);
				facts.purposes_table.set(kind, narrowed);
			}
		},
		Narrowing::LetTimePass(by) => facts.end_now = facts.end_now.saturating_add(*by),
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(1_024))]

	#[test]
	fn narrower_never_shows_more(
		mut facts in prop_oneof![3 => granted_facts(), 1 => any_facts()],
		narrowings in prop::collection::vec(narrowing(), 1..4),
	) {
		let wide = facts.decide();
		for narrowing in &narrowings {
			narrow(&mut facts, narrowing);
		}
		let narrow = facts.decide();
		prop_assert!(wide.is_allowed() || !narrow.is_allowed());
		for (record_type, labels) in every_kind_of_record() {
			prop_assert!(
				shown_until(&narrow, record_type, labels) <= shown_until(&wide, record_type, labels),
				"{:?} with {:?}: {:?} became {:?}",
				record_type, labels, wide, narrow
			);
		}
	}
}

//! What is written is read back as the same, and what is too long or unknown is refused.

use crate::facts::{any_facts, expiry_day, moment, opening};
use codec::{Decode, Encode, MaxEncodedLen};
use medrec_primitives::{
	AccessRequest, Decision, ExpiryDay, Opening, ParticipantAccount, Relationship, Tag, Terms,
	MAX_RULES,
};
use proptest::prelude::*;

#[test]
fn what_lies_inline_in_the_trie_is_small_enough() {
	assert_eq!(ParticipantAccount::max_encoded_len(), 16);
	assert_eq!(ParticipantAccount::default().encode().len(), 16);
	assert_eq!(Relationship::max_encoded_len(), 27);
}

proptest! {
	#[test]
	fn openings_come_back_from_scale_and_json(opening in opening()) {
		prop_assert_eq!(Opening::decode(&mut opening.encode().as_slice()), Ok(opening.clone()));
		let json = serde_json::to_string(&opening).expect("known vocabulary is written");
		prop_assert_eq!(serde_json::from_str::<Opening>(&json).expect("it is read back"), opening);
	}

	#[test]
	fn decisions_come_back_from_scale_and_json(facts in any_facts()) {
		let decision = facts.decide();
		prop_assert_eq!(Decision::decode(&mut decision.encode().as_slice()), Ok(decision.clone()));
		let json = serde_json::to_string(&decision).expect("decisions are written");
		prop_assert_eq!(serde_json::from_str::<Decision>(&json).expect("it is read back"), decision);
	}

	#[test]
	fn requests_come_back_from_json(facts in any_facts(), relationship in any::<u64>()) {
		let request = AccessRequest {
			actor: 3,
			on_behalf_of: 3,
			relationship,
			purpose: facts.purpose,
			opening: facts.opening,
		};
		let json = serde_json::to_string(&request).expect("requests are written");
		prop_assert_eq!(
			serde_json::from_str::<AccessRequest>(&json).expect("it is read back"),
			request
		);
	}

	#[test]
	fn tags_come_back_from_text(bytes in any::<[u8; 32]>()) {
		let tag = Tag(bytes);
		prop_assert_eq!(tag.to_string().parse(), Ok(tag));
		prop_assert_eq!(tag.to_string().len(), 66);
		prop_assert!(tag.to_string()[2..].parse::<Tag>().is_err());
	}

	#[test]
	fn no_bytes_make_terms_of_more_rules_than_allowed(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
		if let Ok(terms) = Terms::decode(&mut bytes.as_slice()) {
			prop_assert!(terms.rules.len() <= MAX_RULES as usize);
		}
	}

	#[test]
	fn a_day_begins_where_the_one_before_it_ends(day in 1..u16::MAX, moment in moment()) {
		let start = ExpiryDay(day - 1).end();
		prop_assert_eq!(ExpiryDay::of(start), ExpiryDay(day));
		prop_assert_eq!(ExpiryDay::of(start - 1), ExpiryDay(day - 1));
		prop_assert!(ExpiryDay(day - 1).is_over(start));
		prop_assert!(!ExpiryDay(day - 1).is_over(start - 1));
		// A moment is within its own day, unless it lies after the last day that there is.
		let own = ExpiryDay::of(moment);
		prop_assert!(!own.is_over(moment) || own == ExpiryDay(u16::MAX));
	}

	#[test]
	fn an_earlier_day_is_over_earlier(one in expiry_day(), other in expiry_day(), now in moment()) {
		prop_assert!(one.min(other).is_over(now) || !one.max(other).is_over(now));
	}
}

#[test]
fn one_rule_too_many_is_refused() {
	let mut terms = Terms { vocabulary: 1, rules: Default::default(), policy: None };
	let rule = medrec_primitives::Rule {
		types: Default::default(),
		labels: Default::default(),
		purposes: Default::default(),
		not_before: 0,
		not_after: 1,
	};
	for _ in 0..MAX_RULES {
		terms.rules.try_push(rule).expect("there is room for MAX_RULES");
	}
	assert_eq!(Terms::decode(&mut terms.encode().as_slice()), Ok(terms.clone()));
	// The same bytes with one rule more.
	let rules = vec![rule; MAX_RULES as usize + 1];
	let bytes = (1_u8, rules.clone(), None::<[u8; 32]>).encode();
	assert!(Terms::decode(&mut bytes.as_slice()).is_err());

	let mut json = serde_json::to_value(&terms).expect("terms are written");
	json["rules"] = serde_json::to_value(rules).expect("rules are written");
	assert!(serde_json::from_value::<Terms>(json).is_err());
}

//! How much of a patient's records an access decision lets through.

use medrec_primitives::{Allowed, Basis, Labels, RecordTypes, Visible};
use medrec_protocol::policy::Narrowing;
use std::sync::Arc;

/// What may be seen of one patient's records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Visibility {
	/// All, also what could not be mapped to record types: patron and steward.
	Everything,
	/// What at least one of these rules shows on its own: grantees.
	Rules(Vec<Visible>),
	/// What at least one of these rules shows on its own, as far as it fits the policy too.
	Narrowed(Vec<Visible>, Arc<Narrowing>),
}

impl Visibility {
	/// What a decision lets through. Of a grant with a policy, `policy` is what that leaves; without it
	/// the grant shows nothing, because who does not have a policy must deny.
	pub fn of(allowed: &Allowed, policy: Option<Arc<Narrowing>>) -> Self {
		match (allowed.basis, allowed.policy, policy) {
			(Basis::Patron | Basis::Steward, None, None) => Self::Everything,
			(Basis::Grant, None, None) => Self::Rules(allowed.visible.to_vec()),
			(Basis::Grant, Some(_), Some(policy)) => {
				Self::Narrowed(allowed.visible.to_vec(), policy)
			},
			_ => Self::Rules(Vec::new()),
		}
	}

	/// The same without records of these types. Without any, nothing changes; with some, what could not be
	/// mapped to record types is left out too, because it may be of them.
	pub fn without(self, held: RecordTypes) -> Self {
		if held.is_empty() {
			return self;
		}
		let less = |rule: Visible| Visible { types: RecordTypes(rule.types.0 & !held.0), ..rule };
		let all_less = |rules: Vec<Visible>| rules.into_iter().map(less).collect();
		match self {
			Self::Everything => Self::Rules(vec![less(Visible::EVERYTHING)]),
			Self::Rules(rules) => Self::Rules(all_less(rules)),
			Self::Narrowed(rules, policy) => Self::Narrowed(all_less(rules), policy),
		}
	}

	/// The rules of which one has to show a record; `None` if all may be seen.
	pub fn rules(&self) -> Option<&[Visible]> {
		match self {
			Self::Everything => None,
			Self::Rules(rules) | Self::Narrowed(rules, _) => Some(rules),
		}
	}

	/// What a record has to fit beside the rules, if there is a policy.
	pub fn narrowing(&self) -> Option<&Narrowing> {
		match self {
			Self::Everything | Self::Rules(_) => None,
			Self::Narrowed(_, narrowing) => Some(narrowing),
		}
	}

	/// Whether a record of these types and labels may be seen. Whether it fits the policy
	/// ([`fits`](crate::policies::fits)) is asked only where there is one and a rule shows the record.
	pub fn shows(
		&self,
		record_types: RecordTypes,
		labels: Labels,
		fits: impl FnOnce(&Narrowing) -> bool,
	) -> bool {
		let rules_show = self
			.rules()
			.is_none_or(|rules| rules.iter().any(|rule| rule.shows(record_types, labels)));
		rules_show && self.narrowing().is_none_or(fits)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn unasked(_: &Narrowing) -> bool {
		panic!("there is no policy")
	}

	#[test]
	fn what_is_held_is_not_seen_nor_what_may_be_of_it() {
		let (medications, conditions) = (RecordTypes::MEDICATIONS, RecordTypes::CONDITIONS);
		let all = Visibility::Everything;
		assert_eq!(all.clone().without(RecordTypes::NONE), all);
		let left = all.without(medications);
		assert!(left.shows(conditions, Labels::ALL, unasked));
		assert!(!left.shows(medications, Labels::NONE, unasked));
		assert!(!left.shows(medications.union(conditions), Labels::NONE, unasked));
		assert!(!left.shows(RecordTypes::NONE, Labels::NONE, unasked), "not mapped");
		let rule = Visible { types: medications, labels: Labels::NONE, until: 9 };
		let none = Visibility::Rules(vec![rule]).without(RecordTypes::ALL);
		assert!(!none.shows(medications, Labels::NONE, unasked));
		assert!(!none.shows(RecordTypes::NONE, Labels::NONE, unasked));
	}
}

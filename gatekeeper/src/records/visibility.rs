//! How much of a patient's records an access decision lets through.

use medrec_primitives::{Allowed, Basis, Labels, RecordTypes, Visible};

/// What may be seen of one patient's records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Visibility {
	/// All, also what could not be mapped to record types: patron and steward.
	Everything,
	/// What at least one of these rules shows on its own: grantees.
	Rules(Vec<Visible>),
}

impl Visibility {
	/// What a decision lets through. A grant with a finer policy shows nothing: this version knows no
	/// policies, and who does not have a policy must deny.
	pub fn of(allowed: &Allowed) -> Self {
		match (allowed.basis, allowed.policy) {
			(Basis::Patron | Basis::Steward, None) => Self::Everything,
			(Basis::Grant, None) => Self::Rules(allowed.visible.to_vec()),
			(_, Some(_)) => Self::Rules(Vec::new()),
		}
	}

	/// The same without records of these types. Without any, nothing changes; with some, what could not be
	/// mapped to record types is left out too, because it may be of them.
	pub fn without(self, held: RecordTypes) -> Self {
		if held.is_empty() {
			return self;
		}
		let less = |rule: Visible| Visible { types: RecordTypes(rule.types.0 & !held.0), ..rule };
		Self::Rules(match self {
			Self::Everything => vec![less(Visible::EVERYTHING)],
			Self::Rules(rules) => rules.into_iter().map(less).collect(),
		})
	}

	/// Whether a resource of these types and labels may be seen.
	pub fn shows(&self, record_types: RecordTypes, labels: Labels) -> bool {
		match self {
			Self::Everything => true,
			Self::Rules(rules) => rules.iter().any(|rule| rule.shows(record_types, labels)),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn what_is_held_is_not_seen_nor_what_may_be_of_it() {
		let (medications, conditions) = (RecordTypes::MEDICATIONS, RecordTypes::CONDITIONS);
		let all = Visibility::Everything;
		assert_eq!(all.clone().without(RecordTypes::NONE), all);
		let left = all.without(medications);
		assert!(left.shows(conditions, Labels::ALL));
		assert!(!left.shows(medications, Labels::NONE));
		assert!(!left.shows(medications.union(conditions), Labels::NONE));
		assert!(!left.shows(RecordTypes::NONE, Labels::NONE), "not mapped");
		let rule = Visible { types: medications, labels: Labels::NONE, until: 9 };
		let none = Visibility::Rules(vec![rule]).without(RecordTypes::ALL);
		assert!(!none.shows(medications, Labels::NONE));
		assert!(!none.shows(RecordTypes::NONE, Labels::NONE));
	}
}

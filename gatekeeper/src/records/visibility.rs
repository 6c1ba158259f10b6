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

	/// Whether a resource of these types and labels may be seen.
	pub fn shows(&self, record_types: RecordTypes, labels: Labels) -> bool {
		match self {
			Self::Everything => true,
			Self::Rules(rules) => rules.iter().any(|rule| rule.shows(record_types, labels)),
		}
	}
}

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

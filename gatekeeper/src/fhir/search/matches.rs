//! What a search means, for one resource. Every backend finds what this says.

use super::{Condition, SearchQuery, SortKey, Token};
use crate::fhir::{
	date::{Interval, Millis},
	index::Index,
};

/// A resource as a search sees it.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
	/// Its logical id.
	pub id: &'a str,
	/// Logical id of the patient whose record it is.
	pub patient: &'a str,
	/// When it was last updated, where that is known. What has no such time matches no condition on it,
	/// and counts as the earliest where it is sorted by.
	pub last_updated: Option<Millis>,
	/// Its codes and times.
	pub index: &'a Index,
}

impl SearchQuery {
	/// Whether a resource of the type that is searched matches. Whether it may be seen is another
	/// question.
	pub fn matches(&self, candidate: Candidate) -> bool {
		self.conditions().iter().all(|condition| condition.holds(candidate))
	}

	/// The time of a resource by which this search is sorted.
	pub fn sort_key(&self, candidate: Candidate) -> Millis {
		match self.sort().key {
			SortKey::Date => candidate.index.sort_date(),
			SortKey::LastUpdated => candidate.last_updated.unwrap_or(Millis::MIN),
		}
	}
}

impl Condition {
	fn holds(&self, candidate: Candidate) -> bool {
		match self {
			Self::Id(ids) => ids.iter().any(|id| id == candidate.id),
			Self::Patient(patients) => patients.iter().any(|patient| patient == candidate.patient),
			Self::Token { element, any } => candidate
				.index
				.tokens
				.iter()
				.filter(|found| found.element == *element)
				.any(|found| any.iter().any(|token| token.is(&found.system, &found.code))),
			Self::Date(any) => candidate
				.index
				.dates
				.iter()
				.any(|date| any.iter().any(|(prefix, asked)| prefix.holds(*date, *asked))),
			Self::LastUpdated(any) => candidate.last_updated.is_some_and(|from| {
				let moment = Interval { from, to: from.saturating_add(1) };
				any.iter().any(|(prefix, asked)| prefix.holds(moment, *asked))
			}),
		}
	}
}

impl Token {
	/// Whether it means this code.
	fn is(&self, system: &str, code: &str) -> bool {
		match self {
			Self::Code(asked) => asked == code,
			Self::SystemAndCode(of, asked) => of == system && asked == code,
			Self::System(of) => of == system,
		}
	}
}

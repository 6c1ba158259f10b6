//! Whether a resource meets the conditions of a search: for backends that filter in this program. The
//! same conditions as SQL are in [`super::sqlite`].

use super::StoredResource;
use crate::fhir::{
	date::{Interval, Prefix},
	index::{Index, IndexedToken},
	search::{Condition, SearchQuery, Token},
};

/// Whether all conditions of a search hold for a resource and what is indexed of it.
pub(super) fn matches(query: &SearchQuery, resource: &StoredResource, index: &Index) -> bool {
	query.conditions().iter().all(|condition| match condition {
		Condition::Id(ids) => ids.contains(&resource.id),
		Condition::Patient(patients) => {
			patients.iter().any(|patient| patient == resource.subject.as_str())
		},
		Condition::Token { element, any } => index
			.tokens
			.iter()
			.any(|found| found.element == *element && any.iter().any(|token| is(token, found))),
		Condition::Date(any) => index
			.dates
			.iter()
			.any(|date| any.iter().any(|(prefix, asked)| compares(*prefix, *date, *asked))),
	})
}

fn is(token: &Token, found: &IndexedToken) -> bool {
	match token {
		Token::Code(code) => found.code == *code,
		Token::SystemAndCode(system, code) => found.system == *system && found.code == *code,
		Token::System(system) => found.system == *system,
	}
}

fn compares(prefix: Prefix, date: Interval, asked: Interval) -> bool {
	let contained = asked.from <= date.from && date.to <= asked.to;
	let before = date.from < asked.from;
	let after = date.to > asked.to;
	match prefix {
		Prefix::Equal => contained,
		Prefix::NotEqual => !contained,
		Prefix::Less => before,
		Prefix::Greater => after,
		Prefix::LessOrEqual => before || contained,
		Prefix::GreaterOrEqual => after || contained,
		Prefix::StartsAfter => date.from >= asked.to,
		Prefix::EndsBefore => date.to <= asked.from,
		Prefix::Approximately => date.from < asked.to && date.to > asked.from,
	}
}

//! The stretch of time that a search asks for, so that a statement need not yield what lies outside.
//! What it yields is filtered all the same.

use crate::fhir::{
	date::{Interval, Millis, Prefix},
	search::{Condition, SearchQuery},
};
use time::OffsetDateTime;

/// Half-open; records that touch it may match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
	since: Millis,
	until: Millis,
}

impl Window {
	/// All of time.
	pub const ALWAYS: Self = Self { since: Millis::MIN, until: Millis::MAX };

	/// What a search asks for.
	pub fn of(query: &SearchQuery) -> Self {
		query.conditions().iter().fold(Self::ALWAYS, |window, condition| match condition {
			Condition::Date(any) => {
				let any = any.iter().map(|(prefix, asked)| Self::of_one(*prefix, *asked));
				match any.reduce(Self::hull) {
					Some(asked) => window.intersection(asked),
					None => window,
				}
			},
			_ => window,
		})
	}

	/// Where the records lie that compare so with an interval.
	fn of_one(prefix: Prefix, asked: Interval) -> Self {
		let Interval { from, to } = asked;
		let (since, until) = match prefix {
			Prefix::Equal | Prefix::Approximately => (from, to),
			Prefix::NotEqual => (Millis::MIN, Millis::MAX),
			Prefix::Less | Prefix::EndsBefore => (Millis::MIN, from),
			Prefix::LessOrEqual => (Millis::MIN, to),
			Prefix::Greater | Prefix::StartsAfter => (to, Millis::MAX),
			Prefix::GreaterOrEqual => (from, Millis::MAX),
		};
		Self { since, until }
	}

	fn hull(self, other: Self) -> Self {
		Self { since: self.since.min(other.since), until: self.until.max(other.until) }
	}

	fn intersection(self, other: Self) -> Self {
		Self { since: self.since.max(other.since), until: self.until.min(other.until) }
	}

	/// First moment; none if it is open.
	pub fn since(self) -> Option<OffsetDateTime> {
		moment(self.since)
	}

	/// First moment after it; none if it is open.
	pub fn until(self) -> Option<OffsetDateTime> {
		moment(self.until)
	}
}

/// Moments that a database has no name for bound nothing.
fn moment(millis: Millis) -> Option<OffsetDateTime> {
	OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).ok()
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::fhir::ResourceType;

	fn window(query: &str) -> (Option<i64>, Option<i64>) {
		let query = SearchQuery::parse(ResourceType::Observation, query, 0).unwrap();
		let window = Window::of(&query);
		let seconds = |moment: Option<OffsetDateTime>| moment.map(OffsetDateTime::unix_timestamp);
		(seconds(window.since()), seconds(window.until()))
	}

	#[test]
	fn a_window_holds_all_that_can_match() {
		const DAY: i64 = 86_400;
		for (query, expected) in [
			("code=x", (None, None)),
			("date=1970-01-02", (Some(DAY), Some(2 * DAY))),
			("date=ne1970-01-02", (None, None)),
			("date=lt1970-01-02", (None, Some(DAY))),
			("date=le1970-01-02", (None, Some(2 * DAY))),
			("date=gt1970-01-02", (Some(2 * DAY), None)),
			("date=ge1970-01-02", (Some(DAY), None)),
			("date=sa1970-01-02", (Some(2 * DAY), None)),
			("date=eb1970-01-02", (None, Some(DAY))),
			("date=1970-01-02,1970-01-05", (Some(DAY), Some(5 * DAY))),
			("date=ge1970-01-02&date=lt1970-01-05", (Some(DAY), Some(4 * DAY))),
		] {
			assert_eq!(window(query), expected, "{query}");
		}
	}
}

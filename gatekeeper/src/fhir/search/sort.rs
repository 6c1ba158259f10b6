//! The order of a search.

use super::{rejection::invalid, Meaning, Rejection, SearchParameter, SORT};
use crate::fhir::{date::Millis, ResourceType};
use std::cmp::Ordering;

/// By what a search is sorted; of equal resources, by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
	/// The time that is compared.
	pub key: SortKey,
	/// Whether the earliest comes first.
	pub ascending: bool,
}

/// A time of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortKey {
	/// When it happened: [`crate::fhir::index::Index::sort_date`]. What has no time counts as the
	/// earliest.
	Date,
	/// When it was last updated.
	LastUpdated,
}

/// The latest first.
impl Default for Sort {
	fn default() -> Self {
		Self { key: SortKey::Date, ascending: false }
	}
}

impl Sort {
	pub(super) fn parse(resource_type: ResourceType, value: &str) -> Result<Self, Rejection> {
		let (name, ascending) = match value.strip_prefix('-') {
			Some(name) => (name, false),
			None => (value, true),
		};
		let meaning = SearchParameter::of(resource_type)
			.find(|parameter| parameter.name == name)
			.map(|parameter| parameter.meaning);
		let key = match meaning {
			Some(Meaning::Date) => SortKey::Date,
			Some(Meaning::LastUpdated) => SortKey::LastUpdated,
			_ => {
				let known = SearchParameter::of(resource_type)
					.filter(|parameter| {
						matches!(parameter.meaning, Meaning::Date | Meaning::LastUpdated)
					})
					.map(|parameter| format!("{0}, -{0}", parameter.name))
					.collect::<Vec<_>>()
					.join(", ");
				return Err(invalid(SORT, format_args!("{resource_type} is sorted by: {known}")));
			},
		};
		Ok(Self { key, ascending })
	}

	/// A number by which resources of these times are sorted, the smallest first.
	pub const fn rank(self, time: Millis) -> Millis {
		match self.ascending {
			true => time,
			// Turns the order of all numbers around, and none overflows.
			false => !time,
		}
	}

	/// How two resources follow each other, each by its time and id.
	pub fn order(self, one: (Millis, &str), other: (Millis, &str)) -> Ordering {
		(self.rank(one.0), one.1).cmp(&(self.rank(other.0), other.1))
	}
}

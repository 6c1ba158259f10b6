//! A page of a search, made from resources that come one after the other in any order.

use super::{
	candidate::Candidate, matching::matches, RecordError, SearchPage, StoredResource, Visibility,
	MAX_PAGE_BYTES,
};
use crate::fhir::{date::Millis, search::SearchQuery};
use std::{cmp::Reverse, collections::BTreeMap, collections::HashSet};

/// Why a resource that is there more than once is not served.
pub(super) const CAME_TWICE: &str = "it came twice; a join that multiplies rows does that";

/// Place in the order of searches: the most recent first, then by id.
type Place = (Reverse<Millis>, String);

/// Keeps what belongs on a page and counts the rest. At no time does it hold more than
/// [`SearchQuery::count`] resources and [`MAX_PAGE_BYTES`], one resource aside.
pub(super) struct PageBuilder<'a> {
	visibility: &'a Visibility,
	query: &'a SearchQuery,
	total: u64,
	kept: BTreeMap<Place, StoredResource>,
	bytes: usize,
	/// The first place that is on a later page.
	end: Option<Place>,
}

impl<'a> PageBuilder<'a> {
	pub fn new(visibility: &'a Visibility, query: &'a SearchQuery) -> Self {
		let kept = BTreeMap::new();
		Self { visibility, query, total: 0, kept, bytes: 0, end: None }
	}

	/// Consider a resource of the patient. One that may not be seen leaves no trace.
	pub fn offer(&mut self, candidate: Candidate) -> Result<(), RecordError> {
		let Candidate { resource, index } = candidate;
		if !self.visibility.shows(resource.record_types, resource.labels)
			|| !matches(self.query, &resource, &index)
		{
			return Ok(());
		}
		self.total = self.total.saturating_add(1);
		let place = (Reverse(index.sort_date()), resource.id.clone());
		let before = self
			.query
			.after()
			.is_some_and(|after| (&place.0, &place.1) <= (&Reverse(after.date), &after.id));
		if before || self.query.count() == 0 || self.end.as_ref().is_some_and(|end| place >= *end) {
			return Ok(());
		}
		self.bytes = self.bytes.saturating_add(resource.json.get().len());
		if let Some(twin) = self.kept.insert(place, resource) {
			return Err(came_twice(&twin));
		}
		while self.kept.len() > usize::from(self.query.count())
			|| (self.bytes > MAX_PAGE_BYTES && self.kept.len() > 1)
		{
			if let Some((place, resource)) = self.kept.pop_last() {
				self.bytes = self.bytes.saturating_sub(resource.json.get().len());
				self.end = Some(place);
			}
		}
		Ok(())
	}

	/// The page, when everything was offered.
	pub fn finish(self) -> Result<SearchPage, RecordError> {
		let last = self.kept.last_key_value().filter(|_| self.end.is_some());
		let next = last.map(|((Reverse(date), id), _)| self.query.cursor(*date, id));
		let mut ids = HashSet::new();
		if let Some(twin) = self.kept.values().find(|resource| !ids.insert(&resource.id)) {
			return Err(came_twice(twin));
		}
		let resources = self.kept.into_values().collect();
		Ok(SearchPage { total: self.total, resources, next })
	}
}

fn came_twice(resource: &StoredResource) -> RecordError {
	RecordError::Inconsistent {
		resource: format!("{}/{}", resource.resource_type, resource.id),
		reason: CAME_TWICE,
	}
}

//! A page of a search, made from resources that come one after the other in any order.

use super::{
	candidate::Candidate, RecordError, SearchPage, StoredResource, Visibility, MAX_PAGE_BYTES,
};
use crate::fhir::{date::Millis, search::SearchQuery};
use std::collections::{BTreeMap, HashSet};

/// Why a resource that is there more than once is not served.
pub(super) const CAME_TWICE: &str = "it came twice; a join that multiplies rows does that";

/// Place in the order of a search: by [`crate::fhir::search::Sort::rank`], then by id.
type Place = (Millis, String);

/// What is on the page: a resource and the time by which it is sorted.
type Kept = (Millis, StoredResource);

/// Keeps what belongs on a page and counts the rest. At no time does it hold more than
/// [`SearchQuery::count`] resources and [`MAX_PAGE_BYTES`], one resource aside.
pub(super) struct PageBuilder<'a> {
	visibility: &'a Visibility,
	query: &'a SearchQuery,
	total: u64,
	kept: BTreeMap<Place, Kept>,
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
		let searched = candidate.searched();
		if !candidate.is_shown(self.visibility) || !self.query.matches(searched) {
			return Ok(());
		}
		self.total = self.total.saturating_add(1);
		let (sort, time) = (self.query.sort(), self.query.sort_key(searched));
		let resource = candidate.resource;
		let place = (sort.rank(time), resource.id.clone());
		let before = self
			.query
			.after()
			.is_some_and(|after| sort.order((time, &resource.id), (after.date, &after.id)).is_le());
		if before || self.query.count() == 0 || self.end.as_ref().is_some_and(|end| place >= *end) {
			return Ok(());
		}
		self.bytes = self.bytes.saturating_add(resource.json.get().len());
		if let Some((_, twin)) = self.kept.insert(place, (time, resource)) {
			return Err(came_twice(&twin));
		}
		while self.kept.len() > usize::from(self.query.count())
			|| (self.bytes > MAX_PAGE_BYTES && self.kept.len() > 1)
		{
			if let Some((place, (_, resource))) = self.kept.pop_last() {
				self.bytes = self.bytes.saturating_sub(resource.json.get().len());
				self.end = Some(place);
			}
		}
		Ok(())
	}

	/// The page, when everything was offered.
	pub fn finish(self) -> Result<SearchPage, RecordError> {
		let last = self.kept.values().last().filter(|_| self.end.is_some());
		let next = last.map(|(time, resource)| self.query.cursor(*time, &resource.id));
		let mut ids = HashSet::new();
		if let Some((_, twin)) = self.kept.values().find(|(_, resource)| !ids.insert(&resource.id))
		{
			return Err(came_twice(twin));
		}
		let resources = self.kept.into_values().map(|(_, resource)| resource).collect();
		Ok(SearchPage { total: self.total, resources, next })
	}
}

fn came_twice(resource: &StoredResource) -> RecordError {
	RecordError::Inconsistent {
		resource: format!("{}/{}", resource.resource_type, resource.id),
		reason: CAME_TWICE,
	}
}

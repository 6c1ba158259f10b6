//! `$everything`, over whatever backend: the searches of all types, one after the other.

use super::{LocalPatientId, RecordBackend, RecordError, StoredResource, Visibility};
use crate::fhir::search::{EverythingQuery, Place};

/// Bytes of JSON after which no further type is begun on a page.
const ENOUGH_BYTES: usize = 8 * 1024 * 1024;

/// One page of `$everything`.
#[derive(Clone, Debug)]
pub struct EverythingPage {
	/// What is on it: type by type, the most recent first.
	pub resources: Vec<StoredResource>,
	/// Where the next page begins, if there is one.
	pub next: Option<Place>,
}

/// A page of all that a patient has and that may be seen. It ends where it is full, where a backend
/// ends its own page, or after a type with which it is long enough.
pub async fn everything(
	records: &dyn RecordBackend,
	patient: &LocalPatientId,
	visibility: &Visibility,
	query: &EverythingQuery,
) -> Result<EverythingPage, RecordError> {
	let mut resources: Vec<StoredResource> = Vec::new();
	let mut place = query.start().clone();
	loop {
		let bytes = resources.iter().map(|resource| resource.json.get().len()).sum::<usize>();
		let taken = u16::try_from(resources.len()).unwrap_or(u16::MAX);
		let room = match bytes < ENOUGH_BYTES {
			true => query.count().saturating_sub(taken),
			false => 0,
		};
		// Without room only the total is asked: whether there is anything for another page.
		let page = records.search(patient, visibility, &query.search(&place, room)).await?;
		if room == 0 && page.total > 0 {
			return Ok(EverythingPage { resources, next: Some(place) });
		}
		resources.extend(page.resources);
		let next = page.next.and_then(|cursor| query.place_after(place.resource_type, &cursor));
		if next.is_some() {
			return Ok(EverythingPage { resources, next });
		}
		match query.type_after(place.resource_type) {
			Some(resource_type) => place = Place { resource_type, after: None },
			None => return Ok(EverythingPage { resources, next: None }),
		}
	}
}

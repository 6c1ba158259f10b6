//! Rows as they come from the database, and the check that they are what was asked for.

use crate::{
	fhir::{
		index::Index,
		reference::Reference,
		search::{Sort, SortKey},
		ResourceType,
	},
	policies::fits,
	records::{LocalPatientId, RecordError, StoredResource, Visibility},
};
use medrec_primitives::{Labels, RecordTypes};
use medrec_protocol::policy::Narrowing;
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use sqlx::{sqlite::SqliteRow, Row};
use time::OffsetDateTime;

/// What [`FetchedRow::of`] reads.
pub(super) const COLUMNS: &str =
	"type, id, patient, version, last_updated, sort_date, record_types, labels, digest, json";

pub(super) struct FetchedRow {
	pub id: String,
	pub json: String,
	sort_date: i64,
	resource_type: String,
	patient: LocalPatientId,
	version: String,
	last_updated: i64,
	record_types: i64,
	labels: i64,
	digest: Vec<u8>,
}

/// What of a resource says whose it is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head<'a> {
	resource_type: String,
	id: Option<String>,
	#[serde(borrow)]
	subject: Option<&'a RawValue>,
	#[serde(borrow)]
	patient: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Subject {
	reference: Option<String>,
}

impl FetchedRow {
	pub fn of(row: &SqliteRow) -> Result<Self, RecordError> {
		Ok(Self {
			resource_type: row.try_get(0)?,
			id: row.try_get(1)?,
			patient: patient(row, 2)?,
			version: row.try_get(3)?,
			last_updated: row.try_get(4)?,
			sort_date: row.try_get(5)?,
			record_types: row.try_get(6)?,
			labels: row.try_get(7)?,
			digest: row.try_get(8)?,
			json: row.try_get(9)?,
		})
	}

	/// The time that a search is sorted by.
	pub fn sort_key(&self, sort: Sort) -> i64 {
		match sort.key {
			SortKey::Date => self.sort_date,
			SortKey::LastUpdated => self.last_updated,
		}
	}

	/// The resource, if it is what was asked for: its type, its patient, visible, and the very text
	/// that was classified. Whatever the statement that found it got wrong ends here.
	pub fn checked(
		self,
		patient: &LocalPatientId,
		visibility: &Visibility,
		resource_type: ResourceType,
	) -> Result<StoredResource, RecordError> {
		let name = format!("{}/{}", self.resource_type, self.id);
		let inconsistent = |reason| RecordError::Inconsistent { resource: name.clone(), reason };
		if self.resource_type != resource_type.name() {
			return Err(inconsistent("it is of another type"));
		}
		if self.patient != *patient {
			return Err(inconsistent("it is another patient's"));
		}
		if Sha256::digest(&self.json)[..] != self.digest[..] {
			return Err(inconsistent("its text has changed since it was imported"));
		}
		let head: Head = serde_json::from_str(&self.json)
			.map_err(|_| inconsistent("its text is not a FHIR resource"))?;
		if head.resource_type != self.resource_type || head.id.is_some_and(|id| id != self.id) {
			return Err(inconsistent("its text is another resource"));
		}
		let subject = match resource_type.subject_element() {
			Some("patient") => head.patient,
			Some(_) => head.subject,
			None => None,
		};
		let subject = subject
			.map(|subject| serde_json::from_str::<Subject>(subject.get()))
			.transpose()
			.map_err(|_| inconsistent("its subject is not a reference"))?
			.and_then(|subject| subject.reference);
		// What is not `Patient/id` was resolved when the resource was imported, inside its Bundle.
		if let Some(Reference::Relative(target)) = subject.as_deref().and_then(Reference::parse) {
			if target.resource_type == "Patient" && target.id != patient.as_str() {
				return Err(inconsistent("its text is about another patient"));
			}
		}
		if resource_type == ResourceType::Patient && self.id != patient.as_str() {
			return Err(inconsistent("it is another patient"));
		}
		let bits = |value: i64| u32::try_from(value).ok();
		let (Some(record_types), Some(labels)) = (bits(self.record_types), bits(self.labels))
		else {
			return Err(inconsistent("its types or labels are not numbers of this version"));
		};
		let (record_types, labels) = (RecordTypes(record_types), Labels(labels));
		let fits = |narrowing: &Narrowing| self.fits(narrowing, resource_type);
		if !visibility.shows(record_types, labels, fits) {
			return Err(inconsistent("it may not be seen"));
		}
		let last_updated =
			OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.last_updated) * 1_000_000)
				.map_err(|_| inconsistent("its time of last update is out of range"))?;
		let json = RawValue::from_string(self.json).map_err(|_| RecordError::Inconsistent {
			resource: name.clone(),
			reason: "its text is not JSON",
		})?;
		Ok(StoredResource {
			resource_type,
			id: self.id,
			version: self.version,
			last_updated: Some(last_updated),
			record_types,
			labels,
			subject: self.patient,
			json,
		})
	}
}

impl FetchedRow {
	/// Whether its text, indexed anew, fits a policy.
	fn fits(&self, narrowing: &Narrowing, resource_type: ResourceType) -> bool {
		let index = serde_json::from_str(&self.json)
			.ok()
			.and_then(|resource| Index::of(resource_type, &resource).ok());
		index.is_some_and(|index| fits(narrowing, resource_type, &self.id, &index))
	}
}

/// The patient in this column.
pub(super) fn patient(row: &SqliteRow, column: usize) -> Result<LocalPatientId, RecordError> {
	let text: String = row.try_get(column)?;
	text.try_into().map_err(|_| RecordError::Inconsistent {
		resource: "a resource".into(),
		reason: "its patient is no FHIR id",
	})
}

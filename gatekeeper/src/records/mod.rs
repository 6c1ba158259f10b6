//! The provider's records: what the server asks of them, whatever database they lie in.
//!
//! A backend filters by patient and by what may be seen before it counts, sorts and pages, and checks
//! the subject of every row again after fetching. Resources are kept and served as their original
//! JSON text: decimals keep their digits, unknown elements survive.

mod patient;
mod sqlite;
mod visibility;

pub use patient::{InvalidLocalPatientId, LocalPatientId};
pub use sqlite::{
	Batch, NewRecord, PatientCount, RecordsWriter, SqliteRecords, Stored, StoredText,
	SupportingMedication, VocabularyDigest,
};
pub use visibility::Visibility;

use crate::fhir::{search::SearchQuery, ResourceType};
use futures::future::BoxFuture;
use medrec_primitives::{Labels, RecordTypes};
use serde_json::value::RawValue;
use time::OffsetDateTime;

/// A resource as it lies in the provider's database.
#[derive(Clone, Debug)]
pub struct StoredResource {
	/// Type of the resource.
	pub resource_type: ResourceType,
	/// Logical id, unique among the resources of its type.
	pub id: String,
	/// `meta.versionId`, or else the first 16 hexadecimal digits of the text's SHA-256: changes
	/// exactly when the text does.
	pub version: String,
	/// `meta.lastUpdated`, or else the time of its import.
	pub last_updated: OffsetDateTime,
	/// Record types of the resource and what it contains; empty if one could not be mapped, which is
	/// what patron and steward alone see.
	pub record_types: RecordTypes,
	/// Sensitivity labels of the resource, of what it contains and of the drug that it names.
	pub labels: Labels,
	/// Whose record it is.
	pub subject: LocalPatientId,
	/// The original text.
	pub json: Box<RawValue>,
}

/// One page of a search.
#[derive(Clone, Debug)]
pub struct SearchPage {
	/// Number of matches that the asker may see, on all pages.
	pub total: u64,
	/// Matches on this page, the most recent first.
	pub resources: Vec<StoredResource>,
	/// Value of the cursor parameter that leads to the next page, if there is one.
	pub next: Option<String>,
}

/// Why records could not be had.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
	/// The database could not be opened.
	#[error("cannot open the records at {path}: {reason}")]
	Open {
		/// Where.
		path: String,
		/// Why, and what to do.
		reason: String,
	},
	/// The database does not answer; asking again later may help.
	#[error("the records database does not answer: {0}")]
	Unavailable(#[from] sqlx::Error),
	/// The vocabulary was changed, or the rules by which it is used, and the records still have the
	/// record types and labels of before.
	#[error(
		"the records are classified by another vocabulary, or not completely; run \
		 `medrec-gatekeeper import --reclassify`, and restart a server that runs"
	)]
	OtherVocabulary,
	/// A row does not fit what was asked for. Nothing of it is served.
	#[error("{resource} in the records database does not fit its row: {reason}")]
	Inconsistent {
		/// Type and id of the resource.
		resource: String,
		/// What does not fit.
		reason: &'static str,
	},
}

/// Where a provider's records lie. Read-only.
pub trait RecordBackend: Send + Sync {
	/// The resource of this type and id, if it is this patient's and may be seen. Whether it does not
	/// exist, is another patient's or may not be seen makes no difference to the answer.
	fn read<'a>(
		&'a self,
		patient: &'a LocalPatientId,
		visibility: &'a Visibility,
		resource_type: ResourceType,
		id: &'a str,
	) -> BoxFuture<'a, Result<Option<StoredResource>, RecordError>>;

	/// One page of this patient's resources that match and may be seen.
	fn search<'a>(
		&'a self,
		patient: &'a LocalPatientId,
		visibility: &'a Visibility,
		query: &'a SearchQuery,
	) -> BoxFuture<'a, Result<SearchPage, RecordError>>;

	/// Whether there is a Patient resource of this id: asked before an enrolment code is issued.
	fn knows<'a>(&'a self, patient: &'a LocalPatientId)
		-> BoxFuture<'a, Result<bool, RecordError>>;

	/// Something that grows with every change of this patient's records, for example the time of the last;
	/// `None` if she has no records, or the backend cannot tell.
	fn last_change<'a>(
		&'a self,
		_patient: &'a LocalPatientId,
	) -> BoxFuture<'a, Result<Option<i64>, RecordError>> {
		Box::pin(async { Ok(None) })
	}

	/// Whether the database answers, and grantees can be served from it: for readiness probes.
	fn check(&self) -> BoxFuture<'_, Result<(), RecordError>>;
}

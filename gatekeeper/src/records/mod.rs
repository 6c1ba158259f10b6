//! The provider's records: what the server asks of them, whatever database they lie in.
//!
//! A backend filters by patient and by what may be seen before it counts, sorts and pages, and checks
//! the subject of every row again after fetching. Resources are kept and served as their original
//! JSON text: decimals keep their digits, unknown elements survive.

mod candidate;
pub mod config;
mod everything;
mod fhir_server;
mod page;
mod patient;
mod secret;
mod sql;
mod sqlite;
mod visibility;

pub use everything::{everything, EverythingPage};
pub use fhir_server::{FhirServerError, FhirServerRecords};
pub use patient::{InvalidLocalPatientId, LocalPatientId};
pub use sql::{Finding, SqlRecords};
pub use sqlite::{
	Batch, NewRecord, PatientCount, RecordsWriter, SqliteRecords, Stored, StoredText,
	SupportingMedication, VocabularyDigest,
};
pub use visibility::Visibility;

use crate::fhir::{search::SearchQuery, ResourceType};
use futures::{future::BoxFuture, stream::BoxStream};
use medrec_primitives::{Labels, RecordTypes};
use serde_json::value::RawValue;
use time::OffsetDateTime;

/// Bytes of JSON on a page at most, except that a page holds at least one resource.
pub(crate) const MAX_PAGE_BYTES: usize = 8 * 1024 * 1024;

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
	/// `meta.lastUpdated`, or else the time of its import, where there is one.
	pub last_updated: Option<OffsetDateTime>,
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
	/// Matches on this page, in the order of the search.
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
	#[error("the records database does not answer: {}", outline(.0))]
	Unavailable(#[from] sqlx::Error),
	/// The FHIR server does not answer as it should; asking again later may help.
	#[error("the records' FHIR server: {0}")]
	FhirServer(#[from] FhirServerError),
	/// The database answers too slowly; asking again later may help.
	#[error("the records database takes longer than it may")]
	TooSlow,
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

/// What went wrong in a database, without its own words where they can hold values: this is logged.
fn outline(error: &sqlx::Error) -> String {
	match error {
		sqlx::Error::Database(error) => {
			let code = error.code().unwrap_or_default();
			format!("it refused a statement with code {code}; `check-config` tells more")
		},
		sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
			"it sent a value that is not of its type".to_owned()
		},
		other => other.to_string(),
	}
}

/// What a database tells of patients: whose records changed; `None` whenever something may have been
/// missed.
pub type Changes<'a> = BoxStream<'a, Result<Option<String>, sqlx::Error>>;

/// Where a provider's records lie. Read-only.
///
/// Who writes a backend keeps to these rules; `gatekeeper/tests/conformance` runs them against any
/// implementation.
///
/// 1. **One patient.** Nothing is answered but resources whose own text says that they are `patient`'s
///    ([`ResourceType::subject_element`]). That is checked after fetching, whatever the query said; a
///    resource of somebody else is as if it were not there, for everyone, and the operator is told.
/// 2. **Filtered first.** What `visibility` does not show ([`Visibility::shows`]) counts in no total,
///    takes no place on a page and changes no cursor: no byte of an answer depends on it. Neither does
///    whether a read finds nothing because there is nothing.
/// 3. **Classified or hidden.** Types and labels come from [`crate::fhir::Vocabulary`], which gives no
///    record type to what it does not know. An order that names its drug by reference has the labels of
///    that Medication too, and no record type if that is unknown.
/// 4. **One meaning, one order.** What a search finds is said by [`SearchQuery::matches`], in which
///    order by [`SearchQuery::sort`]. A page ends at [`SearchQuery::count`] resources, or before [`MAX_PAGE_BYTES`] but after its
///    first; the next page begins after [`SearchQuery::after`]; the cursor comes from
///    [`SearchQuery::cursor`]. All pages tell the same total as long as nothing changes.
/// 5. **Whole and unchanged.** The text is what the provider holds, to the last digit.
/// 6. **In doubt, nothing.** What cannot be read or mapped does not exist for grantees; who sees
///    everything gets [`RecordError::Inconsistent`] instead of an answer that lacks it.
/// 7. **Bounded.** In memory by a page, in time by a limit of the backend's own; a database that is
///    away is an error at once or after that limit, and its return needs no restart.
///
/// Futures are dropped when a request is given up; they then leave nothing behind.
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
	/// `None` if she has no records, or the backend cannot tell. Asked every few seconds for each patient
	/// who waits for news.
	fn last_change<'a>(
		&'a self,
		_patient: &'a LocalPatientId,
	) -> BoxFuture<'a, Result<Option<i64>, RecordError>> {
		Box::pin(async { Ok(None) })
	}

	/// Patients whose records changed, as the database tells it, where it can. What is told is only a
	/// reason to ask for [`Self::last_change`] at once.
	fn changes(&self) -> Option<BoxFuture<'_, Result<Changes<'_>, RecordError>>> {
		None
	}

	/// Whether the database answers, and grantees can be served from it: for readiness probes, every
	/// few seconds.
	fn check(&self) -> BoxFuture<'_, Result<(), RecordError>>;
}

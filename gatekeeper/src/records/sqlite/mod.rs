//! Records in an SQLite file: the backend that comes with the gatekeeper.

mod filter;
mod misfiled;
mod row;
mod vocabulary;
mod writer;

pub use vocabulary::{StoredText, VocabularyDigest};
pub use writer::{Batch, NewRecord, RecordsWriter, Stored, SupportingMedication};

use super::{
	LocalPatientId, RecordBackend, RecordError, SearchPage, StoredResource, Visibility,
	MAX_PAGE_BYTES,
};
use crate::fhir::{search::SearchQuery, ResourceType};
use filter::Filter;
use futures::{future::BoxFuture, FutureExt, TryStreamExt};
use row::{FetchedRow, COLUMNS};
use sqlx::{
	migrate::Migrator,
	sqlite::{SqliteConnectOptions, SqlitePoolOptions},
	QueryBuilder, Row, SqliteConnection, SqlitePool,
};
use std::{path::Path, time::Duration};
use vocabulary::Classified;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/records");

/// How long a statement waits for a lock before the store counts as unavailable.
const BUSY_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a request waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
/// Connections at most.
const MAX_CONNECTIONS: u32 = 8;

/// Read-only view of the records in an SQLite file.
#[derive(Clone, Debug)]
pub struct SqliteRecords {
	pool: SqlitePool,
	vocabulary: VocabularyDigest,
}

/// How many resources a patient has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatientCount {
	/// Who.
	pub patient: LocalPatientId,
	/// How many.
	pub resources: u64,
}

impl SqliteRecords {
	/// Open the records. The file has to exist and to be of this version: the import makes it. Grantees
	/// are served as long as it is classified by this vocabulary.
	pub async fn open(path: &Path, vocabulary: &VocabularyDigest) -> Result<Self, RecordError> {
		let fail = |reason: String| RecordError::Open { path: path.display().to_string(), reason };
		if !path.is_file() {
			let reason = "no such file; `medrec-gatekeeper init` or `import` makes it";
			return Err(fail(reason.into()));
		}
		let options = SqliteConnectOptions::new()
			.filename(path)
			.read_only(true)
			.pragma("query_only", "ON")
			.busy_timeout(BUSY_TIMEOUT);
		let pool = SqlitePoolOptions::new()
			.max_connections(MAX_CONNECTIONS)
			.acquire_timeout(ACQUIRE_TIMEOUT)
			.connect_with(options)
			.await
			.map_err(|error| fail(error.to_string()))?;

		let found: Option<i64> =
			sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations WHERE success")
				.fetch_one(&pool)
				.await
				.map_err(|error| fail(format!("{error}; is this a records database?")))?;
		let expected = MIGRATIONS.iter().map(|migration| migration.version).max();
		if found != expected {
			let reason = match found < expected {
				true => "made by an older version; run `medrec-gatekeeper import --reclassify`",
				false => "made by a newer version; update this program",
			};
			return Err(fail(reason.into()));
		}
		let records = Self { pool, vocabulary: *vocabulary };
		records.report_misfiled().await?;
		Ok(records)
	}

	/// Patients and how many resources they have, the most first, at most `limit`; only those who have
	/// one of type `having`, if that is given.
	pub async fn patients(
		&self,
		having: Option<ResourceType>,
		limit: u32,
	) -> Result<Vec<PatientCount>, RecordError> {
		let rows = sqlx::query(
			"SELECT patient, count(*) FROM resources GROUP BY patient \
			 HAVING ?1 IS NULL OR sum(type = ?1) > 0 \
			 ORDER BY count(*) DESC, patient LIMIT ?2",
		)
		.bind(having.map(ResourceType::name))
		.bind(limit)
		.fetch_all(&self.pool)
		.await?;
		rows.iter()
			.map(|row| {
				let resources = u64::try_from(row.try_get::<i64, _>(1)?).unwrap_or_default();
				Ok(PatientCount { patient: row::patient(row, 0)?, resources })
			})
			.collect()
	}

	/// Refuse to look with a grantee's eyes at what was classified by another vocabulary. In the same
	/// transaction as the look.
	async fn check_vocabulary(
		&self,
		connection: &mut SqliteConnection,
		visibility: &Visibility,
	) -> Result<(), RecordError> {
		if visibility.rules().is_none()
			|| Classified::read(connection).await?.is_by(&self.vocabulary)
		{
			return Ok(());
		}
		Err(RecordError::OtherVocabulary)
	}

	async fn read_one(
		&self,
		patient: &LocalPatientId,
		visibility: &Visibility,
		resource_type: ResourceType,
		id: &str,
	) -> Result<Option<StoredResource>, RecordError> {
		let mut statement = QueryBuilder::new(format!("SELECT {COLUMNS} FROM classified"));
		Filter { patient, visibility, resource_type }.push(&mut statement);
		statement.push(" AND id = ").push_bind(id);
		let mut transaction = self.pool.begin().await?;
		self.check_vocabulary(&mut transaction, visibility).await?;
		let row = statement.build().fetch_optional(&mut *transaction).await?;
		row.map(|row| FetchedRow::of(&row)?.checked(patient, visibility, resource_type)).transpose()
	}

	async fn search_page(
		&self,
		patient: &LocalPatientId,
		visibility: &Visibility,
		query: &SearchQuery,
	) -> Result<SearchPage, RecordError> {
		let filter = Filter { patient, visibility, resource_type: query.resource_type() };
		// One transaction, so that the total and the page are of one state.
		let mut transaction = self.pool.begin().await?;
		self.check_vocabulary(&mut transaction, visibility).await?;

		let mut statement = QueryBuilder::new("SELECT count(*) FROM classified");
		filter.push(&mut statement);
		filter.push_conditions(&mut statement, query);
		let total: i64 = statement.build_query_scalar().fetch_one(&mut *transaction).await?;
		let total = u64::try_from(total).unwrap_or_default();

		let count = usize::from(query.count());
		let mut resources = Vec::new();
		let mut last = None;
		let mut more = false;
		if count > 0 && total > 0 {
			let mut statement = QueryBuilder::new(format!("SELECT {COLUMNS} FROM classified"));
			filter.push(&mut statement);
			filter.push_conditions(&mut statement, query);
			if let Some(after) = query.after() {
				filter::push_after(&mut statement, query.sort(), after);
			}
			// One more than the page holds tells whether there is another page.
			filter::push_order(&mut statement, query.sort());
			statement.push(" LIMIT ").push_bind(count as i64 + 1);
			let statement = statement.build();
			let mut rows = statement.fetch(&mut *transaction);
			let mut bytes = 0usize;
			while let Some(row) = rows.try_next().await? {
				let row = FetchedRow::of(&row)?;
				bytes = bytes.saturating_add(row.json.len());
				if resources.len() == count || (bytes > MAX_PAGE_BYTES && !resources.is_empty()) {
					more = true;
					break;
				}
				last = Some((row.sort_key(query.sort()), row.id.clone()));
				resources.push(row.checked(patient, visibility, query.resource_type())?);
			}
		}
		let next = last.filter(|_| more).map(|(date, id)| query.cursor(date, &id));
		Ok(SearchPage { total, resources, next })
	}
}

impl RecordBackend for SqliteRecords {
	fn read<'a>(
		&'a self,
		patient: &'a LocalPatientId,
		visibility: &'a Visibility,
		resource_type: ResourceType,
		id: &'a str,
	) -> BoxFuture<'a, Result<Option<StoredResource>, RecordError>> {
		self.read_one(patient, visibility, resource_type, id).boxed()
	}

	fn search<'a>(
		&'a self,
		patient: &'a LocalPatientId,
		visibility: &'a Visibility,
		query: &'a SearchQuery,
	) -> BoxFuture<'a, Result<SearchPage, RecordError>> {
		self.search_page(patient, visibility, query).boxed()
	}

	fn knows<'a>(
		&'a self,
		patient: &'a LocalPatientId,
	) -> BoxFuture<'a, Result<bool, RecordError>> {
		async move {
			let known = sqlx::query_scalar(
				"SELECT EXISTS (SELECT 1 FROM classified \
				 WHERE type = 'Patient' AND id = ?1 AND patient = ?1)",
			)
			.bind(patient.as_str())
			.fetch_one(&self.pool)
			.await?;
			Ok(known)
		}
		.boxed()
	}

	fn last_change<'a>(
		&'a self,
		patient: &'a LocalPatientId,
	) -> BoxFuture<'a, Result<Option<i64>, RecordError>> {
		async move {
			let last = sqlx::query_scalar("SELECT max(stored_at) FROM resources WHERE patient = ?")
				.bind(patient.as_str())
				.fetch_one(&self.pool)
				.await?;
			Ok(last)
		}
		.boxed()
	}

	fn check(&self) -> BoxFuture<'_, Result<(), RecordError>> {
		async move {
			let mut connection = self.pool.acquire().await?;
			self.check_vocabulary(&mut connection, &Visibility::Rules(Vec::new())).await
		}
		.boxed()
	}
}

#[cfg(test)]
mod tests;

//! Writing records: what the import does. The server never opens the file this way.

use super::{BUSY_TIMEOUT, MIGRATIONS};
use crate::{
	fhir::{date::Millis, index::Index, resource::version_of, Classification, ResourceType},
	files::private_file,
	records::{LocalPatientId, RecordError},
};
use sha2::{Digest, Sha256};
use sqlx::{
	sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
	Row, Sqlite, SqliteConnection, SqlitePool, Transaction,
};
use std::path::Path;
use time::OffsetDateTime;

/// A records file that is open for writing.
#[derive(Clone, Debug)]
pub struct RecordsWriter {
	pool: SqlitePool,
}

/// A resource to be stored.
#[derive(Clone, Debug)]
pub struct NewRecord {
	/// Its type.
	pub resource_type: ResourceType,
	/// Its logical id.
	pub id: String,
	/// Whose record it is.
	pub patient: LocalPatientId,
	/// `meta.versionId`.
	pub version: Option<String>,
	/// `meta.lastUpdated`.
	pub last_updated: Option<Millis>,
	/// What it counts as.
	pub classification: Classification,
	/// Id of the Medication that it orders by reference.
	pub medication: Option<String>,
	/// Whether it names another patient than its own, by a reference that only its Bundle resolves.
	pub names_other_patient: bool,
	/// What searches look at.
	pub index: Index,
	/// The original text.
	pub json: String,
}

/// A Medication, as far as it matters to orders of it.
#[derive(Clone, Debug)]
pub struct SupportingMedication {
	/// Its logical id.
	pub id: String,
	/// `meta.lastUpdated`.
	pub last_updated: Option<Millis>,
	/// Labels that it gives its orders; `None` if it could not be mapped.
	pub labels: Option<medrec_primitives::Labels>,
	/// The original text.
	pub json: String,
}

/// What became of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stored {
	/// It is new.
	Added,
	/// It took the place of another text of the same type and id.
	Replaced,
	/// It was there, word for word.
	Unchanged,
	/// What is there says that it was updated later; that stays.
	KeptNewer,
}

impl RecordsWriter {
	/// Open a records file for writing; make it, or bring it to this version, if need be. The file is
	/// readable by its owner only.
	pub async fn open(path: &Path) -> Result<Self, RecordError> {
		let fail =
			|error: String| RecordError::Open { path: path.display().to_string(), reason: error };
		private_file(path).map_err(|error| fail(error.to_string()))?;
		let options = SqliteConnectOptions::new()
			.filename(path)
			.create_if_missing(false)
			.journal_mode(SqliteJournalMode::Wal)
			.synchronous(SqliteSynchronous::Full)
			.foreign_keys(true)
			.busy_timeout(BUSY_TIMEOUT);
		let pool = SqlitePoolOptions::new()
			.max_connections(1)
			.connect_with(options)
			.await
			.map_err(|error| fail(error.to_string()))?;
		MIGRATIONS.run(&pool).await.map_err(|error| fail(error.to_string()))?;
		Ok(Self { pool })
	}

	/// Begin a batch: all of it is stored, or nothing.
	pub async fn begin(&self) -> Result<Batch, RecordError> {
		let transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
		Ok(Batch { transaction, now: millis_now() })
	}

	/// Close the file; readers then find everything in the one file.
	pub async fn close(self) {
		self.pool.close().await;
	}
}

/// Unix time in milliseconds.
fn millis_now() -> Millis {
	let now = OffsetDateTime::now_utc() - OffsetDateTime::UNIX_EPOCH;
	Millis::try_from(now.whole_milliseconds()).unwrap_or(Millis::MAX)
}

/// Changes that are stored together.
pub struct Batch {
	transaction: Transaction<'static, Sqlite>,
	now: Millis,
}

impl Batch {
	/// The connection that the changes are made on.
	pub(super) fn connection(&mut self) -> &mut SqliteConnection {
		&mut self.transaction
	}

	/// Whether the part of this digest was imported before.
	pub async fn is_imported(&mut self, digest: &[u8; 32]) -> Result<bool, RecordError> {
		let found = sqlx::query("SELECT 1 FROM imported WHERE digest = ?")
			.bind(&digest[..])
			.fetch_optional(&mut *self.transaction)
			.await?;
		Ok(found.is_some())
	}

	/// Note that the part of this digest is imported completely.
	pub async fn mark_imported(&mut self, digest: &[u8; 32]) -> Result<(), RecordError> {
		sqlx::query("INSERT INTO imported VALUES (?, ?) ON CONFLICT DO NOTHING")
			.bind(&digest[..])
			.bind(self.now)
			.execute(&mut *self.transaction)
			.await?;
		Ok(())
	}

	/// The text of a resource, if there is one of this type and id.
	pub async fn text_of(
		&mut self,
		resource_type: ResourceType,
		id: &str,
	) -> Result<Option<String>, RecordError> {
		let text = sqlx::query_scalar("SELECT json FROM resources WHERE type = ? AND id = ?")
			.bind(resource_type.name())
			.bind(id)
			.fetch_optional(&mut *self.transaction)
			.await?;
		Ok(text)
	}

	/// Store a resource. The later of two texts of one type and id is kept: the later by
	/// `meta.lastUpdated` where both say it, else the one that comes last.
	pub async fn store(&mut self, record: &NewRecord) -> Result<Stored, RecordError> {
		let digest = Sha256::digest(&record.json);
		let existing = sqlx::query(
			"SELECT key, digest, last_updated FROM resources WHERE type = ? AND id = ?",
		)
		.bind(record.resource_type.name())
		.bind(&record.id)
		.fetch_optional(&mut *self.transaction)
		.await?;
		let stored = match &existing {
			None => Stored::Added,
			Some(row) if row.try_get::<&[u8], _>(1)? == &digest[..] => Stored::Unchanged,
			Some(row) if is_newer(row.try_get(2)?, record.last_updated) => {
				return Ok(Stored::KeptNewer)
			},
			Some(_) => Stored::Replaced,
		};
		if let Some(row) = existing {
			// Also what did not change is written anew: it may be classified differently now.
			for statement in
				["DELETE FROM tokens WHERE resource = ?", "DELETE FROM dates WHERE resource = ?"]
			{
				sqlx::query(statement)
					.bind(row.try_get::<i64, _>(0)?)
					.execute(&mut *self.transaction)
					.await?;
			}
		}
		let key = self.upsert(record, &digest).await?;
		self.index(key, &record.index).await?;
		Ok(stored)
	}

	async fn upsert(&mut self, record: &NewRecord, digest: &[u8]) -> Result<i64, RecordError> {
		let version = record.version.clone().unwrap_or_else(|| version_of(digest));
		let key = sqlx::query_scalar(
			"INSERT INTO resources (type, id, patient, version, last_updated, stored_at, sort_date, \
			 record_types, labels, medication, digest, json, names_other_patient) \
			 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) \
			 ON CONFLICT (type, id) DO UPDATE SET patient = ?3, version = ?4, last_updated = ?5, \
			 stored_at = CASE WHEN digest = ?11 THEN stored_at ELSE ?6 END, sort_date = ?7, \
			 record_types = ?8, labels = ?9, medication = ?10, digest = ?11, json = ?12, \
			 names_other_patient = ?13 \
			 RETURNING key",
		)
		.bind(record.resource_type.name())
		.bind(&record.id)
		.bind(record.patient.as_str())
		.bind(version)
		.bind(record.last_updated)
		.bind(self.now)
		.bind(record.index.sort_date())
		.bind(i64::from(record.classification.record_types.0))
		.bind(i64::from(record.classification.labels.0))
		.bind(&record.medication)
		.bind(digest)
		.bind(&record.json)
		.bind(record.names_other_patient)
		.fetch_one(&mut *self.transaction)
		.await?;
		Ok(key)
	}

	async fn index(&mut self, key: i64, index: &Index) -> Result<(), RecordError> {
		for token in &index.tokens {
			sqlx::query("INSERT INTO tokens (resource, element, code, system) VALUES (?, ?, ?, ?)")
				.bind(key)
				.bind(token.element.name())
				.bind(&token.code)
				.bind(&token.system)
				.execute(&mut *self.transaction)
				.await?;
		}
		for date in &index.dates {
			sqlx::query("INSERT INTO dates VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
				.bind(key)
				.bind(date.from)
				.bind(date.to)
				.execute(&mut *self.transaction)
				.await?;
		}
		Ok(())
	}

	/// Keep what a Medication says about the orders of it; the later of two texts, as for records.
	pub async fn store_medication(
		&mut self,
		medication: &SupportingMedication,
	) -> Result<(), RecordError> {
		sqlx::query(
			"INSERT INTO medications (id, last_updated, labels, mapped, json) \
			 VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO UPDATE SET \
			 last_updated = ?2, labels = ?3, mapped = ?4, json = ?5 \
			 WHERE coalesce(last_updated <= ?2, TRUE)",
		)
		.bind(&medication.id)
		.bind(medication.last_updated)
		.bind(i64::from(medication.labels.unwrap_or_default().0))
		.bind(medication.labels.is_some())
		.bind(&medication.json)
		.execute(&mut *self.transaction)
		.await?;
		Ok(())
	}

	/// Make the changes durable.
	pub async fn commit(self) -> Result<(), RecordError> {
		Ok(self.transaction.commit().await?)
	}
}

/// Whether what is stored says that it is newer than what comes.
fn is_newer(stored: Option<Millis>, coming: Option<Millis>) -> bool {
	matches!((stored, coming), (Some(stored), Some(coming)) if stored > coming)
}

//! Which vocabulary the records are classified by, and classifying them by another one.

use super::writer::Batch;
use crate::{fhir::Classification, records::RecordError};
use medrec_primitives::Labels;
use sqlx::{Row, SqliteConnection};

/// Names a vocabulary: [`crate::fhir::Vocabulary::digest`].
pub type VocabularyDigest = [u8; 32];

/// A stored resource, as far as its classification goes.
#[derive(Clone, Debug)]
pub struct StoredText {
	/// Its place in the database.
	pub key: i64,
	/// Name of its type.
	pub resource_type: String,
	/// Whether it orders a Medication by reference.
	pub orders_by_reference: bool,
	/// What it counts as now.
	pub classification: Option<Classification>,
	/// The original text.
	pub json: String,
}

/// What the records say of their vocabulary.
pub(super) struct Classified {
	digest: Option<Vec<u8>>,
	any: bool,
}

impl Classified {
	pub async fn read(connection: &mut SqliteConnection) -> Result<Self, sqlx::Error> {
		let row = sqlx::query(
			"SELECT digest, EXISTS (SELECT 1 FROM resources) OR EXISTS (SELECT 1 FROM medications)
			FROM vocabulary",
		)
		.fetch_one(connection)
		.await?;
		Ok(Self { digest: row.try_get(0)?, any: row.try_get(1)? })
	}

	/// Whether everything is classified by this vocabulary.
	pub fn is_by(&self, vocabulary: &VocabularyDigest) -> bool {
		match &self.digest {
			Some(digest) => digest == vocabulary,
			None => !self.any,
		}
	}
}

impl Batch {
	/// Make sure that everything here is, and goes on being, classified by this vocabulary.
	///
	/// Errors: [`RecordError::OtherVocabulary`].
	pub async fn require_vocabulary(
		&mut self,
		vocabulary: &VocabularyDigest,
	) -> Result<(), RecordError> {
		let found = Classified::read(self.connection()).await?;
		if !found.is_by(vocabulary) {
			return Err(RecordError::OtherVocabulary);
		}
		if found.digest.is_none() {
			self.set_vocabulary(Some(vocabulary)).await?;
		}
		Ok(())
	}

	/// Note that everything is classified by this vocabulary, or that it is being classified anew.
	pub async fn set_vocabulary(
		&mut self,
		vocabulary: Option<&VocabularyDigest>,
	) -> Result<(), RecordError> {
		sqlx::query("UPDATE vocabulary SET digest = ?")
			.bind(vocabulary.map(|digest| &digest[..]))
			.execute(self.connection())
			.await?;
		Ok(())
	}

	/// Number of the resources.
	pub async fn count(&mut self) -> Result<u64, RecordError> {
		let count: i64 = sqlx::query_scalar("SELECT count(*) FROM resources")
			.fetch_one(self.connection())
			.await?;
		Ok(count.cast_unsigned())
	}

	/// The first resource after a place in the database.
	pub async fn text_after(&mut self, key: i64) -> Result<Option<StoredText>, RecordError> {
		let row = sqlx::query(
			"SELECT key, type, medication IS NOT NULL, record_types, labels, json
			FROM resources WHERE key > ? ORDER BY key LIMIT 1",
		)
		.bind(key)
		.fetch_optional(self.connection())
		.await?;
		let Some(row) = row else { return Ok(None) };
		let bits = |column: usize| -> Result<Option<u32>, sqlx::Error> {
			Ok(u32::try_from(row.try_get::<i64, _>(column)?).ok())
		};
		let classification = bits(3)?.zip(bits(4)?).map(|(record_types, labels)| Classification {
			record_types: medrec_primitives::RecordTypes(record_types),
			labels: Labels(labels),
		});
		Ok(Some(StoredText {
			key: row.try_get(0)?,
			resource_type: row.try_get(1)?,
			orders_by_reference: row.try_get(2)?,
			classification,
			json: row.try_get(5)?,
		}))
	}

	/// Store what a resource counts as.
	pub async fn classify(
		&mut self,
		key: i64,
		classification: Classification,
	) -> Result<(), RecordError> {
		sqlx::query("UPDATE resources SET record_types = ?, labels = ? WHERE key = ?")
			.bind(i64::from(classification.record_types.0))
			.bind(i64::from(classification.labels.0))
			.bind(key)
			.execute(self.connection())
			.await?;
		Ok(())
	}

	/// The first Medication after one, and its text if that was kept.
	pub async fn medication_after(
		&mut self,
		id: &str,
	) -> Result<Option<(String, Option<String>)>, RecordError> {
		let row = sqlx::query("SELECT id, json FROM medications WHERE id > ? ORDER BY id LIMIT 1")
			.bind(id)
			.fetch_optional(self.connection())
			.await?;
		let Some(row) = row else { return Ok(None) };
		Ok(Some((row.try_get(0)?, row.try_get(1)?)))
	}

	/// Store the labels that a Medication gives its orders; `None` if it cannot be mapped.
	pub async fn classify_medication(
		&mut self,
		id: &str,
		labels: Option<Labels>,
	) -> Result<(), RecordError> {
		sqlx::query("UPDATE medications SET labels = ?, mapped = ? WHERE id = ?")
			.bind(i64::from(labels.unwrap_or_default().0))
			.bind(labels.is_some())
			.bind(id)
			.execute(self.connection())
			.await?;
		Ok(())
	}
}

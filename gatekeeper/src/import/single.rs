//! One resource in the place of another: a correction, taken in as everything that is imported is.

use super::{
	document::{Document, Item},
	ImportError, ImportOptions,
};
use crate::records::{LocalPatientId, NewRecord, RecordsWriter, Stored};
use std::path::Path;

/// Put a text in the place of the text of the same resource, of this patient, in the records database.
/// Nothing is changed if another text is there meanwhile. The inner error says why the text is not
/// taken.
pub async fn replace_text(
	expected: &str,
	text: &str,
	patient: &LocalPatientId,
	database: &Path,
	options: &ImportOptions,
) -> Result<Result<(), String>, ImportError> {
	let record = match record(text, patient, options) {
		Ok(record) => record,
		Err(reason) => return Ok(Err(reason)),
	};
	let records = RecordsWriter::open(database).await?;
	let mut batch = records.begin().await?;
	batch.require_vocabulary(options.vocabulary.digest()).await?;
	let present = batch.text_of(record.resource_type, &record.id).await?;
	let outcome = if present.as_deref() != Some(expected) {
		Err("it was changed by somebody else meanwhile".to_owned())
	} else {
		match batch.store(&record).await? {
			Stored::Replaced | Stored::Unchanged => Ok(batch.commit().await?),
			Stored::KeptNewer => Err("what is there says that it was updated later".to_owned()),
			Stored::Added => Err("it has another type or id".to_owned()),
		}
	};
	records.close().await;
	Ok(outcome)
}

/// The one record that a text holds, if it is this patient's.
fn record(
	text: &str,
	patient: &LocalPatientId,
	options: &ImportOptions,
) -> Result<Box<NewRecord>, String> {
	let mut items = Document::new(options).items(text).into_iter();
	let (first, None) = (items.next(), items.next()) else {
		return Err("it is not one resource".to_owned());
	};
	match first {
		Some(Item::Record(record)) if record.patient == *patient => Ok(record),
		Some(Item::Record(_)) => Err("it is about another patient".to_owned()),
		Some(Item::LeftOut { reason, .. }) => Err(reason.to_string()),
		Some(Item::Problem { reason, .. }) => Err(reason),
		Some(Item::Medication(_) | Item::OtherType) | None => {
			Err("it is not a resource that is served".to_owned())
		},
	}
}

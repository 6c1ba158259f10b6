//! `medrec-gatekeeper import --reclassify`: after a change of the vocabulary, everything that is
//! stored is classified by the new one, from its original text.
//!
//! While that goes on nothing is served to grantees, and no import runs. Where it is interrupted, it
//! is done anew.

use super::{progress::Progress, ImportError};
use crate::{
	fhir::{json, resource::OrderedDrug, Classification, ResourceType, Vocabulary},
	records::{RecordsWriter, StoredText},
};
use std::path::Path;

/// Resources that are classified in one transaction.
const BATCH: usize = 400;

/// What was classified again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reclassified {
	/// Resources.
	pub resources: u64,
	/// How many of them count as something else now.
	pub changed: u64,
	/// Medications that orders refer to.
	pub medications: u64,
	/// How many of them have to be imported again, because their text was not kept. Until then orders
	/// of them are for patron and steward only.
	pub medications_without_text: u64,
}

/// Classify everything in the records database by this vocabulary.
pub async fn reclassify(
	database: &Path,
	vocabulary: &Vocabulary,
	visible: bool,
) -> Result<Reclassified, ImportError> {
	let records = RecordsWriter::open(database).await?;
	let mut batch = records.begin().await?;
	batch.set_vocabulary(None).await?;
	let progress = Progress::of_resources(visible, batch.count().await?);
	batch.commit().await?;

	let mut done = Reclassified::default();
	let mut key = i64::MIN;
	let mut more = true;
	while more {
		let mut batch = records.begin().await?;
		for _ in 0..BATCH {
			let Some(text) = batch.text_after(key).await? else {
				more = false;
				break;
			};
			key = text.key;
			let found = classify(vocabulary, &text);
			if text.classification != Some(found) {
				batch.classify(key, found).await?;
				done.changed += 1;
			}
			done.resources += 1;
		}
		batch.commit().await?;
		progress.advance_to(done.resources);
	}

	let mut batch = records.begin().await?;
	let mut last = String::new();
	while let Some((id, text)) = batch.medication_after(&last).await? {
		done.medications_without_text += u64::from(text.is_none());
		let resource = text.and_then(|text| json::parse(&text).ok());
		let labels = resource.and_then(|resource| vocabulary.labels(&resource));
		batch.classify_medication(&id, labels).await?;
		done.medications += 1;
		last = id;
	}
	batch.set_vocabulary(Some(vocabulary.digest())).await?;
	batch.commit().await?;
	records.close().await;
	progress.finish();
	Ok(done)
}

fn classify(vocabulary: &Vocabulary, text: &StoredText) -> Classification {
	let Ok(resource) = json::parse(&text.json) else { return Classification::UNKNOWN };
	let found = vocabulary.classify(&resource);
	let is_order = text.resource_type == ResourceType::MedicationRequest.name();
	if is_order && !text.orders_by_reference && OrderedDrug::of(&resource) != OrderedDrug::Here {
		return found.without_types();
	}
	found
}

//! Writing an accepted amendment into the records: a new version of the resource, classified as what
//! is imported is.

use super::splice::{splice, SpliceError};
use crate::{
	fhir::{json, ResourceType},
	import::{replace_text, ImportError, ImportOptions},
	records::{LocalPatientId, RecordBackend, RecordError, StoredResource, Visibility},
};
use medrec_primitives::Moment;
use medrec_protocol::{amendments::AmendmentRequest, format_moment};
use serde_json::value::{to_raw_value, RawValue};
use std::path::Path;

/// Why an amendment cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum CorrectError {
	/// The resource is not among the patient's any more.
	#[error("the record is not there any more; hand the amendment over (--hand-over)")]
	Gone,
	/// It is another version than the patient saw.
	#[error(
		"the record has version {found} now, and the patient saw version {seen}; hand the amendment over (--hand-over), so that somebody looks at both"
	)]
	Changed {
		/// Version that is there.
		found: String,
		/// Version that the amendment is about.
		seen: String,
	},
	/// The element cannot be changed.
	#[error(transparent)]
	Splice(#[from] SpliceError),
	/// What comes of it does not go into the records.
	#[error("the corrected record is not taken: {0}; hand the amendment over (--hand-over)")]
	NotTaken(String),
	/// The records cannot be read.
	#[error(transparent)]
	Records(#[from] RecordError),
	/// The records cannot be written.
	#[error(transparent)]
	Import(#[from] ImportError),
}

/// The text of the resource that an amendment is about, if it can be corrected as the patient asks.
pub async fn correctable(
	records: &dyn RecordBackend,
	patient: &LocalPatientId,
	asked: &AmendmentRequest,
) -> Result<String, CorrectError> {
	let found = find(records, patient, asked).await?;
	if found.version != asked.version {
		return Err(CorrectError::Changed { found: found.version, seen: asked.version.clone() });
	}
	splice_in(found.json.get(), asked)?;
	Ok(found.json.get().to_owned())
}

/// Write an amendment into the records database at `database`, which `records` reads. Returns the
/// version that the resource has then. What was written already is not written again.
pub async fn correct(
	records: &dyn RecordBackend,
	database: &Path,
	options: &ImportOptions,
	patient: &LocalPatientId,
	asked: &AmendmentRequest,
	now: Moment,
) -> Result<String, CorrectError> {
	let version = next_version(&asked.version);
	let found = find(records, patient, asked).await?;
	if found.version == version && says_it(found.json.get(), asked) {
		return Ok(version);
	}
	let present = correctable(records, patient, asked).await?;
	let text = with_meta(&splice_in(&present, asked)?, &version, now)?;
	replace_text(&present, &text, patient, database, options)
		.await?
		.map_err(CorrectError::NotTaken)?;
	Ok(version)
}

async fn find(
	records: &dyn RecordBackend,
	patient: &LocalPatientId,
	asked: &AmendmentRequest,
) -> Result<StoredResource, CorrectError> {
	let resource_type: ResourceType =
		asked.resource_type.parse().map_err(|_| CorrectError::Gone)?;
	let found = records.read(patient, &Visibility::Everything, resource_type, &asked.id).await?;
	found.ok_or(CorrectError::Gone)
}

/// The text with what an amendment proposes.
fn splice_in(text: &str, asked: &AmendmentRequest) -> Result<String, SpliceError> {
	let proposed = asked.proposed.as_ref().map(|value| value.as_raw());
	splice(text, &asked.element.path(), proposed)
}

/// Whether a text says already what an amendment proposes.
fn says_it(text: &str, asked: &AmendmentRequest) -> bool {
	let parsed = |text: &str| json::parse(text).ok();
	match (&asked.proposed, parsed(text)) {
		(_, None) => false,
		(Some(proposed), Some(resource)) => {
			resource.pointer(asked.element.as_str()).cloned() == parsed(proposed.as_raw().get())
		},
		(None, Some(resource)) => resource.pointer(asked.element.as_str()).is_none(),
	}
}

/// The version after this one: the next number, or else the same with a number after it.
fn next_version(version: &str) -> String {
	const MAX_ID: usize = 64;
	let (stem, number) = match version.rsplit_once('.') {
		_ if version.parse::<u64>().is_ok() => ("", version.parse::<u64>().ok()),
		Some((stem, number)) => (stem, number.parse().ok()),
		None => ("", None),
	};
	match number.and_then(|number| number.checked_add(1)) {
		Some(next) if stem.is_empty() => next.to_string(),
		Some(next) => format!("{stem}.{next}"),
		None => {
			let kept: String = version.chars().take(MAX_ID - 2).collect();
			format!("{kept}.1")
		},
	}
}

/// The text with this version, last updated now: later than what an export without the correction says.
fn with_meta(text: &str, version: &str, now: Moment) -> Result<String, SpliceError> {
	let raw = |value: &str| to_raw_value(value).map_err(|_| SpliceError::NotJson);
	let path = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
	let resource = json::parse(text).map_err(|_| SpliceError::NotJson)?;
	let mut text = text.to_owned();
	if !resource["meta"].is_object() {
		let empty = RawValue::from_string("{}".to_owned()).map_err(|_| SpliceError::NotJson)?;
		text = splice(&text, &path(&["meta"]), Some(&empty))?;
	}
	let text = splice(&text, &path(&["meta", "versionId"]), Some(&*raw(version)?))?;
	splice(&text, &path(&["meta", "lastUpdated"]), Some(&*raw(&format_moment(now))?))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn versions_count_on() {
		for (version, next) in
			[("3", "4"), ("a", "a.1"), ("a.1", "a.2"), ("1.9", "1.10"), ("a.b", "a.b.1")]
		{
			assert_eq!(next_version(version), next);
		}
		let longest = "a".repeat(64);
		assert_eq!(next_version(&longest).len(), 64);
		let last = u64::MAX.to_string();
		assert_eq!(next_version(&last), format!("{last}.1"));
	}

	#[test]
	fn the_version_stands_in_meta() {
		let text = with_meta(r#"{"a":1.0,"meta":{"tag":[]}}"#, "4", 0).unwrap();
		assert_eq!(
			text,
			r#"{"a":1.0,"meta":{"tag":[],"versionId":"4","lastUpdated":"1970-01-01T00:00:00.000Z"}}"#
		);
		let text = with_meta(r#"{"a":1.0}"#, "4", 0).unwrap();
		assert!(text.contains(r#""meta":{"versionId":"4""#), "{text}");
	}
}

//! What is read from a resource before anything else is known of it: its version, when it was last
//! updated, and, of an order, where it stands which drug is ordered.

use super::{
	date::{Interval, Millis},
	is_id,
	reference::{Reference, Target},
};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Hexadecimal digits of the version of a resource that says none itself.
const VERSION_LENGTH: usize = 16;

/// `meta.versionId`; `None` if there is none. The error says what is wrong.
pub fn version(resource: &Value) -> Result<Option<String>, &'static str> {
	match &resource["meta"]["versionId"] {
		Value::Null => Ok(None),
		Value::String(version) if is_id(version) => Ok(Some(version.clone())),
		_ => Err("`meta.versionId` is not a FHIR id"),
	}
}

/// The version of a resource that says none itself, from the SHA-256 of its text: it changes exactly
/// when the text does.
pub fn version_of(digest: &[u8]) -> String {
	let mut version = hex::encode(digest);
	version.truncate(VERSION_LENGTH);
	version
}

/// As [`version_of`], for a text.
pub fn version_of_text(text: &str) -> String {
	version_of(&Sha256::digest(text))
}

/// `meta.lastUpdated`; `None` if there is none. The error says what is wrong.
pub fn last_updated(resource: &Value) -> Result<Option<Millis>, &'static str> {
	match &resource["meta"]["lastUpdated"] {
		Value::Null => Ok(None),
		value => value
			.as_str()
			.and_then(|text| Interval::parse(text).ok())
			.map(|interval| Some(interval.from))
			.ok_or("`meta.lastUpdated` is not an instant"),
	}
}

/// Whether a server sent a part of the resource only (tag `SUBSETTED`).
pub fn is_subset(resource: &Value) -> bool {
	let tags = resource["meta"]["tag"].as_array().map_or(&[][..], Vec::as_slice);
	tags.iter().any(|tag| tag["code"] == "SUBSETTED")
}

/// Where it stands which drug a MedicationRequest is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderedDrug {
	/// In the order itself: a concept, or a Medication inside it.
	Here,
	/// In the resource of this reference.
	Reference(String),
	/// Nowhere.
	Nowhere,
}

impl OrderedDrug {
	/// Of this MedicationRequest.
	pub fn of(order: &Value) -> Self {
		let reference = &order["medicationReference"];
		if reference.is_null() {
			return match order["medicationCodeableConcept"].is_object() {
				true => Self::Here,
				false => Self::Nowhere,
			};
		}
		let Some(reference) = reference["reference"].as_str() else { return Self::Nowhere };
		let Some(id) = reference.strip_prefix('#') else {
			return Self::Reference(reference.to_owned());
		};
		let contained = order["contained"].as_array().map_or(&[][..], Vec::as_slice);
		let is_it = |inner: &Value| inner["resourceType"] == "Medication" && inner["id"] == id;
		match contained.iter().any(is_it) {
			true => Self::Here,
			false => Self::Nowhere,
		}
	}
}

/// What a literal reference names on a server of these base URLs (without a slash at their ends).
pub fn target<'a>(reference: &'a str, bases: &[String]) -> Option<Target<'a>> {
	match Reference::parse(reference)? {
		Reference::Relative(target) => Some(target),
		Reference::Absolute { base, target } if bases.iter().any(|own| own == base) => Some(target),
		_ => None,
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use serde_json::json;

	#[test]
	fn an_order_says_where_its_drug_stands() {
		let contained = json!([{"resourceType": "Medication", "id": "m"}]);
		for (order, expected) in [
			(json!({"medicationCodeableConcept": {"text": "x"}}), OrderedDrug::Here),
			(
				json!({"medicationReference": {"reference": "#m"}, "contained": contained}),
				OrderedDrug::Here,
			),
			(json!({"medicationReference": {"reference": "#m"}}), OrderedDrug::Nowhere),
			(
				json!({"medicationReference": {"reference": "Medication/m"}}),
				OrderedDrug::Reference("Medication/m".into()),
			),
			(json!({"medicationReference": {"display": "x"}}), OrderedDrug::Nowhere),
			(json!({}), OrderedDrug::Nowhere),
		] {
			assert_eq!(OrderedDrug::of(&order), expected, "{order}");
		}
	}

	#[test]
	fn references_to_other_servers_name_nothing_here() {
		let own = ["https://fhir.example/r4".to_owned()];
		let patient = |reference| target(reference, &own).map(|target| target.id);
		assert_eq!(patient("Patient/a"), Some("a"));
		assert_eq!(patient("https://fhir.example/r4/Patient/a"), Some("a"));
		assert_eq!(patient("https://other.example/r4/Patient/a"), None);
		assert_eq!(patient("urn:uuid:a"), None);
	}

	#[test]
	fn versions_and_times_are_checked() {
		let meta = |meta: Value| json!({ "meta": meta });
		assert_eq!(version(&meta(json!({"versionId": "7"}))), Ok(Some("7".into())));
		assert!(version(&meta(json!({"versionId": "a b"}))).is_err());
		assert_eq!(
			last_updated(&meta(json!({"lastUpdated": "1970-01-01T00:00:01Z"}))),
			Ok(Some(1_000))
		);
		assert!(last_updated(&meta(json!({"lastUpdated": 7}))).is_err());
		assert!(is_subset(&meta(json!({"tag": [{"code": "SUBSETTED"}]}))));
		assert_eq!(version_of_text("x").len(), VERSION_LENGTH);
	}
}

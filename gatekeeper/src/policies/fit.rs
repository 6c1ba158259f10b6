//! Whether a record fits a policy: a pure function, for every backend that filters in this program. The
//! same as SQL is in the SQLite backend.

use crate::fhir::{
	index::{Index, IndexedToken},
	search::Element,
	ResourceType,
};
use medrec_protocol::policy::{Narrowing, PolicyCode};

/// Whether a record of this type and id, with these codes and times, fits each kind of condition in a
/// policy. A record without a code fits no codes, and one without a time no interval; of several times
/// all have to lie in it, each with all of its length: `2026` is in no part of that year.
pub fn fits(narrowing: &Narrowing, resource_type: ResourceType, id: &str, index: &Index) -> bool {
	let Narrowing { codes, from, until, documents } = narrowing;
	let is_named = || {
		documents.iter().any(|named| named.resource_type == resource_type.name() && named.id == id)
	};
	let is_coded = || {
		let fits = |token: &&IndexedToken| {
			codes
				.iter()
				.any(|PolicyCode { system, code }| token.system == *system && token.code == *code)
		};
		index.tokens.iter().filter(|token| token.element == Element::Code).any(|token| fits(&token))
	};
	let is_timed = || {
		let (from, until) = interval(*from, *until);
		!index.dates.is_empty()
			&& index.dates.iter().all(|date| from <= date.from && date.to <= until)
	};
	(documents.is_empty() || is_named())
		&& (codes.is_empty() || is_coded())
		&& ((from.is_none() && until.is_none()) || is_timed())
}

/// The interval of a policy as times of records are compared with it: all that is before or after where
/// an end is open.
pub(crate) fn interval(from: Option<u64>, until: Option<u64>) -> (i64, i64) {
	let millis = |moment: u64| i64::try_from(moment).unwrap_or(i64::MAX);
	(from.map_or(i64::MIN, millis), until.map_or(i64::MAX, millis))
}

#[cfg(test)]
mod tests {
	use super::*;
	use serde_json::json;

	const DAY: u64 = 86_400_000;

	fn index(resource: &serde_json::Value) -> Index {
		Index::of(ResourceType::Observation, resource).unwrap()
	}

	fn observation(code: &str, date: &str) -> Index {
		index(&json!({
			"code": {"coding": [
				{"system": "http://loinc.org", "code": code},
				{"system": "urn:local", "code": "x"},
			]},
			"category": [{"coding": [{"system": "urn:c", "code": "laboratory"}]}],
			"effectiveDateTime": date,
		}))
	}

	fn narrowing(codes: &[&str], days: Option<(u64, u64)>, documents: &[&str]) -> Narrowing {
		Narrowing {
			codes: codes.iter().map(|code| code.parse().unwrap()).collect(),
			from: days.map(|(from, _)| from * DAY),
			until: days.map(|(_, until)| until * DAY),
			documents: documents.iter().map(|document| document.parse().unwrap()).collect(),
		}
	}

	fn fits_a(narrowing: &Narrowing, index: &Index) -> bool {
		fits(narrowing, ResourceType::Observation, "a", index)
	}

	#[test]
	fn one_code_of_a_record_is_enough_and_its_system_counts() {
		let record = observation("4548-4", "2026-01-02");
		for (code, expected) in [
			("http://loinc.org|4548-4", true),
			("urn:local|x", true),
			("http://loinc.org|x", false),
			("|4548-4", false),
			("urn:c|laboratory", false),
		] {
			assert_eq!(fits_a(&narrowing(&[code], None, &[]), &record), expected, "{code}");
		}
		let any = narrowing(&["urn:a|b", "urn:local|x"], None, &[]);
		assert!(fits_a(&any, &record));
		assert!(!fits_a(&any, &index(&json!({"effectiveDateTime": "2026"}))), "without codes");
	}

	#[test]
	fn all_of_a_records_time_lies_in_the_interval() {
		let first_of_1970 = narrowing(&[], Some((0, 1)), &[]);
		for (date, expected) in [
			("1970-01-01", true),
			("1970-01-01T23:59:59.999Z", true),
			("1970-01-02T00:00:00Z", false),
			("1970-01", false),
			("1969-12-31", false),
		] {
			assert_eq!(fits_a(&first_of_1970, &observation("x", date)), expected, "{date}");
		}
		let timeless = index(&json!({"code": {"coding": [{"system": "urn:local", "code": "x"}]}}));
		assert!(!fits_a(&first_of_1970, &timeless));
		let open = Narrowing { until: None, ..narrowing(&[], Some((1, 2)), &[]) };
		assert!(fits_a(&open, &observation("x", "1999")));
		assert!(!fits_a(&open, &observation("x", "1970-01-01")));
		let never_ended = index(&json!({"effectivePeriod": {"start": "1970-01-05"}}));
		assert!(fits_a(&open, &never_ended));
		assert!(!fits_a(&first_of_1970, &never_ended));
	}

	#[test]
	fn documents_are_named_with_their_type() {
		let record = observation("x", "2026");
		assert!(fits_a(&narrowing(&[], None, &["Observation/a", "Condition/b"]), &record));
		assert!(!fits_a(&narrowing(&[], None, &["Observation/b", "Condition/a"]), &record));
	}

	#[test]
	fn each_kind_has_to_fit() {
		let record = observation("x", "1970-01-01");
		let code = "http://loinc.org|x";
		assert!(fits_a(&narrowing(&[code], Some((0, 1)), &["Observation/a"]), &record));
		assert!(!fits_a(&narrowing(&["urn:y|y"], Some((0, 1)), &["Observation/a"]), &record));
		assert!(!fits_a(&narrowing(&[code], Some((1, 2)), &["Observation/a"]), &record));
		assert!(!fits_a(&narrowing(&[code], Some((0, 1)), &["Observation/b"]), &record));
	}
}

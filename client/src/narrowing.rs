//! What a grant is narrowed to: read from a command line, and said back in words.

use crate::{clock, terms};
use medrec_primitives::Moment;
use medrec_protocol::policy::{Document, Narrowing, PolicyCode};
use time::{macros::format_description, Date, OffsetDateTime};

/// Short names of code systems, for people who type (<https://hl7.org/fhir/R4/terminologies-systems.html>).
const SYSTEMS: [(&str, &str); 6] = [
	("loinc", "http://loinc.org"),
	("snomed", "http://snomed.info/sct"),
	("rxnorm", "http://www.nlm.nih.gov/research/umls/rxnorm"),
	("atc", "http://www.whocc.no/atc"),
	("icd-10", "http://hl7.org/fhir/sid/icd-10"),
	("cvx", "http://hl7.org/fhir/sid/cvx"),
];

/// A code such as `http://loinc.org|4548-4`, or `loinc|4548-4`.
pub fn parse_code(text: &str) -> Result<PolicyCode, String> {
	let mut code: PolicyCode = text.trim().parse().map_err(|error| format!("{error}"))?;
	if let Some((_, system)) = SYSTEMS.iter().find(|(short, _)| *short == code.system) {
		code.system = (*system).to_owned();
	}
	Ok(code)
}

/// A record such as `Observation/a1`.
pub fn parse_document(text: &str) -> Result<Document, String> {
	text.trim().parse().map_err(|error| format!("{error}"))
}

/// An interval of days, both of them in it, or moments: `2026-01-01..2026-06-30`. One side may be left
/// out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dates {
	/// First moment in it.
	pub from: Option<Moment>,
	/// First moment that is no longer in it.
	pub until: Option<Moment>,
}

/// Reads [`Dates`].
pub fn parse_dates(text: &str) -> Result<Dates, String> {
	let form = || "write dates as 2026-01-01..2026-06-30; one side may be left out".to_owned();
	let (from, until) = text.split_once("..").ok_or_else(form)?;
	let side = |text: &str, read: fn(&str) -> Result<Moment, String>| match text.trim() {
		"" => Ok(None),
		text => read(text).map(Some),
	};
	let (from, until) = (side(from, parse_from)?, side(until, terms::parse_until)?);
	match (from, until) {
		(None, None) => Err(form()),
		(Some(from), Some(until)) if from >= until => {
			Err("the dates end before they begin".to_owned())
		},
		_ => Ok(Dates { from, until }),
	}
}

/// The beginning of a day in UTC, or an exact moment.
fn parse_from(text: &str) -> Result<Moment, String> {
	const DAY: &[time::format_description::BorrowedFormatItem] =
		format_description!("[year]-[month]-[day]");
	let Ok(day) = Date::parse(text, DAY) else { return terms::parse_until(text) };
	let begin: OffsetDateTime = day.midnight().assume_utc();
	Moment::try_from(begin.unix_timestamp_nanos() / 1_000_000)
		.map_err(|_| format!("`{text}` is before 1970, from where moments are counted"))
}

/// What a command line narrows a grant to; `None` if it says nothing of the kind.
pub fn narrowing(
	codes: Vec<PolicyCode>,
	dates: Option<Dates>,
	documents: Vec<Document>,
) -> Result<Option<Narrowing>, String> {
	if codes.is_empty() && dates.is_none() && documents.is_empty() {
		return Ok(None);
	}
	let narrowing = Narrowing {
		codes: codes.into_iter().collect(),
		from: dates.and_then(|dates| dates.from),
		until: dates.and_then(|dates| dates.until),
		documents: documents.into_iter().collect(),
	};
	narrowing.check().map_err(|error| error.to_string())?;
	Ok(Some(narrowing))
}

/// What is left to be seen, in words, one line each.
pub fn describe(narrowing: &Narrowing) -> Vec<String> {
	let Narrowing { codes, from, until, documents } = narrowing;
	let mut lines = Vec::new();
	let list = |items: Vec<String>| items.join(", ");
	if !codes.is_empty() {
		let codes = list(codes.iter().map(ToString::to_string).collect());
		lines.push(format!("of them only records with one of the codes {codes}"));
	}
	let time = match (from, until) {
		(None, None) => None,
		(Some(from), None) => Some(format!("from {} on", clock::for_people(*from))),
		(None, Some(until)) => Some(format!("before {}", clock::for_people(*until))),
		(Some(from), Some(until)) => Some(format!(
			"from {} on, before {}",
			clock::for_people(*from),
			clock::for_people(*until)
		)),
	};
	lines.extend(time.map(|time| format!("of them only what happened {time}")));
	if !documents.is_empty() {
		let documents = list(documents.iter().map(ToString::to_string).collect());
		lines.push(format!("of them only {documents}"));
	}
	lines
}

#[cfg(test)]
mod tests {
	use super::*;

	const DAY: Moment = 86_400_000;

	#[test]
	fn systems_have_short_names() {
		assert_eq!(parse_code("loinc|4548-4").unwrap().to_string(), "http://loinc.org|4548-4");
		assert_eq!(parse_code("urn:x|y z").unwrap().to_string(), "urn:x|y z");
		assert_eq!(parse_code("|y").unwrap().system, "");
		assert!(parse_code("4548-4").is_err());
		assert!(parse_document("4548-4").is_err());
	}

	#[test]
	fn both_days_are_in_an_interval() {
		let read = |text| parse_dates(text).unwrap();
		let both = Dates { from: Some(DAY), until: Some(3 * DAY) };
		assert_eq!(read("1970-01-02..1970-01-03"), both);
		assert_eq!(read("1970-01-02.."), Dates { until: None, ..both });
		assert_eq!(read(" .. 1970-01-03"), Dates { from: None, ..both });
		let moments = Dates { from: Some(1_000), until: Some(2_000) };
		assert_eq!(read("1970-01-01T00:00:01Z..1970-01-01T00:00:02Z"), moments);
		let day = Dates { from: Some(DAY), until: Some(2 * DAY) };
		assert_eq!(read("1970-01-02..1970-01-02"), day);
		for text in ["", "..", "1970-01-02", "1970-01-03..1970-01-02", "1969-01-01..", "x..y"] {
			assert!(parse_dates(text).is_err(), "{text}");
		}
	}

	#[test]
	fn a_narrowing_is_said_back_in_words() {
		let codes = vec![parse_code("loinc|4548-4").unwrap()];
		let documents = vec![parse_document("Observation/a1").unwrap()];
		let dates = parse_dates("1970-01-02..1970-01-03").unwrap();
		let narrowing = narrowing(codes, Some(dates), documents).unwrap().unwrap();
		assert_eq!(
			describe(&narrowing),
			[
				"of them only records with one of the codes http://loinc.org|4548-4",
				"of them only what happened from 1970-01-02 00:00 UTC on, before 1970-01-04 00:00 UTC",
				"of them only Observation/a1",
			]
		);
		assert_eq!(super::narrowing(Vec::new(), None, Vec::new()), Ok(None));
	}
}

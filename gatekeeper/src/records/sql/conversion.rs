//! How a value of a row becomes a part of a resource.

use super::{cell::Cell, template::Built};
use crate::fhir::{date::Interval, json};
use base64::{engine::general_purpose::STANDARD, Engine};
use serde::Deserialize;
use serde_json::value::RawValue;
use time::{format_description::well_known::Rfc3339, OffsetDateTime, UtcOffset};

/// What a column's value becomes (`$as`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Form {
	/// What suits its type in the database.
	#[serde(skip)]
	Natural,
	/// A string.
	String,
	/// A number, also from text.
	Number,
	/// A truth value, also from 0, 1, `true` and `false`.
	Boolean,
	/// A FHIR date: a day, a month or a year.
	Date,
	/// A FHIR dateTime or instant.
	DateTime,
	/// JSON, also from text.
	Json,
	/// The base64 of bytes or of a text.
	Base64,
}

impl Form {
	/// The names that `$as` knows.
	pub const NAMES: &'static str =
		"`string`, `number`, `boolean`, `date`, `dateTime`, `json` and `base64`";
}

/// What a date and time without a time zone means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Zone {
	/// Coordinated universal time.
	Utc,
}

/// The part of a resource that a value becomes; none if it is NULL or blank. The error says what is
/// wrong, and never the value.
pub(super) fn convert<'a>(
	cell: &Cell,
	form: Form,
	zone: Option<Zone>,
) -> Result<Option<Built<'a>>, String> {
	if is_absent(cell) {
		return Ok(None);
	}
	// MariaDB calls texts that compare by their bytes (`utf8mb4_bin`, JSON) bytes.
	let text;
	let cell = match cell {
		Cell::Bytes(bytes) if !matches!(form, Form::Natural | Form::Base64) => {
			let bytes = String::from_utf8(bytes.clone());
			text = Cell::Text(bytes.map_err(|_| "it is not UTF-8".to_owned())?);
			&text
		},
		cell => cell,
	};
	if let Cell::Unsupported(name) = cell {
		return Err(format!(
			"values of type {name} are not understood; convert it in the statement"
		));
	}
	match form {
		Form::Natural => natural(cell, zone),
		Form::String => natural(cell, zone)?.into_text(cell),
		Form::Number => number(cell),
		Form::Boolean => boolean(cell),
		Form::Date => date(cell),
		Form::DateTime => date_time(cell, zone),
		Form::Json => match cell {
			Cell::Json(text) | Cell::Text(text) => raw(text),
			_ => Err("it is neither JSON nor text".to_owned()),
		},
		Form::Base64 => match cell {
			Cell::Bytes(bytes) => Ok(Built::Text(STANDARD.encode(bytes))),
			Cell::Text(text) => Ok(Built::Text(STANDARD.encode(text))),
			_ => Err("it is neither bytes nor text".to_owned()),
		},
	}
	.map(Some)
}

/// Whether there is nothing in a cell: NULL, or nothing but blanks.
pub(super) fn is_absent(cell: &Cell) -> bool {
	match cell {
		Cell::Null => true,
		Cell::Text(text) => text.trim().is_empty(),
		_ => false,
	}
}

fn natural<'a>(cell: &Cell, zone: Option<Zone>) -> Result<Built<'a>, String> {
	match cell {
		Cell::Text(text) => Ok(Built::Text(text.trim().to_owned())),
		Cell::Number(_) => number(cell),
		Cell::Boolean(value) => Ok(Built::Boolean(*value)),
		Cell::Date(_) => date(cell),
		Cell::Instant(_) | Cell::Local(_) => date_time(cell, zone),
		Cell::Json(text) => raw(text),
		Cell::Bytes(_) => {
			Err("bytes need `$as`: `base64`, or `string` if they are text".to_owned())
		},
		Cell::Null | Cell::Unsupported(_) => Err("it has no value".to_owned()),
	}
}

impl<'a> Built<'a> {
	/// As a string, where that is not ambiguous.
	fn into_text(self, cell: &Cell) -> Result<Self, String> {
		match (self, cell) {
			(text @ Self::Text(_), _) => Ok(text),
			(Self::Boolean(value), _) => Ok(Self::Text(value.to_string())),
			(_, Cell::Number(number)) => Ok(Self::Text(number.clone())),
			_ => Err("JSON is no string".to_owned()),
		}
	}
}

fn raw<'a>(text: &str) -> Result<Built<'a>, String> {
	// Strictly: a member that stands twice would have two meanings.
	json::parse(text).map_err(|_| "it is not JSON".to_owned())?;
	let raw = RawValue::from_string(text.to_owned()).map_err(|_| "it is not JSON".to_owned())?;
	Ok(Built::Raw(raw))
}

fn number<'a>(cell: &Cell) -> Result<Built<'a>, String> {
	let fail = || "it is not a number".to_owned();
	let (Cell::Number(text) | Cell::Text(text)) = cell else { return Err(fail()) };
	let raw = RawValue::from_string(text.trim().to_owned()).map_err(|_| fail())?;
	let starts_as_number = raw.get().starts_with(|c: char| c == '-' || c.is_ascii_digit());
	starts_as_number.then_some(Built::Raw(raw)).ok_or_else(fail)
}

fn boolean<'a>(cell: &Cell) -> Result<Built<'a>, String> {
	match cell {
		Cell::Boolean(value) => Ok(Built::Boolean(*value)),
		Cell::Number(text) | Cell::Text(text) => match text.trim() {
			"1" | "true" => Ok(Built::Boolean(true)),
			"0" | "false" => Ok(Built::Boolean(false)),
			_ => Err("it is none of 0, 1, `true` and `false`".to_owned()),
		},
		_ => Err("it is not a truth value".to_owned()),
	}
}

fn date<'a>(cell: &Cell) -> Result<Built<'a>, String> {
	match cell {
		Cell::Date(date) => fhir_date(&date.to_string()),
		Cell::Text(text) if !text.contains(['T', ' ']) => fhir_date(text.trim()),
		Cell::Number(text) => fhir_date(text),
		_ => Err("it is not a date; convert it in the statement".to_owned()),
	}
}

fn date_time<'a>(cell: &Cell, zone: Option<Zone>) -> Result<Built<'a>, String> {
	match cell {
		Cell::Instant(moment) => instant(*moment),
		Cell::Local(local) => match zone {
			Some(Zone::Utc) => instant(local.assume_utc()),
			None => Err(NO_ZONE.to_owned()),
		},
		Cell::Text(text) => {
			let text = text.trim().replacen(' ', "T", 1);
			let clock = text.split_once('T').map(|(_, clock)| clock);
			match (clock.is_some_and(|clock| !clock.contains(['Z', '+', '-'])), zone) {
				(false, _) => fhir_date(&text),
				(true, Some(Zone::Utc)) => fhir_date(&format!("{text}Z")),
				(true, None) => Err(NO_ZONE.to_owned()),
			}
		},
		_ => date(cell),
	}
}

const NO_ZONE: &str = "it has no time zone: convert it in the statement, or say \
	`timestamps_without_zone = \"utc\"` if that is what it is";

fn instant<'a>(moment: OffsetDateTime) -> Result<Built<'a>, String> {
	let utc = moment.to_offset(UtcOffset::UTC);
	fhir_date(&utc.format(&Rfc3339).map_err(|_| "it is out of range".to_owned())?)
}

/// A text that FHIR takes for a date or time.
fn fhir_date<'a>(text: &str) -> Result<Built<'a>, String> {
	Interval::parse(text).map_err(|_| "it is not a FHIR date or time".to_owned())?;
	Ok(Built::Text(text.to_owned()))
}

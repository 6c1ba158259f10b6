//! Moments as text: RFC 3339 in UTC with milliseconds, one text per moment.

use medrec_primitives::Moment;
use time::{
	format_description::BorrowedFormatItem, macros::format_description, OffsetDateTime,
	PrimitiveDateTime,
};

const FORMAT: &[BorrowedFormatItem] =
	format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// Last moment that has a text of its own: the end of the year 9999.
const LAST: Moment = 253_402_300_799_999;

/// The text is not a moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a moment is written like 2026-11-22T18:00:00.000Z")]
pub struct MomentError;

/// `2026-11-22T18:00:00.000Z`. Moments after the year 9999 are written as its last millisecond.
pub fn format_moment(moment: Moment) -> String {
	OffsetDateTime::from_unix_timestamp_nanos(i128::from(moment.min(LAST)) * 1_000_000)
		.ok()
		.and_then(|time| time.format(FORMAT).ok())
		.expect("every moment from 1970 to 9999 is in range and has the parts of the format; qed")
}

/// Reads exactly what [`format_moment`] writes.
pub fn parse_moment(text: &str) -> Result<Moment, MomentError> {
	let nanoseconds = PrimitiveDateTime::parse(text, FORMAT)
		.map_err(|_| MomentError)?
		.assume_utc()
		.unix_timestamp_nanos();
	let moment = Moment::try_from(nanoseconds / 1_000_000).map_err(|_| MomentError)?;
	if format_moment(moment) != text {
		return Err(MomentError);
	}
	Ok(moment)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn one_text_per_moment() {
		for (moment, text) in [
			(0, "1970-01-01T00:00:00.000Z"),
			(951_782_400_001, "2000-02-29T00:00:00.001Z"),
			(1_795_370_400_000, "2026-11-22T18:00:00.000Z"),
			(LAST, "9999-12-31T23:59:59.999Z"),
		] {
			assert_eq!(format_moment(moment), text);
			assert_eq!(parse_moment(text), Ok(moment));
		}
		assert_eq!(format_moment(Moment::MAX), "9999-12-31T23:59:59.999Z");
	}

	#[test]
	fn other_texts_are_refused() {
		for text in [
			"",
			"2026-11-22T18:00:00Z",
			"2026-11-22T18:00:00.0Z",
			"2026-11-22T18:00:00.0000Z",
			"2026-11-22T18:00:00.000+00:00",
			"2026-11-22 18:00:00.000Z",
			"2026-11-22t18:00:00.000z",
			"2026-02-29T18:00:00.000Z",
			"2026-11-22T24:00:00.000Z",
			"2026-11-22T23:59:60.000Z",
			" 2026-11-22T18:00:00.000Z",
			"2026-11-22T18:00:00.000Z\n",
			"+2026-11-22T18:00:00.000Z",
			"1969-12-31T23:59:59.999Z",
		] {
			assert_eq!(parse_moment(text), Err(MomentError), "{text:?}");
		}
	}
}

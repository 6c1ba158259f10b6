//! The time.

use medrec_primitives::Moment;
use std::time::{SystemTime, UNIX_EPOCH};
use time::{format_description::BorrowedFormatItem, macros::format_description, OffsetDateTime};

const MINUTES: &[BorrowedFormatItem] =
	format_description!("[year]-[month]-[day] [hour]:[minute] UTC");

/// Unix time in milliseconds.
pub fn now() -> Moment {
	let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
	Moment::try_from(since_epoch.as_millis()).unwrap_or(Moment::MAX)
}

/// A moment for people, to the minute: `2026-11-22 18:00 UTC`.
pub fn for_people(moment: Moment) -> String {
	i64::try_from(moment / 1000)
		.ok()
		.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
		.and_then(|time| time.format(MINUTES).ok())
		.unwrap_or_else(|| "for ever".to_owned())
}

/// Units of a length of time, milliseconds each, largest first.
const UNITS: [(Moment, &str); 4] =
	[(86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s")];

/// A length of time for people, in its two largest units: `4 h`, `2 d 23 h`.
pub fn span(milliseconds: Moment) -> String {
	let Some(largest) = UNITS.iter().position(|(unit, _)| milliseconds >= *unit) else {
		return format!("{milliseconds} ms");
	};
	let mut rest = milliseconds;
	let mut parts = Vec::new();
	for (unit, name) in UNITS.iter().skip(largest).take(2) {
		let count = rest / unit;
		rest %= unit;
		if count > 0 {
			parts.push(format!("{count} {name}"));
		}
	}
	parts.join(" ")
}

/// A length of time in milliseconds, from something like `10min` or `3days`.
pub fn parse_span(text: &str) -> Result<Moment, String> {
	let duration = humantime::parse_duration(text).map_err(|error| {
		format!("`{text}` is no duration ({error}); write something like 45s, 10min or 3days")
	})?;
	Moment::try_from(duration.as_millis()).map_err(|_| format!("`{text}` is too long a time"))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn moments_are_shown_to_the_minute() {
		assert_eq!(for_people(1_795_370_459_999), "2026-11-22 18:00 UTC");
		assert_eq!(for_people(0), "1970-01-01 00:00 UTC");
		assert_eq!(for_people(Moment::MAX), "for ever");
	}

	#[test]
	fn lengths_of_time_are_shown_in_two_units() {
		for (milliseconds, expected) in [
			(0, "0 ms"),
			(999, "999 ms"),
			(2_000, "2 s"),
			(60_000, "1 min"),
			(3_599_999, "59 min 59 s"),
			(4 * 3_600_000, "4 h"),
			(4 * 3_600_000 + 5_000, "4 h"),
			(3 * 86_400_000 - 2_000, "2 d 23 h"),
		] {
			assert_eq!(span(milliseconds), expected);
		}
	}

	#[test]
	fn lengths_of_time_are_read_with_their_unit() {
		assert_eq!(parse_span("1h 30min"), Ok(5_400_000));
		assert_eq!(parse_span("0s"), Ok(0));
		for text in ["", "3", "soon", "-1d"] {
			assert!(parse_span(text).unwrap_err().contains("is no duration"), "{text}");
		}
	}
}

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

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn moments_are_shown_to_the_minute() {
		assert_eq!(for_people(1_795_370_459_999), "2026-11-22 18:00 UTC");
		assert_eq!(for_people(0), "1970-01-01 00:00 UTC");
		assert_eq!(for_people(Moment::MAX), "for ever");
	}
}

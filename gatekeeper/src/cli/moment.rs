//! Moments as people write them.

use medrec_primitives::Moment;
use time::{format_description::well_known::Rfc3339, OffsetDateTime};

/// A moment from a time of RFC 3339, such as `2026-12-31T18:00:00Z`.
pub fn parse(text: &str) -> Result<Moment, String> {
	let time = OffsetDateTime::parse(text, &Rfc3339)
		.map_err(|error| format!("write it like 2026-12-31T18:00:00Z ({error})"))?;
	Moment::try_from(time.unix_timestamp_nanos() / 1_000_000)
		.map_err(|_| "it lies before 1970".to_owned())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn reads_rfc_3339_in_any_zone() {
		assert_eq!(parse("1970-01-01T00:00:01.5Z"), Ok(1_500));
		assert_eq!(parse("1970-01-01T02:00:00+02:00"), Ok(0));
		assert!(parse("1969-12-31T23:59:59Z").is_err());
		assert!(parse("tomorrow").is_err());
	}
}

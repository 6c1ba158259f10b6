use super::*;
use proptest::prelude::*;

fn parse(text: &str) -> Interval {
	Interval::parse(text).unwrap_or_else(|_| panic!("{text}"))
}

#[test]
fn covers_what_the_precision_says() {
	for (text, from, to) in [
		("1970", 0, 365 * DAY),
		("1972", 730 * DAY, 1096 * DAY),
		("1970-02", 31 * DAY, 59 * DAY),
		("1972-02", 761 * DAY, 790 * DAY),
		("1970-01-02", DAY, 2 * DAY),
		("1970-01-01T00:01", 60_000, 120_000),
		("1970-01-01T00:01Z", 60_000, 120_000),
		("1970-01-01T00:00:02Z", 2_000, 3_000),
		("1970-01-01T00:00:02.5Z", 2_500, 2_600),
		("1970-01-01T00:00:02.25Z", 2_250, 2_260),
		("1970-01-01T00:00:02.123Z", 2_123, 2_124),
		("1970-01-01T00:00:02.123987Z", 2_123, 2_124),
		("1970-01-01T02:00:00+02:00", 0, 1_000),
		("1969-12-31T14:00:00-10:00", 0, 1_000),
		("1970-01-01T05:30:00+05:30", 0, 1_000),
		("1969-12-31", -DAY, 0),
	] {
		assert_eq!(parse(text), Interval { from, to }, "{text}");
	}
	assert_eq!(parse("2016-12-31T23:59:60Z"), parse("2016-12-31T23:59:59Z"));
}

#[test]
fn refuses_what_is_no_date() {
	for text in [
		"",
		"70",
		"1970-",
		"1970-1",
		"1970-13",
		"1970-00",
		"1970-02-30",
		"1971-02-29",
		"1970-01-1",
		"1970-01-01-01",
		"1970-01-01T",
		"1970-01-01T1",
		"1970-01-01T24:00:00Z",
		"1970-01-01T00:60Z",
		"1970-01-01T00:00:61Z",
		"1970-01-01T00:00:00.Z",
		"1970-01-01T00:00.5Z",
		"1970T00:00Z",
		"1970-01T00:00:00Z",
		"1970-01-01T00:00:00+1:00",
		"1970-01-01T00:00:00+15:00",
		"1970-01-01T00:00:00ZZ",
		"1970-01-01 00:00:00",
		"+970",
		"1970-01-01T+1:00",
		"１９７０",
		"1970-01-01T00:00:00:00Z",
	] {
		assert_eq!(Interval::parse(text), Err(InvalidDate), "{text}");
	}
}

#[test]
fn periods_may_be_open() {
	let start = parse("2020-01-31").from;
	let end = parse("2020-02").to;
	assert_eq!(
		Interval::of_period(Some("2020-01-31"), Some("2020-02")),
		Ok(Interval { from: start, to: end })
	);
	assert_eq!(
		Interval::of_period(Some("2020-01-31"), None),
		Ok(Interval { from: start, to: Millis::MAX })
	);
	assert_eq!(
		Interval::of_period(None, Some("2020-02")),
		Ok(Interval { from: Millis::MIN, to: end })
	);
	assert_eq!(Interval::of_period(Some("2021"), Some("2020")), Err(InvalidDate));
	assert!(Interval::of_period(Some("2020-06"), Some("2020")).is_ok());
}

#[test]
fn approximate_dates_are_wider_the_farther_they_are() {
	let year = parse("2000");
	let now = year.to + 100;
	assert_eq!(year.approximately(now), Interval { from: year.from - 10, to: year.to + 10 });
	let before = year.from - 100;
	assert_eq!(year.approximately(before), Interval { from: year.from - 10, to: year.to + 10 });
	assert_eq!(year.approximately(year.from), year);
}

#[test]
fn prefixes_are_split_off() {
	assert_eq!(Prefix::split("ge2020"), (Prefix::GreaterOrEqual, "2020"));
	assert_eq!(Prefix::split("2020"), (Prefix::Equal, "2020"));
	assert_eq!(Prefix::split("ap"), (Prefix::Approximately, ""));
}

proptest! {
	/// No text makes it panic, and what it reads covers some time.
	#[test]
	fn any_text_is_a_date_or_refused(text in prop_oneof!["\\PC*", "[0-9]{4}-[01][0-9]-[0-3][0-9](T[0-9:.Z+-]{0,20})?"]) {
		if let Ok(interval) = Interval::parse(&text) {
			prop_assert!(interval.from < interval.to);
		}
	}
}

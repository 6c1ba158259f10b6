//! FHIR dates and times as intervals, and how search prefixes compare them.

use time::{Date, Duration, Month, OffsetDateTime, Time, UtcOffset};

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type Millis = i64;

/// What a date of a certain precision covers, half-open: `2020-03` is all of March. An open end of a
/// period is [`Millis::MIN`] or [`Millis::MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
	/// First moment.
	pub from: Millis,
	/// First moment after it.
	pub to: Millis,
}

/// The text is no FHIR date or time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a date: write YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss with Z or an offset")]
pub struct InvalidDate;

/// How a value is compared (FHIR R4, search, prefixes).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefix {
	/// `eq`: the parameter's interval contains the record's.
	Equal,
	/// `ne`: it does not.
	NotEqual,
	/// `lt`: some of the record's interval lies before the parameter's.
	Less,
	/// `gt`: some of it lies after.
	Greater,
	/// `le`: [`Less`](Self::Less) or [`Equal`](Self::Equal).
	LessOrEqual,
	/// `ge`: [`Greater`](Self::Greater) or [`Equal`](Self::Equal).
	GreaterOrEqual,
	/// `sa`: all of it lies after.
	StartsAfter,
	/// `eb`: all of it lies before.
	EndsBefore,
	/// `ap`: the intervals overlap, within a tenth of the time between the parameter and now.
	Approximately,
}

impl Prefix {
	const ALL: [(&'static str, Self); 9] = [
		("eq", Self::Equal),
		("ne", Self::NotEqual),
		("lt", Self::Less),
		("gt", Self::Greater),
		("le", Self::LessOrEqual),
		("ge", Self::GreaterOrEqual),
		("sa", Self::StartsAfter),
		("eb", Self::EndsBefore),
		("ap", Self::Approximately),
	];

	/// The prefix at the beginning of a value, `eq` if there is none, and the rest.
	pub fn split(value: &str) -> (Self, &str) {
		Self::ALL
			.iter()
			.find_map(|(text, prefix)| value.strip_prefix(text).map(|rest| (*prefix, rest)))
			.unwrap_or((Self::Equal, value))
	}

	/// Whether a record's interval compares so with the one that is asked for. For
	/// [`Self::Approximately`] that one is widened already ([`Interval::approximately`]).
	pub fn holds(self, record: Interval, asked: Interval) -> bool {
		let contained = record.from >= asked.from && record.to <= asked.to;
		let before = record.from < asked.from;
		let after = record.to > asked.to;
		match self {
			Self::Equal => contained,
			Self::NotEqual => !contained,
			Self::Less => before,
			Self::Greater => after,
			Self::LessOrEqual => before || contained,
			Self::GreaterOrEqual => after || contained,
			Self::StartsAfter => record.from >= asked.to,
			Self::EndsBefore => record.to <= asked.from,
			Self::Approximately => record.from < asked.to && record.to > asked.from,
		}
	}
}

impl Interval {
	/// What a FHIR `date`, `dateTime` or `instant` covers. Without an offset it is taken as UTC.
	/// Fractions finer than a millisecond are cut off.
	pub fn parse(text: &str) -> Result<Self, InvalidDate> {
		parse(text).ok_or(InvalidDate)
	}

	/// What a FHIR Period covers; a missing end is open. A period that ends before it starts is no
	/// date.
	pub fn of_period(start: Option<&str>, end: Option<&str>) -> Result<Self, InvalidDate> {
		let from = start.map(Self::parse).transpose()?.map_or(Millis::MIN, |start| start.from);
		let to = end.map(Self::parse).transpose()?.map_or(Millis::MAX, |end| end.to);
		if from < to {
			Ok(Self { from, to })
		} else {
			Err(InvalidDate)
		}
	}

	/// This interval, wider at both ends by a tenth of the time between it and `now`.
	pub fn approximately(self, now: Millis) -> Self {
		let distance = if now >= self.to {
			now.saturating_sub(self.to)
		} else {
			self.from.saturating_sub(now).max(0)
		};
		let margin = distance / 10;
		Self { from: self.from.saturating_sub(margin), to: self.to.saturating_add(margin) }
	}
}

/// The number that these ASCII digits write.
fn number(text: &str) -> Option<u32> {
	text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn parse(text: &str) -> Option<Interval> {
	if !text.is_ascii() {
		return None;
	}
	let (date, time) = match text.split_once('T') {
		Some((date, time)) => (date, Some(time)),
		None => (text, None),
	};
	let mut parts = date.split('-');
	let year = parts.next().filter(|year| year.len() == 4).and_then(number)?;
	let mut two_digits = || match parts.next() {
		Some(part) if part.len() == 2 => number(part).map(Some),
		Some(_) => None,
		None => Some(None),
	};
	let (month, day) = (two_digits()?, two_digits()?);
	if parts.next().is_some() {
		return None;
	}
	let year = i32::try_from(year).ok()?;
	let month_of = |month: u32| u8::try_from(month).ok().and_then(|m| Month::try_from(m).ok());
	let first = Date::from_calendar_date(
		year,
		month_of(month.unwrap_or(1))?,
		u8::try_from(day.unwrap_or(1)).ok()?,
	)
	.ok()?;
	let start = millis(first.midnight().assume_utc());
	match (month, day, time) {
		(_, Some(_), Some(time)) => parse_time(first, time),
		(_, _, Some(_)) => None,
		(None, _, None) => {
			Some(Interval { from: start, to: start + DAY * i64::from(days_in_year(year)) })
		},
		(Some(month), None, None) => {
			let days = month_of(month)?.length(year);
			Some(Interval { from: start, to: start + DAY * i64::from(days) })
		},
		(Some(_), Some(_), None) => Some(Interval { from: start, to: start + DAY }),
	}
}

const DAY: Millis = 86_400_000;

fn days_in_year(year: i32) -> u16 {
	time::util::days_in_year(year)
}

fn millis(moment: OffsetDateTime) -> Millis {
	(moment - OffsetDateTime::UNIX_EPOCH).whole_milliseconds() as Millis
}

fn parse_time(date: Date, text: &str) -> Option<Interval> {
	let (clock, offset) = match text.find(['Z', '+', '-']) {
		Some(at) => (text.get(..at)?, parse_offset(text.get(at..)?)?),
		None => (text, UtcOffset::UTC),
	};
	let (clock, fraction) = match clock.split_once('.') {
		Some((clock, fraction)) => (clock, Some(fraction)),
		None => (clock, None),
	};
	let mut parts = clock.split(':').map(|part| {
		number(part).filter(|_| part.len() == 2).and_then(|part| u8::try_from(part).ok())
	});
	let hour = parts.next()??;
	let minute = parts.next()??;
	let second = parts.next();
	if parts.next().is_some() || (fraction.is_some() && second.is_none()) {
		return None;
	}
	let second_of_minute = match second {
		Some(second) => second?,
		None => 0,
	};
	// A leap second covers the same moments as the second before it.
	let time = Time::from_hms(hour, minute, second_of_minute.min(59)).ok()?;
	if second_of_minute > 60 {
		return None;
	}
	let start = date.with_time(time).assume_offset(UtcOffset::UTC)
		- Duration::seconds(i64::from(offset.whole_seconds()));
	let start = millis(start);
	let length = match (second, fraction) {
		(None, _) => 60_000,
		(Some(_), None) => 1_000,
		(Some(_), Some(fraction)) => return with_fraction(start, fraction),
	};
	Some(Interval { from: start, to: start + length })
}

/// A second and a fraction of it: as wide as its last digit, and at least a millisecond.
fn with_fraction(start: Millis, fraction: &str) -> Option<Interval> {
	if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
		return None;
	}
	let kept = fraction.get(..fraction.len().min(3))?;
	let width = match kept.len() {
		1 => 100,
		2 => 10,
		_ => 1,
	};
	let from = start + i64::from(number(kept)?) * width;
	Some(Interval { from, to: from + width })
}

fn parse_offset(text: &str) -> Option<UtcOffset> {
	if text == "Z" {
		return Some(UtcOffset::UTC);
	}
	let sign = match text.get(..1)? {
		"+" => 1,
		"-" => -1,
		_ => return None,
	};
	let (hours, minutes) = text.get(1..)?.split_once(':')?;
	if hours.len() != 2 || minutes.len() != 2 {
		return None;
	}
	let (hours, minutes) = (number(hours)?, number(minutes)?);
	if hours > 14 || minutes > 59 {
		return None;
	}
	UtcOffset::from_hms(sign * hours as i8, sign * minutes as i8, 0).ok()
}

#[cfg(test)]
mod tests;

//! What a grant says: read from a command line, and said back in words.

use crate::clock;
use medrec_primitives::{
	Labels, Moment, Purpose, Purposes, RecordTypes, Rule, Terms, VOCABULARY_VERSION,
};
use std::time::Duration;
use time::{
	format_description::well_known::Rfc3339, macros::format_description, Date, OffsetDateTime,
};

/// By how much a new grant begins in the past, so that it holds at once for a chain whose last block is a
/// little old.
const HEAD_START: Moment = 60_000;

/// Longest time for which a grant can be made: ten years.
const MAX_DURATION: Duration = Duration::from_secs(10 * 366 * 86_400);

/// Read a comma-separated list of members of a bit set; `all` stands for every member.
macro_rules! parse_set {
	($(#[$doc:meta])* $name:ident, $set:ty, $what:literal) => {
		$(#[$doc])*
		pub fn $name(text: &str) -> Result<$set, String> {
			let mut set = <$set>::NONE;
			for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
				let member = if word.eq_ignore_ascii_case("all") {
					Some(<$set>::ALL)
				} else {
					<$set>::NAMES
						.iter()
						.find(|(_, name)| same_word(name, word))
						.map(|(member, _)| *member)
				};
				set = set.union(member.ok_or_else(|| {
					let names: Vec<_> = <$set>::ALL.names().collect();
					format!(
						concat!("`{}` is no ", $what, "; there is: {}, or all"),
						word,
						names.join(", ")
					)
				})?);
			}
			Ok(set)
		}
	};
}

parse_set!(
	/// Types of records from their names: `medications,vital-signs`.
	parse_types,
	RecordTypes,
	"type of record"
);
parse_set!(
	/// Sensitivity labels from their names: `hiv,mental-health`.
	parse_labels,
	Labels,
	"label"
);
parse_set!(
	/// Purposes from their names: `treatment,payment`.
	parse_purposes,
	Purposes,
	"purpose"
);

/// One purpose from its name.
pub fn parse_purpose(text: &str) -> Result<Purpose, String> {
	let set = parse_purposes(text)?;
	Purpose::ALL
		.into_iter()
		.find(|purpose| Purposes::from(*purpose) == set)
		.ok_or_else(|| "expected exactly one purpose".to_owned())
}

/// Whether a word is a name, in whatever case and with or without hyphens (`vital-signs`, `vitalSigns`).
fn same_word(name: &str, word: &str) -> bool {
	let letters = |text: &str| {
		text.chars()
			.filter(|letter| !matches!(letter, '-' | '_'))
			.map(|letter| letter.to_ascii_lowercase())
			.collect::<String>()
	};
	letters(name) == letters(word)
}

/// A duration such as `1d`, `2h 30min`, `1week`.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
	let duration = humantime::parse_duration(text).map_err(|error| {
		format!("`{text}` is no duration ({error}); write something like 1d, 12h or 2weeks")
	})?;
	if duration.is_zero() {
		return Err("a grant for no time grants nothing".to_owned());
	}
	if duration > MAX_DURATION {
		return Err("a grant holds for at most ten years".to_owned());
	}
	Ok(duration)
}

/// A last day (`2026-12-01`: to its end, in UTC) or an exact moment (`2026-12-01T12:00:00Z`), as the first
/// moment that is no longer in it.
pub fn parse_until(text: &str) -> Result<Moment, String> {
	const DAY: &[time::format_description::BorrowedFormatItem] =
		format_description!("[year]-[month]-[day]");
	let end = match Date::parse(text, DAY) {
		Ok(day) => day
			.next_day()
			.map(|next| next.midnight().assume_utc())
			.ok_or_else(|| "that day is too far ahead".to_owned())?,
		Err(_) => OffsetDateTime::parse(text, &Rfc3339).map_err(|_| {
			format!("`{text}` is no day; write 2026-12-01, or 2026-12-01T12:00:00Z for a moment")
		})?,
	};
	Moment::try_from(end.unix_timestamp_nanos() / 1_000_000)
		.map_err(|_| format!("`{text}` is long ago"))
}

/// Terms of one rule that holds from now on.
pub fn terms(
	types: RecordTypes,
	labels: Labels,
	purposes: Purposes,
	now: Moment,
	until: Moment,
) -> Result<Terms, String> {
	if types.is_empty() {
		return Err("say which types of records may be seen, with --types".to_owned());
	}
	if purposes.is_empty() {
		return Err("say what they may be used for, with --purpose".to_owned());
	}
	if until <= now {
		return Err(format!("the grant would be over already, since {}", clock::for_people(until)));
	}
	let longest = Moment::try_from(MAX_DURATION.as_millis()).unwrap_or(Moment::MAX);
	if until - now > longest {
		return Err("a grant holds for at most ten years".to_owned());
	}
	let not_before = now.saturating_sub(HEAD_START);
	let rule = Rule { types, labels, purposes, not_before, not_after: until };
	let rules = vec![rule].try_into().map_err(|_| "too many rules".to_owned())?;
	Ok(Terms { vocabulary: VOCABULARY_VERSION, rules, policy: None })
}

/// When the last of the rules ends.
pub fn end(terms: &Terms) -> Moment {
	terms.rules.iter().map(|rule| rule.not_after).max().unwrap_or_default()
}

/// What a rule allows, in words, one line each.
pub fn describe_rule(rule: &Rule) -> Vec<String> {
	let labels = if rule.labels == Labels::ALL {
		"also records with any sensitivity label".to_owned()
	} else if rule.labels.is_empty() {
		"no records that carry a sensitivity label".to_owned()
	} else {
		format!("also records labelled {}; no others that carry a label", list(rule.labels.names()))
	};
	vec![
		format!("may see {}", types(rule.types)),
		labels,
		format!("to be used for {}", list(rule.purposes.names())),
		format!("until {}", clock::for_people(rule.not_after)),
	]
}

/// What terms allow, in words, on one line.
pub fn describe(terms: &Terms) -> String {
	let rules: Vec<_> = terms.rules.iter().map(short).collect();
	let narrowed = if terms.policy.is_some() { "; narrowed by a policy" } else { "" };
	match rules.is_empty() {
		true => "nothing".to_owned(),
		false => format!("{}{narrowed}", rules.join("; or ")),
	}
}

fn short(rule: &Rule) -> String {
	let labels = if rule.labels == Labels::ALL {
		", with any label".to_owned()
	} else if rule.labels.is_empty() {
		String::new()
	} else {
		format!(", with label {}", list(rule.labels.names()))
	};
	format!("{}{labels}, for {}", types(rule.types), list(rule.purposes.names()))
}

fn types(types: RecordTypes) -> String {
	if types == RecordTypes::ALL {
		"records of all types".to_owned()
	} else {
		list(types.names())
	}
}

pub(crate) fn list(names: impl Iterator<Item = &'static str>) -> String {
	let words: Vec<_> = names.map(in_words).collect();
	match words.as_slice() {
		[] => "nothing".to_owned(),
		[only] => only.clone(),
		[first @ .., last] => format!("{} and {last}", first.join(", ")),
	}
}

/// `vitalSigns` as `vital signs`; what is an abbreviation stays one.
fn in_words(name: &str) -> String {
	if name == "hiv" {
		return "HIV".to_owned();
	}
	name.chars().fold(String::new(), |mut words, letter| {
		if letter.is_ascii_uppercase() {
			words.push(' ');
		}
		words.push(letter.to_ascii_lowercase());
		words
	})
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	/// 2026-11-22T18:00:00Z
	const NOW: Moment = 1_795_370_400_000;
	const DAY: Moment = 86_400_000;

	#[test]
	fn names_are_taken_in_any_spelling() {
		let expected = RecordTypes::MEDICATIONS.union(RecordTypes::VITAL_SIGNS);
		for text in
			["medications,vitalSigns", "Medications, vital-signs", "VITAL_SIGNS,medications,"]
		{
			assert_eq!(parse_types(text).unwrap(), expected, "{text}");
		}
		assert_eq!(parse_types("all").unwrap(), RecordTypes::ALL);
		assert_eq!(parse_labels("").unwrap(), Labels::NONE);
		let error = parse_labels("hiv,secret").unwrap_err();
		assert!(error.starts_with("`secret` is no label; there is: mentalHealth, "), "{error}");
		assert_eq!(parse_purpose("treatment").unwrap(), Purpose::Treatment);
		assert!(parse_purpose("treatment,payment").is_err());
	}

	#[test]
	fn durations_have_bounds() {
		assert_eq!(parse_duration("1d").unwrap(), Duration::from_secs(86_400));
		assert_eq!(parse_duration("2h 30min").unwrap(), Duration::from_secs(9000));
		for text in ["", "0s", "1", "soon", "11years", "-1d"] {
			assert!(parse_duration(text).is_err(), "{text}");
		}
	}

	#[test]
	fn a_last_day_is_in_the_grant_and_a_moment_is_not() {
		let midnight = NOW - 18 * 3_600_000;
		assert_eq!(parse_until("2026-11-22").unwrap(), midnight + DAY);
		assert_eq!(parse_until("2026-11-22T18:00:00Z").unwrap(), NOW);
		assert_eq!(parse_until("2026-11-22T19:00:00+01:00").unwrap(), NOW);
		for text in ["", "tomorrow", "2026-13-01", "2026-11-22T18:00", "1960-01-01"] {
			assert!(parse_until(text).is_err(), "{text}");
		}
	}

	#[test]
	fn empty_and_past_grants_are_refused() {
		let make = |types, purposes, until| terms(types, Labels::NONE, purposes, NOW, until);
		let (types, purposes) = (RecordTypes::MEDICATIONS, Purposes::TREATMENT);
		assert!(make(types, purposes, NOW + DAY).is_ok());
		assert!(make(RecordTypes::NONE, purposes, NOW + DAY).is_err());
		assert!(make(types, Purposes::NONE, NOW + DAY).is_err());
		assert!(make(types, purposes, NOW).is_err());
		assert!(make(types, purposes, NOW + 4000 * DAY).is_err());
	}

	#[test]
	fn a_grant_is_said_back_in_words() {
		let types = RecordTypes::MEDICATIONS.union(RecordTypes::VITAL_SIGNS);
		let purposes = Purposes::TREATMENT.union(Purposes::PAYMENT);
		let terms = terms(types, Labels::HIV, purposes, NOW, NOW + DAY).unwrap();
		assert_eq!(
			describe_rule(&terms.rules[0]),
			[
				"may see medications and vital signs",
				"also records labelled HIV; no others that carry a label",
				"to be used for treatment and payment",
				"until 2026-11-23 18:00 UTC",
			]
		);
		assert_eq!(
			describe(&terms),
			"medications and vital signs, with label HIV, for treatment and payment"
		);
	}

	proptest! {
		/// What is said names exactly what is granted.
		#[test]
		fn words_name_every_type_and_no_other(bits in 1u32..=RecordTypes::ALL.0) {
			let granted = RecordTypes(bits);
			let terms = terms(granted, Labels::NONE, Purposes::TREATMENT, NOW, NOW + DAY).unwrap();
			let words = describe(&terms);
			if granted == RecordTypes::ALL {
				prop_assert!(words.starts_with("records of all types"));
			} else {
				let said = words.split(", for ").next().unwrap().replace(" and ", ", ");
				let said: Vec<_> = said.split(", ").map(str::to_owned).collect();
				let expected: Vec<_> = granted.names().map(in_words).collect();
				prop_assert_eq!(said, expected);
			}
		}

		#[test]
		fn any_set_is_read_back_from_its_names(bits in 0u32..=RecordTypes::ALL.0) {
			let set = RecordTypes(bits);
			let text = set.names().collect::<Vec<_>>().join(",");
			prop_assert_eq!(parse_types(&text).unwrap(), set);
		}
	}
}

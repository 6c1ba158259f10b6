//! What a search asks of each resource.

use super::{
	rejection::{invalid, Rejection},
	token, Element, Meaning, SearchParameter, Token, MAX_ALTERNATIVES,
};
use crate::fhir::{
	date::{Interval, Millis, Prefix},
	is_id, ResourceType,
};

/// One condition. All conditions of a search have to hold; of a condition, one alternative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
	/// The logical id is one of these.
	Id(Vec<String>),
	/// The patient is one of these.
	Patient(Vec<String>),
	/// The element has one of these codes.
	Token {
		/// Which element.
		element: Element,
		/// Codes, with or without their system.
		any: Vec<Token>,
	},
	/// One of the times of the record compares so with one of these.
	Date(Vec<(Prefix, Interval)>),
	/// The time of its last update, which covers a millisecond, compares so with one of these.
	LastUpdated(Vec<(Prefix, Interval)>),
}

impl Condition {
	/// Understand a parameter.
	pub(super) fn parse(
		resource_type: ResourceType,
		name: &str,
		value: &str,
		now: Millis,
	) -> Result<Self, Rejection> {
		let parameter = SearchParameter::of(resource_type)
			.find(|parameter| parameter.name == name)
			.ok_or_else(|| Rejection::of_parameter(resource_type, name))?;
		let alternatives = token::split(value).map_err(|reason| invalid(name, reason))?;
		if alternatives.len() > MAX_ALTERNATIVES {
			return Err(invalid(name, format_args!("at most {MAX_ALTERNATIVES} alternatives")));
		}
		Self::of(parameter.meaning, alternatives, now).map_err(|reason| invalid(name, reason))
	}

	fn of(meaning: Meaning, alternatives: Vec<Vec<String>>, now: Millis) -> Result<Self, String> {
		let alternatives = alternatives.into_iter();
		match meaning {
			Meaning::Id => alternatives.map(id).collect::<Result<_, _>>().map(Self::Id),
			Meaning::Patient => {
				alternatives.map(patient).collect::<Result<_, _>>().map(Self::Patient)
			},
			Meaning::Token(element) => alternatives
				.map(Token::from_parts)
				.collect::<Result<_, _>>()
				.map(|any| Self::Token { element, any }),
			Meaning::Date => {
				alternatives.map(|parts| date(parts, now)).collect::<Result<_, _>>().map(Self::Date)
			},
			Meaning::LastUpdated => alternatives
				.map(|parts| date(parts, now))
				.collect::<Result<_, _>>()
				.map(Self::LastUpdated),
		}
	}

	/// Whether it says something else at another time.
	pub(super) fn depends_on_now(&self) -> bool {
		match self {
			Self::Date(any) | Self::LastUpdated(any) => {
				any.iter().any(|(prefix, _)| *prefix == Prefix::Approximately)
			},
			Self::Id(_) | Self::Patient(_) | Self::Token { .. } => false,
		}
	}
}

fn single(parts: Vec<String>) -> Result<String, String> {
	let [part] = <[String; 1]>::try_from(parts).map_err(|_| "`|` does not belong here")?;
	Ok(part)
}

fn id(parts: Vec<String>) -> Result<String, String> {
	single(parts).and_then(|id| {
		if is_id(&id) {
			Ok(id)
		} else {
			Err("an id is 1 to 64 letters, digits, `-` or `.`".into())
		}
	})
}

fn patient(parts: Vec<String>) -> Result<String, String> {
	let reference = single(parts)?;
	let id = reference.strip_prefix("Patient/").unwrap_or(&reference);
	if is_id(id) {
		Ok(id.to_owned())
	} else {
		Err("write Patient/ID or the id alone".into())
	}
}

fn date(parts: Vec<String>, now: Millis) -> Result<(Prefix, Interval), String> {
	let text = single(parts)?;
	let (prefix, text) = Prefix::split(&text);
	let interval = Interval::parse(text).map_err(|error| {
		let hint = if text.contains(' ') { " (in a URL, `+` is written %2B)" } else { "" };
		format!("{error}{hint}")
	})?;
	let interval = match prefix {
		Prefix::Approximately => interval.approximately(now),
		_ => interval,
	};
	Ok((prefix, interval))
}

//! Searches: what a query string asks for, as far as it is supported. What is not supported is an
//! error, never ignored: a parameter that were dropped in silence would widen the answer.

mod cursor;
mod parameters;
mod token;

pub use parameters::{Meaning, SearchParameter};
pub use token::Token;

use super::{
	date::{Interval, Millis, Prefix},
	is_id, IssueType, OperationOutcome, ResourceType,
};
pub use cursor::Position;
use url::form_urlencoded;

/// Resources on a page, if the request does not say.
pub const DEFAULT_COUNT: u16 = 50;
/// Resources on a page at most; who asks for more gets this many and a next link.
pub const MAX_COUNT: u16 = 200;
/// Parameters of a search at most.
pub const MAX_PARAMETERS: usize = 24;
/// Alternatives, separated by commas, in one value at most.
pub const MAX_ALTERNATIVES: usize = 32;
/// Bytes of a value, decoded, at most.
pub const MAX_VALUE_LENGTH: usize = 1_024;

const COUNT: &str = "_count";
const CURSOR: &str = "_cursor";

/// One condition. All conditions of a search have to hold; of a condition, one alternative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
	/// The logical id is one of these.
	Id(Vec<String>),
	/// The patient is one of these.
	Patient(Vec<String>),
	/// The element indexed as `code` or `category` has one of these codes.
	Token {
		/// Which of the two.
		element: Element,
		/// Codes, with or without their system.
		any: Vec<Token>,
	},
	/// The time of the record compares so with one of these.
	Date(Vec<(Prefix, Interval)>),
}

/// Elements that codes are indexed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Element {
	/// What it is about.
	Code,
	/// How it is sorted.
	Category,
}

impl Element {
	/// Its name in the database.
	pub const fn name(self) -> &'static str {
		match self {
			Self::Code => "code",
			Self::Category => "category",
		}
	}
}

/// A search that is understood completely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchQuery {
	resource_type: ResourceType,
	parameters: Vec<(String, String)>,
	conditions: Vec<Condition>,
	count: u16,
	after: Option<Position>,
	now: Millis,
}

impl SearchQuery {
	/// Understand the query part of a URL (what follows `?`, still encoded). `now` is the current
	/// time, which approximate dates refer to.
	///
	/// Errors are the client's: status 400.
	pub fn parse(
		resource_type: ResourceType,
		query: &str,
		now: Millis,
	) -> Result<Self, OperationOutcome> {
		let mut parameters = Vec::new();
		let (mut count, mut cursor) = (None, None);
		for (name, value) in form_urlencoded::parse(query.as_bytes()) {
			check_text(&name, &value)?;
			if parameters.len() == MAX_PARAMETERS {
				let text = format!("a search has at most {MAX_PARAMETERS} parameters");
				return Err(OperationOutcome::error(IssueType::TooLong, text));
			}
			let once = match &*name {
				COUNT => Some(&mut count),
				CURSOR => Some(&mut cursor),
				_ => None,
			};
			if let Some(once) = once {
				if once.replace(value.to_string()).is_some() {
					return Err(invalid(&name, "this parameter stands once in a search"));
				}
			}
			if name != CURSOR {
				parameters.push((name.into_owned(), value.into_owned()));
			}
		}

		let after = cursor
			.map(|cursor| {
				Position::decode(&cursor, resource_type, &parameters).ok_or_else(|| {
					invalid(CURSOR, "not the next link of this search; begin it anew without it")
				})
			})
			.transpose()?;
		let now = after.as_ref().map_or(now, |after| after.now);
		let conditions = parameters
			.iter()
			.filter(|(name, _)| name != COUNT)
			.map(|(name, value)| condition(resource_type, name, value, now))
			.collect::<Result<_, _>>()?;
		let count = count.as_deref().map_or(Ok(DEFAULT_COUNT), parse_count)?;
		Ok(Self { resource_type, parameters, conditions, count, after, now })
	}

	/// The type that is searched.
	pub fn resource_type(&self) -> ResourceType {
		self.resource_type
	}

	/// What has to hold.
	pub fn conditions(&self) -> &[Condition] {
		&self.conditions
	}

	/// Resources on a page; zero asks for the total alone.
	pub fn count(&self) -> u16 {
		self.count
	}

	/// After which resource this page begins; `None` for the first page.
	pub fn after(&self) -> Option<&Position> {
		self.after.as_ref()
	}

	/// The cursor to the page after the resource of this time and id.
	pub fn cursor(&self, date: Millis, id: &str) -> String {
		Position { now: self.now, date, id: id.to_owned() }
			.encode(self.resource_type, &self.parameters)
	}

	/// URL of the page that was asked for.
	pub fn url(&self, base: &str) -> String {
		match &self.after {
			Some(after) => {
				self.url_of_page(base, &after.encode(self.resource_type, &self.parameters))
			},
			None => self.encode_url(base, None),
		}
	}

	/// URL of the page that a cursor leads to.
	pub fn url_of_page(&self, base: &str, cursor: &str) -> String {
		self.encode_url(base, Some(cursor))
	}

	fn encode_url(&self, base: &str, cursor: Option<&str>) -> String {
		let query = form_urlencoded::Serializer::new(String::new())
			.extend_pairs(&self.parameters)
			.extend_pairs(cursor.map(|cursor| (CURSOR, cursor)))
			.finish();
		match query.as_str() {
			"" => format!("{base}/{}", self.resource_type),
			query => format!("{base}/{}?{query}", self.resource_type),
		}
	}
}

fn invalid(parameter: &str, reason: impl std::fmt::Display) -> OperationOutcome {
	OperationOutcome::error(IssueType::Value, format!("search parameter `{parameter}`: {reason}"))
		.at(format!("http.{parameter}"))
}

fn check_text(name: &str, value: &str) -> Result<(), OperationOutcome> {
	if name.len() > MAX_VALUE_LENGTH || value.len() > MAX_VALUE_LENGTH {
		let text = format!("a search parameter is at most {MAX_VALUE_LENGTH} bytes long");
		return Err(OperationOutcome::error(IssueType::TooLong, text));
	}
	let odd = |text: &str| text.chars().any(|c| c.is_control() || c == char::REPLACEMENT_CHARACTER);
	if odd(name) || odd(value) {
		let text = "a search parameter holds control characters or is not UTF-8";
		return Err(OperationOutcome::error(IssueType::Value, text));
	}
	Ok(())
}

fn parse_count(value: &str) -> Result<u16, OperationOutcome> {
	let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
	if !digits {
		return Err(invalid(COUNT, "a whole number, zero or more"));
	}
	// More digits than fit are still a number, and more than a page holds.
	Ok(value.parse().unwrap_or(MAX_COUNT).min(MAX_COUNT))
}

fn condition(
	resource_type: ResourceType,
	name: &str,
	value: &str,
	now: Millis,
) -> Result<Condition, OperationOutcome> {
	let parameter = SearchParameter::of(resource_type)
		.find(|parameter| parameter.name == name)
		.ok_or_else(|| unknown(resource_type, name))?;
	let alternatives = token::split(value).map_err(|reason| invalid(name, reason))?;
	if alternatives.len() > MAX_ALTERNATIVES {
		return Err(invalid(name, format_args!("at most {MAX_ALTERNATIVES} alternatives")));
	}
	let parse = |alternatives: Vec<Vec<String>>| match parameter.meaning {
		Meaning::Id => {
			alternatives.into_iter().map(id).collect::<Result<_, _>>().map(Condition::Id)
		},
		Meaning::Patient => {
			alternatives.into_iter().map(patient).collect::<Result<_, _>>().map(Condition::Patient)
		},
		Meaning::Token(element) => alternatives
			.into_iter()
			.map(Token::from_parts)
			.collect::<Result<_, _>>()
			.map(|any| Condition::Token { element, any }),
		Meaning::Date => alternatives
			.into_iter()
			.map(|parts| date(parts, now))
			.collect::<Result<_, _>>()
			.map(Condition::Date),
	};
	parse(alternatives).map_err(|reason| invalid(name, reason))
}

fn unknown(resource_type: ResourceType, name: &str) -> OperationOutcome {
	let known = SearchParameter::of(resource_type)
		.map(|parameter| parameter.name)
		.chain([COUNT])
		.collect::<Vec<_>>()
		.join(", ");
	let text = format!(
		"`{name}` is not a search parameter of {resource_type} that is supported, modifiers and \
		 chains included; these are: {known}"
	);
	OperationOutcome::error(IssueType::NotSupported, text).at(format!("http.{name}"))
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

#[cfg(test)]
mod tests;

//! Searches: what a query string asks for, as far as it is supported. What is not supported is an
//! error, never ignored: a parameter that were dropped in silence would widen the answer.
//!
//! A backend translates [`SearchQuery::conditions`] into its own statements, or asks
//! [`SearchQuery::matches`] of each resource; both mean the same.

mod condition;
mod cursor;
mod everything;
mod matches;
mod parameters;
mod rejection;
mod sort;
mod token;

pub use condition::Condition;
pub use cursor::Position;
pub use everything::{EverythingQuery, Place};
pub use matches::Candidate;
pub use parameters::{Meaning, SearchParameter};
pub use rejection::{Reason, Rejection};
pub use sort::{Sort, SortKey};
pub use token::Token;

use super::{date::Millis, ResourceType};
use rejection::invalid;
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
const FORMAT: &str = "_format";
const SORT: &str = "_sort";

/// Elements that codes are indexed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Element {
	/// What it is about.
	Code,
	/// How it is sorted.
	Category,
	/// How it stands.
	Status,
}

impl Element {
	/// Its name in the database.
	pub const fn name(self) -> &'static str {
		match self {
			Self::Code => "code",
			Self::Category => "category",
			Self::Status => "status",
		}
	}
}

/// A search that is understood completely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchQuery {
	resource_type: ResourceType,
	parameters: Vec<(String, String)>,
	conditions: Vec<Condition>,
	sort: Sort,
	count: u16,
	after: Option<Position>,
	now: Millis,
}

impl SearchQuery {
	/// Understand the query part of a URL (what follows `?`, still encoded). `now` is the current
	/// time, which approximate dates refer to.
	///
	/// Errors are the client's: status 400.
	pub fn parse(resource_type: ResourceType, query: &str, now: Millis) -> Result<Self, Rejection> {
		let Parameters { all, cursor, count } = Parameters::split(query)?;
		let after = cursor
			.map(|cursor| {
				Position::decode(&cursor, resource_type, &all).ok_or_else(|| {
					invalid(CURSOR, "not the next link of this search; begin it anew without it")
				})
			})
			.transpose()?;
		let now = after.as_ref().map_or(now, |after| after.now);
		let conditions: Vec<_> = all
			.iter()
			.filter(|(name, _)| ![COUNT, FORMAT, SORT].contains(&name.as_str()))
			.map(|(name, value)| Condition::parse(resource_type, name, value, now))
			.collect::<Result<_, _>>()?;
		let sort = match value_of(&all, SORT) {
			Some(value) => Sort::parse(resource_type, value)?,
			None => Sort::default(),
		};
		// Links of other searches do not tell when these were made.
		let now = if conditions.iter().any(Condition::depends_on_now) { now } else { 0 };
		Ok(Self { resource_type, parameters: all, conditions, sort, count, after, now })
	}

	/// The type that is searched.
	pub fn resource_type(&self) -> ResourceType {
		self.resource_type
	}

	/// What has to hold.
	pub fn conditions(&self) -> &[Condition] {
		&self.conditions
	}

	/// In which order matches come; of those with the same time, by id.
	pub fn sort(&self) -> Sort {
		self.sort
	}

	/// Resources on a page; zero asks for the total alone.
	pub fn count(&self) -> u16 {
		self.count
	}

	/// After which resource this page begins; `None` for the first page.
	pub fn after(&self) -> Option<&Position> {
		self.after.as_ref()
	}

	/// The cursor to the page after the resource of this id and of this time, by which the search is
	/// sorted.
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
		encode_url(&format!("{base}/{}", self.resource_type), &self.parameters, cursor)
	}
}

/// The parameters of a query string, within their bounds.
struct Parameters {
	/// All but the cursor, in their order, as links repeat them.
	all: Vec<(String, String)>,
	cursor: Option<String>,
	count: u16,
}

impl Parameters {
	fn split(query: &str) -> Result<Self, Rejection> {
		let mut all = Vec::new();
		let mut cursor = None;
		for (name, value) in form_urlencoded::parse(query.as_bytes()) {
			check_text(&name, &value)?;
			if all.len() == MAX_PARAMETERS {
				let text = format!("a search has at most {MAX_PARAMETERS} parameters");
				return Err(Rejection::too_long(text));
			}
			let once = [COUNT, CURSOR, FORMAT, SORT].contains(&&*name);
			if once && (value_of(&all, &name).is_some() || (name == CURSOR && cursor.is_some())) {
				return Err(invalid(&name, "this parameter stands once in a search"));
			}
			if name == CURSOR {
				cursor = Some(value.into_owned());
			} else {
				all.push((name.into_owned(), value.into_owned()));
			}
		}
		let count = value_of(&all, COUNT).map_or(Ok(DEFAULT_COUNT), parse_count)?;
		Ok(Self { all, cursor, count })
	}
}

/// Value of the first parameter of this name.
fn value_of<'a>(parameters: &'a [(String, String)], name: &str) -> Option<&'a str> {
	parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

fn encode_url(path: &str, parameters: &[(String, String)], cursor: Option<&str>) -> String {
	let query = form_urlencoded::Serializer::new(String::new())
		.extend_pairs(parameters)
		.extend_pairs(cursor.map(|cursor| (CURSOR, cursor)))
		.finish();
	match query.as_str() {
		"" => path.to_owned(),
		query => format!("{path}?{query}"),
	}
}

fn check_text(name: &str, value: &str) -> Result<(), Rejection> {
	if name.len() > MAX_VALUE_LENGTH || value.len() > MAX_VALUE_LENGTH {
		let text = format!("a search parameter is at most {MAX_VALUE_LENGTH} bytes long");
		return Err(Rejection::too_long(text));
	}
	let odd = |text: &str| text.chars().any(|c| c.is_control() || c == char::REPLACEMENT_CHARACTER);
	if odd(name) || odd(value) {
		return Err(Rejection::unreadable());
	}
	Ok(())
}

fn parse_count(value: &str) -> Result<u16, Rejection> {
	let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
	if !digits {
		return Err(invalid(COUNT, "a whole number, zero or more"));
	}
	// More digits than fit are still a number, and more than a page holds.
	Ok(value.parse().unwrap_or(MAX_COUNT).min(MAX_COUNT))
}

#[cfg(test)]
mod tests;

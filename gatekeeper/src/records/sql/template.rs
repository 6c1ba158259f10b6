//! A resource as a template: JSON in which objects like `{"$column": "code"}` stand for values of a row.
//! Resources are built as values and written as JSON at the end; nothing of a row becomes syntax.

use super::{
	cell::{Cell, Row},
	conversion::{convert, is_absent, Form, Zone},
};
use crate::fhir::json;
use serde::{ser::SerializeMap, Serialize, Serializer};
use serde_json::{value::RawValue, Map, Value};
use std::collections::BTreeSet;

/// Objects and arrays inside each other at most.
const MAX_DEPTH: usize = 32;

/// The template of one resource.
#[derive(Clone, Debug)]
pub(super) struct Template {
	root: Node,
	zone: Option<Zone>,
}

#[derive(Clone, Debug)]
enum Node {
	/// The same in each resource.
	Constant(Value),
	/// The value of a column; absent if that is NULL.
	Column { name: String, form: Form },
	/// Texts and columns one after the other; absent if one is NULL.
	Concat(Vec<Self>),
	/// Absent if nothing is in it, or if the column in `if` is NULL.
	Object { condition: Option<String>, members: Vec<(String, Self)> },
	/// Absent if nothing is in it.
	Array(Vec<Self>),
}

/// A template cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at `{at}`: {reason}")]
pub(super) struct TemplateError {
	/// Where in the template, as a path of member names.
	pub at: String,
	/// What is wrong.
	pub reason: String,
}

/// A row does not give what a template asks of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column `{column}`: {reason}")]
pub(super) struct ColumnError {
	/// The column.
	pub column: String,
	/// What is wrong.
	pub reason: String,
}

impl Template {
	/// Read the text of a template. `zone` is what times without a time zone mean.
	pub fn parse(text: &str, zone: Option<Zone>) -> Result<Self, TemplateError> {
		let wrong = |reason: String| TemplateError { at: "resource".into(), reason };
		let value = json::parse(text).map_err(|error| wrong(error.to_string()))?;
		let root = Node::parse(&value, "resource", 0)?;
		match root {
			Node::Object { condition: None, .. } => Ok(Self { root, zone }),
			_ => Err(wrong("a resource is an object without `$if`".into())),
		}
	}

	/// Names of the columns that the template asks for.
	pub fn columns(&self) -> BTreeSet<&str> {
		let mut columns = BTreeSet::new();
		self.root.columns(&mut columns);
		columns
	}

	/// The JSON text of the resource of a row.
	pub fn build(&self, row: &Row) -> Result<String, ColumnError> {
		let built = self.root.build(row, self.zone)?.unwrap_or(Built::Object(Vec::new()));
		serde_json::to_string(&built).map_err(|error| ColumnError {
			column: String::new(),
			reason: format!("the resource cannot be written: {error}"),
		})
	}
}

impl Node {
	fn parse(value: &Value, at: &str, depth: usize) -> Result<Self, TemplateError> {
		let wrong = |reason: &str| TemplateError { at: at.to_owned(), reason: reason.to_owned() };
		if depth == MAX_DEPTH {
			return Err(wrong("too deep"));
		}
		match value {
			Value::Object(members) if members.contains_key("$column") => {
				Self::parse_column(members).map_err(|reason| wrong(&reason))
			},
			Value::Object(members) if members.contains_key("$concat") => {
				let parts = members["$concat"].as_array().filter(|_| members.len() == 1);
				let parts = parts.ok_or_else(|| wrong("`$concat` is alone and holds a list"))?;
				let parse = |part: &Value| match Self::parse(part, at, depth + 1)? {
					part @ (Self::Column { .. } | Self::Constant(Value::String(_))) => Ok(part),
					_ => Err(wrong("`$concat` holds texts and columns")),
				};
				Ok(Self::Concat(parts.iter().map(parse).collect::<Result<_, _>>()?))
			},
			Value::Object(members) => {
				let condition = match members.get("$if") {
					None => None,
					Some(Value::String(column)) => Some(column.clone()),
					Some(_) => return Err(wrong("`$if` names a column")),
				};
				let mut parsed = Vec::new();
				for (name, member) in members.iter().filter(|(name, _)| *name != "$if") {
					if name.starts_with('$') {
						return Err(wrong(&format!(
							"`{name}` is unknown; there are `$column` (with `$as`), `$concat` and `$if`"
						)));
					}
					parsed.push((
						name.clone(),
						Self::parse(member, &format!("{at}.{name}"), depth + 1)?,
					));
				}
				Ok(Self::Object { condition, members: parsed })
			},
			Value::Array(items) => {
				let parse = |(place, item): (usize, &Value)| {
					Self::parse(item, &format!("{at}[{place}]"), depth + 1)
				};
				Ok(Self::Array(items.iter().enumerate().map(parse).collect::<Result<_, _>>()?))
			},
			Value::Null => Err(wrong("FHIR knows no null; leave it out")),
			constant => Ok(Self::Constant(constant.clone())),
		}
	}

	fn parse_column(members: &Map<String, Value>) -> Result<Self, String> {
		let name = members["$column"].as_str().ok_or("`$column` names a column")?.to_owned();
		let form = match members.get("$as") {
			None => Form::Natural,
			Some(form) => serde_json::from_value(form.clone())
				.map_err(|_| format!("`$as` is one of {}", Form::NAMES))?,
		};
		if members.keys().any(|name| name != "$column" && name != "$as") {
			return Err("beside `$column` stands only `$as`".to_owned());
		}
		Ok(Self::Column { name, form })
	}

	fn columns<'a>(&'a self, found: &mut BTreeSet<&'a str>) {
		match self {
			Self::Constant(_) => {},
			Self::Column { name, .. } => {
				found.insert(name);
			},
			Self::Concat(nodes) | Self::Array(nodes) => {
				nodes.iter().for_each(|node| node.columns(found))
			},
			Self::Object { condition, members } => {
				found.extend(condition.as_deref());
				members.iter().for_each(|(_, node)| node.columns(found));
			},
		}
	}

	fn build<'a>(
		&'a self,
		row: &Row,
		zone: Option<Zone>,
	) -> Result<Option<Built<'a>>, ColumnError> {
		Ok(match self {
			Self::Constant(value) => Some(Built::Constant(value)),
			Self::Column { name, form } => built_column(row, name, *form, zone)?,
			Self::Concat(parts) => {
				let mut text = String::new();
				for part in parts {
					match part {
						Self::Column { name, form: Form::Natural } => {
							match built_column(row, name, Form::String, zone)? {
								Some(Built::Text(part)) => text.push_str(&part),
								_ => return Ok(None),
							}
						},
						other => match other.build(row, zone)? {
							Some(Built::Text(part)) => text.push_str(&part),
							Some(Built::Constant(Value::String(part))) => text.push_str(part),
							_ => return Ok(None),
						},
					}
				}
				Some(Built::Text(text))
			},
			Self::Object { condition, members } => {
				if let Some(column) = condition {
					if is_absent(cell(row, column)?) {
						return Ok(None);
					}
				}
				let mut built = Vec::new();
				for (name, node) in members {
					built.extend(node.build(row, zone)?.map(|value| (name.as_str(), value)));
				}
				(!built.is_empty()).then_some(Built::Object(built))
			},
			Self::Array(nodes) => {
				let mut built = Vec::new();
				for node in nodes {
					built.extend(node.build(row, zone)?);
				}
				(!built.is_empty()).then_some(Built::Array(built))
			},
		})
	}
}

fn built_column<'a>(
	row: &Row,
	column: &str,
	form: Form,
	zone: Option<Zone>,
) -> Result<Option<Built<'a>>, ColumnError> {
	convert(cell(row, column)?, form, zone)
		.map_err(|reason| ColumnError { column: column.to_owned(), reason })
}

fn cell<'a>(row: &'a Row, column: &str) -> Result<&'a Cell, ColumnError> {
	row.get(column).ok_or_else(|| ColumnError {
		column: column.to_owned(),
		reason: "the statement does not yield it".to_owned(),
	})
}

/// The JSON text in a column that holds whole resources.
pub(super) fn document(row: &Row, column: &str) -> Result<String, ColumnError> {
	let fail = |reason: &str| ColumnError { column: column.into(), reason: reason.into() };
	match cell(row, column)? {
		Cell::Json(text) | Cell::Text(text) => Ok(text.clone()),
		Cell::Bytes(bytes) => String::from_utf8(bytes.clone()).map_err(|_| fail("it is not UTF-8")),
		_ => Err(fail("it is neither JSON nor text")),
	}
}

/// A part of a resource that is made.
pub(super) enum Built<'a> {
	Constant(&'a Value),
	Text(String),
	Boolean(bool),
	/// JSON whose text is kept as it is: numbers with their digits.
	Raw(Box<RawValue>),
	Object(Vec<(&'a str, Self)>),
	Array(Vec<Self>),
}

impl Serialize for Built<'_> {
	fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
		match self {
			Self::Constant(value) => value.serialize(serializer),
			Self::Text(text) => text.serialize(serializer),
			Self::Boolean(value) => value.serialize(serializer),
			Self::Raw(raw) => raw.serialize(serializer),
			Self::Object(members) => {
				let mut map = serializer.serialize_map(Some(members.len()))?;
				for (name, member) in members {
					map.serialize_entry(name, member)?;
				}
				map.end()
			},
			Self::Array(items) => items.serialize(serializer),
		}
	}
}

#[cfg(test)]
mod tests;

//! Members of JSON values, with errors that show the value.

use anyhow::{Context, Result};
use serde_json::Value;

/// Member of a JSON value, or an error that shows the value.
pub fn member<'a>(value: &'a Value, pointer: &str) -> Result<&'a Value> {
	value.pointer(pointer).with_context(|| format!("no {pointer} in {}", excerpt(value)))
}

/// The beginning of a value, for messages.
pub fn excerpt(value: &Value) -> String {
	value.to_string().chars().take(400).collect()
}

/// A member that is a number.
pub fn number(value: &Value, pointer: &str) -> Result<u64> {
	member(value, pointer)?
		.as_u64()
		.with_context(|| format!("{pointer} of {} is no number", excerpt(value)))
}

/// A member that is text.
pub fn text<'a>(value: &'a Value, pointer: &str) -> Result<&'a str> {
	member(value, pointer)?
		.as_str()
		.with_context(|| format!("{pointer} of {} is no text", excerpt(value)))
}

/// A member that is a list.
pub fn list<'a>(value: &'a Value, pointer: &str) -> Result<&'a Vec<Value>> {
	member(value, pointer)?
		.as_array()
		.with_context(|| format!("{pointer} of {} is no list", excerpt(value)))
}

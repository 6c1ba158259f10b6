//! One element of a JSON text changed, and every other character of it kept: decimals keep their
//! digits, members their order, as everywhere with records.

use serde::{
	de::{MapAccess, Visitor},
	Deserialize, Deserializer,
};
use serde_json::value::RawValue;
use std::fmt;

/// Most steps into a resource.
const MAX_DEPTH: usize = 32;

/// Why an element cannot be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpliceError {
	/// There is nothing at that place, or no such place.
	#[error("the resource has no such element")]
	NoSuchElement,
	/// The text is not JSON.
	#[error("the text is not JSON")]
	NotJson,
}

/// An object with its members in their order.
struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
	fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
		struct InOrder;

		impl<'de> Visitor<'de> for InOrder {
			type Value = Members;

			fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
				f.write_str("an object")
			}

			fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
				let mut members = Vec::new();
				while let Some(member) = map.next_entry()? {
					members.push(member);
				}
				Ok(Members(members))
			}
		}

		deserializer.deserialize_map(InOrder)
	}
}

/// The text with this value at this place (names of members and numbers of items, from the outermost
/// in); without the element if there is no value. A member that is not there yet is added, and so is an
/// item after the last, whose number is that of the items or `-` (RFC 6902 section 4.1).
pub fn splice(
	text: &str,
	path: &[String],
	value: Option<&RawValue>,
) -> Result<String, SpliceError> {
	let Some((step, rest)) = path.split_first() else { return Err(SpliceError::NoSuchElement) };
	if path.len() > MAX_DEPTH {
		return Err(SpliceError::NoSuchElement);
	}
	if text.trim_start().starts_with('[') {
		in_array(text, step, rest, value)
	} else {
		in_object(text, step, rest, value)
	}
}

fn in_object(
	text: &str,
	name: &str,
	rest: &[String],
	value: Option<&RawValue>,
) -> Result<String, SpliceError> {
	if !text.trim_start().starts_with('{') {
		return Err(SpliceError::NoSuchElement);
	}
	let Members(mut members) = serde_json::from_str(text).map_err(|_| SpliceError::NotJson)?;
	let place = members.iter().position(|(member, _)| member == name);
	match (place.and_then(|place| members.get_mut(place)), value) {
		(Some((_, inner)), _) if !rest.is_empty() => {
			*inner = raw(splice(inner.get(), rest, value)?)?
		},
		(Some((_, inner)), Some(value)) => *inner = value.to_owned(),
		(Some(_), None) => members.retain(|(member, _)| member != name),
		(None, Some(value)) if rest.is_empty() => members.push((name.to_owned(), value.to_owned())),
		(None, _) => return Err(SpliceError::NoSuchElement),
	}
	let members: Vec<String> = members
		.iter()
		.map(|(name, value)| Ok(format!("{}:{}", quoted(name)?, value.get())))
		.collect::<Result<_, SpliceError>>()?;
	Ok(format!("{{{}}}", members.join(",")))
}

fn in_array(
	text: &str,
	step: &str,
	rest: &[String],
	value: Option<&RawValue>,
) -> Result<String, SpliceError> {
	let mut items: Vec<Box<RawValue>> =
		serde_json::from_str(text).map_err(|_| SpliceError::NotJson)?;
	let number = match step {
		"-" => items.len(),
		step => step
			.parse()
			.ok()
			.filter(|number: &usize| number.to_string() == step)
			.ok_or(SpliceError::NoSuchElement)?,
	};
	let end = items.len();
	match (items.get_mut(number), value) {
		(Some(inner), _) if !rest.is_empty() => *inner = raw(splice(inner.get(), rest, value)?)?,
		(Some(inner), Some(value)) => *inner = value.to_owned(),
		(Some(_), None) => drop(items.remove(number)),
		(None, Some(value)) if rest.is_empty() && number == end => items.push(value.to_owned()),
		(None, _) => return Err(SpliceError::NoSuchElement),
	}
	let items: Vec<&str> = items.iter().map(|item| item.get()).collect();
	Ok(format!("[{}]", items.join(",")))
}

fn raw(text: String) -> Result<Box<RawValue>, SpliceError> {
	RawValue::from_string(text).map_err(|_| SpliceError::NotJson)
}

fn quoted(name: &str) -> Result<String, SpliceError> {
	serde_json::to_string(name).map_err(|_| SpliceError::NotJson)
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;
	use serde_json::{json, Value};

	const TEXT: &str =
		r#"{"z": 1.10, "a": {"list": [1.0, {"x": "y"}]}, "resourceType": "Observation"}"#;

	fn change(path: &str, value: Option<&str>) -> Result<String, SpliceError> {
		let path: Vec<_> = path.split('/').skip(1).map(str::to_owned).collect();
		let value = value.map(|text| RawValue::from_string(text.to_owned()).unwrap());
		splice(TEXT, &path, value.as_deref())
	}

	#[test]
	fn what_is_not_changed_keeps_its_characters() {
		let changed = change("/a/list/1/x", Some("2.50")).unwrap();
		assert_eq!(
			changed,
			r#"{"z":1.10,"a":{"list":[1.0,{"x":2.50}]},"resourceType":"Observation"}"#
		);
	}

	#[test]
	fn elements_are_added_and_taken_away() {
		let value =
			|text: Result<String, _>| -> Value { serde_json::from_str(&text.unwrap()).unwrap() };
		assert_eq!(value(change("/new", Some("true")))["new"], true);
		assert_eq!(value(change("/a/list/-", Some("7")))["a"]["list"][2], 7);
		assert_eq!(value(change("/a/list/2", Some("7")))["a"]["list"][2], 7);
		assert_eq!(value(change("/a/list/0", None))["a"]["list"], json!([{"x": "y"}]));
		assert_eq!(value(change("/z", None)).get("z"), None);
	}

	#[test]
	fn there_is_no_way_through_what_is_not_there() {
		for (path, new) in [
			("/new/inner", Some("1")),
			("/new", None),
			("/z/inner", Some("1")),
			("/a/list/3", Some("1")),
			("/a/list/01", Some("1")),
			("/a/list/x", Some("1")),
			("/a/list/-", None),
		] {
			assert_eq!(change(path, new), Err(SpliceError::NoSuchElement), "{path}");
		}
	}

	proptest! {
		/// The same as setting the value in a parsed document.
		#[test]
		fn a_member_is_set_as_in_a_document(name in "[a-c\"\\\\é]{1,3}", number in any::<i64>()) {
			let value = RawValue::from_string(number.to_string()).unwrap();
			let text = splice(TEXT, std::slice::from_ref(&name), Some(&value)).unwrap();
			let mut expected: Value = serde_json::from_str(TEXT).unwrap();
			expected[&name] = number.into();
			prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
		}
	}
}

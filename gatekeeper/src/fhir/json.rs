//! Reading JSON strictly: an object names each of its members once.
//!
//! Parsers differ in which of two equal names they keep. Were a resource to name `meta` twice, one
//! reader could see its labels and another none.

use serde::{
	de::{self, MapAccess, SeqAccess, Visitor},
	Deserialize, Deserializer,
};
use serde_json::Value;
use std::{collections::HashSet, fmt};

/// Parse a text into a value. Numbers may lose digits: use the value to look things up, never to
/// serve.
pub fn parse(text: &str) -> Result<Value, serde_json::Error> {
	// Two passes: what a number looks like to a visitor depends on features of serde_json that other
	// crates switch on.
	serde_json::from_str::<NamesOnce>(text)?;
	serde_json::from_str(text)
}

/// JSON in which no object names a member twice.
struct NamesOnce;

impl<'de> Deserialize<'de> for NamesOnce {
	fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
		deserializer.deserialize_any(Self)
	}
}

impl<'de> Visitor<'de> for NamesOnce {
	type Value = Self;

	fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
		f.write_str("JSON")
	}

	fn visit_unit<E>(self) -> Result<Self, E> {
		Ok(self)
	}

	fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
		Ok(self)
	}

	fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
		Ok(self)
	}

	fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
		Ok(self)
	}

	fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
		Ok(self)
	}

	fn visit_str<E>(self, _: &str) -> Result<Self, E> {
		Ok(self)
	}

	fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
		while let Some(Self) = items.next_element()? {}
		Ok(self)
	}

	fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
		let mut names = HashSet::new();
		while let Some((name, Self)) = members.next_entry::<String, Self>()? {
			if names.contains(&name) {
				return Err(de::Error::custom(format_args!("`{name}` stands twice in an object")));
			}
			names.insert(name);
		}
		Ok(self)
	}
}

#[cfg(test)]
mod tests {
	use super::parse;
	use serde_json::json;

	#[test]
	fn reads_what_serde_reads() {
		let text = r#"{"a":[1,-2,2.5,"x",null,true,{"b":{}},1E-245],"c":"\u00e9"}"#;
		let expected = json!({"a": [1, -2, 2.5, "x", null, true, {"b": {}}, 1E-245], "c": "é"});
		let found = parse(text).unwrap();
		assert_eq!(found["a"][2].as_f64(), Some(2.5));
		assert_eq!(found["a"][7].as_f64(), Some(1E-245));
		assert_eq!((&found["a"][6], &found["c"]), (&expected["a"][6], &expected["c"]));
	}

	#[test]
	fn refuses_a_name_that_stands_twice() {
		let text = r#"{"meta":{"security":[{"code":"PSY"}]},"x":[{"y":1}],"meta":{}}"#;
		assert!(parse(text).unwrap_err().to_string().contains("`meta` stands twice"));
		assert!(parse(r#"{"x":[{"y":1,"y":1}]}"#).is_err());
		assert!(parse(r#"{"x":1,"\u0078":1}"#).is_err());
	}
}

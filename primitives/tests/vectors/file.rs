//! Reading files of vectors, and writing the computed ones anew.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::{fs, path::PathBuf};

/// Set to write what is computed into the files instead of comparing it.
const WRITE: &str = "MEDREC_WRITE_VECTORS";

fn path(name: &str) -> PathBuf {
	[env!("CARGO_MANIFEST_DIR"), "vectors", name].iter().collect()
}

/// The whole of a file.
pub fn read(name: &str) -> Value {
	let text = fs::read_to_string(path(name))
		.unwrap_or_else(|error| panic!("{} cannot be read: {error}", path(name).display()));
	serde_json::from_str(&text)
		.unwrap_or_else(|error| panic!("{} is no JSON: {error}", path(name).display()))
}

/// A value as a type of this crate.
pub fn parse<T: DeserializeOwned>(value: &Value, what: &str) -> T {
	T::deserialize(value).unwrap_or_else(|error| panic!("{what}: {error} in {value}"))
}

/// Bytes as they stand in the files: `0x` and hexadecimal digits.
pub fn hex(bytes: impl AsRef<[u8]>) -> Value {
	Value::String(format!("0x{}", hex::encode(bytes)))
}

/// Read what [`hex`] wrote.
pub fn bytes(value: &Value) -> Vec<u8> {
	value
		.as_str()
		.and_then(|text| text.strip_prefix("0x"))
		.and_then(|digits| hex::decode(digits).ok())
		.unwrap_or_else(|| panic!("{value} is not 0x and hexadecimal digits"))
}

/// Read 32 bytes.
pub fn bytes32(value: &Value) -> [u8; 32] {
	bytes(value).try_into().unwrap_or_else(|_| panic!("{value} is not 32 bytes"))
}

/// Check the `expected` of every case of a file against what `compute` makes of its `input`, or write
/// it. `compute` also gets the old `expected`, for the parts that are not computed.
pub fn check(name: &str, compute: impl Fn(&Value, &Value) -> Map<String, Value>) {
	let mut file = read(name);
	let cases = file["cases"].as_array_mut().expect("a file of vectors has a list of cases");
	assert!(!cases.is_empty(), "{name} has no cases");
	let is_writing = std::env::var_os(WRITE).is_some();
	for case in cases {
		let computed = Value::Object(compute(&case["input"], &case["expected"]));
		if is_writing {
			case["expected"] = computed;
		} else {
			assert_eq!(
				case["expected"], computed,
				"{name}, case {}: if the encoding was changed on purpose, write the vectors anew \
				 with {WRITE}=1 and say so in the changelog",
				case["name"]
			);
		}
	}
	if is_writing {
		let mut text = serde_json::to_string_pretty(&file).expect("JSON that was read is written");
		text.push('\n');
		// Renamed into place, because other tests read the file meanwhile.
		let draft = path(&format!("{name}.new"));
		fs::write(&draft, text)
			.and_then(|()| fs::rename(&draft, path(name)))
			.unwrap_or_else(|error| panic!("{} cannot be written: {error}", path(name).display()));
	}
}

/// An object of these entries.
pub fn object<const N: usize>(entries: [(&str, Value); N]) -> Map<String, Value> {
	entries.into_iter().map(|(key, value)| (key.to_string(), value)).collect()
}

//! References between resources, and the base URLs that they are relative to.

use super::is_id;

/// A literal reference, taken apart (FHIR R4, references; the version in `_history` is dropped:
/// records belong to a patient, not to a version of her).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference<'a> {
	/// `#id`: inside the resource.
	Contained(&'a str),
	/// `urn:uuid:...` or another URN: inside the Bundle.
	Urn(&'a str),
	/// `Type/id`.
	Relative(Target<'a>),
	/// `https://server/base/Type/id`.
	Absolute {
		/// Base URL without a slash at its end.
		base: &'a str,
		/// What is there.
		target: Target<'a>,
	},
}

/// A resource by type and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Target<'a> {
	/// Name of its type.
	pub resource_type: &'a str,
	/// Logical id.
	pub id: &'a str,
}

impl<'a> Reference<'a> {
	/// `None` for what names no single resource, such as a search (`Patient?identifier=...`).
	pub fn parse(text: &'a str) -> Option<Self> {
		if let Some(id) = text.strip_prefix('#') {
			return Some(Self::Contained(id));
		}
		if text.starts_with("urn:") {
			return Some(Self::Urn(text));
		}
		let text = match text.split_once("/_history/") {
			Some((text, _)) => text,
			None => text,
		};
		let (rest, id) = text.rsplit_once('/')?;
		let (base, resource_type) = match rest.rsplit_once('/') {
			Some((base, resource_type)) => (Some(base), resource_type),
			None => (None, rest),
		};
		let is_type = resource_type.starts_with(|c: char| c.is_ascii_uppercase())
			&& resource_type.bytes().all(|byte| byte.is_ascii_alphabetic());
		if !is_type || !is_id(id) {
			return None;
		}
		let target = Target { resource_type, id };
		match base {
			None => Some(Self::Relative(target)),
			Some(base) if base.contains("://") => Some(Self::Absolute { base, target }),
			Some(_) => None,
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	const TARGET: Target = Target { resource_type: "Patient", id: "a-1" };

	#[test]
	fn takes_references_apart() {
		let absolute = |base| Some(Reference::Absolute { base, target: TARGET });
		for (text, expected) in [
			("Patient/a-1", Some(Reference::Relative(TARGET))),
			("Patient/a-1/_history/2", Some(Reference::Relative(TARGET))),
			("https://example.com/base/Patient/a-1", absolute("https://example.com/base")),
			("http://example.com/Patient/a-1/_history/7", absolute("http://example.com")),
			("#a-1", Some(Reference::Contained("a-1"))),
			("urn:uuid:04121321", Some(Reference::Urn("urn:uuid:04121321"))),
			("Patient?identifier=1", None),
			("Patient/", None),
			("Patient/a b", None),
			("patient/a", None),
			("Patient", None),
			("x/Patient/a-1", None),
			("", None),
		] {
			assert_eq!(Reference::parse(text), expected, "{text}");
		}
	}
}

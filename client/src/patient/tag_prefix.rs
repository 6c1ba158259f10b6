//! Naming a grant by the beginning of its tag.

use medrec_primitives::Tag;
use std::{fmt, str::FromStr};

/// Fewest digits that name a grant.
const FEWEST_DIGITS: usize = 8;

/// Digits of a whole tag.
const ALL_DIGITS: usize = 64;

/// A tag, or its beginning: `0x` and 8 to 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagPrefix(String);

impl TagPrefix {
	/// Whether a tag begins like this.
	pub fn fits(&self, tag: &Tag) -> bool {
		tag.to_string().starts_with(&self.0)
	}
}

impl From<Tag> for TagPrefix {
	fn from(tag: Tag) -> Self {
		Self(tag.to_string())
	}
}

impl fmt::Display for TagPrefix {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		f.write_str(&self.0)
	}
}

impl FromStr for TagPrefix {
	type Err = String;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		let digits = text.strip_prefix("0x").unwrap_or(text).to_ascii_lowercase();
		let fits = (FEWEST_DIGITS..=ALL_DIGITS).contains(&digits.len())
			&& digits.bytes().all(|digit| digit.is_ascii_hexdigit());
		fits.then(|| Self(format!("0x{digits}"))).ok_or_else(|| {
			format!("`{text}` names no grant: write its tag, or at least the first {FEWEST_DIGITS} digits of it")
		})
	}
}

/// The beginning of a tag that a table shows.
pub fn short(tag: &Tag) -> String {
	tag.to_string().chars().take("0x".len() + 12).collect()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_beginning_names_a_tag() {
		let tag = Tag([0xab; 32]);
		for text in ["0xabababab", "ABABABAB", &tag.to_string(), &short(&tag)] {
			assert!(text.parse::<TagPrefix>().unwrap().fits(&tag), "{text}");
		}
		assert!(!"0xabababac".parse::<TagPrefix>().unwrap().fits(&tag));
		for text in ["", "0x", "0xababab", "0xabababzz", &format!("{tag}00")] {
			assert!(text.parse::<TagPrefix>().is_err(), "{text}");
		}
	}
}

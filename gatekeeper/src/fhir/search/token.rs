//! Values of search parameters: alternatives, escapes, codes.

/// A code to look for (FHIR R4, search, token).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
	/// `code`: this code in any system.
	Code(String),
	/// `system|code`; an empty system (`|code`) is a code that has none.
	SystemAndCode(String, String),
	/// `system|`: any code of this system.
	System(String),
}

impl Token {
	/// From what stands before and after the bar.
	pub(super) fn from_parts(parts: Vec<String>) -> Result<Self, String> {
		let mut parts = parts.into_iter();
		let token = match (parts.next(), parts.next(), parts.next()) {
			(Some(code), None, None) => Self::Code(code),
			(Some(system), Some(code), None) if !code.is_empty() => {
				Self::SystemAndCode(system, code)
			},
			(Some(system), Some(_), None) if !system.is_empty() => Self::System(system),
			_ => return Err("write code, system|code, |code or system|".into()),
		};
		Ok(token)
	}
}

/// Split a value into alternatives at `,` and those into parts at `|`, except where a backslash
/// stands before them (FHIR R4, search, escaping). Never empty, and no alternative is.
pub(super) fn split(value: &str) -> Result<Vec<Vec<String>>, String> {
	let mut alternatives = Vec::new();
	let mut parts = Vec::new();
	let mut part = String::new();
	let mut characters = value.chars();
	loop {
		match characters.next() {
			Some('\\') => match characters.next() {
				Some(escaped @ ('\\' | ',' | '|' | '$')) => part.push(escaped),
				_ => return Err("a backslash stands before `,`, `|`, `$` or another one".into()),
			},
			Some('|') => parts.push(std::mem::take(&mut part)),
			end @ (Some(',') | None) => {
				parts.push(std::mem::take(&mut part));
				if parts.iter().all(String::is_empty) {
					return Err("an alternative is empty".into());
				}
				alternatives.push(std::mem::take(&mut parts));
				if end.is_none() {
					return Ok(alternatives);
				}
			},
			Some(other) => part.push(other),
		}
	}
}

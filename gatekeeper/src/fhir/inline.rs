//! Content that stands inside a resource as base64 (FHIR R4, datatype Attachment and its like): its
//! words are read where it is text, so that a letter in an attachment counts like one in a note. What
//! lies elsewhere, behind an address, is never fetched: nobody knows what it says.

use base64::{
	alphabet,
	engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
	Engine,
};
use serde_json::{Map, Value};

/// Texts inside texts, at most: JSON that holds attachments of its own.
pub(super) const MAX_DEPTH: usize = 4;

/// Standard base64; some writers leave out the padding or set its spare bits.
const BASE64: GeneralPurpose = GeneralPurpose::new(
	&alphabet::STANDARD,
	GeneralPurposeConfig::new()
		.with_decode_padding_mode(DecodePaddingMode::Indifferent)
		.with_decode_allow_trailing_bits(true),
);

/// Character sets whose texts are read.
const UTF_8: [&str; 3] = ["utf-8", "utf8", "us-ascii"];
const LATIN: [&str; 4] = ["iso-8859-1", "iso-8859-15", "latin1", "windows-1252"];

/// What brings other content into a text: pictures and objects of RTF, `data:` addresses of HTML and
/// XML, and documents that CDA holds as base64.
const EMBEDDING: [&str; 6] =
	["\\pict", "\\objdata", "\\bin", ";base64,", "representation=\"b64\"", "representation='b64'"];

/// What a member of a JSON object holds inline.
pub(super) enum Inline {
	/// Nothing: it is an ordinary member.
	No,
	/// Text.
	Text(String),
	/// JSON, whose members count like those of the resource.
	Json(Value),
	/// Something whose words cannot be read, such as a picture, or what lies elsewhere.
	Opaque,
}

impl Inline {
	/// What the member of this name holds.
	pub fn of(members: &Map<String, Value>, name: &str, member: &Value) -> Self {
		let Value::String(encoded) = member else { return Self::No };
		match name {
			"valueBase64Binary" => Self::Opaque,
			"url" if !is_extension(members) => Self::Opaque,
			"data" if is_sampled(members, encoded) => Self::No,
			"data" => {
				let content_type = members.get("contentType").and_then(Value::as_str);
				content_type
					.and_then(|content_type| Self::decode(content_type, encoded))
					.unwrap_or(Self::Opaque)
			},
			_ => Self::No,
		}
	}

	/// `None` if it is no text, or not in the form that it says.
	fn decode(content_type: &str, encoded: &str) -> Option<Self> {
		let mut parameters = content_type.split(';').map(str::trim);
		let media_type = parameters.next()?.to_ascii_lowercase();
		let kind = Kind::of(&media_type)?;
		let charset = parameters.find_map(|parameter| {
			let (name, value) = parameter.split_once('=')?;
			let is_charset = name.trim().eq_ignore_ascii_case("charset");
			is_charset.then(|| value.trim().trim_matches('"').to_ascii_lowercase())
		});
		let encoded: String = encoded.split_ascii_whitespace().collect();
		let text = characters(BASE64.decode(encoded).ok()?, charset.as_deref())?;
		match kind {
			Kind::Json => super::json::parse(&text).ok().map(Self::Json),
			Kind::Plain => Some(Self::Text(text)),
			Kind::Markup => {
				let lower = text.to_ascii_lowercase();
				let embeds = EMBEDDING.iter().any(|embedding| lower.contains(embedding));
				(!embeds).then_some(Self::Text(text))
			},
		}
	}
}

/// How a text is written.
enum Kind {
	Plain,
	/// HTML, XML, RTF: text that can hold other things than text.
	Markup,
	Json,
}

impl Kind {
	/// By the media type; `None` for what is no text.
	fn of(media_type: &str) -> Option<Self> {
		let (top, sub) = media_type.split_once('/')?;
		let is = |name: &str| sub == name || sub.ends_with(&format!("+{name}"));
		if is("json") {
			Some(Self::Json)
		} else if is("xml") || is("html") || is("rtf") || sub == "richtext" {
			Some(Self::Markup)
		} else {
			(top == "text").then_some(Self::Plain)
		}
	}
}

/// An extension is named by an address, and has a value or further extensions.
fn is_extension(members: &Map<String, Value>) -> bool {
	members.keys().any(|name| name == "extension" || name.starts_with("value"))
}

/// Samples of a measured signal (FHIR R4, datatype SampledData): numbers and the letters E, U, L.
fn is_sampled(members: &Map<String, Value>, data: &str) -> bool {
	let sample = |c: char| c.is_ascii_digit() || " .-EUL".contains(c);
	members.contains_key("dimensions") && data.chars().all(sample)
}

/// The characters of a text. Without a known character set, what is not UTF-8 is not read.
fn characters(bytes: Vec<u8>, charset: Option<&str>) -> Option<String> {
	let text = match charset {
		Some(charset) if LATIN.contains(&charset) => bytes.into_iter().map(char::from).collect(),
		Some(charset) if !UTF_8.contains(&charset) => return None,
		_ => String::from_utf8(bytes).ok()?,
	};
	// UTF-16 that does not say so: letters with nothing between them.
	(!text.contains('\0')).then_some(text)
}

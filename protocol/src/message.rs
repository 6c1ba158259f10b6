//! What signed requests and responses share: the parts of HTTP Message Signatures (RFC 9421) that
//! this protocol uses, on top of structured fields (RFC 9651).

use crate::headers::MAX_HEADER_LENGTH;
use base64::{engine::general_purpose::STANDARD, Engine};
use http::{HeaderMap, HeaderName};
use sfv::{
	BareItem, Dictionary, FieldType, InnerList, Item, KeyRef, ListEntry, ListSerializer, Parser,
	StringRef,
};
use sha2::{Digest, Sha256};

/// The one label that signatures have here.
const LABEL: &str = "medrec";

/// The one algorithm.
pub(crate) const ALGORITHM: &str = "ed25519";

/// A header that has to be there once, readable and not too long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HeaderError {
	Missing(HeaderName),
	Duplicate(HeaderName),
	NotText(HeaderName),
	TooLong(HeaderName),
}

impl HeaderError {
	/// The header.
	pub(crate) fn into_name(self) -> HeaderName {
		match self {
			Self::Missing(name)
			| Self::Duplicate(name)
			| Self::NotText(name)
			| Self::TooLong(name) => name,
		}
	}
}

/// The value of a header that may be absent.
pub(crate) fn optional<'a>(
	headers: &'a HeaderMap,
	name: &HeaderName,
	max_length: usize,
) -> Result<Option<&'a str>, HeaderError> {
	let mut values = headers.get_all(name).iter();
	let Some(value) = values.next() else { return Ok(None) };
	if values.next().is_some() {
		return Err(HeaderError::Duplicate(name.clone()));
	}
	if value.len() > max_length {
		return Err(HeaderError::TooLong(name.clone()));
	}
	let text = value.to_str().map_err(|_| HeaderError::NotText(name.clone()))?;
	Ok(Some(text.trim_matches([' ', '\t'])))
}

/// The value of a header that has to be there.
pub(crate) fn required<'a>(
	headers: &'a HeaderMap,
	name: &HeaderName,
	max_length: usize,
) -> Result<&'a str, HeaderError> {
	optional(headers, name, max_length)?.ok_or_else(|| HeaderError::Missing(name.clone()))
}

/// As [`required`], of ordinary length.
pub(crate) fn required_short<'a>(
	headers: &'a HeaderMap,
	name: &HeaderName,
) -> Result<&'a str, HeaderError> {
	required(headers, name, MAX_HEADER_LENGTH)
}

/// What a signature covers: a component by its name, of this message or, for responses, of the request
/// (`;req`), with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Component<'a> {
	pub name: &'a str,
	pub of_request: bool,
	pub value: &'a str,
}

impl<'a> Component<'a> {
	pub(crate) const fn new(name: &'a str, value: &'a str) -> Self {
		Self { name, of_request: false, value }
	}

	/// Name as it stands in `signature-input`.
	pub(crate) fn identifier(&self) -> String {
		identifier(self.name, self.of_request)
	}
}

fn identifier(name: &str, of_request: bool) -> String {
	format!("\"{name}\"{}", if of_request { ";req" } else { "" })
}

/// Parameters of a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parameters {
	/// Unix time in seconds.
	pub created: u64,
	/// Unix time in seconds; requests only.
	pub expires: Option<u64>,
	/// Requests only.
	pub nonce: Option<String>,
	pub algorithm: String,
	pub key_id: String,
	pub tag: String,
}

/// `signature-input` is not what this protocol writes; the text says what is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Malformed(pub String);

/// `@signature-params` (RFC 9421 section 2.3): covered components and parameters, in canonical form.
pub(crate) fn signature_params(
	components: &[Component],
	parameters: &Parameters,
) -> Result<String, Malformed> {
	let mut serializer = ListSerializer::new();
	let mut list = serializer.inner_list();
	for component in components {
		let item = list.bare_item(text(component.name)?);
		if component.of_request {
			let _ = item.parameter(KeyRef::constant("req"), true);
		}
	}
	let mut list =
		list.finish().parameter(KeyRef::constant("created"), seconds(parameters.created)?);
	if let Some(expires) = parameters.expires {
		list = list.parameter(KeyRef::constant("expires"), seconds(expires)?);
	}
	if let Some(nonce) = &parameters.nonce {
		list = list.parameter(KeyRef::constant("nonce"), text(nonce)?);
	}
	let _ = list
		.parameter(KeyRef::constant("alg"), text(&parameters.algorithm)?)
		.parameter(KeyRef::constant("keyid"), text(&parameters.key_id)?)
		.parameter(KeyRef::constant("tag"), text(&parameters.tag)?);
	serializer.finish().ok_or_else(|| Malformed("it covers nothing".into()))
}

fn text(value: &str) -> Result<&StringRef, Malformed> {
	StringRef::from_str(value).map_err(|_| Malformed(format!("`{value}` is not printable ASCII")))
}

fn seconds(value: u64) -> Result<sfv::Integer, Malformed> {
	sfv::Integer::try_from(value)
		.map_err(|_| Malformed(format!("{value} is no time in seconds that can be written")))
}

/// The signature base (RFC 9421 section 2.5): one line per component, then `@signature-params`.
pub(crate) fn signature_base(components: &[Component], signature_params: &str) -> String {
	let mut base = String::new();
	for component in components {
		base.push_str(&component.identifier());
		base.push_str(": ");
		base.push_str(component.value);
		base.push('\n');
	}
	base.push_str("\"@signature-params\": ");
	base.push_str(signature_params);
	base
}

/// Value of `signature-input`.
pub(crate) fn signature_input_value(signature_params: &str) -> String {
	format!("{LABEL}={signature_params}")
}

/// Value of `signature`.
pub(crate) fn signature_value(signature: &[u8; 64]) -> String {
	format!("{LABEL}=:{}:", STANDARD.encode(signature))
}

/// `signature-input` as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SignatureInput {
	/// Identifiers of the covered components in order, as [`Component::identifier`] writes them.
	pub components: Vec<String>,
	pub parameters: Parameters,
	/// The canonical text, for the signature base.
	pub signature_params: String,
}

/// Reads `signature-input`: exactly one signature, labelled `medrec`, in canonical form, with no
/// parameters beyond those of this protocol.
pub(crate) fn parse_signature_input(value: &str) -> Result<SignatureInput, Malformed> {
	let ListEntry::InnerList(list) = single_member(value)? else {
		return Err(Malformed("its value is not a list of components".into()));
	};
	let signature_params = value
		.strip_prefix(LABEL)
		.and_then(|rest| rest.strip_prefix('='))
		.ok_or_else(|| Malformed("it does not begin with its label".into()))?
		.to_owned();
	let components = list.items.iter().map(component_identifier).collect::<Result<_, _>>()?;
	let parameters = read_parameters(&list)?;
	Ok(SignatureInput { components, parameters, signature_params })
}

/// Reads `signature`: exactly one, labelled `medrec`, 64 bytes.
pub(crate) fn parse_signature(value: &str) -> Result<[u8; 64], Malformed> {
	match single_member(value)? {
		ListEntry::Item(Item { bare_item: BareItem::ByteSequence(bytes), params })
			if params.is_empty() =>
		{
			bytes.try_into().map_err(|_| Malformed("the signature is not 64 bytes long".into()))
		},
		_ => Err(Malformed("its value is not a byte sequence".into())),
	}
}

fn single_member(value: &str) -> Result<ListEntry, Malformed> {
	let dictionary: Dictionary = Parser::new(value)
		.parse()
		.map_err(|error| Malformed(format!("it is not a dictionary: {error}")))?;
	// One text only per meaning: what is verified is then exactly what was sent.
	if dictionary.serialize().as_deref() != Some(value) {
		return Err(Malformed("it is not in canonical form".into()));
	}
	let mut members = dictionary.into_iter();
	match (members.next(), members.next()) {
		(Some((label, member)), None) if label.as_str() == LABEL => Ok(member),
		_ => Err(Malformed(format!("it has to hold exactly one member, `{LABEL}`"))),
	}
}

fn component_identifier(item: &Item) -> Result<String, Malformed> {
	let name = item
		.bare_item
		.as_string()
		.ok_or_else(|| Malformed("a component's name is not a string".into()))?;
	let mut parameters = item.params.iter();
	match (parameters.next(), parameters.next()) {
		(None, _) => Ok(identifier(name.as_str(), false)),
		(Some((key, BareItem::Boolean(true))), None) if key.as_str() == "req" => {
			Ok(identifier(name.as_str(), true))
		},
		_ => Err(Malformed(format!("component `{}` has parameters", name.as_str()))),
	}
}

fn read_parameters(list: &InnerList) -> Result<Parameters, Malformed> {
	let mut created = None;
	let mut expires = None;
	let (mut nonce, mut algorithm, mut key_id, mut tag) = (None, None, None, None);
	for (key, value) in &list.params {
		let key = key.as_str();
		let malformed = || Malformed(format!("parameter `{key}` is of the wrong type"));
		match key {
			"created" | "expires" => {
				let time = value
					.as_integer()
					.and_then(|seconds| u64::try_from(seconds).ok())
					.ok_or_else(malformed)?;
				*(if key == "created" { &mut created } else { &mut expires }) = Some(time);
			},
			"nonce" | "alg" | "keyid" | "tag" => {
				let text = value.as_string().ok_or_else(malformed)?.as_str().to_owned();
				*(match key {
					"nonce" => &mut nonce,
					"alg" => &mut algorithm,
					"keyid" => &mut key_id,
					_ => &mut tag,
				}) = Some(text);
			},
			_ => return Err(Malformed(format!("parameter `{key}` is not known"))),
		}
	}
	let missing = |name: &str| Malformed(format!("parameter `{name}` is missing"));
	Ok(Parameters {
		created: created.ok_or_else(|| missing("created"))?,
		expires,
		nonce,
		algorithm: algorithm.ok_or_else(|| missing("alg"))?,
		key_id: key_id.ok_or_else(|| missing("keyid"))?,
		tag: tag.ok_or_else(|| missing("tag"))?,
	})
}

/// How the components of a signature differ from those that it has to cover.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Coverage {
	Missing(String),
	Unexpected(String),
	Repeated(String),
}

/// Puts the components that have to be covered into the order in which the signature covers them.
/// Exactly these, each once.
pub(crate) fn in_signed_order<'a>(
	signed: &[String],
	expected: &[Component<'a>],
) -> Result<Vec<Component<'a>>, Coverage> {
	let mut ordered: Vec<Component> = Vec::with_capacity(expected.len());
	for identifier in signed {
		let component = expected
			.iter()
			.find(|component| component.identifier() == *identifier)
			.ok_or_else(|| Coverage::Unexpected(identifier.clone()))?;
		if ordered.contains(component) {
			return Err(Coverage::Repeated(identifier.clone()));
		}
		ordered.push(component.clone());
	}
	match expected.iter().find(|component| !ordered.contains(component)) {
		Some(component) => Err(Coverage::Missing(component.identifier())),
		None => Ok(ordered),
	}
}

/// Value of `content-digest` (RFC 9530): SHA-256 only.
pub(crate) fn content_digest(body: &[u8]) -> String {
	format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(body)))
}

#[cfg(test)]
mod tests;

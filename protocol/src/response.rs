//! Signed responses: HTTP Message Signatures (RFC 9421) by the gatekeeper's key, which is on the
//! chain.
//!
//! A signature covers `@status`, `content-digest`, the request's `signature`, and `content-type`,
//! `content-encoding`, `etag`, `last-modified`, `location`, `retry-after`, `medrec-notice`,
//! `medrec-blocks` and `medrec-receipt` where the response has them. The digest is of the body as it is
//! sent, compressed where it is (RFC 9530): nothing between gatekeeper and client may change it.

use crate::{
	encoding::hash_from_hex,
	gatekeeper_key::{gatekeeper_key_id, GatekeeperSecret, GatekeeperSignature},
	headers::{
		CONTENT_DIGEST, MAX_HEADER_LENGTH, MEDREC_BLOCKS, MEDREC_NOTICE, MEDREC_RECEIPT, SIGNATURE,
		SIGNATURE_INPUT,
	},
	message::{
		content_digest, in_signed_order, optional, parse_signature, parse_signature_input,
		required_short, signature_base, signature_input_value, signature_params, signature_value,
		Component, Coverage, HeaderError, Malformed, Parameters, ALGORITHM,
	},
	receipt::{Receipt, ReceiptError},
	request::RequestSignature,
};
use http::{
	header::{CONTENT_ENCODING, CONTENT_TYPE, ETAG, LAST_MODIFIED, LOCATION, RETRY_AFTER},
	response::Parts,
	HeaderMap, HeaderName, HeaderValue,
};
use medrec_primitives::{GatekeeperKey, Hash, Moment};
use serde::{Deserialize, Serialize};
use sfv::{BareItem, Dictionary, Item, ListEntry, Parser};

/// Value of the parameter `tag` of response signatures.
const TAG: &str = "medrec-response";

/// Blocks that a decision was made on; both allowed, or both are named where one did not.
///
/// Header `medrec-blocks`, a structured dictionary: `best="0x…", finalized="0x…"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DecisionBlocks {
	/// Hash of the best block.
	pub best: Hash,
	/// Hash of the last finalized block.
	pub finalized: Hash,
}

impl DecisionBlocks {
	/// Value of `medrec-blocks`.
	pub fn header_value(&self) -> String {
		format!("best=\"{:?}\", finalized=\"{:?}\"", self.best, self.finalized)
	}

	/// Reads [`Self::header_value`]; `None` for everything else.
	pub fn from_header_value(value: &str) -> Option<Self> {
		let dictionary: Dictionary = Parser::new(value).parse().ok()?;
		let hash = |key: &str| match dictionary.get(key)? {
			ListEntry::Item(Item { bare_item: BareItem::String(text), .. }) => {
				hash_from_hex(text.as_str())
			},
			_ => None,
		};
		let blocks = Self { best: hash("best")?, finalized: hash("finalized")? };
		(blocks.header_value() == value).then_some(blocks)
	}
}

/// What a gatekeeper signs a response with.
#[derive(Clone, Debug)]
pub struct ResponseSigning<'a> {
	/// The gatekeeper's key.
	pub key: &'a GatekeeperSecret,
	/// Now; written in whole seconds, rounded down.
	pub created: Moment,
	/// Blocks of the decision, where there was one.
	pub blocks: Option<&'a DecisionBlocks>,
	/// Receipt of the log entry, where there is one.
	pub receipt: Option<&'a Receipt>,
}

/// What a verified response says beside its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedResponse {
	/// When it was signed, by the gatekeeper's clock.
	pub created: Moment,
	/// Blocks of the decision.
	pub blocks: Option<DecisionBlocks>,
	/// Receipt of the log entry. Its own signature is not checked: see [`Receipt::verify`].
	pub receipt: Option<Receipt>,
}

/// Why a response cannot be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignResponseError {
	/// A header that is covered is there twice, too long or not text.
	#[error("header `{0}` is there twice, too long or not printable ASCII")]
	Header(HeaderName),
	/// The time or a value cannot be written.
	#[error("the signature cannot be written: {0}")]
	Unwritable(String),
}

/// Why a response is not to be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResponseError {
	/// It is not signed.
	#[error("the gatekeeper's answer is not signed: header `{0}` is missing")]
	MissingHeader(HeaderName),
	/// A header that is covered is there twice, too long or not text.
	#[error("header `{0}` of the answer is there twice, too long or not printable ASCII")]
	Header(HeaderName),
	/// `signature-input` or `signature` is not what this protocol writes.
	#[error("the answer's signature is malformed: {0}")]
	MalformedSignature(String),
	/// The signature does not cover what it has to.
	#[error("the answer's signature does not cover {0}")]
	MissingComponent(String),
	/// The signature covers what it must not, what is not there, or something twice.
	#[error("the answer's signature covers {0}, which it must not, twice, or which is not in the answer")]
	UnexpectedComponent(String),
	/// The parameter `tag` is not `medrec-response`, `alg` is not `ed25519`, or there are others.
	#[error("the answer's signature has another tag, algorithm or parameter than answers have")]
	WrongParameters,
	/// It is signed by another key than the one on the chain.
	#[error(
		"the answer is signed by `{0}`, which is not the provider's gatekeeper key on the chain"
	)]
	AnotherKey(String),
	/// The body is not the one that was signed.
	#[error("the answer's body is not the one that the gatekeeper signed")]
	BodyDigestMismatch,
	/// The signature does not verify, or it belongs to another request.
	#[error("the answer's signature does not fit the answer and the request")]
	SignatureInvalid,
	/// `medrec-blocks` is not what this protocol writes.
	#[error("medrec-blocks of the answer cannot be read")]
	BlocksMalformed,
	/// `medrec-receipt` is not what this protocol writes.
	#[error("the answer's receipt is not one: {0}")]
	ReceiptMalformed(#[from] ReceiptError),
}

/// Sign the response to a signed request. `body` is all of it, as it will be sent: compressed, if
/// `content-encoding` says so, and empty for a 304.
///
/// Sets `content-digest`, `medrec-blocks` and `medrec-receipt` where given, `signature-input` and
/// `signature`; everything that the signature covers has to be there before and to stay.
pub fn sign_response(
	parts: &mut Parts,
	body: &[u8],
	request: &RequestSignature,
	signing: &ResponseSigning,
) -> Result<(), SignResponseError> {
	set(parts, CONTENT_DIGEST, Some(content_digest(body)))?;
	set(parts, MEDREC_BLOCKS, signing.blocks.map(DecisionBlocks::header_value))?;
	set(parts, MEDREC_RECEIPT, signing.receipt.map(Receipt::header_value))?;

	let components = components(parts.status.as_str(), &parts.headers, request)?;
	let parameters = Parameters {
		created: signing.created / 1000,
		expires: None,
		nonce: None,
		algorithm: ALGORITHM.into(),
		key_id: gatekeeper_key_id(&signing.key.public()),
		tag: TAG.into(),
	};
	let signature_params = signature_params(&components, &parameters)
		.map_err(|malformed| SignResponseError::Unwritable(malformed.0))?;
	let base = signature_base(&components, &signature_params);
	let signature = signature_value(&signing.key.sign(base.as_bytes()).0);

	set(parts, SIGNATURE_INPUT, Some(signature_input_value(&signature_params)))?;
	set(parts, SIGNATURE, Some(signature))
}

/// Check that a response is the gatekeeper's, to this request. `key` is the provider's gatekeeper key
/// from the chain.
pub fn verify_response(
	parts: &Parts,
	body: &[u8],
	request: &RequestSignature,
	key: &GatekeeperKey,
) -> Result<VerifiedResponse, ResponseError> {
	let headers = &parts.headers;
	let input = parse_signature_input(required_short(headers, &SIGNATURE_INPUT)?)?;
	let signature = parse_signature(required_short(headers, &SIGNATURE)?)?;
	let expected = components(parts.status.as_str(), headers, request)?;
	let covered = in_signed_order(&input.components, &expected)?;
	let parameters = &input.parameters;
	let others = parameters.expires.is_some() || parameters.nonce.is_some();
	if parameters.tag != TAG || parameters.algorithm != ALGORITHM || others {
		return Err(ResponseError::WrongParameters);
	}
	if parameters.key_id != gatekeeper_key_id(key) {
		return Err(ResponseError::AnotherKey(parameters.key_id.clone()));
	}
	if required_short(headers, &CONTENT_DIGEST)? != content_digest(body) {
		return Err(ResponseError::BodyDigestMismatch);
	}
	let base = signature_base(&covered, &input.signature_params);
	if !GatekeeperSignature(signature).verify(key, base.as_bytes()) {
		return Err(ResponseError::SignatureInvalid);
	}
	let blocks = optional(headers, &MEDREC_BLOCKS, MAX_HEADER_LENGTH)?
		.map(|value| DecisionBlocks::from_header_value(value).ok_or(ResponseError::BlocksMalformed))
		.transpose()?;
	let receipt = optional(headers, &MEDREC_RECEIPT, MAX_HEADER_LENGTH)?
		.map(Receipt::from_header_value)
		.transpose()?;
	Ok(VerifiedResponse { created: parameters.created.saturating_mul(1000), blocks, receipt })
}

/// Everything that the signature of a response with these headers has to cover.
fn components<'a>(
	status: &'a str,
	headers: &'a HeaderMap,
	request: &'a RequestSignature,
) -> Result<Vec<Component<'a>>, HeaderError> {
	let mut components = vec![
		Component::new("@status", status),
		Component::new("content-digest", required_short(headers, &CONTENT_DIGEST)?),
		Component { name: "signature", of_request: true, value: request.as_str() },
	];
	let where_present = [
		("content-type", CONTENT_TYPE),
		("content-encoding", CONTENT_ENCODING),
		("etag", ETAG),
		("last-modified", LAST_MODIFIED),
		("location", LOCATION),
		("retry-after", RETRY_AFTER),
		("medrec-notice", MEDREC_NOTICE),
		("medrec-blocks", MEDREC_BLOCKS),
		("medrec-receipt", MEDREC_RECEIPT),
	];
	for (name, header) in where_present {
		if let Some(value) = optional(headers, &header, MAX_HEADER_LENGTH)? {
			components.push(Component::new(name, value));
		}
	}
	Ok(components)
}

fn set(
	parts: &mut Parts,
	name: HeaderName,
	value: Option<String>,
) -> Result<(), SignResponseError> {
	match value {
		Some(value) => {
			let value = HeaderValue::try_from(value)
				.map_err(|_| SignResponseError::Header(name.clone()))?;
			parts.headers.insert(name, value);
		},
		None => {
			parts.headers.remove(name);
		},
	}
	Ok(())
}

impl From<HeaderError> for SignResponseError {
	fn from(error: HeaderError) -> Self {
		Self::Header(error.into_name())
	}
}

impl From<HeaderError> for ResponseError {
	fn from(error: HeaderError) -> Self {
		match error {
			HeaderError::Missing(name) => Self::MissingHeader(name),
			other => Self::Header(other.into_name()),
		}
	}
}

impl From<Malformed> for ResponseError {
	fn from(malformed: Malformed) -> Self {
		Self::MalformedSignature(malformed.0)
	}
}

impl From<Coverage> for ResponseError {
	fn from(difference: Coverage) -> Self {
		match difference {
			Coverage::Missing(component) => Self::MissingComponent(component),
			Coverage::Unexpected(component) | Coverage::Repeated(component) => {
				Self::UnexpectedComponent(component)
			},
		}
	}
}

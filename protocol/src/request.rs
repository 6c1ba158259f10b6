//! Signed requests: HTTP Message Signatures (RFC 9421) by a session key.
//!
//! A signature covers `@method`, `@target-uri`, `medrec-context` and `medrec-delegation`, and
//! `medrec-staff`, `content-digest`, `content-type`, `accept` and `if-none-match` where the request has
//! them. Other headers mean nothing to a gatekeeper.

mod error;
mod nonce;
mod sign;
mod verify;

pub use error::RequestError;
pub use nonce::{Nonce, NonceError, MAX_NONCE_LENGTH, MIN_NONCE_LENGTH};
pub use sign::{sign_request, RequestSigning, SignRequestError};
pub use verify::{verify_request, Verification, VerifiedRequest};

use crate::{
	headers::{
		CONTENT_DIGEST, MAX_CONTEXT_LENGTH, MAX_DELEGATION_LENGTH, MAX_HEADER_LENGTH,
		MEDREC_CONTEXT, MEDREC_DELEGATION, MEDREC_STAFF,
	},
	message::{optional, required, Component, HeaderError},
};
use http::{
	header::{ACCEPT, CONTENT_TYPE, IF_NONE_MATCH},
	HeaderMap,
};
use medrec_primitives::Moment;

/// Longest time between a request's `created` and `expires`.
pub const MAX_REQUEST_LIFETIME: Moment = 60_000;

/// Furthest that `created`, or the beginning of a delegation, may lie ahead of a gatekeeper's clock,
/// unless it is configured otherwise.
pub const DEFAULT_CLOCK_SKEW: Moment = 10_000;

/// Value of the parameter `tag` of request signatures.
const TAG: &str = "medrec-request";

/// The `signature` header's value of a request. The response's signature covers it, so that an answer
/// belongs to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestSignature(String);

impl RequestSignature {
	/// As in the header.
	pub fn as_str(&self) -> &str {
		&self.0
	}
}

/// Everything that the signature of a request with these headers and this body has to cover.
fn components<'a>(
	method: &'a str,
	target_uri: &'a str,
	headers: &'a HeaderMap,
	body: &[u8],
) -> Result<Vec<Component<'a>>, HeaderError> {
	let mut components = vec![
		Component::new("@method", method),
		Component::new("@target-uri", target_uri),
		Component::new("medrec-context", required(headers, &MEDREC_CONTEXT, MAX_CONTEXT_LENGTH)?),
		Component::new(
			"medrec-delegation",
			required(headers, &MEDREC_DELEGATION, MAX_DELEGATION_LENGTH)?,
		),
	];
	if let Some(value) = optional(headers, &MEDREC_STAFF, MAX_HEADER_LENGTH)? {
		components.push(Component::new("medrec-staff", value));
	}
	let of_body = [("content-digest", CONTENT_DIGEST), ("content-type", CONTENT_TYPE)];
	for (name, header) in of_body {
		match optional(headers, &header, MAX_HEADER_LENGTH)? {
			Some(value) => components.push(Component::new(name, value)),
			None if body.is_empty() => {},
			None => return Err(HeaderError::Missing(header)),
		}
	}
	for (name, header) in [("accept", ACCEPT), ("if-none-match", IF_NONE_MATCH)] {
		if let Some(value) = optional(headers, &header, MAX_HEADER_LENGTH)? {
			components.push(Component::new(name, value));
		}
	}
	Ok(components)
}

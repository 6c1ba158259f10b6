//! The client's side.

use super::{components, Nonce, RequestSignature, MAX_REQUEST_LIFETIME, TAG};
use crate::{
	context::{ContextError, RequestContext},
	delegation::SignedDelegation,
	headers::{
		CONTENT_DIGEST, MEDREC_CONTEXT, MEDREC_DELEGATION, MEDREC_STAFF, SIGNATURE, SIGNATURE_INPUT,
	},
	message::{
		content_digest, signature_base, signature_input_value, signature_params, signature_value,
		HeaderError, Parameters, ALGORITHM,
	},
	session::SessionKey,
	staff::{SignedStaffCredential, StaffError},
};
use http::{header::ACCEPT, request::Parts, HeaderValue};
use medrec_primitives::Moment;

/// What a client signs a request with.
#[derive(Clone, Debug)]
pub struct RequestSigning<'a> {
	/// The delegation's session key.
	pub session_key: &'a SessionKey,
	/// Lets the session key act at the gatekeeper that the request goes to.
	pub delegation: &'a SignedDelegation,
	/// Which of the provider's people asks, where the delegation is a provider's and it says so.
	pub staff: Option<&'a SignedStaffCredential>,
	/// What the request is about.
	pub context: &'a RequestContext,
	/// Now, by the client's clock; written in whole seconds, rounded down.
	pub created: Moment,
	/// At most [`MAX_REQUEST_LIFETIME`] after `created`; written in whole seconds, rounded down.
	pub expires: Moment,
	/// Fresh for each request, also when one is sent again.
	pub nonce: Nonce,
}

/// Why a request cannot be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignRequestError {
	/// The request does not go to the delegation's gatekeeper, or its URI is not absolute.
	#[error("the request goes to `{target}`, the session is for `{gatekeeper}`")]
	TargetElsewhere {
		/// The request's URI.
		target: String,
		/// Origin in the delegation.
		gatekeeper: String,
	},
	/// The session key is not the delegation's.
	#[error("the session key is not the one in the delegation")]
	AnotherKey,
	/// The request would be refused for its lifetime.
	#[error("`expires` is not after `created`, or more than 60 s after it")]
	Lifetime,
	/// The context cannot be sent.
	#[error(transparent)]
	Context(#[from] ContextError),
	/// The staff credential does not go with the session.
	#[error(transparent)]
	Staff(#[from] StaffError),
	/// A header is missing, there twice, too long or not text.
	#[error("header `{0}` is missing (with a body, content-type has to be set), there twice, too long or not printable ASCII")]
	Header(http::HeaderName),
	/// The time or a name cannot be written.
	#[error("the signature cannot be written: {0}")]
	Unwritable(String),
}

/// Sign a request. `parts.uri` is absolute and under the delegation's gatekeeper; `body` is empty where
/// there is none, otherwise `content-type` has to be set.
///
/// Sets `medrec-context`, `medrec-delegation`, `signature-input`, `signature`, for a member of staff
/// `medrec-staff`, for a body `content-digest`, and, where there is no `accept`, `accept: */*`, as HTTP clients would add after
/// signing. A request that was signed can be signed again.
///
/// Returns what [`verify_response`](crate::response::verify_response) needs.
pub fn sign_request(
	parts: &mut Parts,
	body: &[u8],
	signing: &RequestSigning,
) -> Result<RequestSignature, SignRequestError> {
	let delegation = &signing.delegation.delegation;
	if delegation.session_key != signing.session_key.id() {
		return Err(SignRequestError::AnotherKey);
	}
	let (created, expires) = (signing.created / 1000, signing.expires / 1000);
	if expires <= created || expires - created > MAX_REQUEST_LIFETIME / 1000 {
		return Err(SignRequestError::Lifetime);
	}
	let target_uri = target_uri(parts, &delegation.gatekeeper.to_string())?;

	let staff = signing.staff.map(|staff| {
		staff.credential.check_session(delegation)?;
		staff.header_value()
	});
	let staff = staff.transpose()?;

	insert(parts, MEDREC_CONTEXT, signing.context.header_value()?)?;
	insert(parts, MEDREC_DELEGATION, signing.delegation.header_value())?;
	match staff {
		Some(staff) => insert(parts, MEDREC_STAFF, staff)?,
		None => drop(parts.headers.remove(MEDREC_STAFF)),
	}
	if body.is_empty() {
		parts.headers.remove(CONTENT_DIGEST);
	} else {
		insert(parts, CONTENT_DIGEST, content_digest(body))?;
	}
	parts.headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));

	let components = components(parts.method.as_str(), &target_uri, &parts.headers, body)?;
	let parameters = Parameters {
		created,
		expires: Some(expires),
		nonce: Some(signing.nonce.to_string()),
		algorithm: ALGORITHM.into(),
		key_id: delegation.session_key.to_string(),
		tag: TAG.into(),
	};
	let signature_params = signature_params(&components, &parameters)
		.map_err(|malformed| SignRequestError::Unwritable(malformed.0))?;
	let base = signature_base(&components, &signature_params);
	let signature = signature_value(&signing.session_key.sign(base.as_bytes()));

	insert(parts, SIGNATURE_INPUT, signature_input_value(&signature_params))?;
	insert(parts, SIGNATURE, signature.clone())?;
	Ok(RequestSignature(signature))
}

fn target_uri(parts: &Parts, gatekeeper: &str) -> Result<String, SignRequestError> {
	let uri = &parts.uri;
	let path = uri.path_and_query().map_or("/", |path| path.as_str());
	let origin = uri
		.scheme_str()
		.zip(uri.authority())
		.map(|(scheme, authority)| format!("{scheme}://{authority}"));
	if origin.as_deref() != Some(gatekeeper) {
		return Err(SignRequestError::TargetElsewhere {
			target: uri.to_string(),
			gatekeeper: gatekeeper.to_owned(),
		});
	}
	Ok(format!("{gatekeeper}{path}"))
}

fn insert(
	parts: &mut Parts,
	name: http::HeaderName,
	value: String,
) -> Result<(), SignRequestError> {
	let value = HeaderValue::try_from(value).map_err(|_| SignRequestError::Header(name.clone()))?;
	parts.headers.insert(name, value);
	Ok(())
}

impl From<HeaderError> for SignRequestError {
	fn from(error: HeaderError) -> Self {
		Self::Header(error.into_name())
	}
}

//! Every way in which a request can be refused before the chain is asked, and after the account is
//! known.

use super::NonceError;
use crate::{
	context::ContextError,
	delegation::DelegationError,
	message::{Coverage, HeaderError, Malformed},
	staff::StaffError,
};
use http::{HeaderName, StatusCode};
use medrec_primitives::{Hash, Moment, ParticipantId};

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
	/// A header that has to be there is not.
	#[error("header `{0}` is missing")]
	MissingHeader(HeaderName),
	/// A header is there more than once.
	#[error("header `{0}` is there more than once")]
	DuplicateHeader(HeaderName),
	/// A header holds bytes that are not printable ASCII.
	#[error("header `{0}` is not printable ASCII")]
	HeaderNotText(HeaderName),
	/// A header is longer than is read.
	#[error("header `{0}` is too long")]
	HeaderTooLong(HeaderName),
	/// A header that would change the meaning of what is signed.
	#[error("header `{0}` is not understood here; send the body as it is")]
	UnexpectedHeader(HeaderName),
	/// `Host`, or the authority of an absolute target, is not the public origin's.
	#[error("the request is for host `{0}`, which is not this gatekeeper's public origin")]
	HostMismatch(String),
	/// The target is no path.
	#[error("the request's target is not a path")]
	TargetNotPath,
	/// `signature-input` is not what this protocol writes.
	#[error("signature-input is malformed: {0}")]
	MalformedSignatureInput(String),
	/// `signature` is not what this protocol writes.
	#[error("signature is malformed: {0}")]
	MalformedSignature(String),
	/// The signature does not cover what it has to.
	#[error("the signature does not cover {0}")]
	MissingComponent(String),
	/// The signature covers what it must not, or what is not there.
	#[error("the signature covers {0}, which it must not or which is not in the request")]
	UnexpectedComponent(String),
	/// The signature covers a component twice.
	#[error("the signature covers {0} more than once")]
	RepeatedComponent(String),
	/// A parameter of the signature that has to be there is not.
	#[error("signature-input lacks the parameter `{0}`")]
	MissingParameter(&'static str),
	/// The parameter `tag` is not `medrec-request`.
	#[error("the signature's tag is `{0}`, not `medrec-request`")]
	WrongTag(String),
	/// The parameter `alg` is not `ed25519`.
	#[error("the signature's algorithm is `{0}`, not `ed25519`")]
	WrongAlgorithm(String),
	/// `created` lies ahead of the gatekeeper's clock.
	#[error("the request was signed {0} ms in the future; set the device's clock")]
	CreatedInFuture(Moment),
	/// `expires` is over.
	#[error("the request expired {0} ms ago; set the device's clock or sign it again")]
	Expired(Moment),
	/// `expires` is not after `created`.
	#[error("the request expires before it was signed")]
	LifetimeEmpty,
	/// `expires` is too far after `created`.
	#[error("the request is valid for {0} ms, at most 60000 are possible")]
	LifetimeTooLong(Moment),
	/// The nonce is not unpadded base64url, or too long.
	#[error("the nonce is not 16 to 32 bytes of unpadded base64url")]
	NonceMalformed,
	/// The nonce is too short.
	#[error("the nonce has {0} bytes, at least 16 are needed")]
	NonceTooShort(usize),
	/// The body is not the one that was signed.
	#[error("content-digest is not the SHA-256 digest of the body")]
	BodyDigestMismatch,
	/// The delegation is not one.
	#[error("{0}")]
	DelegationMalformed(DelegationError),
	/// The request is signed by another key than the delegation's.
	#[error("the request is signed by `{0}`, which is not the delegation's session key")]
	DelegationForAnotherKey(String),
	/// The signature does not verify.
	#[error("the signature does not fit the request")]
	SignatureInvalid,
	/// The delegation is for another gatekeeper.
	#[error("the delegation is for `{0}`, not for this gatekeeper")]
	DelegationForAnotherGatekeeper(String),
	/// The delegation is for another chain.
	#[error("the delegation is for the chain {0:?}, not for this gatekeeper's")]
	DelegationForAnotherChain(Hash),
	/// The delegation begins later.
	#[error("the delegation begins {0} ms in the future; set the device's clock")]
	DelegationNotYetValid(Moment),
	/// The delegation is over.
	#[error("the delegation is over; make a new session")]
	DelegationExpired,
	/// The context is not one.
	#[error("{0}")]
	ContextMalformed(ContextError),
	/// The context is for another chain.
	#[error("the request is about the chain {0:?}, not about this gatekeeper's")]
	ContextForAnotherChain(Hash),
	/// The context is for another provider.
	#[error("the request is for provider {0}, not for this one")]
	ContextForAnotherGatekeeper(ParticipantId),
	/// The context names another actor than the delegation.
	#[error("participant {actor} did not delegate, participant {delegating} did")]
	ActorNotDelegated {
		/// Actor in the context.
		actor: ParticipantId,
		/// Participant in the delegation.
		delegating: ParticipantId,
	},
	/// The delegation is not signed by the participant's account, or of another epoch.
	#[error("{0}")]
	DelegationRefused(DelegationError),
	/// The staff credential is not one, or not for this request.
	#[error("{0}")]
	Staff(#[from] StaffError),
}

impl RequestError {
	/// Its name in error bodies; never changes.
	pub const fn code(&self) -> &'static str {
		match self {
			Self::MissingHeader(_) => "missing-header",
			Self::DuplicateHeader(_) => "duplicate-header",
			Self::HeaderNotText(_) => "header-not-text",
			Self::HeaderTooLong(_) => "header-too-long",
			Self::UnexpectedHeader(_) => "unexpected-header",
			Self::HostMismatch(_) => "host-mismatch",
			Self::TargetNotPath => "target-not-path",
			Self::MalformedSignatureInput(_) => "malformed-signature-input",
			Self::MalformedSignature(_) => "malformed-signature",
			Self::MissingComponent(_) => "missing-component",
			Self::UnexpectedComponent(_) => "unexpected-component",
			Self::RepeatedComponent(_) => "repeated-component",
			Self::MissingParameter(_) => "missing-parameter",
			Self::WrongTag(_) => "wrong-tag",
			Self::WrongAlgorithm(_) => "wrong-algorithm",
			Self::CreatedInFuture(_) => "created-in-future",
			Self::Expired(_) => "expired",
			Self::LifetimeEmpty => "lifetime-empty",
			Self::LifetimeTooLong(_) => "lifetime-too-long",
			Self::NonceMalformed => "nonce-malformed",
			Self::NonceTooShort(_) => "nonce-too-short",
			Self::BodyDigestMismatch => "body-digest-mismatch",
			Self::DelegationMalformed(_) => "delegation-malformed",
			Self::DelegationForAnotherKey(_) => "delegation-for-another-key",
			Self::SignatureInvalid => "signature-invalid",
			Self::DelegationForAnotherGatekeeper(_) => "delegation-for-another-gatekeeper",
			Self::DelegationForAnotherChain(_) => "delegation-for-another-chain",
			Self::DelegationNotYetValid(_) => "delegation-not-yet-valid",
			Self::DelegationExpired => "delegation-expired",
			Self::ContextMalformed(_) => "context-malformed",
			Self::ContextForAnotherChain(_) => "context-for-another-chain",
			Self::ContextForAnotherGatekeeper(_) => "context-for-another-gatekeeper",
			Self::ActorNotDelegated { .. } => "actor-not-delegated",
			Self::DelegationRefused(DelegationError::EpochOver { .. }) => "delegation-epoch-over",
			Self::DelegationRefused(_) => "delegation-signature-invalid",
			Self::Staff(error) => error.code(),
		}
	}
}

impl RequestError {
	/// Status that it is answered with: 421 for another host, 431 for a header that is too long, 400 for
	/// what else cannot be read, otherwise 401.
	pub const fn status(&self) -> StatusCode {
		match self {
			Self::HostMismatch(_) => StatusCode::MISDIRECTED_REQUEST,
			Self::HeaderTooLong(_) => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
			Self::DuplicateHeader(_)
			| Self::HeaderNotText(_)
			| Self::UnexpectedHeader(_)
			| Self::TargetNotPath
			| Self::MalformedSignatureInput(_)
			| Self::MalformedSignature(_)
			| Self::NonceMalformed
			| Self::DelegationMalformed(_)
			| Self::ContextMalformed(_) => StatusCode::BAD_REQUEST,
			Self::Staff(error) => error.status(),
			_ => StatusCode::UNAUTHORIZED,
		}
	}
}

impl From<HeaderError> for RequestError {
	fn from(error: HeaderError) -> Self {
		match error {
			HeaderError::Missing(name) => Self::MissingHeader(name),
			HeaderError::Duplicate(name) => Self::DuplicateHeader(name),
			HeaderError::NotText(name) => Self::HeaderNotText(name),
			HeaderError::TooLong(name) => Self::HeaderTooLong(name),
		}
	}
}

impl From<Coverage> for RequestError {
	fn from(difference: Coverage) -> Self {
		match difference {
			Coverage::Missing(component) => Self::MissingComponent(component),
			Coverage::Unexpected(component) => Self::UnexpectedComponent(component),
			Coverage::Repeated(component) => Self::RepeatedComponent(component),
		}
	}
}

impl From<Malformed> for RequestError {
	fn from(malformed: Malformed) -> Self {
		Self::MalformedSignatureInput(malformed.0)
	}
}

impl From<NonceError> for RequestError {
	fn from(error: NonceError) -> Self {
		match error {
			NonceError::TooShort(length) => Self::NonceTooShort(length),
			NonceError::Encoding | NonceError::TooLong(_) => Self::NonceMalformed,
		}
	}
}

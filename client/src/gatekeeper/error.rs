//! What can go wrong with a gatekeeper.

use http::StatusCode;
use medrec_primitives::ParticipantId;
use medrec_protocol::origin::Origin;
use std::time::Duration;

/// What went wrong with a gatekeeper.
#[derive(Debug, thiserror::Error)]
pub enum GatekeeperError {
	/// The participant is no provider.
	#[error("participant {0} is no provider and has no gatekeeper")]
	NoProvider(ParticipantId),
	/// The endpoint on the chain is not an origin.
	#[error("{name} has an endpoint on the chain that cannot be used: `{endpoint}`")]
	InvalidEndpoint {
		/// The provider.
		name: String,
		/// What the chain says.
		endpoint: String,
	},
	/// Plain HTTP to another machine.
	#[error("{name} has the endpoint {origin} on the chain, which is not encrypted; nothing is sent there")]
	Insecure {
		/// The provider.
		name: String,
		/// Its origin.
		origin: Origin,
	},
	/// It cannot be reached.
	#[error("{name} cannot be reached at {origin} ({reason}); try again later")]
	Unreachable {
		/// The provider.
		name: String,
		/// Its origin.
		origin: Origin,
		/// What the network said.
		reason: String,
	},
	/// It cannot answer now.
	#[error("{name} cannot answer now: {message}; try again later")]
	Later {
		/// The provider.
		name: String,
		/// What it says.
		message: String,
		/// When to ask again, if it says so.
		retry_after: Option<Duration>,
	},
	/// It does not let the asker see or do that.
	#[error("{name} denies it: {message}")]
	Denied {
		/// The provider.
		name: String,
		/// HTTP status: 401, 403 or 404.
		status: StatusCode,
		/// The error's code, where there is one.
		code: Option<String>,
		/// What it says.
		message: String,
	},
	/// It refuses the request for another reason.
	#[error("{name} refuses the request ({status}): {message}")]
	Refused {
		/// The provider.
		name: String,
		/// HTTP status.
		status: StatusCode,
		/// The error's code, where there is one.
		code: Option<String>,
		/// What it says.
		message: String,
	},
	/// The answer is not signed with the key that the provider has on the chain, or not for this request.
	#[error("the answer of {name} cannot be trusted: {reason}; nothing of it was used")]
	Untrusted {
		/// The provider.
		name: String,
		/// Why.
		reason: String,
	},
	/// The answer is longer than what is read.
	#[error("the answer of {name} is longer than {} MiB, which is not read", super::answer::MAX_BODY / (1024 * 1024))]
	TooLong {
		/// The provider.
		name: String,
	},
	/// The answer is not what it should be.
	#[error("the answer of {name} makes no sense: {reason}")]
	Malformed {
		/// The provider.
		name: String,
		/// What is wrong.
		reason: String,
	},
	/// The request cannot be signed.
	#[error("the request cannot be signed: {0}")]
	Sign(String),
	/// The request cannot be made.
	#[error("the request cannot be made: {0}")]
	Http(String),
}

impl GatekeeperError {
	/// Whether the same may work later.
	pub const fn is_unavailable(&self) -> bool {
		matches!(self, Self::Unreachable { .. } | Self::Later { .. })
	}
}

//! Who asks: from a signed request to a participant, step by step, each refusing with its own error.
//!
//! 1. the request's signature, digest, target, context and times ([`verify_request`]), without
//!    asking anyone;
//! 2. the actor's account and epoch, from the chain;
//! 3. the account's signature over the delegation, and its epoch;
//! 4. the actor's allowance of requests;
//! 5. the nonce, taken once and durably: after the signatures, so that strangers fill no tables,
//!    and before anything is looked up for the actor.

use crate::{
	fhir::IssueType,
	server::{intake, Exchange, Gatekeeper, Refusal},
	store::NonceError,
};
use axum::http::StatusCode;
use medrec_primitives::ParticipantStatus;
use medrec_protocol::request::{verify_request, RequestError, Verification, VerifiedRequest};
use medrec_rpc_api::ParticipantInfo;
use std::time::{Duration, Instant};

/// A request of a participant of the chain, signed for this gatekeeper and not seen before.
#[derive(Clone, Debug)]
pub struct Authenticated {
	/// The request.
	pub request: VerifiedRequest,
	/// Who signs, as the chain's best block has it.
	pub actor: ParticipantInfo,
}

/// Find out who asks.
pub async fn authenticate(
	gatekeeper: &Gatekeeper,
	exchange: &Exchange,
) -> Result<Authenticated, Refusal> {
	let genesis = gatekeeper.genesis;
	let rules = Verification {
		public_origin: gatekeeper.config.public_origin.clone(),
		genesis,
		provider: gatekeeper.config.provider,
		max_clock_skew: gatekeeper.config.limits.clock_skew_seconds.saturating_mul(1_000),
	};
	let request = verify_request(exchange.head(), exchange.body(), &rules, intake::now())
		.map_err(refuse_request)?;

	let (actor, ()) = futures::try_join!(
		gatekeeper.node.participant(request.context.actor),
		gatekeeper.node.follows(genesis),
	)?;
	let actor = actor.ok_or_else(|| {
		Refusal::new(
			StatusCode::UNAUTHORIZED,
			"participant-unknown",
			IssueType::Login,
			"the chain does not know this participant (yet)",
		)
	})?;
	request.authorize(&actor.account, actor.epoch).map_err(refuse_request)?;
	exchange.set_signature(request.signature.clone());
	if actor.status == ParticipantStatus::Retired {
		return Err(Refusal::new(
			StatusCode::UNAUTHORIZED,
			"participant-retired",
			IssueType::Login,
			"this participant has left the chain",
		));
	}

	gatekeeper.participants.take(actor.id, Instant::now()).map_err(too_many)?;
	gatekeeper
		.store
		.take_nonce(
			&request.session_key.to_string(),
			request.nonce.as_bytes(),
			request.expires,
			intake::now(),
		)
		.await
		.map_err(refuse_nonce)?;
	Ok(Authenticated { request, actor })
}

/// The allowance of requests is used up.
pub fn too_many(wait: Duration) -> Refusal {
	Refusal::new(
		StatusCode::TOO_MANY_REQUESTS,
		"too-many-requests",
		IssueType::Throttled,
		"too many requests within a minute; wait as long as Retry-After says",
	)
	.retry_after(wait.as_secs().max(1))
}

fn refuse_nonce(error: NonceError) -> Refusal {
	match error {
		NonceError::AlreadyUsed => Refusal::new(
			StatusCode::UNAUTHORIZED,
			"nonce-used",
			IssueType::Duplicate,
			"this request was sent before; sign each request anew",
		),
		NonceError::Expired => Refusal::new(
			StatusCode::UNAUTHORIZED,
			"expired",
			IssueType::Expired,
			"the request has expired; sign it again",
		),
		NonceError::Store(error) => error.into(),
	}
}

fn refuse_request(error: RequestError) -> Refusal {
	let status = match &error {
		RequestError::HostMismatch(_) => StatusCode::MISDIRECTED_REQUEST,
		RequestError::HeaderTooLong(_) => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
		RequestError::DuplicateHeader(_)
		| RequestError::HeaderNotText(_)
		| RequestError::UnexpectedHeader(_)
		| RequestError::TargetNotPath => StatusCode::BAD_REQUEST,
		_ => StatusCode::UNAUTHORIZED,
	};
	let issue = match &error {
		RequestError::MissingHeader(_) | RequestError::MissingParameter(_) => IssueType::Required,
		RequestError::Expired(_) | RequestError::DelegationExpired => IssueType::Expired,
		RequestError::HeaderTooLong(_) => IssueType::TooLong,
		_ => IssueType::Security,
	};
	Refusal::new(status, error.code(), issue, error.to_string())
}

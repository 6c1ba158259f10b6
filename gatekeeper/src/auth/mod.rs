//! Who asks: from a signed request to a participant, step by step, each refusing with its own error.
//!
//! 1. the request's signature, digest, target, context and times ([`verify_request`]), without
//!    asking anyone;
//! 2. the actor's account and epoch, from the chain;
//! 3. the account's signature over the delegation, and its epoch;
//! 4. the gatekeeper key's signature over the staff credential, and whether there has to be one
//!    ([`staff::check`]);
//! 5. the actor's allowance of requests;
//! 6. the nonce, taken once and durably: after the signatures, so that strangers fill no tables,
//!    and before anything is looked up for the actor.

use crate::{
	fhir::IssueType,
	server::{intake, Code, Exchange, Gatekeeper, Refusal},
	staff,
	store::NonceError,
};
use medrec_primitives::{Moment, ParticipantStatus};
use medrec_protocol::{
	request::{verify_request, RequestError, Verification, VerifiedRequest},
	staff::StaffMember,
};
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

impl Authenticated {
	/// Which of the actor's people asks, where the request says so.
	pub fn staff(&self) -> Option<StaffMember> {
		self.request.staff.as_ref().map(|staff| staff.credential.member())
	}
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
	let request = verify_request(exchange.head(), exchange.body(), &rules, intake::now())?;

	let (actor, ()) = futures::try_join!(
		gatekeeper.node.participant(request.context.actor),
		gatekeeper.node.follows(genesis),
	)?;
	let actor = actor.ok_or_else(|| {
		Refusal::new(
			Code::ParticipantUnknown,
			IssueType::Login,
			"the chain does not know this participant (yet)",
		)
	})?;
	request.authorize(&actor.account, actor.epoch)?;
	exchange.set_signature(request.signature.clone());
	if actor.status == ParticipantStatus::Retired {
		return Err(Refusal::new(
			Code::ParticipantRetired,
			IssueType::Login,
			"this participant has left the chain",
		));
	}

	staff::check(&gatekeeper.config, &request, &actor)?;
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
		.map_err(|error| refuse_nonce(error, request.expires))?;
	Ok(Authenticated { request, actor })
}

/// The allowance of requests is used up.
pub fn too_many(wait: Duration) -> Refusal {
	Refusal::new(
		Code::TooManyRequests,
		IssueType::Throttled,
		"too many requests within a minute; wait as long as Retry-After says",
	)
	.retry_after(wait.as_secs().max(1))
}

fn refuse_nonce(error: NonceError, expires: Moment) -> Refusal {
	match error {
		NonceError::AlreadyUsed => Refusal::new(
			Code::NonceUsed,
			IssueType::Duplicate,
			"this request was sent before; sign each request anew",
		),
		NonceError::Expired => RequestError::Expired(intake::now().saturating_sub(expires)).into(),
		NonceError::Store(error) => error.into(),
	}
}

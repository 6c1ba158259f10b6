//! The gatekeeper's side.

use super::{
	components, Nonce, RequestError, RequestSignature, DEFAULT_CLOCK_SKEW, MAX_REQUEST_LIFETIME,
	TAG,
};
use crate::{
	context::RequestContext,
	delegation::{Delegation, SignedDelegation},
	headers::{
		CONTENT_DIGEST, MAX_CONTEXT_LENGTH, MAX_DELEGATION_LENGTH, MAX_HEADER_LENGTH,
		MEDREC_CONTEXT, MEDREC_DELEGATION, MEDREC_STAFF, SIGNATURE, SIGNATURE_INPUT,
	},
	message::{
		content_digest, in_signed_order, optional, parse_signature, parse_signature_input,
		required, required_short, signature_base, Parameters, ALGORITHM,
	},
	origin::Origin,
	session::SessionKeyId,
	staff::{SignedStaffCredential, StaffError},
};
use http::{
	header::{CONTENT_ENCODING, HOST},
	request::Parts,
};
use medrec_primitives::{AccountId, Epoch, GatekeeperKey, Hash, Moment, ParticipantId};

/// What a gatekeeper holds requests against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
	/// Where clients reach it; from its configuration, never from a header.
	pub public_origin: Origin,
	/// Genesis hash of its chain.
	pub genesis: Hash,
	/// Whose gatekeeper it is.
	pub provider: ParticipantId,
	/// Furthest that clients' clocks may be ahead, in milliseconds.
	pub max_clock_skew: Moment,
}

impl Verification {
	/// With the usual tolerance for clocks.
	pub const fn new(public_origin: Origin, genesis: Hash, provider: ParticipantId) -> Self {
		Self { public_origin, genesis, provider, max_clock_skew: DEFAULT_CLOCK_SKEW }
	}
}

/// A request whose session key signed it, here and now, for this gatekeeper. Whether the participant's
/// account delegated to that key, [`Self::authorize`] tells; the nonce has to be taken after that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedRequest {
	/// Who lets the session key act. Its account signature is not checked yet.
	pub delegation: SignedDelegation,
	/// Which of the actor's people asks, where the request says so: for this session, and now. Its
	/// signature is not checked yet.
	pub staff: Option<SignedStaffCredential>,
	/// What the request is about. Its actor is the delegation's participant.
	pub context: RequestContext,
	/// To be taken once.
	pub nonce: Nonce,
	/// Who signed.
	pub session_key: SessionKeyId,
	/// When, by the client's clock.
	pub created: Moment,
	/// First moment at which the request is refused by itself: keep the nonce until then.
	pub expires: Moment,
	/// What the response is bound to.
	pub signature: RequestSignature,
}

impl VerifiedRequest {
	/// The second step: account and epoch of `context.actor`, from the chain, against the delegation.
	///
	/// Errors: [`RequestError::DelegationRefused`].
	pub fn authorize(&self, account: &AccountId, epoch: Epoch) -> Result<(), RequestError> {
		self.delegation.verify(account, epoch).map_err(RequestError::DelegationRefused)
	}

	/// The same for the staff credential, if there is one: the gatekeeper key of `context.actor`, from the
	/// chain, against its signature. `None` where the actor is no provider.
	///
	/// Errors: [`StaffError::NoProvider`], [`StaffError::SignatureInvalid`].
	pub fn authorize_staff(&self, key: Option<&GatekeeperKey>) -> Result<(), RequestError> {
		let Some(staff) = &self.staff else { return Ok(()) };
		let key = key.ok_or(StaffError::NoProvider(self.context.actor))?;
		Ok(staff.verify(key)?)
	}
}

/// Check a request as it was received: target in origin form, or absolute with the public origin;
/// `Host` and `:authority` the public origin's. `body` is all of it, as it was sent.
pub fn verify_request(
	parts: &Parts,
	body: &[u8],
	rules: &Verification,
	now: Moment,
) -> Result<VerifiedRequest, RequestError> {
	let headers = &parts.headers;
	let target_uri = target_uri(parts, &rules.public_origin)?;
	if headers.contains_key(CONTENT_ENCODING) {
		return Err(RequestError::UnexpectedHeader(CONTENT_ENCODING));
	}

	let input = parse_signature_input(required_short(headers, &SIGNATURE_INPUT)?)?;
	let signature_text = required_short(headers, &SIGNATURE)?;
	let signature = parse_signature(signature_text)
		.map_err(|malformed| RequestError::MalformedSignature(malformed.0))?;
	let expected = components(parts.method.as_str(), &target_uri, headers, body)?;
	let covered = in_signed_order(&input.components, &expected)?;
	let validity = check_parameters(&input.parameters, rules, now)?;
	if let Some(digest) = optional(headers, &CONTENT_DIGEST, MAX_HEADER_LENGTH)? {
		if digest != content_digest(body) {
			return Err(RequestError::BodyDigestMismatch);
		}
	}

	let header = required(headers, &MEDREC_DELEGATION, MAX_DELEGATION_LENGTH)?;
	let delegation =
		SignedDelegation::from_header_value(header).map_err(RequestError::DelegationMalformed)?;
	let session_key = delegation.delegation.session_key;
	if input.parameters.key_id != session_key.to_string() {
		return Err(RequestError::DelegationForAnotherKey(input.parameters.key_id));
	}
	let base = signature_base(&covered, &input.signature_params);
	if !session_key.verify(base.as_bytes(), &signature) {
		return Err(RequestError::SignatureInvalid);
	}

	check_delegation(&delegation, rules, now)?;
	let context =
		RequestContext::from_header_value(required(headers, &MEDREC_CONTEXT, MAX_CONTEXT_LENGTH)?)
			.map_err(RequestError::ContextMalformed)?;
	check_context(&context, &delegation, rules)?;
	let staff = optional(headers, &MEDREC_STAFF, MAX_HEADER_LENGTH)?
		.map(|value| check_staff(value, &delegation.delegation, rules, now))
		.transpose()?;
	Ok(VerifiedRequest {
		delegation,
		staff,
		context,
		nonce: validity.nonce,
		session_key,
		created: validity.created,
		expires: validity.expires,
		signature: RequestSignature(signature_text.to_owned()),
	})
}

/// `@target-uri`, from the public origin and the request's path and query. Whatever else names a host
/// has to name that of the public origin; forwarded headers are not read.
fn target_uri(parts: &Parts, public_origin: &Origin) -> Result<String, RequestError> {
	let uri = &parts.uri;
	let host = optional(&parts.headers, &HOST, MAX_HEADER_LENGTH)?;
	let authority = uri.authority().map(|authority| authority.as_str());
	if host.is_none() && authority.is_none() {
		return Err(RequestError::MissingHeader(HOST));
	}
	for named in [host, authority].into_iter().flatten() {
		if !public_origin.is_authority(named) {
			return Err(RequestError::HostMismatch(named.to_owned()));
		}
	}
	let path = uri.path_and_query().map(|path| path.as_str()).unwrap_or_default();
	if !path.starts_with('/') {
		return Err(RequestError::TargetNotPath);
	}
	Ok(public_origin.target_uri(path))
}

struct Validity {
	created: Moment,
	expires: Moment,
	nonce: Nonce,
}

fn check_parameters(
	parameters: &Parameters,
	rules: &Verification,
	now: Moment,
) -> Result<Validity, RequestError> {
	if parameters.tag != TAG {
		return Err(RequestError::WrongTag(parameters.tag.clone()));
	}
	if parameters.algorithm != ALGORITHM {
		return Err(RequestError::WrongAlgorithm(parameters.algorithm.clone()));
	}
	let expires = parameters.expires.ok_or(RequestError::MissingParameter("expires"))?;
	let nonce = parameters.nonce.as_ref().ok_or(RequestError::MissingParameter("nonce"))?;
	let (created, expires) =
		(parameters.created.saturating_mul(1000), expires.saturating_mul(1000));
	if expires <= created {
		return Err(RequestError::LifetimeEmpty);
	}
	if expires - created > MAX_REQUEST_LIFETIME {
		return Err(RequestError::LifetimeTooLong(expires - created));
	}
	if created > now.saturating_add(rules.max_clock_skew) {
		return Err(RequestError::CreatedInFuture(created - now));
	}
	if now >= expires {
		return Err(RequestError::Expired(now - expires));
	}
	Ok(Validity { created, expires, nonce: nonce.parse()? })
}

fn check_delegation(
	signed: &SignedDelegation,
	rules: &Verification,
	now: Moment,
) -> Result<(), RequestError> {
	let delegation = &signed.delegation;
	if delegation.gatekeeper != rules.public_origin {
		return Err(RequestError::DelegationForAnotherGatekeeper(
			delegation.gatekeeper.to_string(),
		));
	}
	if delegation.genesis != rules.genesis {
		return Err(RequestError::DelegationForAnotherChain(delegation.genesis));
	}
	if delegation.from > now.saturating_add(rules.max_clock_skew) {
		return Err(RequestError::DelegationNotYetValid(delegation.from - now));
	}
	if now >= delegation.until {
		return Err(RequestError::DelegationExpired);
	}
	Ok(())
}

fn check_context(
	context: &RequestContext,
	signed: &SignedDelegation,
	rules: &Verification,
) -> Result<(), RequestError> {
	if context.genesis != rules.genesis {
		return Err(RequestError::ContextForAnotherChain(context.genesis));
	}
	if context.audience != rules.provider {
		return Err(RequestError::ContextForAnotherGatekeeper(context.audience));
	}
	if context.actor != signed.delegation.participant {
		return Err(RequestError::ActorNotDelegated {
			actor: context.actor,
			delegating: signed.delegation.participant,
		});
	}
	Ok(())
}

/// What can be said of a staff credential without the chain.
fn check_staff(
	value: &str,
	delegation: &Delegation,
	rules: &Verification,
	now: Moment,
) -> Result<SignedStaffCredential, StaffError> {
	let staff = SignedStaffCredential::from_header_value(value)?;
	staff.credential.check_session(delegation)?;
	staff.credential.check_time(now, rules.max_clock_skew)?;
	Ok(staff)
}

//! `/v1/enrolments`: a patient's client redeems a code with her signed consent, and asks how far it
//! is. Nobody has authenticated these requests: the code's secret and the consent's signature do.

use crate::{
	audit::{Event, EventKind},
	auth::too_many,
	fhir::IssueType,
	server::{body, Answer, Code, Exchange, Gatekeeper, Refusal},
	store::{Enrolment, EnrolmentError, EnrolmentStatus as Stored, LoggedError, StoredConsent},
};
use axum::{extract::State, Extension};
use medrec_primitives::{Hash, Moment, ParticipantStatus};
use medrec_protocol::{
	account::fingerprint,
	enrolment::{EnrolmentRequest, EnrolmentState, EnrolmentStatus, EnrolmentStatusRequest},
	registration::ConsentError,
};
use medrec_rpc_api::AccountRoleName;
use std::{sync::Arc, time::Instant};

/// `POST /v1/enrolments`: bring a consent. May be repeated, and repeated with a consent that the same
/// account signed anew.
pub async fn redeem(
	State(gatekeeper): State<Arc<Gatekeeper>>,
	Extension(exchange): Extension<Exchange>,
) -> Result<Answer, Refusal> {
	let request: EnrolmentRequest = body::json(&exchange)?;
	let secret = request.secret.hash();
	let now = exchange.arrived();
	let known = look_up(&gatekeeper, &secret).await?;
	request.verify(&gatekeeper.genesis, gatekeeper.config.provider, now)?;
	// What is under way or done is only looked up again; the chain has taken the nonce by then.
	if !matches!(known.status, Stored::Submitting | Stored::Active) {
		check_account(&gatekeeper, &request).await?;
	}

	let consent = StoredConsent {
		account: request.account.clone(),
		account_nonce: request.nonce,
		kind: request.kind,
		encryption_key: request.encryption_key,
		deadline: request.deadline,
		signature: request.signature.clone().into(),
	};
	let before = known.consent;
	let redeemed = gatekeeper.store.redeem(&secret, consent, now);
	let enrolment = redeemed
		.logged(&gatekeeper.audit, move |enrolment| {
			(before != enrolment.consent).then(|| Event {
				at: now,
				kind: EventKind::CodeRedeemed,
				staff: None,
				relationship: None,
				detail: Some(format!("enrolment {}", enrolment.id)),
			})
		})
		.await
		.map_err(|error| match error {
			LoggedError::Change(error) => refuse(error),
			LoggedError::Log(error) => error.into(),
		})?;
	answer(&gatekeeper, &enrolment, now).await
}

/// `POST /v1/enrolments/status`: how far an enrolment is, for who holds code and account.
pub async fn status(
	State(gatekeeper): State<Arc<Gatekeeper>>,
	Extension(exchange): Extension<Exchange>,
) -> Result<Answer, Refusal> {
	let request: EnrolmentStatusRequest = body::json(&exchange)?;
	let enrolment = look_up(&gatekeeper, &request.secret.hash()).await?;
	let redeemed_by = enrolment.consent.as_ref().map(|consent| &consent.account);
	if redeemed_by != Some(&request.account) {
		return Err(unknown_code());
	}
	answer(&gatekeeper, &enrolment, exchange.arrived()).await
}

/// The enrolment of a code. Each code that there is has an allowance of its own, and only codes that
/// there are not share one: guessing keeps nobody from redeeming.
async fn look_up(gatekeeper: &Gatekeeper, secret_hash: &Hash) -> Result<Enrolment, Refusal> {
	let now = Instant::now();
	match gatekeeper.store.enrolment_by_code(secret_hash).await.map_err(refuse)? {
		Some(enrolment) => {
			gatekeeper.codes.take(enrolment.id, now).map_err(too_many)?;
			Ok(enrolment)
		},
		None => {
			gatekeeper.strangers.take((), now).map_err(too_many)?;
			Err(unknown_code())
		},
	}
}

/// Refuse at once what the chain would refuse after staff have taken the trouble.
async fn check_account(gatekeeper: &Gatekeeper, request: &EnrolmentRequest) -> Result<(), Refusal> {
	gatekeeper.node.follows(gatekeeper.genesis).await?;
	let (nonce, participant) = futures::try_join!(
		gatekeeper.node.nonce(&request.account, None),
		gatekeeper.node.participant_of(request.account.clone()),
	)?;
	if nonce != request.nonce {
		return Err(conflict(
			Code::AccountNonceMismatch,
			"the consent was not signed at the account's nonce on the chain; sign it anew",
		));
	}
	let Some(participant) = participant else { return Ok(()) };
	let fits = participant.role != Some(AccountRoleName::Operator)
		&& participant.status == ParticipantStatus::Active
		&& participant.kind == request.kind
		&& participant.encryption_key.0 == request.encryption_key
		&& participant.id != gatekeeper.config.provider;
	if fits {
		Ok(())
	} else {
		Err(conflict(
			Code::AccountNotEnrollable,
			"the chain knows this account in another kind, standing or with another encryption key",
		))
	}
}

async fn answer(
	gatekeeper: &Gatekeeper,
	enrolment: &Enrolment,
	now: Moment,
) -> Result<Answer, Refusal> {
	let consent = enrolment.consent.as_ref().ok_or_else(unknown_code)?;
	let state = match enrolment.status_at(now) {
		Stored::Issued => return Err(unknown_code()),
		Stored::Pending | Stored::Confirmed if is_consumed(gatekeeper, enrolment).await? => {
			EnrolmentState::Expired
		},
		Stored::Pending => EnrolmentState::Pending,
		Stored::Confirmed => EnrolmentState::Confirmed,
		Stored::Submitting => EnrolmentState::Submitted,
		Stored::Active => EnrolmentState::Active,
		Stored::Expired => EnrolmentState::Expired,
		Stored::Refused => EnrolmentState::Refused,
	};
	Answer::json(&EnrolmentStatus {
		state,
		fingerprint: fingerprint(&consent.account),
		deadline: consent.deadline,
		participant: enrolment.patron,
		relationship: enrolment.relationship,
	})
}

/// Whether the account's nonce has moved on, which makes the consent void.
pub(super) async fn is_consumed(
	gatekeeper: &Gatekeeper,
	enrolment: &Enrolment,
) -> Result<bool, Refusal> {
	let Some(consent) = &enrolment.consent else { return Ok(false) };
	let nonce = gatekeeper.node.nonce(&consent.account, None).await?;
	Ok(nonce != consent.account_nonce)
}

fn unknown_code() -> Refusal {
	Refusal::new(
			Code::EnrolmentCodeUnknown,
		IssueType::NotFound,
		"there is no such enrolment code, or it belongs to another account; ask the provider for a new one",
	)
}

fn conflict(code: Code, text: &str) -> Refusal {
	Refusal::new(code, IssueType::Conflict, text)
}

fn refuse(error: EnrolmentError) -> Refusal {
	match error {
		EnrolmentError::UnknownCode | EnrolmentError::CodeUsed => unknown_code(),
		EnrolmentError::CodeExpired => {
			Refusal::new(Code::EnrolmentCodeExpired, IssueType::Expired, error.to_string())
		},
		EnrolmentError::ConsentExpired => ConsentError::Expired.into(),
		EnrolmentError::DeadlineTooFar => ConsentError::DeadlineTooFar.into(),
		EnrolmentError::WrongStatus { .. } => conflict(Code::EnrolmentRefused, &error.to_string()),
		EnrolmentError::Store(error) => error.into(),
		EnrolmentError::UnknownEnrolment
		| EnrolmentError::CodeNotFresh
		| EnrolmentError::RelationshipTaken(_) => {
			tracing::error!(%error, "an enrolment cannot go on");
			Refusal::internal()
		},
	}
}

//! `/v1/amendments`, for the patron only.

use crate::{
	access::{decide, Access},
	amendments::splice::splice,
	audit::{Event, EventKind},
	auth::authenticate,
	fhir::{is_id, IssueType, ResourceType},
	records::StoredResource,
	server::{body, intake, Answer, Code, Exchange, Gatekeeper, Refusal},
	store::{AmendmentStoreError, LoggedError},
};
use axum::{extract::State, http::StatusCode, Extension};
use medrec_protocol::{
	access_log::Interaction,
	amendments::{Amendment, AmendmentList, AmendmentRequest},
};
use std::sync::Arc;

/// `POST /v1/amendments`: the patron asks for a correction of a record of hers that she saw.
pub async fn request(
	State(gatekeeper): State<Arc<Gatekeeper>>,
	Extension(exchange): Extension<Exchange>,
) -> Result<Answer, Refusal> {
	let who = authenticate(&gatekeeper, &exchange).await?;
	let asked: AmendmentRequest = body::json(&exchange)?;
	if who.request.context.relationship != Some(asked.relationship) {
		return Err(Refusal::malformed(
			Code::RelationshipMismatch,
			"medrec-context and the body name different relationships",
		));
	}
	asked.check().map_err(|error| invalid(error.to_string()))?;
	let access = decide(&gatekeeper, &exchange, &who, Interaction::Amendment).await?;
	match keep(&gatekeeper, &access, asked).await {
		Ok(amendment) => {
			access.conclude(&gatekeeper, &exchange, StatusCode::CREATED, &[]).await?;
			Ok(Answer { status: StatusCode::CREATED, ..Answer::json(&amendment)? })
		},
		Err(refusal) => {
			let reason = format!("amendment: {}", refusal.code);
			Err(access.fail(&gatekeeper, refusal, reason).await)
		},
	}
}

/// `GET /v1/amendments`: all that the patron asked for in the relationship of the context.
pub async fn list(
	State(gatekeeper): State<Arc<Gatekeeper>>,
	Extension(exchange): Extension<Exchange>,
) -> Result<Answer, Refusal> {
	let who = authenticate(&gatekeeper, &exchange).await?;
	if !exchange.query().is_empty() {
		let text = "this path takes no parameters";
		return Err(Refusal::malformed(Code::ParameterUnknown, text));
	}
	let access = decide(&gatekeeper, &exchange, &who, Interaction::Amendments).await?;
	match gatekeeper.store.amendments_of(access.relationship).await {
		Ok(stored) => {
			access.conclude(&gatekeeper, &exchange, StatusCode::OK, &[]).await?;
			let amendments = stored.into_iter().map(|stored| stored.amendment).collect();
			Answer::json(&AmendmentList { amendments })
		},
		Err(error) => {
			let reason = error.to_string();
			Err(access.fail(&gatekeeper, error.into(), reason).await)
		},
	}
}

/// Keep what is asked for if it can be done, and log it with that.
async fn keep(
	gatekeeper: &Gatekeeper,
	access: &Access,
	asked: AmendmentRequest,
) -> Result<Amendment, Refusal> {
	let resource = find(gatekeeper, access, &asked).await?;
	if resource.version != asked.version {
		return Err(Refusal::new(
			Code::ResourceChanged,
			IssueType::Conflict,
			"the record has changed since you saw it; look at it again",
		));
	}
	let (text, path) = (resource.json.get(), asked.element.path());
	let proposed = asked.proposed.as_ref().map(|value| value.as_raw());
	let corrected = splice(text, &path, proposed).map_err(|error| invalid(error.to_string()))?;
	crate::fhir::json::parse(&corrected)
		.map_err(|_| invalid("the proposed value is not the JSON of a record".to_owned()))?;

	let now = intake::now();
	let event = move |amendment: &Amendment| Event {
		at: now,
		kind: EventKind::AmendmentRequested,
		staff: None,
		relationship: Some(amendment.request.relationship),
		detail: Some(format!("amendment {}", amendment.amendment)),
	};
	gatekeeper
		.store
		.request_amendment(asked, now)
		.logged(&gatekeeper.audit, move |amendment| Some(event(amendment)))
		.await
		.map_err(refuse)
}

async fn find(
	gatekeeper: &Gatekeeper,
	access: &Access,
	asked: &AmendmentRequest,
) -> Result<StoredResource, Refusal> {
	let resource_type: ResourceType =
		asked.resource_type.parse().map_err(|_| Refusal::not_found())?;
	if !is_id(&asked.id) {
		return Err(Refusal::not_found());
	}
	let visibility = access.visibility();
	let found =
		gatekeeper.records.read(&access.patient, &visibility, resource_type, &asked.id).await;
	found?.ok_or_else(Refusal::not_found)
}

fn invalid(text: String) -> Refusal {
	Refusal::malformed(Code::AmendmentInvalid, text)
}

fn refuse(error: LoggedError<AmendmentStoreError>) -> Refusal {
	match error {
		LoggedError::Log(error) => error.into(),
		LoggedError::Change(AmendmentStoreError::Store(error)) => error.into(),
		LoggedError::Change(error @ AmendmentStoreError::TooMany) => {
			Refusal::new(Code::TooManyAmendments, IssueType::TooLong, error.to_string())
		},
		LoggedError::Change(AmendmentStoreError::Unknown(_) | AmendmentStoreError::State(_)) => {
			Refusal::internal()
		},
	}
}

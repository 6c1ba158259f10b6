//! `GET /v1/notifications`, for the patron only.

use super::stream::Subscription;
use crate::{
	access::decide,
	auth::authenticate,
	fhir::IssueType,
	notifications::HEARTBEAT,
	server::{Code, Exchange, Gatekeeper, Refusal, Streamed},
};
use axum::{
	extract::State,
	http::StatusCode,
	response::{
		sse::{KeepAlive, Sse},
		IntoResponse, Response,
	},
	Extension,
};
use medrec_protocol::{access_log::Interaction, receipt::EntryId};
use std::sync::Arc;

/// Name of the header that says which event the client saw last. It is not signed: all that it changes is
/// where in her own queue the patron goes on.
const LAST_EVENT_ID: &str = "last-event-id";

/// Wait for news in the relationship of the context, as server-sent events. With `last-event-id` the
/// stream goes on after that event, otherwise it begins now.
pub async fn subscribe(
	State(gatekeeper): State<Arc<Gatekeeper>>,
	Extension(exchange): Extension<Exchange>,
) -> Result<Response, Refusal> {
	let who = authenticate(&gatekeeper, &exchange).await?;
	if !exchange.query().is_empty() {
		let text = "this path takes no parameters";
		return Err(Refusal::malformed(Code::ParameterUnknown, text));
	}
	let seen = last_event(&exchange)?;
	let access = decide(&gatekeeper, &exchange, &who, Interaction::Notifications).await?;
	let relationship = access.relationship;
	let Some(place) = gatekeeper.notifications.enter(who.actor.id) else {
		let refusal = Refusal::new(
			Code::TooManyStreams,
			IssueType::Throttled,
			"too many streams are open; close one, or wait",
		)
		.retry_after(HEARTBEAT.as_secs());
		return Err(access.fail(&gatekeeper, refusal, "too many streams".to_owned()).await);
	};
	let queue = match gatekeeper.store.notification_place(relationship, seen).await {
		Ok(queue) => queue,
		Err(error) => {
			let reason = error.to_string();
			return Err(access.fail(&gatekeeper, error.into(), reason).await);
		},
	};
	access.conclude(&gatekeeper, &exchange, StatusCode::OK, &[]).await?;
	let subscription = Subscription::new(gatekeeper, place, &who, relationship, queue);
	let mut response = Sse::new(subscription.events())
		.keep_alive(KeepAlive::new().interval(HEARTBEAT))
		.into_response();
	response.extensions_mut().insert(Streamed);
	Ok(response)
}

fn last_event(exchange: &Exchange) -> Result<Option<EntryId>, Refusal> {
	let Some(value) = exchange.head().headers.get(LAST_EVENT_ID) else { return Ok(None) };
	let event = value.to_str().ok().and_then(|text| text.parse().ok());
	event.map(Some).ok_or_else(|| {
		let text = "`last-event-id` is the `id` of an event, unchanged";
		Refusal::malformed(Code::ParameterInvalid, text).at("http.last-event-id")
	})
}

//! `/v1`: the access log and its checkpoints. Enrolment and openings are in their own folders.

use super::{Answer, Code, Exchange, Gatekeeper, Refusal};
use crate::{access::decide, audit::MAX_ACCESS_LOG_PAGE, auth::authenticate};
use axum::{extract::State, http::StatusCode, Extension};
use medrec_protocol::access_log::Interaction;
use std::sync::Arc;
use url::form_urlencoded;

/// `GET /v1/access-log?relationship=N[&before=CURSOR]`: who looked at the asker's records.
pub async fn access_log(
	State(gatekeeper): State<Arc<Gatekeeper>>,
	Extension(exchange): Extension<Exchange>,
) -> Result<Answer, Refusal> {
	let who = authenticate(&gatekeeper, &exchange).await?;
	let AccessLogQuery { relationship, before } = AccessLogQuery::parse(exchange.query())?;
	if who.request.context.relationship != Some(relationship) {
		return Err(Refusal::malformed(
			Code::RelationshipMismatch,
			"medrec-context and the parameter `relationship` name different relationships",
		)
		.at("http.relationship"));
	}
	let access = decide(&gatekeeper, &exchange, &who, Interaction::AccessLog).await?;
	let page = gatekeeper
		.audit
		.access_log(relationship, before.as_deref(), MAX_ACCESS_LOG_PAGE, exchange.arrived())
		.await;
	match page {
		Ok(page) => {
			access.conclude(&gatekeeper, &exchange, StatusCode::OK, &[]).await?;
			Answer::json(&page)
		},
		Err(error) => {
			let reason = error.to_string();
			Err(access.fail(&gatekeeper, error.into(), reason).await)
		},
	}
}

/// `GET /v1/checkpoint`: the log's last signed checkpoint, for every participant.
pub async fn checkpoint(
	State(gatekeeper): State<Arc<Gatekeeper>>,
	Extension(exchange): Extension<Exchange>,
) -> Result<Answer, Refusal> {
	authenticate(&gatekeeper, &exchange).await?;
	let checkpoint = match gatekeeper.audit.latest_checkpoint().await? {
		Some(checkpoint) => checkpoint,
		None => gatekeeper.audit.checkpoint(exchange.arrived()).await?,
	};
	Answer::json(&checkpoint)
}

#[derive(Debug, PartialEq, Eq)]
struct AccessLogQuery {
	relationship: u64,
	before: Option<String>,
}

impl AccessLogQuery {
	fn parse(query: &str) -> Result<Self, Refusal> {
		let invalid = |name: &str, text: &str| {
			Refusal::malformed(Code::ParameterInvalid, text.to_owned()).at(format!("http.{name}"))
		};
		let (mut relationship, mut before) = (None, None);
		for (name, value) in form_urlencoded::parse(query.as_bytes()) {
			let place = match &*name {
				"relationship" => &mut relationship,
				"before" => &mut before,
				_ => {
					let text = "this path takes `relationship` and `before`";
					return Err(Refusal::malformed(Code::ParameterUnknown, text));
				},
			};
			if place.replace(value.into_owned()).is_some() {
				return Err(invalid(&name, "each parameter stands once"));
			}
		}
		let relationship =
			relationship.and_then(|number| number.parse().ok()).ok_or_else(|| {
				invalid("relationship", "`relationship` is the relationship's number")
			})?;
		Ok(Self { relationship, before })
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn reads_its_parameters_and_no_others() {
		let read = AccessLogQuery::parse("relationship=7&before=abc").unwrap();
		assert_eq!(read, AccessLogQuery { relationship: 7, before: Some("abc".into()) });
		let code = |query| AccessLogQuery::parse(query).unwrap_err().code;
		assert_eq!(code(""), "parameter-invalid");
		assert_eq!(code("relationship=x"), "parameter-invalid");
		assert_eq!(code("relationship=1&relationship=2"), "parameter-invalid");
		assert_eq!(code("relationship=1&limit=5"), "parameter-unknown");
	}
}

//! `/fhir`: read and search over what the asker may see.

use super::{Answer, Code, Exchange, Gatekeeper, Refusal};
use crate::{
	access::decide,
	auth::authenticate,
	fhir::{bundle, capability, is_id, search::SearchQuery, IssueType, ResourceType, FHIR_JSON},
};
use axum::{
	extract::State,
	http::{header, HeaderValue, StatusCode},
	Extension,
};
use bytes::Bytes;
use medrec_protocol::access_log::Interaction;
use std::sync::Arc;

/// `GET /fhir/metadata`: what is served. For everyone.
pub async fn metadata(State(gatekeeper): State<Arc<Gatekeeper>>) -> Answer {
	Answer::of(FHIR_JSON, capability::statement(&base(&gatekeeper)).to_string())
}

/// `GET /fhir/{type}?…`: a Bundle of what matches and may be seen.
pub async fn search(
	State(gatekeeper): State<Arc<Gatekeeper>>,
	Extension(exchange): Extension<Exchange>,
) -> Result<Answer, Refusal> {
	let who = authenticate(&gatekeeper, &exchange).await?;
	check_accept(&exchange)?;
	let [name] = exchange.segments("/fhir/")[..] else { return Err(Refusal::no_route()) };
	let resource_type = resource_type(name)?;
	let now = i64::try_from(exchange.arrived()).unwrap_or(i64::MAX);
	let query =
		SearchQuery::parse(resource_type, exchange.query(), now).map_err(Refusal::search)?;

	let access = decide(&gatekeeper, &exchange, &who, Interaction::Search).await?;
	let visibility = access.visibility();
	let page = match gatekeeper.records.search(&access.patient, &visibility, &query).await {
		Ok(page) => page,
		Err(error) => return Err(access.fail_reading(&gatekeeper, error).await),
	};
	access.conclude(&gatekeeper, &exchange, StatusCode::OK, &page.resources).await?;
	Ok(Answer::of(FHIR_JSON, bundle::searchset(&base(&gatekeeper), &query, &page)))
}

/// `GET /fhir/{type}/{id}`: one resource, if it exists and may be seen.
pub async fn read(
	State(gatekeeper): State<Arc<Gatekeeper>>,
	Extension(exchange): Extension<Exchange>,
) -> Result<Answer, Refusal> {
	let who = authenticate(&gatekeeper, &exchange).await?;
	check_accept(&exchange)?;
	let [name, id] = exchange.segments("/fhir/")[..] else { return Err(Refusal::no_route()) };
	let resource_type = resource_type(name)?;
	if !exchange.query().is_empty() {
		let text = "a read takes no parameters";
		return Err(Refusal::malformed(Code::ParameterUnknown, text));
	}
	if !is_id(id) {
		return Err(Refusal::not_found());
	}

	let access = decide(&gatekeeper, &exchange, &who, Interaction::Read).await?;
	let visibility = access.visibility();
	let found = gatekeeper.records.read(&access.patient, &visibility, resource_type, id).await;
	let resource = match found {
		Ok(Some(resource)) => resource,
		Ok(None) => {
			access.conclude(&gatekeeper, &exchange, StatusCode::NOT_FOUND, &[]).await?;
			return Err(Refusal::not_found());
		},
		Err(error) => return Err(access.fail_reading(&gatekeeper, error).await),
	};
	let etag = HeaderValue::try_from(format!("W/\"{}\"", resource.version)).ok();
	let unchanged =
		etag.is_some() && exchange.head().headers.get(header::IF_NONE_MATCH) == etag.as_ref();
	let answer = if unchanged {
		Answer {
			status: StatusCode::NOT_MODIFIED,
			content_type: FHIR_JSON,
			body: Bytes::new(),
			etag,
		}
	} else {
		Answer { etag, ..Answer::of(FHIR_JSON, resource.json.get().to_owned()) }
	};
	access.conclude(&gatekeeper, &exchange, answer.status, &[resource]).await?;
	Ok(answer)
}

/// Where FHIR is served.
fn base(gatekeeper: &Gatekeeper) -> String {
	gatekeeper.config.public_origin.target_uri("/fhir")
}

fn resource_type(name: &str) -> Result<ResourceType, Refusal> {
	name.parse().map_err(|_| {
		Refusal::new(
			Code::ResourceTypeUnsupported,
			IssueType::NotSupported,
			"this resource type is not served; /fhir/metadata lists those that are",
		)
	})
}

/// FHIR JSON is all that there is.
fn check_accept(exchange: &Exchange) -> Result<(), Refusal> {
	let Some(accept) = exchange.head().headers.get(header::ACCEPT) else { return Ok(()) };
	let accepted = accept.to_str().is_ok_and(|accept| {
		accept.split(',').any(|range| {
			let media_type = range.split(';').next().unwrap_or_default().trim();
			let ours = [FHIR_JSON, "application/json", "application/*", "*/*"];
			ours.iter().any(|ours| media_type.eq_ignore_ascii_case(ours))
		})
	});
	if accepted {
		Ok(())
	} else {
		Err(Refusal::new(
			Code::NotAcceptable,
			IssueType::NotSupported,
			"only application/fhir+json is served",
		))
	}
}

//! `/fhir`: read, search and `$everything` over what the asker may see.

use super::{
	negotiation::{check_accept, check_only_format, is_known, version_headers},
	Answer, Code, Exchange, Gatekeeper, Refusal,
};
use crate::{
	access::{decide, Access},
	auth::authenticate,
	fhir::{
		bundle, capability, is_id,
		search::{EverythingQuery, SearchQuery},
		IssueType, ResourceType, FHIR_JSON,
	},
	records::{self, LocalPatientId, RecordBackend, RecordError, StoredResource, Visibility},
};
use axum::{extract::State, http::StatusCode, Extension};
use bytes::Bytes;
use medrec_primitives::Basis;
use medrec_protocol::access_log::Interaction;
use std::sync::Arc;

/// What `$everything` is called in paths.
const EVERYTHING: &str = "$everything";

/// `GET /fhir/metadata`: what is served. For everyone.
pub async fn metadata(
	State(gatekeeper): State<Arc<Gatekeeper>>,
	Extension(exchange): Extension<Exchange>,
) -> Result<Answer, Refusal> {
	check_accept(&exchange)?;
	check_only_format(&exchange)?;
	Ok(Answer::of(FHIR_JSON, capability::statement(&base(&gatekeeper)).to_string()))
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
	let notice = give_notice(&exchange, &access);
	let visibility = access.visibility();
	let page = match gatekeeper.records.search(&access.patient, &visibility, &query).await {
		Ok(page) => page,
		Err(error) => return Err(access.fail_reading(&gatekeeper, error).await),
	};
	access.conclude(&gatekeeper, &exchange, StatusCode::OK, &page.resources).await?;
	Ok(Answer::of(FHIR_JSON, bundle::searchset(&base(&gatekeeper), &query, &page, notice)))
}

/// `GET /fhir/Patient/$everything` and `GET /fhir/Patient/{id}/$everything`: a Bundle of all that the
/// patient has and that may be seen. Of another patient's id, or one that there is not, it is empty:
/// the same as of a patient of whom nothing may be seen.
pub async fn everything(
	State(gatekeeper): State<Arc<Gatekeeper>>,
	Extension(exchange): Extension<Exchange>,
) -> Result<Answer, Refusal> {
	let who = authenticate(&gatekeeper, &exchange).await?;
	check_accept(&exchange)?;
	let patient = match exchange.segments("/fhir/Patient/")[..] {
		[EVERYTHING] => None,
		[id, EVERYTHING] if is_id(id) => Some(id),
		_ => return Err(Refusal::not_found()),
	};
	let query = EverythingQuery::parse(patient, exchange.query()).map_err(Refusal::search)?;

	let access = decide(&gatekeeper, &exchange, &who, Interaction::Search).await?;
	let notice = give_notice(&exchange, &access);
	let visibility = access.visibility();
	let records = gatekeeper.records.as_ref();
	let page = match records::everything(records, &access.patient, &visibility, &query).await {
		Ok(page) => page,
		Err(error) => return Err(access.fail_reading(&gatekeeper, error).await),
	};
	access.conclude(&gatekeeper, &exchange, StatusCode::OK, &page.resources).await?;
	Ok(Answer::of(FHIR_JSON, bundle::everything(&base(&gatekeeper), &query, &page, notice)))
}

/// `GET /fhir/{type}/{id}`: one resource, if it exists and may be seen.
pub async fn read(
	State(gatekeeper): State<Arc<Gatekeeper>>,
	Extension(exchange): Extension<Exchange>,
) -> Result<Answer, Refusal> {
	let who = authenticate(&gatekeeper, &exchange).await?;
	let asked = read_target(&exchange)?;

	let access = decide(&gatekeeper, &exchange, &who, Interaction::Read).await?;
	give_notice(&exchange, &access);
	let visibility = access.visibility();
	let records = gatekeeper.records.as_ref();
	let found = read_answer(records, &exchange, &access.patient, &visibility, asked).await;
	let (answer, resource) = match found {
		Ok(Some(found)) => found,
		Ok(None) => {
			access.conclude(&gatekeeper, &exchange, StatusCode::NOT_FOUND, &[]).await?;
			return Err(Refusal::not_found());
		},
		Err(error) => return Err(access.fail_reading(&gatekeeper, error).await),
	};
	access.conclude(&gatekeeper, &exchange, answer.status, &[resource]).await?;
	Ok(answer)
}

/// The resource that a read asks for: its type and its id. Nothing is looked up for it.
pub fn read_target(exchange: &Exchange) -> Result<(ResourceType, &str), Refusal> {
	check_accept(exchange)?;
	let [name, id] = exchange.segments("/fhir/")[..] else { return Err(Refusal::no_route()) };
	let resource_type = resource_type(name)?;
	check_only_format(exchange)?;
	if !is_id(id) {
		return Err(Refusal::not_found());
	}
	Ok((resource_type, id))
}

/// What a read answers once it is decided what may be seen, with the resource that the answer tells of.
/// `None` if there is nothing that may be seen.
///
/// It checks nothing and logs nothing: whoever calls it has decided, and writes down what became of it
/// before the answer leaves. The bench of reads calls it without either, to measure what those cost.
pub async fn read_answer(
	records: &dyn RecordBackend,
	exchange: &Exchange,
	patient: &LocalPatientId,
	visibility: &Visibility,
	(resource_type, id): (ResourceType, &str),
) -> Result<Option<(Answer, StoredResource)>, RecordError> {
	let found = records.read(patient, visibility, resource_type, id).await?;
	Ok(found.map(|resource| {
		let (status, body) = match is_known(exchange, &resource) {
			true => (StatusCode::NOT_MODIFIED, Bytes::new()),
			false => (StatusCode::OK, resource.json.get().to_owned().into()),
		};
		let headers = version_headers(&resource);
		(Answer { status, content_type: FHIR_JSON, body, headers }, resource)
	}))
}

/// Whoever is not the patient herself is told that the answer may be incomplete, whatever it is.
fn give_notice(exchange: &Exchange, access: &Access) -> bool {
	let notice = access.allowed.basis != Basis::Patron;
	if notice {
		exchange.set_may_be_incomplete();
	}
	notice
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

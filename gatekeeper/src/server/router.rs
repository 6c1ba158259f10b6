//! Paths and what answers them.

use super::{fhir_routes, health, respond, v1_routes, Gatekeeper, Refusal};
use crate::{amendments, enrolment::redeem, notifications, openings};
use axum::{
	middleware::from_fn_with_state,
	routing::{get, post},
	Router,
};
use std::sync::Arc;

/// What clients reach.
pub fn public(gatekeeper: &Arc<Gatekeeper>) -> Router {
	Router::new()
		.route("/fhir/metadata", get(fhir_routes::metadata))
		.route("/fhir/{type}", get(fhir_routes::search))
		.route("/fhir/Patient/$everything", get(fhir_routes::everything))
		.route("/fhir/Patient/{id}/$everything", get(fhir_routes::everything))
		.route("/fhir/{type}/{id}", get(fhir_routes::read))
		.route("/v1/access-log", get(v1_routes::access_log))
		.route("/v1/amendments", get(amendments::list).post(amendments::request))
		.route("/v1/checkpoint", get(v1_routes::checkpoint))
		.route("/v1/enrolments", post(redeem::redeem))
		.route("/v1/enrolments/status", post(redeem::status))
		.route("/v1/notifications", get(notifications::subscribe))
		.route("/v1/openings", get(openings::list).post(openings::deposit))
		.fallback(|| async { Refusal::no_route() })
		.method_not_allowed_fallback(|| async { Refusal::method_not_allowed() })
		.layer(from_fn_with_state(gatekeeper.clone(), respond::respond))
		.route("/livez", get(health::livez))
		.route("/readyz", get(health::readyz))
		.with_state(gatekeeper.clone())
}

/// What the operator reaches.
pub fn admin(gatekeeper: &Arc<Gatekeeper>) -> Router {
	Router::new()
		.route("/livez", get(health::livez))
		.route("/readyz", get(health::readyz))
		.route("/metrics", get(health::metrics))
		.with_state(gatekeeper.clone())
}

//! Paths and what answers them.

use super::{fhir_routes, health, openapi, respond, v1_routes, Gatekeeper, Refusal};
use crate::{amendments, enrolment::redeem, notifications, openings};
use axum::{
	middleware::from_fn_with_state,
	routing::{get, MethodRouter},
	Router,
};
use std::sync::Arc;

/// Makes routers of tables, and one list of all that is in them.
macro_rules! routes {
	($($(#[$doc:meta])* $table:ident { $($path:literal: $($method:ident => $handler:path),+;)+ })+) => {
		/// Path and method, in lower case, of all that clients reach.
		pub const ROUTES: &[(&str, &str)] =
			&[$($($(($path, stringify!($method)),)+)+)+];

		$(
			$(#[$doc])*
			fn $table() -> Router<Arc<Gatekeeper>> {
				Router::new()$(.route($path, MethodRouter::new()$(.$method($handler))+))+
			}
		)+
	};
}

routes! {
	/// What is answered within the limits, and signed if the request is.
	answered {
		"/fhir/metadata": get => fhir_routes::metadata;
		"/fhir/{type}": get => fhir_routes::search;
		"/fhir/Patient/$everything": get => fhir_routes::everything;
		"/fhir/Patient/{id}/$everything": get => fhir_routes::everything;
		"/fhir/{type}/{id}": get => fhir_routes::read;
		"/v1/access-log": get => v1_routes::access_log;
		"/v1/amendments": get => amendments::list, post => amendments::request;
		"/v1/checkpoint": get => v1_routes::checkpoint;
		"/v1/enrolments": post => redeem::redeem;
		"/v1/enrolments/status": post => redeem::status;
		"/v1/notifications": get => notifications::subscribe;
		"/v1/openapi.json": get => openapi::document;
		"/v1/openings": get => openings::list, post => openings::deposit;
	}

	/// What tells of the server itself, also when it has too much to do.
	watched {
		"/livez": get => health::livez;
		"/readyz": get => health::readyz;
	}
}

/// What clients reach.
pub fn public(gatekeeper: &Arc<Gatekeeper>) -> Router {
	answered()
		.fallback(|| async { Refusal::no_route() })
		.method_not_allowed_fallback(|| async { Refusal::method_not_allowed() })
		.layer(from_fn_with_state(gatekeeper.clone(), respond::respond))
		.merge(watched())
		.with_state(gatekeeper.clone())
}

/// What the operator reaches.
pub fn admin(gatekeeper: &Arc<Gatekeeper>) -> Router {
	watched().route("/metrics", get(health::metrics)).with_state(gatekeeper.clone())
}

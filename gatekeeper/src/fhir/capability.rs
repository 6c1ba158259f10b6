//! CapabilityStatement: what `GET /fhir/metadata` answers.

use super::{search::SearchParameter, ResourceType, FHIR_VERSION};
use serde_json::{json, Value};

/// The statement of the server at `base` (as in [`super::bundle::searchset`]).
pub fn statement(base: &str) -> Value {
	let resources: Vec<_> = ResourceType::ALL.iter().copied().map(resource).collect();
	json!({
		"resourceType": "CapabilityStatement",
		"url": format!("{base}/metadata"),
		"version": env!("CARGO_PKG_VERSION"),
		"name": "MedRecGatekeeper",
		"title": "MedRec gatekeeper",
		"status": "active",
		"date": RELEASED,
		"publisher": "MedRec",
		"kind": "instance",
		"software": {"name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION")},
		"implementation": {"description": "MedRec gatekeeper", "url": base},
		"fhirVersion": FHIR_VERSION,
		"format": ["json"],
		"rest": [{
			"mode": "server",
			"documentation": "Read-only. Answers hold what the asker may see in the relationship \
				that the request names; the rest is as if it did not exist. Unknown search \
				parameters are refused.",
			"security": {
				"description": "Requests are signed (RFC 9421) with a session key that a \
					participant of the chain delegated to.",
			},
			"resource": resources,
		}],
	})
}

/// Day on which what is stated here last changed.
const RELEASED: &str = "2026-11-22";

fn resource(resource_type: ResourceType) -> Value {
	let parameters: Vec<_> = SearchParameter::of(resource_type).map(parameter).collect();
	json!({
		"type": resource_type.name(),
		"interaction": [{"code": "read"}, {"code": "search-type"}],
		"versioning": "versioned",
		"readHistory": false,
		"conditionalRead": "not-supported",
		"searchParam": parameters,
	})
}

fn parameter(parameter: &SearchParameter) -> Value {
	let mut value = json!({
		"name": parameter.name,
		"type": parameter.meaning.name(),
		"documentation": format!("Looks at: {}.", parameter.elements),
	});
	if let (Some(definition), Value::Object(members)) = (parameter.definition, &mut value) {
		members.insert("definition".into(), definition.into());
	}
	value
}

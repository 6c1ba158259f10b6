//! CapabilityStatement: what `GET /fhir/metadata` answers.

use super::{search::SearchParameter, ResourceType, FHIR_JSON, FHIR_VERSION};
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
		"format": ["json", FHIR_JSON],
		"rest": [{
			"mode": "server",
			"documentation": "Read-only. Answers hold what the asker may see in the relationship \
				that the request names; the rest is as if it did not exist, and whoever is not the \
				patient is told with each answer that it may be incomplete. Searches take _count, \
				and _sort by date or _lastUpdated. Unknown search parameters, modifiers, chains, _has, \
				_include, _revinclude and searches by identifier are refused.",
			"security": {
				"description": "Requests are signed (RFC 9421) with a session key that a \
					participant of the chain delegated to.",
			},
			"resource": resources,
		}],
	})
}

/// Day on which what is stated here last changed.
const RELEASED: &str = "2026-11-28";

fn resource(resource_type: ResourceType) -> Value {
	let parameters: Vec<_> = SearchParameter::of(resource_type).map(parameter).collect();
	let mut statement = json!({
		"type": resource_type.name(),
		"interaction": [{"code": "read"}, {"code": "search-type"}],
		"versioning": "versioned",
		"readHistory": false,
		"conditionalRead": "not-match",
		"searchParam": parameters,
	});
	if let (ResourceType::Patient, Value::Object(members)) = (resource_type, &mut statement) {
		let operation = json!({
			"name": "everything",
			"definition": "http://hl7.org/fhir/OperationDefinition/Patient-everything",
			"documentation": "On a Patient, and on the type for the one patient of the relationship. \
				Takes _since, _type and _count. Pages tell no total.",
		});
		members.insert("operation".into(), json!([operation]));
	}
	statement
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

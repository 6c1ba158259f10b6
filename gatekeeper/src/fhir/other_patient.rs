//! Patients whom a resource names beside its own: another person's data, which her own patient's grant
//! does not give away. Such a resource is for patron and steward only.

use super::{
	index::list,
	reference::{Reference, Target},
	ResourceType,
};
use serde_json::Value;

const PATIENT: &str = ResourceType::Patient.name();

/// Every literal reference in a resource, at whatever depth.
pub fn references(resource: &Value) -> Vec<&str> {
	let mut found = Vec::new();
	let mut waiting = vec![resource];
	while let Some(value) = waiting.pop() {
		match value {
			Value::Object(members) => {
				found.extend(members.get("reference").and_then(Value::as_str));
				waiting.extend(members.values());
			},
			Value::Array(items) => waiting.extend(items),
			_ => {},
		}
	}
	found
}

/// Whether a resource names another patient than its own, as far as its text alone says it: by a
/// literal reference, by a reference that gives only the type, or by containing a Patient. (A URN
/// says nothing outside of its Bundle.)
pub fn names_other_patient(resource: &Value) -> bool {
	let Some(name) = resource["resourceType"].as_str() else { return false };
	let Ok(resource_type) = name.parse::<ResourceType>() else { return false };
	let own = match resource_type.subject_element() {
		None => format!("{PATIENT}/{}", resource["id"].as_str().unwrap_or_default()),
		Some(element) => resource[element]["reference"].as_str().unwrap_or_default().to_owned(),
	};
	list(&resource["contained"]).iter().any(|contained| contained["resourceType"] == PATIENT)
		|| has_reference_by_type(resource)
		|| references(resource).into_iter().any(|reference| is_other(reference, &own))
}

/// Whether a reference is to another patient than the one whom `own` refers to.
fn is_other(reference: &str, own: &str) -> bool {
	let at = |text| match Reference::parse(text) {
		Some(Reference::Relative(target)) => Some((None, target)),
		Some(Reference::Absolute { base, target }) => Some((Some(base), target)),
		_ => None,
	};
	match at(reference) {
		Some(found @ (_, Target { resource_type: PATIENT, .. })) => at(own) != Some(found),
		Some(_) => false,
		None => reference.starts_with("Patient?") || reference.contains("/Patient?"),
	}
}

/// Whether there is a reference that says `Patient` and not which.
fn has_reference_by_type(value: &Value) -> bool {
	match value {
		Value::Object(members) => {
			let by_type = members.get("type").and_then(Value::as_str) == Some(PATIENT);
			by_type && !members.contains_key("reference")
				|| members.values().any(has_reference_by_type)
		},
		Value::Array(items) => items.iter().any(has_reference_by_type),
		_ => false,
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use serde_json::json;

	fn observation(performer: Value) -> Value {
		json!({
			"resourceType": "Observation", "id": "o", "subject": {"reference": "Patient/child"},
			"performer": [performer],
		})
	}

	#[test]
	fn another_patient_is_found_wherever_she_is_named() {
		for performer in [
			json!({"reference": "Patient/mother"}),
			json!({"reference": "Patient/mother/_history/2"}),
			json!({"reference": "https://elsewhere.example/fhir/Patient/child"}),
			json!({"reference": "Patient?identifier=x|1"}),
			json!({"reference": "https://elsewhere.example/fhir/Patient?identifier=x|1"}),
			json!({"type": "Patient", "identifier": {"value": "1"}}),
			json!({"display": "x", "extension": [
				{"url": "y", "valueReference": {"reference": "Patient/mother"}},
			]}),
		] {
			assert!(names_other_patient(&observation(performer.clone())), "{performer}");
		}
		let mut containing = observation(json!({"reference": "#m"}));
		containing["contained"] = json!([{"resourceType": "Patient", "id": "m"}]);
		assert!(names_other_patient(&containing));
		let linked = json!({
			"resourceType": "Patient", "id": "child",
			"link": [{"other": {"reference": "Patient/twin"}, "type": "seealso"}],
		});
		assert!(names_other_patient(&linked));
	}

	#[test]
	fn her_own_patient_and_others_are_no_other_patients() {
		for performer in [
			json!({"reference": "Patient/child"}),
			json!({"reference": "Patient/child/_history/1"}),
			json!({"reference": "Practitioner/p"}),
			json!({"reference": "urn:uuid:04121321-1d63-4d24-a8f2-d1e5b2c7b9a8"}),
			json!({"reference": "#p"}),
			json!({"display": "Patient"}),
			json!({"type": "Practitioner"}),
		] {
			assert!(!names_other_patient(&observation(performer.clone())), "{performer}");
		}
		let linked = json!({
			"resourceType": "Patient", "id": "child",
			"link": [{"other": {"reference": "Patient/child"}, "type": "seealso"}],
		});
		assert!(!names_other_patient(&linked));
	}
}

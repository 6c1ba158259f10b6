//! An accepted amendment as a FHIR R4 Task (<https://hl7.org/fhir/R4/task.html>), for the system that
//! the records are kept in.

use crate::{records::LocalPatientId, store::StoredAmendment};
use medrec_protocol::{amendments::AmendmentState, format_moment};
use serde_json::{json, Value};

/// The Task. `inputs` say which element of which version is meant, and what should stand there as JSON
/// text; without `proposed` nothing should.
pub fn task(stored: &StoredAmendment, patient: &LocalPatientId) -> Value {
	let amendment = &stored.amendment;
	let request = &amendment.request;
	let status = match amendment.state {
		AmendmentState::Requested => "requested",
		AmendmentState::Declined => "rejected",
		AmendmentState::Accepted | AmendmentState::HandedOver => "accepted",
		AmendmentState::Written => "completed",
	};
	let input = |name: &str, value: &str| json!({ "type": { "text": name }, "valueString": value });
	let mut inputs =
		vec![input("version", &request.version), input("element", request.element.as_str())];
	inputs.extend(request.proposed.iter().map(|value| input("proposed", value.as_raw().get())));
	let last = amendment.settled_at.or(amendment.answered_at).unwrap_or(amendment.requested_at);
	let mut task = json!({
		"resourceType": "Task",
		"id": amendment.amendment.to_string(),
		"status": status,
		"intent": "proposal",
		"code": { "coding": [{
			"system": "http://hl7.org/fhir/CodeSystem/task-code",
			"code": "change",
		}] },
		"description": "The patient asks for a correction of this record.",
		"focus": { "reference": format!("{}/{}", request.resource_type, request.id) },
		"for": { "reference": format!("Patient/{patient}") },
		"requester": { "reference": format!("Patient/{patient}") },
		"authoredOn": format_moment(amendment.requested_at),
		"lastModified": format_moment(last),
		"reasonCode": { "text": request.reason },
		"input": inputs,
	});
	if let (Some(answer), Some(at)) = (&amendment.answer, amendment.answered_at) {
		task["note"] = json!([{ "text": answer, "time": format_moment(at) }]);
	}
	task
}

use super::*;
use serde_json::json;

fn index(resource_type: ResourceType, resource: Value) -> Index {
	Index::of(resource_type, &resource).unwrap()
}

fn token(element: Element, system: &str, code: &str) -> IndexedToken {
	IndexedToken { element, system: system.into(), code: code.into() }
}

fn date(text: &str) -> Interval {
	Interval::parse(text).unwrap()
}

#[test]
fn finds_codes_of_every_shape() {
	use Element::{Category, Code};
	let coding = json!([{"system": "s", "code": "c"}, {"code": "d"}, {"system": "s"}]);
	let found = [token(Code, "", "d"), token(Code, "s", "c")];
	let concept = json!({"coding": coding});
	for (resource_type, resource) in [
		(ResourceType::Condition, json!({"code": concept})),
		(ResourceType::Encounter, json!({"type": [concept]})),
		(ResourceType::Immunization, json!({"vaccineCode": concept})),
		(ResourceType::MedicationRequest, json!({"medicationCodeableConcept": concept})),
		(ResourceType::Observation, json!({"code": concept})),
		(ResourceType::Procedure, json!({"code": concept})),
		(ResourceType::DiagnosticReport, json!({"code": concept})),
		(ResourceType::DocumentReference, json!({"type": concept})),
		(ResourceType::AllergyIntolerance, json!({"reaction": [{"substance": [concept]}, {}]})),
	] {
		assert_eq!(index(resource_type, resource).tokens, found, "{resource_type}");
	}
	let allergy = json!({"category": ["food"], "code": concept});
	let tokens = index(ResourceType::AllergyIntolerance, allergy).tokens;
	assert_eq!(tokens.last(), Some(&token(Category, ALLERGY_CATEGORY, "food")));
	let procedure = json!({"category": concept});
	assert_eq!(index(ResourceType::Procedure, procedure).tokens.len(), 2);
	let encounter = json!({"class": {"system": "s", "code": "AMB"}});
	assert_eq!(index(ResourceType::Encounter, encounter).tokens, [token(Category, "s", "AMB")]);
}

#[test]
fn finds_times_of_every_shape() {
	let period = json!({"start": "2020-01-31", "end": "2020-02"});
	let both = Interval::of_period(Some("2020-01-31"), Some("2020-02")).unwrap();
	for (resource_type, resource, expected) in [
		(ResourceType::AllergyIntolerance, json!({"recordedDate": "2020"}), date("2020")),
		(ResourceType::Condition, json!({"onsetPeriod": period, "recordedDate": "2021"}), both),
		(
			ResourceType::Condition,
			json!({"onsetString": "x", "recordedDate": "2021"}),
			date("2021"),
		),
		(ResourceType::Encounter, json!({"period": period}), both),
		(ResourceType::Immunization, json!({"occurrenceDateTime": "2020"}), date("2020")),
		(ResourceType::MedicationRequest, json!({"authoredOn": "2020"}), date("2020")),
		(ResourceType::Observation, json!({"effectivePeriod": period}), both),
		(ResourceType::Observation, json!({"effectiveTiming": {"event": ["2020"]}}), date("2020")),
		(ResourceType::Procedure, json!({"performedPeriod": period}), both),
		(ResourceType::DiagnosticReport, json!({"effectiveDateTime": "2020"}), date("2020")),
		(ResourceType::DocumentReference, json!({"date": "2020"}), date("2020")),
	] {
		assert_eq!(index(resource_type, resource).dates, [expected], "{resource_type}");
	}
	let order = json!({
		"authoredOn": "2020",
		"dosageInstruction": [{"timing": {"event": ["2021-01-01", "2021-01-02"]}}, {"text": "x"}],
	});
	assert_eq!(index(ResourceType::MedicationRequest, order).dates.len(), 3);
}

#[test]
fn names_the_date_that_is_wrong() {
	for (resource_type, resource, name) in [
		(ResourceType::Immunization, json!({"occurrenceDateTime": "x"}), "occurrenceDateTime"),
		(ResourceType::Immunization, json!({"occurrenceDateTime": 2020}), "occurrenceDateTime"),
		(ResourceType::Encounter, json!({"period": {"start": "2021", "end": "2020"}}), "period"),
		(ResourceType::Encounter, json!({"period": {"start": 1}}), "period"),
	] {
		assert_eq!(Index::of(resource_type, &resource), Err(IndexError::Date(name)));
	}
	let events = vec!["2020"; MAX_DATES + 1];
	let resource = json!({"effectiveTiming": {"event": events}});
	assert_eq!(Index::of(ResourceType::Observation, &resource), Err(IndexError::TooLarge));
}

#[test]
fn sorts_by_the_latest_beginning() {
	let sort = |resource| index(ResourceType::Observation, resource).sort_date();
	assert_eq!(sort(json!({})), Millis::MIN);
	assert_eq!(sort(json!({"effectiveDateTime": "2020"})), date("2020").from);
	assert_eq!(sort(json!({"effectivePeriod": {"end": "2020"}})), date("2020").to);
	let events = json!({"effectiveTiming": {"event": ["2022", "2020"]}});
	assert_eq!(sort(events), date("2022").from);
}

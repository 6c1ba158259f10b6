//! Amendments: what can be asked for, and how it is written.

use crate::fixtures::*;
use medrec_protocol::amendments::{
	Amendment, AmendmentError, AmendmentId, AmendmentRequest, AmendmentState, Element,
	ElementError, MAX_PROPOSED, MAX_REASON,
};

pub fn amendment() -> Amendment {
	Amendment {
		amendment: AmendmentId([0xab; 16]),
		request: AmendmentRequest {
			relationship: RELATIONSHIP,
			resource_type: "Observation".into(),
			id: "weight-2026".into(),
			version: "3".into(),
			element: "/valueQuantity/value".parse().unwrap(),
			proposed: Some("71.50".parse().unwrap()),
			reason: "It was 71.5 kg, not 17.5".into(),
		},
		requested_at: NOW,
		state: AmendmentState::Written,
		answer: Some("The scale's paper says the same".into()),
		answered_at: Some(NOW + HOUR),
		settled_at: Some(NOW + HOUR + 1),
		new_version: Some("4".into()),
	}
}

#[test]
fn an_amendment_is_json_and_its_value_keeps_its_digits() {
	let text = serde_json::to_string(&amendment()).unwrap();
	assert!(text.contains(r#""proposed":71.50,"#), "{text}");
	assert_eq!(serde_json::from_str::<Amendment>(&text).unwrap(), amendment());
	let more = text.replacen('{', r#"{"more":1,"#, 1);
	assert!(serde_json::from_str::<Amendment>(&more).is_err());
}

#[test]
fn elements_are_json_pointers() {
	let path = |text: &str| text.parse::<Element>().map(|element| element.path());
	assert_eq!(path("/code/coding/0/display").unwrap(), ["code", "coding", "0", "display"]);
	assert_eq!(path("/a~1b~0c").unwrap(), ["a/b~c"]);
	for text in ["", "/", "value", "/a//b", "/a~2", "/a~", "/a\n", &format!("/{}", "a".repeat(600))]
	{
		assert_eq!(path(text), Err(ElementError::Form), "{text:?}");
	}
}

#[test]
fn whose_it_is_cannot_be_amended() {
	for text in ["/subject/reference", "/patient", "/id", "/meta/security/0", "/resourceType"] {
		assert_eq!(text.parse::<Element>(), Err(ElementError::Identifying), "{text}");
	}
	// Of elements inside others only the name is the same.
	assert!("/performer/0/id".parse::<Element>().is_ok());
}

#[test]
fn texts_are_bounded() {
	let request = amendment().request;
	assert_eq!(request.check(), Ok(()));
	for reason in ["", " \n ", &"a".repeat(MAX_REASON + 1), "a\u{1b}b"] {
		let wrong = AmendmentRequest { reason: reason.to_owned(), ..request.clone() };
		assert_eq!(wrong.check(), Err(AmendmentError::Reason));
	}
	let long = format!("\"{}\"", "a".repeat(MAX_PROPOSED)).parse().unwrap();
	let wrong = AmendmentRequest { proposed: Some(long), ..request };
	assert_eq!(wrong.check(), Err(AmendmentError::Proposed));
}

#[test]
fn names_and_states_are_read_as_written() {
	let id = AmendmentId([0xab; 16]);
	assert_eq!(id.to_string().parse(), Ok(id));
	assert!(id.to_string().to_uppercase().parse::<AmendmentId>().is_err());
	for state in AmendmentState::ALL {
		assert_eq!(state.name().parse(), Ok(state));
		assert_eq!(serde_json::to_value(state).unwrap(), state.name());
	}
}

//! Saying what a request is about.

use crate::fixtures::{context, genesis, longest_opening, opening, GRANTEE, PATRON, RELATIONSHIP};
use base64::{engine::general_purpose::URL_SAFE_NO_PAD, Engine};
use medrec_primitives::{Labels, Purpose};
use medrec_protocol::{
	context::{ContextError, RequestContext},
	headers::MAX_CONTEXT_LENGTH,
};

fn full() -> RequestContext {
	RequestContext {
		on_behalf_of: GRANTEE,
		opening: Some(opening()),
		include_block: Some(genesis()),
		..context()
	}
}

#[test]
fn a_context_is_read_as_written() {
	for context in [context(), full(), RequestContext { relationship: None, ..context() }] {
		let value = context.header_value().unwrap();
		assert_eq!(RequestContext::from_header_value(&value), Ok(context));
	}
}

#[test]
fn it_is_json_in_camel_case() {
	let value = URL_SAFE_NO_PAD.decode(full().header_value().unwrap()).unwrap();
	let json: serde_json::Value = serde_json::from_slice(&value).unwrap();
	assert_eq!(json["onBehalfOf"], GRANTEE);
	assert_eq!(json["purpose"], "personal");
	assert_eq!(json["opening"]["terms"]["rules"][0]["types"][0], "allergies");
	assert_eq!(json["includeBlock"], format!("0x{}", "07".repeat(32)));
	assert!(json.get("emergency").is_none());
}

#[test]
fn it_is_a_question_to_the_chain() {
	let request = full().access_request().unwrap();
	assert_eq!(
		(request.actor, request.on_behalf_of, request.relationship, request.purpose),
		(PATRON, GRANTEE, RELATIONSHIP, Purpose::Personal)
	);
	assert_eq!(request.opening, Some(opening()));
	assert_eq!(RequestContext { relationship: None, ..full() }.access_request(), None);
}

#[test]
fn an_emergency_has_a_reason() {
	let emergency = |reason: Option<&str>| RequestContext {
		purpose: Purpose::Emergency,
		emergency: reason.map(Into::into),
		..context()
	};
	assert!(emergency(Some("Unconscious in the street")).header_value().is_ok());
	assert_eq!(emergency(None).header_value(), Err(ContextError::EmergencyReason));
	let reason_only = RequestContext { emergency: Some("Haste".into()), ..context() };
	assert_eq!(reason_only.header_value(), Err(ContextError::EmergencyReason));
	for reason in ["", "  ", "two\nlines", "bell\u{7}", &"a".repeat(501)] {
		assert_eq!(
			emergency(Some(reason)).header_value(),
			Err(ContextError::EmergencyReasonText),
			"{reason:?}"
		);
	}
}

#[test]
fn other_json_is_refused() {
	let good = serde_json::to_value(full()).unwrap();
	let read = |json: &serde_json::Value| {
		RequestContext::from_header_value(&URL_SAFE_NO_PAD.encode(json.to_string()))
	};
	assert_eq!(read(&good), Ok(full()));
	let mut cases = vec![serde_json::json!([]), serde_json::json!(null)];
	let mut change = |pointer: &str, value: serde_json::Value| {
		let mut bad = good.clone();
		*bad.pointer_mut(pointer).unwrap() = value;
		cases.push(bad);
	};
	change("/actor", (-1).into());
	change("/actor", "42".into());
	change("/actor", 1.5.into());
	change("/purpose", "curiosity".into());
	change("/genesis", "0x07".into());
	change("/opening/salt", "0x44".into());
	change("/opening/terms/rules/0/types/0", "everything".into());
	change("/opening/terms/rules", vec![good["opening"]["terms"]["rules"][0].clone(); 9].into());
	for key in ["genesis", "audience", "actor", "onBehalfOf", "purpose"] {
		let mut bad = good.clone();
		bad.as_object_mut().unwrap().remove(key);
		cases.push(bad);
	}
	let mut more = good.clone();
	more["more"] = 1.into();
	cases.push(more);
	for bad in cases {
		assert!(matches!(read(&bad), Err(ContextError::Header(_))), "{bad}");
	}
	let twice = good.to_string().replacen('{', "{\"actor\":42,", 1);
	let twice = URL_SAFE_NO_PAD.encode(twice);
	assert!(matches!(RequestContext::from_header_value(&twice), Err(ContextError::Header(_))));
}

#[test]
fn its_length_is_bounded() {
	let longest = RequestContext { opening: Some(longest_opening()), ..full() };
	assert!(longest.header_value().unwrap().len() <= MAX_CONTEXT_LENGTH);
	let value = "A".repeat(MAX_CONTEXT_LENGTH + 1);
	assert_eq!(
		RequestContext::from_header_value(&value),
		Err(ContextError::TooLong(MAX_CONTEXT_LENGTH + 1))
	);
}

#[test]
fn what_this_version_does_not_know_is_not_sent() {
	let mut opening = opening();
	opening.terms.rules[0].labels = Labels(1 << 31);
	let unknown = RequestContext { opening: Some(opening), ..context() };
	assert!(matches!(unknown.header_value(), Err(ContextError::Header(_))));
}

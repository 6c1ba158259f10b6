use super::*;
use crate::fhir::{
	date::{Interval, Prefix},
	IssueType, OperationOutcome,
};
use proptest::prelude::*;

const NOW: Millis = 1_700_000_000_000;

fn parse(resource_type: ResourceType, query: &str) -> SearchQuery {
	SearchQuery::parse(resource_type, query, NOW).unwrap()
}

fn refuse(resource_type: ResourceType, query: &str) -> OperationOutcome {
	SearchQuery::parse(resource_type, query, NOW).unwrap_err().outcome
}

#[test]
fn understands_every_parameter() {
	let query = parse(
		ResourceType::Observation,
		"patient=Patient/a-1&_id=x,y&code=http://loinc.org|4548-4,2160-0&category=laboratory\
		 &date=ge2021-03&date=lt2022&_count=7",
	);
	let interval = |text| Interval::parse(text).unwrap();
	assert_eq!(
		query.conditions(),
		[
			Condition::Patient(vec!["a-1".into()]),
			Condition::Id(vec!["x".into(), "y".into()]),
			Condition::Token {
				element: Element::Code,
				any: vec![
					Token::SystemAndCode("http://loinc.org".into(), "4548-4".into()),
					Token::Code("2160-0".into()),
				],
			},
			Condition::Token {
				element: Element::Category,
				any: vec![Token::Code("laboratory".into())],
			},
			Condition::Date(vec![(Prefix::GreaterOrEqual, interval("2021-03"))]),
			Condition::Date(vec![(Prefix::Less, interval("2022"))]),
		]
	);
	assert_eq!(query.count(), 7);
	assert_eq!(query.after(), None);
}

#[test]
fn understands_tokens_and_their_escapes() {
	for (value, expected) in [
		("x", Token::Code("x".into())),
		("s|x", Token::SystemAndCode("s".into(), "x".into())),
		("|x", Token::SystemAndCode(String::new(), "x".into())),
		("s|", Token::System("s".into())),
		("a\\,b\\|c\\\\d\\$e", Token::Code("a,b|c\\d$e".into())),
		("%C3%A9+x", Token::Code("é x".into())),
	] {
		let query = parse(ResourceType::Observation, &format!("code={value}"));
		let expected = Condition::Token { element: Element::Code, any: vec![expected] };
		assert_eq!(query.conditions(), [expected], "{value}");
	}
}

#[test]
fn refuses_what_it_does_not_understand() {
	use IssueType::{NotSupported, TooLong, Value};
	let long = format!("code={}", "x".repeat(MAX_VALUE_LENGTH + 1));
	let many = "code=x&".repeat(MAX_PARAMETERS + 1);
	let alternatives = format!("code={}x", "x,".repeat(MAX_ALTERNATIVES));
	for (query, code) in [
		("_summary=count", NotSupported),
		("_sort=code", Value),
		("_sort=-", Value),
		("_sort=date&_sort=-date", Value),
		("_sort=date,_lastUpdated", Value),
		("_lastUpdated=yesterday", Value),
		("code:not=x", NotSupported),
		("patient.name=x", NotSupported),
		("subject:Patient.name=x", NotSupported),
		("_has:Observation:patient:code=x", NotSupported),
		("_include=Observation:subject", NotSupported),
		("_revinclude=Provenance:target", NotSupported),
		("identifier=1", NotSupported),
		("Code=x", NotSupported),
		("=x", NotSupported),
		("code=", Value),
		("code", Value),
		("code=a,,b", Value),
		("code=a|b|c", Value),
		("code=|", Value),
		("code=a\\b", Value),
		("_id=a b", Value),
		("_id=a|b", Value),
		("patient=Group/1", Value),
		("patient=https://example.com/Patient/1", Value),
		("date=2021-13", Value),
		("date=xx2021", Value),
		("date=2021-01-01T10:00:00+01:00", Value),
		("date=ge", Value),
		("_count=-1", Value),
		("_count=x", Value),
		("_count=", Value),
		("_count=1&_count=2", Value),
		("_cursor=AAAA", Value),
		("code=%00", Value),
		("code=%FF", Value),
		(long.as_str(), TooLong),
		(many.as_str(), TooLong),
		(alternatives.as_str(), Value),
	] {
		let outcome = refuse(ResourceType::Observation, query);
		assert_eq!(outcome.code(), code, "{query}: {}", outcome.diagnostics());
	}
	assert!(refuse(ResourceType::Observation, "date=2021-01-01T10:00:00+01:00")
		.diagnostics()
		.contains("%2B"));
	assert_eq!(refuse(ResourceType::Patient, "_sort=date").code(), Value);
	assert_eq!(refuse(ResourceType::Patient, "date=2021").code(), NotSupported);
	assert_eq!(refuse(ResourceType::Immunization, "category=x").code(), NotSupported);
}

#[test]
fn each_kind_of_search_that_is_not_supported_says_so_in_its_own_words() {
	let mut words = std::collections::BTreeSet::new();
	for (query, reason) in [
		("_has:Observation:patient:code=x", Reason::ReverseChained),
		("_include=Observation:subject", Reason::Include),
		("_revinclude:iterate=Provenance:target", Reason::Include),
		("identifier=urn:x|1", Reason::Identifier),
		("patient:identifier=urn:x|1", Reason::Identifier),
		("subject:Patient.identifier=1", Reason::Identifier),
		("patient.name=x", Reason::Chained),
		("subject:Patient.name=x", Reason::Chained),
		("code:not=x", Reason::ParameterUnknown),
		("_elements=code", Reason::ParameterUnknown),
		("colour=red", Reason::ParameterUnknown),
	] {
		let rejection = SearchQuery::parse(ResourceType::Observation, query, NOW).unwrap_err();
		assert_eq!(rejection.reason, reason, "{query}");
		assert_eq!(rejection.outcome.code(), IssueType::NotSupported, "{query}");
		words.insert(rejection.outcome.diagnostics().to_owned());
	}
	assert_eq!(words.len(), 8, "{words:#?}");
}

#[test]
fn an_order_is_by_date_or_by_last_update() {
	let sort = |query| parse(ResourceType::Observation, query).sort();
	assert_eq!(sort(""), Sort { key: SortKey::Date, ascending: false });
	assert_eq!(sort("_sort=date"), Sort { key: SortKey::Date, ascending: true });
	assert_eq!(sort("_sort=-date"), Sort::default());
	let updated = Sort { key: SortKey::LastUpdated, ascending: false };
	assert_eq!(sort("_sort=-_lastUpdated"), updated);
	assert_eq!(parse(ResourceType::Patient, "_sort=-_lastUpdated").sort(), updated);
	assert!(updated.order((2, "b"), (1, "a")).is_lt());
	assert!(updated.order((1, "a"), (1, "b")).is_lt());
	assert!(sort("_sort=date").order((2, "a"), (1, "b")).is_gt());
}

#[test]
fn everything_leads_on_through_its_types() {
	let base = "https://gatekeeper.example/fhir";
	let query = EverythingQuery::parse(Some("a"), "_type=Observation,Condition&_count=3").unwrap();
	assert_eq!(query.start(), &Place { resource_type: ResourceType::Condition, after: None });
	assert_eq!(query.type_after(ResourceType::Condition), Some(ResourceType::Observation));
	assert_eq!(query.type_after(ResourceType::Observation), None);
	let search = query.search(query.start(), 3);
	assert_eq!(search.conditions(), [Condition::Patient(vec!["a".into()])]);
	let place = query.place_after(ResourceType::Condition, &search.cursor(7, "c")).unwrap();
	let url = query.url_of_page(base, &place);
	let next = url.strip_prefix(&format!("{base}/Patient/a/$everything?")).unwrap();
	let next = EverythingQuery::parse(Some("a"), next).unwrap();
	assert_eq!((next.start(), next.url(base)), (&place, url.clone()));
	assert_eq!(
		query.url(base),
		format!("{base}/Patient/a/$everything?_type=Observation%2CCondition&_count=3")
	);
	let own = EverythingQuery::parse(None, "").unwrap();
	assert_eq!(own.url(base), format!("{base}/Patient/$everything"));

	// A cursor is of one operation.
	let (_, query) = url.split_once('?').unwrap();
	assert!(EverythingQuery::parse(Some("b"), query).is_err());
	assert!(EverythingQuery::parse(None, query).is_err());
	for wrong in [
		"_count=0",
		"_count=x",
		"_type=Coverage",
		"_type=Condition&_type=Observation",
		"_since=yesterday",
		"start=2020",
		"code=x",
		"_cursor=AAAA",
		"_type=Observation&_cursor=AgAAAA",
	] {
		assert!(EverythingQuery::parse(None, wrong).is_err(), "{wrong}");
	}
}

#[test]
fn a_page_has_a_greatest_size() {
	for (value, expected) in
		[("0", 0), ("1", 1), ("200", 200), ("201", MAX_COUNT), ("99999999999999999999", MAX_COUNT)]
	{
		assert_eq!(parse(ResourceType::Condition, &format!("_count={value}")).count(), expected);
	}
	assert_eq!(parse(ResourceType::Condition, "").count(), DEFAULT_COUNT);
}

#[test]
fn a_cursor_leads_on_in_its_own_search_only() {
	let base = "https://gatekeeper.example/fhir";
	let query = parse(ResourceType::Observation, "code=a%2Cb&_count=2");
	let cursor = query.cursor(-5, "obs-1");
	let url = query.url_of_page(base, &cursor);
	let next = url.strip_prefix("https://gatekeeper.example/fhir/Observation?").unwrap();

	let next = SearchQuery::parse(ResourceType::Observation, next, NOW + 999).unwrap();
	let expected = Position { now: 0, date: -5, id: "obs-1".into() };
	assert_eq!(next.after(), Some(&expected));
	assert_eq!(next.conditions(), query.conditions());
	assert_eq!(next.url(base), url);
	assert_eq!(query.url(base), format!("{base}/Observation?code=a%2Cb&_count=2"));
	assert_eq!(parse(ResourceType::Patient, "").url(base), format!("{base}/Patient"));

	for other in ["code=a&_count=2", "code=a%2Cb&_count=3", "code=a%2Cb", "_count=2&code=a%2Cb"] {
		let outcome = refuse(ResourceType::Observation, &format!("{other}&_cursor={cursor}"));
		assert_eq!(outcome.code(), IssueType::Value, "{other}");
	}
	let other_type = format!("code=a%2Cb&_count=2&_cursor={cursor}");
	assert_eq!(refuse(ResourceType::Condition, &other_type).code(), IssueType::Value);
	let mut changed = cursor.clone().into_bytes();
	for at in 0..changed.len() {
		let original = changed[at];
		changed[at] = if original == b'A' { b'B' } else { b'A' };
		let text = String::from_utf8(changed.clone()).unwrap();
		// The position may move: it is a place in an order and gives no rights.
		let parsed = SearchQuery::parse(
			ResourceType::Observation,
			&format!("code=a%2Cb&_count=2&_cursor={text}"),
			NOW,
		);
		assert!(parsed.is_err() || at >= 22, "changed at {at}");
		changed[at] = original;
	}
}

#[test]
fn approximate_dates_keep_the_now_of_the_first_page() {
	let query = parse(ResourceType::Observation, "date=ap2020");
	let cursor = query.cursor(0, "a");
	let next = SearchQuery::parse(
		ResourceType::Observation,
		&format!("date=ap2020&_cursor={cursor}"),
		NOW * 2,
	)
	.unwrap();
	assert_eq!(next.conditions(), query.conditions());
}

proptest! {
	/// Whatever a client sends is understood or refused; what is understood survives its own URL.
	#[test]
	fn any_query_is_understood_or_refused(
		name in prop_oneof![
			Just("code"), Just("date"), Just("_id"), Just("patient"), Just("_count"), Just("_cursor"),
			Just("_lastUpdated"), Just("_sort"), Just("status"), Just("_format"),
		],
		value in prop_oneof!["\\PC*", "(eq|ne|lt|gt|le|ge|sa|eb|ap)?[0-9T:.Z+-]{0,30}", "-?(date|_lastUpdated)"],
		rest in "\\PC{0,40}",
	) {
		let _ = SearchQuery::parse(ResourceType::Observation, &format!("{name}={value}&{rest}"), NOW);
		let encoded =
			form_urlencoded::Serializer::new(String::new()).append_pair(name, &value).finish();
		if let Ok(query) = SearchQuery::parse(ResourceType::Observation, &encoded, NOW) {
			let url = query.url("");
			let (_, again) = url.split_once('?').unwrap();
			let again = SearchQuery::parse(ResourceType::Observation, again, NOW).unwrap();
			prop_assert_eq!(query, again);
		}
	}
}

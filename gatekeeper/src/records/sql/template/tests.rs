use super::*;
use serde_json::json;
use time::macros::{date, datetime};

fn row(cells: &[(&str, Cell)]) -> Row {
	Row { cells: cells.iter().map(|(name, cell)| ((*name).to_owned(), cell.clone())).collect() }
}

fn text(text: &str) -> Cell {
	Cell::Text(text.to_owned())
}

fn build(template: &Value, cells: &[(&str, Cell)]) -> Result<String, ColumnError> {
	Template::parse(&template.to_string(), None).unwrap().build(&row(cells))
}

#[test]
fn values_become_json_and_never_syntax() {
	let template = json!({"id": {"$column": "a"}, "note": {"$concat": ["x ", {"$column": "a"}]}});
	let hostile = "\",\"meta\":{\"$column\":\"b\"}}\\";
	let built = build(&template, &[("a", text(hostile))]).unwrap();
	let built: Value = serde_json::from_str(&built).unwrap();
	assert_eq!(built, json!({"id": hostile, "note": format!("x {hostile}")}));
}

#[test]
fn what_is_null_is_left_out_with_what_holds_nothing_else() {
	let template = json!({
		"a": {"$column": "null"}, "b": [{"c": {"$column": "null"}}],
		"d": {"$concat": ["Patient/", {"$column": "null"}]},
		"e": {"$if": "null", "system": "s"}, "f": {"$if": "one", "system": "s"},
		"g": {"$column": "blank"},
	});
	let cells = [("null", Cell::Null), ("one", Cell::Number("1".into())), ("blank", text("  "))];
	assert_eq!(build(&template, &cells).unwrap(), r#"{"f":{"system":"s"}}"#);
}

#[test]
fn values_take_the_form_that_suits_them_or_is_asked_for() {
	let as_ = |form: &str| json!({"v": {"$column": "c", "$as": form}});
	let natural = json!({"v": {"$column": "c"}});
	for (template, cell, expected) in [
		(natural.clone(), text(" x "), r#"{"v":"x"}"#),
		(natural.clone(), Cell::Number("1.50".into()), r#"{"v":1.50}"#),
		(natural.clone(), Cell::Boolean(true), r#"{"v":true}"#),
		(natural.clone(), Cell::Date(date!(2021 - 02 - 03)), r#"{"v":"2021-02-03"}"#),
		(
			natural.clone(),
			Cell::Instant(datetime!(2021-02-03 04:05:06 +2)),
			r#"{"v":"2021-02-03T02:05:06Z"}"#,
		),
		(natural.clone(), Cell::Json(r#"[{"x":1.0}]"#.into()), r#"{"v":[{"x":1.0}]}"#),
		(as_("string"), Cell::Number("7".into()), r#"{"v":"7"}"#),
		(as_("number"), text("6.80"), r#"{"v":6.80}"#),
		(as_("boolean"), Cell::Number("0".into()), r#"{"v":false}"#),
		(as_("date"), text("2021-02"), r#"{"v":"2021-02"}"#),
		(as_("dateTime"), text("2021-02-03T04:05:06Z"), r#"{"v":"2021-02-03T04:05:06Z"}"#),
		(as_("json"), text(r#"{"x":[]}"#), r#"{"v":{"x":[]}}"#),
		(as_("base64"), Cell::Bytes(vec![0, 255]), r#"{"v":"AP8="}"#),
		(as_("base64"), text("hi"), r#"{"v":"aGk="}"#),
	] {
		assert_eq!(build(&template, &[("c", cell)]).unwrap(), expected);
	}
}

#[test]
fn what_does_not_fit_is_refused_without_telling_the_value() {
	let as_ = |form: &str| json!({"v": {"$column": "c", "$as": form}});
	let natural = json!({"v": {"$column": "c"}});
	for (template, cell, reason) in [
		(natural.clone(), Cell::Local(datetime!(2021-02-03 04:05:06)), "no time zone"),
		(as_("dateTime"), text("2021-02-03 04:05:06"), "no time zone"),
		(natural.clone(), Cell::Unsupported("POINT".into()), "POINT"),
		(natural.clone(), Cell::Bytes(vec![1]), "base64"),
		(as_("number"), text("\"1\""), "not a number"),
		(as_("number"), text("12 secret"), "not a number"),
		(as_("boolean"), text("secret"), "none of"),
		(as_("date"), text("secret"), "not a FHIR date"),
		(as_("json"), text("{\"secret\":1,\"secret\":2}"), "not JSON"),
	] {
		let error = build(&template, &[("c", cell)]).unwrap_err();
		assert_eq!(error.column, "c");
		assert!(error.reason.contains(reason), "{}", error.reason);
		assert!(!error.reason.contains("secret"), "{}", error.reason);
	}
	assert!(build(&natural, &[]).unwrap_err().reason.contains("does not yield"));
}

#[test]
fn times_without_a_zone_are_what_the_mapping_says() {
	let template = json!({"v": {"$column": "c", "$as": "dateTime"}}).to_string();
	let template = Template::parse(&template, Some(Zone::Utc)).unwrap();
	for cell in [Cell::Local(datetime!(2021-02-03 04:05:06)), text("2021-02-03 04:05:06")] {
		let built = template.build(&row(&[("c", cell)])).unwrap();
		assert_eq!(built, r#"{"v":"2021-02-03T04:05:06Z"}"#);
	}
}

#[test]
fn a_template_says_where_it_is_wrong() {
	for (template, at) in [
		(json!({"a": [{"b": {"$colum": "x"}}]}), "resource.a[0].b"),
		(json!({"a": {"$column": "x", "$as": "colour"}}), "resource.a"),
		(json!({"a": {"$column": "x", "b": 1}}), "resource.a"),
		(json!({"a": {"$concat": ["x"], "b": 1}}), "resource.a"),
		(json!({"a": null}), "resource.a"),
		(json!(["x"]), "resource"),
		(json!({"$if": "x"}), "resource"),
	] {
		assert_eq!(Template::parse(&template.to_string(), None).unwrap_err().at, at, "{template}");
	}
	assert!(Template::parse("{\"a\":1,\"a\":2}", None).is_err());
	let template = json!({"a": {"$if": "x", "b": {"$concat": [{"$column": "y"}]}}}).to_string();
	let columns = Template::parse(&template, None).unwrap();
	assert_eq!(columns.columns(), BTreeSet::from(["x", "y"]));
}

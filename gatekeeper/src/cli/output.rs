//! Tables for people, JSON for programs.

use comfy_table::{presets, ContentArrangement, Table};
use medrec_primitives::Moment;
use medrec_protocol::format_moment;
use serde_json::Value;

/// Print rows under a header, or as a JSON list of objects whose names are the header's.
pub fn rows(json: bool, header: &[&str], rows: &[Vec<Value>]) -> anyhow::Result<()> {
	if json {
		let objects: Vec<Value> = rows
			.iter()
			.map(|row| {
				header.iter().map(|name| (*name).to_owned()).zip(row.iter().cloned()).collect()
			})
			.collect();
		println!("{}", serde_json::to_string_pretty(&objects)?);
		return Ok(());
	}
	if rows.is_empty() {
		println!("none");
		return Ok(());
	}
	let mut table = Table::new();
	table
		.load_preset(presets::UTF8_BORDERS_ONLY)
		.set_content_arrangement(ContentArrangement::Dynamic);
	table.set_header(header);
	for row in rows {
		table.add_row(row.iter().map(cell));
	}
	println!("{table}");
	Ok(())
}

/// Print one thing: a line for each field, or a JSON object.
pub fn fields(json: bool, fields: &[(&str, Value)]) -> anyhow::Result<()> {
	if json {
		let object: Value =
			fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
		println!("{}", serde_json::to_string_pretty(&object)?);
		return Ok(());
	}
	let width = fields.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
	for (name, value) in fields {
		println!("{name:width$}  {}", cell(value));
	}
	Ok(())
}

/// A moment as people read it.
pub fn time(moment: Moment) -> Value {
	Value::from(format_moment(moment))
}

fn cell(value: &Value) -> String {
	match value {
		Value::Null => String::new(),
		Value::String(text) => text.clone(),
		other => other.to_string(),
	}
}

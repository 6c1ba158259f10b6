//! Tables for people.

use comfy_table::{presets, ContentArrangement, Table};

/// A table with a line of headings. Wraps to the terminal's width.
pub fn table<const N: usize>(
	headings: [&str; N],
	rows: impl IntoIterator<Item = [String; N]>,
) -> String {
	let mut table = Table::new();
	table
		.load_preset(presets::UTF8_HORIZONTAL_ONLY)
		.set_content_arrangement(ContentArrangement::Dynamic)
		.set_header(headings);
	for row in rows {
		table.add_row(row);
	}
	table.trim_fmt()
}

/// Names and values, one pair a line, the values below each other.
pub fn fields<'a>(pairs: impl IntoIterator<Item = (&'a str, String)>) -> String {
	let pairs: Vec<_> = pairs.into_iter().collect();
	let width = pairs.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
	pairs.into_iter().map(|(name, value)| format!("{name:width$}  {value}\n")).collect()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn fields_are_aligned() {
		assert_eq!(
			fields([("chain", "MedRec Local".to_owned()), ("best", "12".to_owned())]),
			"chain  MedRec Local\nbest   12\n"
		);
	}

	#[test]
	fn tables_have_a_heading() {
		let text = table(["id", "name"], [["1".to_owned(), "Mercy".to_owned()]]);
		assert_eq!(
			text,
			"\
────────────
 id   name
════════════
 1    Mercy
────────────"
		);
	}
}

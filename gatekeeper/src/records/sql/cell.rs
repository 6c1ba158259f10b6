//! Values of a row, whatever database they come from.

use time::{Date, OffsetDateTime, PrimitiveDateTime};

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
	/// NULL.
	Null,
	/// Text, UUIDs too.
	Text(String),
	/// A number as JSON writes it, with all of its digits.
	Number(String),
	/// A truth value.
	Boolean(bool),
	/// A day.
	Date(Date),
	/// A moment.
	Instant(OffsetDateTime),
	/// A date and time of which the database does not say in which time zone.
	Local(PrimitiveDateTime),
	/// JSON, as the database writes it.
	Json(String),
	/// Bytes.
	Bytes(Vec<u8>),
	/// A value of a type that is not understood, and the type's name.
	Unsupported(String),
}

impl Cell {
	/// A number that has no JSON form is not understood.
	pub fn float(value: impl Into<f64> + ToString + Copy) -> Self {
		let finite: f64 = value.into();
		match finite.is_finite() {
			true => Self::Number(value.to_string()),
			false => Self::Unsupported("a number that is infinite or none".to_owned()),
		}
	}
}

/// One row.
#[derive(Clone, Debug)]
pub(super) struct Row {
	/// Names of the columns and their values.
	pub cells: Vec<(String, Cell)>,
}

impl Row {
	/// The value in the column of this name.
	pub fn get(&self, column: &str) -> Option<&Cell> {
		self.cells.iter().find(|(name, _)| name == column).map(|(_, cell)| cell)
	}
}

//! New and changed records: asked for again and again (`changed` in the mapping), and told at once where
//! the database can (`listen` in the configuration).

use super::{
	cell::{Cell, Row},
	Asked, SqlRecords, Window,
};
use crate::records::{LocalPatientId, RecordError};
use futures::TryStreamExt;
use time::OffsetDateTime;

/// Why the answer to `changed` is of no use.
const NO_ORDER: &str = "`changed` in the mapping yields neither a whole number nor a moment";

impl SqlRecords {
	/// The value of the mapping's `changed` for a patient; the greatest, if there are several.
	pub(super) async fn changed(
		&self,
		patient: &LocalPatientId,
	) -> Result<Option<i64>, RecordError> {
		let Some(statement) = &self.mapping.changed else { return Ok(None) };
		let asked = Asked { patient, id: None, window: Window::ALWAYS };
		let Some(values) = self.bind(statement, self.mapping.patient_id, asked) else {
			return Ok(None);
		};
		let mut last = None;
		let mut snapshot = self.engine.snapshot().await?;
		let mut rows = snapshot.rows(statement, values);
		while let Some(row) = rows.try_next().await? {
			last = last.max(place(&row).map_err(|reason| RecordError::Inconsistent {
				resource: "the time of the last change".to_owned(),
				reason,
			})?);
		}
		Ok(last)
	}
}

/// The first column of a row as a number that grows: of a moment, its microseconds.
pub(super) fn place(row: &Row) -> Result<Option<i64>, &'static str> {
	let moment = |moment: OffsetDateTime| {
		i64::try_from(moment.unix_timestamp_nanos() / 1_000).map(Some).map_err(|_| NO_ORDER)
	};
	match row.cells.first().map(|(_, cell)| cell) {
		None | Some(Cell::Null) => Ok(None),
		Some(Cell::Number(number)) => number.parse().map(Some).map_err(|_| NO_ORDER),
		Some(Cell::Instant(instant)) => moment(*instant),
		// Only its order counts, not which moment it is.
		Some(Cell::Local(local)) => moment(local.assume_utc()),
		Some(_) => Err(NO_ORDER),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use time::macros::datetime;

	fn of(cell: Cell) -> Result<Option<i64>, &'static str> {
		place(&Row { cells: vec![("changed".to_owned(), cell)] })
	}

	#[test]
	fn numbers_and_moments_grow() {
		assert_eq!(of(Cell::Null), Ok(None));
		assert_eq!(of(Cell::Number("-7".into())), Ok(Some(-7)));
		assert_eq!(
			of(Cell::Instant(datetime!(1970-01-01 0:00:01.000002 UTC))),
			Ok(Some(1_000_002))
		);
		assert_eq!(of(Cell::Local(datetime!(1970-01-01 0:00:02))), Ok(Some(2_000_000)));
		assert_eq!(place(&Row { cells: Vec::new() }), Ok(None));
	}

	#[test]
	fn what_has_no_order_is_refused() {
		for cell in [Cell::Text("7".into()), Cell::Number("7.5".into()), Cell::Boolean(true)] {
			assert_eq!(of(cell.clone()), Err(NO_ORDER), "{cell:?}");
		}
	}
}

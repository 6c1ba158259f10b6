//! How values of the project's types stand in columns, which SQLite limits to i64, text and blobs.

use super::StoreError;
use crate::records::LocalPatientId;
use codec::Decode;
use medrec_primitives::Moment;
use sqlx::{sqlite::SqliteRow, Decode as SqlDecode, Row, Sqlite, Type};

/// A number of the chain. All 64 bits are kept; the order of numbers above `i64::MAX` is not.
pub(crate) const fn number(value: u64) -> i64 {
	value.cast_signed()
}

/// A time. Those after the year 292,278,994 count as that year's last.
pub(crate) fn time(moment: Moment) -> i64 {
	i64::try_from(moment).unwrap_or(i64::MAX)
}

/// How many rows a page holds: what was asked, within bounds.
pub(crate) fn page(limit: u32) -> i64 {
	i64::from(limit.clamp(1, super::MAX_PAGE))
}

/// Typed access to the columns of a row.
pub(crate) trait Columns {
	/// A value as SQLite holds it.
	fn value<'r, T: SqlDecode<'r, Sqlite> + Type<Sqlite>>(
		&'r self,
		column: &str,
	) -> Result<T, StoreError>;

	/// What [`number`] stored.
	fn number(&self, column: &str) -> Result<u64, StoreError> {
		Ok(self.value::<i64>(column)?.cast_unsigned())
	}

	/// What [`number`] stored, if anything.
	fn optional_number(&self, column: &str) -> Result<Option<u64>, StoreError> {
		Ok(self.value::<Option<i64>>(column)?.map(i64::cast_unsigned))
	}

	/// A number of 32 bits.
	fn small_number(&self, column: &str) -> Result<u32, StoreError> {
		u32::try_from(self.value::<i64>(column)?)
			.map_err(|_| StoreError::damaged(format!("{column} is not a number of 32 bits")))
	}

	/// A blob of `N` bytes.
	fn array<const N: usize>(&self, column: &str) -> Result<[u8; N], StoreError> {
		<[u8; N]>::try_from(self.value::<&[u8]>(column)?)
			.map_err(|_| StoreError::damaged(format!("{column} is not {N} bytes long")))
	}

	/// The patient in column `local_patient`.
	fn local_patient(&self) -> Result<LocalPatientId, StoreError> {
		LocalPatientId::try_from(self.value::<String>("local_patient")?)
			.map_err(|error| StoreError::damaged(error.to_string()))
	}

	/// A value in its SCALE encoding.
	fn scale<T: Decode>(&self, column: &str) -> Result<T, StoreError> {
		let mut bytes = self.value::<&[u8]>(column)?;
		let value = T::decode(&mut bytes).ok().filter(|_| bytes.is_empty());
		value.ok_or_else(|| StoreError::damaged(format!("{column} cannot be decoded")))
	}
}

impl Columns for SqliteRow {
	fn value<'r, T: SqlDecode<'r, Sqlite> + Type<Sqlite>>(
		&'r self,
		column: &str,
	) -> Result<T, StoreError> {
		self.try_get(column).map_err(StoreError::from)
	}
}

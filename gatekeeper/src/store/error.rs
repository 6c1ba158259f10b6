//! Why the store could not do what it was asked to.

use std::path::PathBuf;

/// Failure of the store itself, whatever was asked of it. Nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
	/// Another process holds the database and did not let go in time.
	#[error("the store is locked by another process; try again")]
	Busy,
	/// The disk, or the size that the store may have, is used up.
	#[error("the store is full; free disk space or raise its size limit")]
	Full,
	/// The file or its folder cannot be written.
	#[error(
		"the store cannot be written: {0}; check the owner, the mode and the mount of its folder"
	)]
	NotWritable(String),
	/// More writes are waiting than the store takes.
	#[error("too many writes are waiting for the store; try again")]
	Overloaded,
	/// The store was closed.
	#[error("the store is closed")]
	Closed,
	/// The database holds what this program never writes.
	#[error("the store is damaged: {0}; restore it from a backup")]
	Damaged(String),
	/// The database could not be opened.
	#[error("cannot open the store at {path}: {reason}", path = path.display())]
	Open {
		/// The database file.
		path: PathBuf,
		/// What was wrong with it.
		reason: String,
	},
	/// A request to the database failed for another reason.
	#[error("the store failed: {0}")]
	Database(String),
}

impl StoreError {
	/// A value in the database that this program never writes.
	pub(crate) fn damaged(what: impl Into<String>) -> Self {
		Self::Damaged(what.into())
	}
}

/// Primary result codes of SQLite (<https://www.sqlite.org/rescode.html>).
mod code {
	pub const BUSY: u32 = 5;
	pub const LOCKED: u32 = 6;
	pub const READ_ONLY: u32 = 8;
	pub const IO_ERROR: u32 = 10;
	pub const CORRUPT: u32 = 11;
	pub const FULL: u32 = 13;
	pub const CANNOT_OPEN: u32 = 14;
	pub const NOT_A_DATABASE: u32 = 26;
}

impl From<sqlx::Error> for StoreError {
	fn from(error: sqlx::Error) -> Self {
		match &error {
			sqlx::Error::Database(database) => {
				let primary = database.code().and_then(|extended| extended.parse::<u32>().ok());
				let message = database.message().to_owned();
				match primary.map(|extended| extended & 0xff) {
					Some(code::BUSY | code::LOCKED) => Self::Busy,
					Some(code::FULL) => Self::Full,
					Some(code::READ_ONLY | code::IO_ERROR | code::CANNOT_OPEN) => {
						Self::NotWritable(message)
					},
					Some(code::CORRUPT | code::NOT_A_DATABASE) => Self::Damaged(message),
					_ => Self::Database(message),
				}
			},
			sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => {
				Self::Damaged(error.to_string())
			},
			sqlx::Error::PoolTimedOut => Self::Overloaded,
			sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => Self::Closed,
			_ => Self::Database(error.to_string()),
		}
	}
}

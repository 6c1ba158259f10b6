//! Why the log could not do what it was asked to.

use super::Misfit;
use crate::store::StoreError;

/// Failure of the audit log. Nothing was logged, so nothing may be answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditError {
	/// The store failed.
	#[error(transparent)]
	Store(#[from] StoreError),
	/// The log is not as this gatekeeper left it. It takes no more entries until that is cleared up.
	#[error("the audit log does not fit: {0}; run `medrec-gatekeeper audit verify`")]
	Misfit(#[from] Misfit),
	/// The entry is longer than [`super::MAX_ENTRY_BYTES`].
	#[error("a log entry of {0} bytes is too long")]
	TooLong(usize),
	/// The entry has no JSON form.
	#[error("a log entry cannot be written: {0}")]
	Unwritable(String),
	/// There is no such entry, or none that may be erased.
	#[error("there is no entry {0} that can be erased")]
	NotErasable(String),
	/// Too many entries were to be erased at once.
	#[error("at most {0} entries are erased at once")]
	TooMany(usize),
	/// The entries are erased, but the database's write-ahead log may still hold their keys.
	#[error(
		"the entries are erased, but traces of their keys may be left ({0}); repeat the command"
	)]
	NotScrubbed(StoreError),
	/// A page of the access log was asked for with a cursor that is of no page before it.
	#[error("this cursor does not belong to this access log; start from its first page")]
	UnknownCursor,
}

impl From<sqlx::Error> for AuditError {
	fn from(error: sqlx::Error) -> Self {
		Self::Store(error.into())
	}
}

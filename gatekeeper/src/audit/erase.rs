//! Erasing entries: their keys are destroyed, and an entry says by whom and why.

use super::{
	append::append,
	entry::{Entry, Erasure, Kind},
	log::AuditLog,
	AuditError, EntryId,
};
use crate::store::{column, column::Columns};
use medrec_primitives::Moment;
use medrec_protocol::receipt::Receipt;
use sqlx::SqliteConnection;

/// Most entries that are erased at once.
pub const MAX_ERASED_AT_ONCE: usize = 256;

impl AuditLog {
	/// Destroy the keys of entries, for a duty to erase. What was erased already stays so. Entries that
	/// log erasures cannot be erased.
	///
	/// An access has two entries, its intent and its outcome; the patient's access log shows it until
	/// the intent is erased.
	pub async fn erase(
		&self,
		entries: Vec<EntryId>,
		staff: String,
		reason: String,
		now: Moment,
	) -> Result<Receipt, AuditError> {
		if entries.len() > MAX_ERASED_AT_ONCE {
			return Err(AuditError::TooMany(MAX_ERASED_AT_ONCE));
		}
		let appended = self
			.write(move |log, connection| {
				Box::pin(async move {
					let mut numbers = Vec::with_capacity(entries.len());
					for entry in &entries {
						numbers.push(erasable(&mut *connection, entry).await?);
					}
					let erasure = Entry::Erasure(Erasure { at: now, staff, reason, entries });
					let appended = append(log, &mut *connection, &erasure, None).await?;
					for number in numbers {
						erase(&mut *connection, number, appended.number).await?;
					}
					Ok(appended)
				})
			})
			.await?;
		self.0.store.scrub().await.map_err(AuditError::NotScrubbed)?;
		Ok(self.receipt(appended, now))
	}
}

async fn erasable(connection: &mut SqliteConnection, entry: &EntryId) -> Result<i64, AuditError> {
	let row = sqlx::query(
		"SELECT e.number, k.kind FROM audit_entries e LEFT JOIN audit_keys k USING (number)
		WHERE e.id = ?",
	)
	.bind(entry.0.as_slice())
	.fetch_optional(connection)
	.await?;
	let row = row.ok_or_else(|| AuditError::NotErasable(entry.to_string()))?;
	if row.value::<Option<&str>>("kind")? == Some(Kind::Erasure.name()) {
		return Err(AuditError::NotErasable(entry.to_string()));
	}
	Ok(row.value("number")?)
}

async fn erase(
	connection: &mut SqliteConnection,
	number: i64,
	erasure: u64,
) -> Result<(), AuditError> {
	let destroyed = sqlx::query("DELETE FROM audit_keys WHERE number = ?")
		.bind(number)
		.execute(&mut *connection)
		.await?;
	if destroyed.rows_affected() > 0 {
		sqlx::query("INSERT INTO audit_erasures VALUES (?, ?)")
			.bind(number)
			.bind(column::number(erasure))
			.execute(connection)
			.await?;
	}
	Ok(())
}

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
use std::collections::BTreeMap;

/// Most entries that are erased at once.
pub const MAX_ERASED_AT_ONCE: usize = 256;

/// An entry that is to be erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasable {
	/// Its name.
	pub id: EntryId,
	/// Its kind (`intent`, `outcome`, `event`); `None` if it is erased already.
	pub kind: Option<String>,
	number: i64,
}

impl AuditLog {
	/// Destroy the keys of entries, for a duty to erase. What was erased already stays so. Entries that
	/// log erasures cannot be erased.
	///
	/// The two entries of an access, intent and outcome, go together, whichever of them is named: what
	/// is left in the log then says nothing of it, and nothing wrong.
	pub async fn erase(
		&self,
		entries: Vec<EntryId>,
		staff: String,
		reason: String,
		now: Moment,
	) -> Result<Receipt, AuditError> {
		let appended = self
			.write(move |log, connection| {
				Box::pin(async move {
					let all = all_erasable(&mut *connection, &entries).await?;
					let entries = all.iter().map(|entry| entry.id).collect();
					let erasure = Entry::Erasure(Erasure { at: now, staff, reason, entries });
					let appended = append(log, &mut *connection, &erasure, None).await?;
					for entry in all {
						erase(&mut *connection, entry.number, appended.number).await?;
					}
					Ok(appended)
				})
			})
			.await?;
		self.0.store.scrub().await.map_err(AuditError::NotScrubbed)?;
		Ok(self.receipt(appended, now))
	}

	/// What [`Self::erase`] would erase.
	pub async fn erasable(&self, entries: &[EntryId]) -> Result<Vec<Erasable>, AuditError> {
		let mut connection = self.0.store.readers().acquire().await?;
		all_erasable(&mut connection, entries).await
	}
}

/// The entries with those that go with them, each once, in the order of the log.
async fn all_erasable(
	connection: &mut SqliteConnection,
	entries: &[EntryId],
) -> Result<Vec<Erasable>, AuditError> {
	if entries.len() > MAX_ERASED_AT_ONCE {
		return Err(AuditError::TooMany(MAX_ERASED_AT_ONCE));
	}
	let mut all = BTreeMap::new();
	for entry in entries {
		for found in erasable(&mut *connection, entry).await? {
			all.insert(found.number, found);
		}
	}
	Ok(all.into_values().collect())
}

/// An entry and, of an access, the other one.
async fn erasable(
	connection: &mut SqliteConnection,
	entry: &EntryId,
) -> Result<Vec<Erasable>, AuditError> {
	let rows = sqlx::query(
		"SELECT e.number, e.id, k.kind
		FROM audit_entries named
		LEFT JOIN audit_keys its ON its.number = named.number
		JOIN audit_entries e ON e.number IN (named.number, its.intent)
			OR e.number = (SELECT number FROM audit_keys WHERE intent = named.number)
		LEFT JOIN audit_keys k ON k.number = e.number
		WHERE named.id = ?",
	)
	.bind(entry.0.as_slice())
	.fetch_all(connection)
	.await?;
	let mut found = Vec::with_capacity(rows.len());
	for row in rows {
		let kind: Option<String> = row.value("kind")?;
		if kind.as_deref() == Some(Kind::Erasure.name()) {
			return Err(AuditError::NotErasable(entry.to_string()));
		}
		let (id, number) = (EntryId(row.array("id")?), row.value("number")?);
		found.push(Erasable { id, kind, number });
	}
	if found.is_empty() {
		return Err(AuditError::NotErasable(entry.to_string()));
	}
	Ok(found)
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

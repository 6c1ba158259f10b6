//! What a patient sees of the log: every access in one of her relationships.

use super::{
	entry::{Conclusion, Entry, Intent, Outcome, Ruling},
	log::AuditLog,
	opened::Opened,
	AuditError, EntryId, Misfit,
};
use crate::store::{column, column::Columns, HoldNumber};
use medrec_primitives::{Hash, Moment, RelationshipId};
use medrec_protocol::access_log::{AccessLogEntry, AccessLogPage, AccessOutcome};
use sqlx::{sqlite::SqliteRow, SqliteConnection};

/// Most accesses on a page.
pub const MAX_ACCESS_LOG_PAGE: u32 = 100;

/// How long a request can take, in milliseconds. One without an outcome is shown as failed after that,
/// and not at all before.
const LONGEST_REQUEST: Moment = 60_000;

impl AuditLog {
	/// The accesses in a relationship, newest first, `before` a place that an earlier page named; at
	/// most `limit`, and at most [`MAX_ACCESS_LOG_PAGE`].
	///
	/// What a hold withheld that the patron is not to learn of is left out for as long as it holds.
	pub async fn access_log(
		&self,
		relationship: RelationshipId,
		before: Option<&str>,
		limit: u32,
		now: Moment,
	) -> Result<AccessLogPage, AuditError> {
		let limit = limit.clamp(1, MAX_ACCESS_LOG_PAGE);
		let mut connection = self.0.store.readers().begin().await?;
		let before = match before {
			Some(cursor) => place(&mut connection, relationship, cursor).await?,
			None => i64::MAX,
		};
		let rows = sqlx::query(
			"SELECT number FROM audit_keys
			WHERE relationship = ? AND kind = 'intent' AND number < ?
			ORDER BY number DESC LIMIT ?",
		)
		.bind(column::number(relationship))
		.bind(before)
		.bind(i64::from(limit) + 1)
		.fetch_all(&mut *connection)
		.await?;

		let undisclosed = undisclosed_holds(&mut connection, relationship, now).await?;
		let mut page = AccessLogPage { entries: Vec::with_capacity(rows.len()), next: None };
		for (count, row) in (0..).zip(&rows) {
			if count == limit {
				page.next = cursor(&rows, count, &mut connection).await?;
				break;
			}
			let number = row.value("number")?;
			let access =
				read_access(&mut connection, relationship, number, &undisclosed, now).await?;
			page.entries.extend(access);
		}
		Ok(page)
	}
}

/// The name of the last intent on a page of `count` rows.
async fn cursor(
	rows: &[SqliteRow],
	count: u32,
	connection: &mut SqliteConnection,
) -> Result<Option<String>, AuditError> {
	let Some(last) = rows.get((count as usize).saturating_sub(1)) else { return Ok(None) };
	let row = sqlx::query("SELECT id FROM audit_entries WHERE number = ?")
		.bind(last.value::<i64>("number")?)
		.fetch_one(connection)
		.await?;
	Ok(Some(EntryId(row.array("id")?).to_string()))
}

/// The number of the intent that a cursor names. One of another relationship is unknown, like one that
/// does not exist.
async fn place(
	connection: &mut SqliteConnection,
	relationship: RelationshipId,
	cursor: &str,
) -> Result<i64, AuditError> {
	let id: EntryId = cursor.parse().map_err(|_| AuditError::UnknownCursor)?;
	let number = sqlx::query_scalar(
		"SELECT number FROM audit_entries JOIN audit_keys USING (number)
		WHERE id = ? AND kind = 'intent' AND relationship = ?",
	)
	.bind(id.0.as_slice())
	.bind(column::number(relationship))
	.fetch_optional(connection)
	.await?;
	number.ok_or(AuditError::UnknownCursor)
}

/// Holds in a relationship that the patron is not to learn of now.
async fn undisclosed_holds(
	connection: &mut SqliteConnection,
	relationship: RelationshipId,
	now: Moment,
) -> Result<Vec<HoldNumber>, AuditError> {
	let numbers: Vec<i64> = sqlx::query_scalar(
		"SELECT number FROM holds WHERE relationship = ? AND disclosed = 0
		AND lifted_at IS NULL AND (ends_at IS NULL OR ends_at > ?)",
	)
	.bind(column::number(relationship))
	.bind(column::time(now))
	.fetch_all(connection)
	.await?;
	Ok(numbers.into_iter().map(i64::cast_unsigned).collect())
}

/// An access, from its intent and its outcome. `None` while the request may still be running, and if one
/// of the undisclosed holds withheld it.
async fn read_access(
	connection: &mut SqliteConnection,
	relationship: RelationshipId,
	number: i64,
	undisclosed: &[HoldNumber],
	now: Moment,
) -> Result<Option<AccessLogEntry>, AuditError> {
	let misfiled = |what| Misfit::EntryMisfiled { number: number.cast_unsigned(), what };
	let row =
		sqlx::query("SELECT * FROM audit_entries JOIN audit_keys USING (number) WHERE number = ?")
			.bind(number)
			.fetch_one(&mut *connection)
			.await?;
	let opened = Opened::read(&row)??;
	if opened.entry.relationship() != Some(relationship) {
		return Err(misfiled("relationship").into());
	}
	let Entry::Intent(intent) = opened.entry else { return Err(misfiled("kind").into()) };
	let is_withheld = matches!(intent.ruling, Ruling::Withheld { .. });
	if is_withheld && intent.holds.iter().any(|hold| undisclosed.contains(hold)) {
		return Ok(None);
	}

	let row =
		sqlx::query("SELECT * FROM audit_entries JOIN audit_keys USING (number) WHERE intent = ?")
			.bind(number)
			.fetch_optional(connection)
			.await?;
	let answer = match row {
		Some(row) => Opened::read(&row)??,
		None if intent.at.saturating_add(LONGEST_REQUEST) > now => return Ok(None),
		None => return Ok(Some(entry(opened.id, opened.leaf, relationship, *intent, None))),
	};
	match answer.entry {
		Entry::Outcome { intent: leaf, outcome, .. } if leaf == opened.leaf => {
			Ok(Some(entry(answer.id, answer.leaf, relationship, *intent, Some(outcome))))
		},
		_ => Err(Misfit::EntryMisfiled { number: answer.number, what: "intent" }.into()),
	}
}

/// What is shown of an access. Named by its outcome, as its receipt is.
fn entry(
	id: EntryId,
	leaf: Hash,
	relationship: RelationshipId,
	intent: Intent,
	outcome: Option<Outcome>,
) -> AccessLogEntry {
	let answered =
		outcome.as_ref().is_some_and(|outcome| outcome.conclusion == Conclusion::Answered);
	let result = match intent.ruling {
		Ruling::Denied { reason } => AccessOutcome::Denied { reason },
		Ruling::Withheld { reason } => AccessOutcome::Withheld { reason },
		Ruling::Allowed(allowed) if answered => AccessOutcome::Allowed { basis: allowed.basis },
		Ruling::Allowed(_) => AccessOutcome::Failed,
	};
	let (types, resources) =
		outcome.map(|outcome| (outcome.types, outcome.resources)).unwrap_or_default();
	AccessLogEntry {
		entry: id,
		at: intent.at,
		relationship,
		actor: intent.actor,
		on_behalf_of: intent.on_behalf_of,
		session_key: intent.session_key,
		staff: intent.staff,
		purpose: intent.purpose,
		emergency: intent.emergency,
		interaction: intent.interaction,
		types,
		resource_count: u32::try_from(resources.len()).unwrap_or(u32::MAX),
		resources,
		outcome: result,
		blocks: intent.blocks,
		leaf,
	}
}

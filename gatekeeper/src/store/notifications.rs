//! What patrons are told of: a durable queue for each relationship, bounded in number and age.

use super::{
	column::{self, Columns},
	Store, StoreError,
};
use medrec_primitives::{Moment, ParticipantId, RelationshipId};
use medrec_protocol::{notifications::NotificationKind, receipt::EntryId};
use sqlx::{sqlite::SqliteRow, SqliteConnection};

/// Most notifications that are kept for a relationship.
pub const MAX_NOTIFICATIONS: u32 = 256;

/// How long notifications are kept, in milliseconds.
pub const NOTIFICATION_AGE: Moment = 30 * 24 * 3_600_000;

/// A notification as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredNotification {
	/// Place in the queue.
	pub number: u64,
	/// Its name.
	pub event: EntryId,
	/// What happened.
	pub kind: NotificationKind,
	/// When.
	pub at: Moment,
}

/// Where somebody is in a relationship's queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueuePlace {
	/// What comes after this number is new.
	pub after: u64,
	/// Name of the event at this place; [`QUEUE_BEGINNING`] before the first.
	pub event: EntryId,
	/// Whether the event that was named is not kept any more, so that others may have been missed.
	pub is_lost: bool,
}

/// Stands for the place before a queue's first event.
pub const QUEUE_BEGINNING: EntryId = EntryId([0; 16]);

impl StoredNotification {
	fn read(row: &SqliteRow) -> Result<Self, StoreError> {
		let kind: String = row.value("kind")?;
		Ok(Self {
			number: row.number("number")?,
			event: EntryId(row.array("event")?),
			kind: kind.parse().map_err(StoreError::damaged)?,
			at: row.number("at")?,
		})
	}
}

/// Put a notification into a relationship's queue, as part of a transaction.
pub(crate) async fn notify_in(
	connection: &mut SqliteConnection,
	relationship: RelationshipId,
	kind: NotificationKind,
	now: Moment,
) -> Result<(), StoreError> {
	sqlx::query("INSERT INTO notifications (event, relationship, kind, at) VALUES (?, ?, ?, ?)")
		.bind(EntryId::random().0.as_slice())
		.bind(column::number(relationship))
		.bind(kind.name())
		.bind(column::time(now))
		.execute(&mut *connection)
		.await?;
	sqlx::query(
		"DELETE FROM notifications WHERE relationship = ?1 AND (at < ?2 OR number <= (
			SELECT number FROM notifications WHERE relationship = ?1
			ORDER BY number DESC LIMIT 1 OFFSET ?3
		))",
	)
	.bind(column::number(relationship))
	.bind(column::time(now.saturating_sub(NOTIFICATION_AGE)))
	.bind(i64::from(MAX_NOTIFICATIONS))
	.execute(connection)
	.await?;
	Ok(())
}

/// As [`notify_in`], if the relationship is bound here and this participant is not its patron, who knows
/// what she does herself.
pub(crate) async fn notify_of_other(
	connection: &mut SqliteConnection,
	relationship: RelationshipId,
	actor: ParticipantId,
	kind: NotificationKind,
	now: Moment,
) -> Result<(), StoreError> {
	let of_other: bool = sqlx::query_scalar(
		"SELECT EXISTS (SELECT 1 FROM bindings WHERE relationship = ? AND patron != ?)",
	)
	.bind(column::number(relationship))
	.bind(column::number(actor))
	.fetch_one(&mut *connection)
	.await?;
	if of_other {
		notify_in(connection, relationship, kind, now).await?;
	}
	Ok(())
}

impl Store {
	/// Note how far something has come that is looked for, and notify if it has come further than when
	/// it was looked at last. The first look at records notifies of nothing: she has not asked before.
	pub async fn advance_notification_mark(
		&self,
		relationship: RelationshipId,
		kind: NotificationKind,
		mark: i64,
		now: Moment,
	) -> Result<(), StoreError> {
		let known: Option<i64> = sqlx::query_scalar(
			"SELECT mark FROM notification_marks WHERE relationship = ? AND kind = ?",
		)
		.bind(column::number(relationship))
		.bind(kind.name())
		.fetch_optional(self.readers())
		.await?;
		if known.is_some_and(|known| known >= mark) {
			return Ok(());
		}
		self.write(move |connection| {
			Box::pin(async move {
				let advanced = sqlx::query(
					"UPDATE notification_marks SET mark = ?3
					WHERE relationship = ?1 AND kind = ?2 AND mark < ?3",
				)
				.bind(column::number(relationship))
				.bind(kind.name())
				.bind(mark)
				.execute(&mut *connection)
				.await?
				.rows_affected();
				if advanced > 0 {
					return notify_in(connection, relationship, kind, now).await;
				}
				let is_first = sqlx::query(
					"INSERT INTO notification_marks VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
				)
				.bind(column::number(relationship))
				.bind(kind.name())
				.bind(mark)
				.execute(&mut *connection)
				.await?
				.rows_affected() > 0;
				// A proposal waits, whenever it was made.
				if is_first && kind == NotificationKind::Proposal {
					notify_in(connection, relationship, kind, now).await?;
				}
				Ok(())
			})
		})
		.await
	}

	/// Number of the last notification of all relationships, 0 if there was none yet.
	pub async fn last_notification(&self) -> Result<u64, StoreError> {
		let last: Option<i64> = sqlx::query_scalar("SELECT max(number) FROM notifications")
			.fetch_one(self.readers())
			.await?;
		Ok(last.unwrap_or_default().cast_unsigned())
	}

	/// Where an event that somebody saw stands in a relationship's queue; without one, the end.
	pub async fn notification_place(
		&self,
		relationship: RelationshipId,
		seen: Option<EntryId>,
	) -> Result<QueuePlace, StoreError> {
		let mut connection = self.readers().begin().await?;
		let last = sqlx::query(
			"SELECT * FROM notifications WHERE relationship = ? ORDER BY number DESC LIMIT 1",
		)
		.bind(column::number(relationship))
		.fetch_optional(&mut *connection)
		.await?;
		let last = last.map(|row| StoredNotification::read(&row)).transpose()?;
		let end = QueuePlace {
			after: last.map_or(0, |last| last.number),
			event: last.map_or(QUEUE_BEGINNING, |last| last.event),
			is_lost: false,
		};
		let Some(seen) = seen else { return Ok(end) };
		let found: Option<i64> = match seen {
			QUEUE_BEGINNING => {
				let count: i64 =
					sqlx::query_scalar("SELECT count(*) FROM notifications WHERE relationship = ?")
						.bind(column::number(relationship))
						.fetch_one(&mut *connection)
						.await?;
				(count < i64::from(MAX_NOTIFICATIONS)).then_some(0)
			},
			seen => {
				sqlx::query_scalar(
					"SELECT number FROM notifications WHERE event = ? AND relationship = ?",
				)
				.bind(seen.0.as_slice())
				.bind(column::number(relationship))
				.fetch_optional(&mut *connection)
				.await?
			},
		};
		Ok(match found {
			Some(number) => {
				QueuePlace { after: number.cast_unsigned(), event: seen, is_lost: false }
			},
			None => QueuePlace { is_lost: true, ..end },
		})
	}

	/// A relationship's notifications after a number, oldest first: at most [`MAX_NOTIFICATIONS`].
	pub async fn notifications_after(
		&self,
		relationship: RelationshipId,
		after: u64,
	) -> Result<Vec<StoredNotification>, StoreError> {
		let rows = sqlx::query(
			"SELECT * FROM notifications WHERE relationship = ? AND number > ?
			ORDER BY number LIMIT ?",
		)
		.bind(column::number(relationship))
		.bind(column::number(after))
		.bind(i64::from(MAX_NOTIFICATIONS))
		.fetch_all(self.readers())
		.await?;
		rows.iter().map(StoredNotification::read).collect()
	}
}

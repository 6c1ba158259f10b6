//! Corrections that patrons asked for, and what staff made of them. Nothing of it is ever deleted.

use super::{
	change::Change,
	column::{self, Columns},
	notifications::notify_in,
	Store, StoreError,
};
use medrec_primitives::{Moment, RelationshipId};
use medrec_protocol::{
	amendments::{Amendment, AmendmentId, AmendmentRequest, AmendmentState},
	notifications::NotificationKind,
};
use rand::{rngs::OsRng, RngCore};
use sqlx::{sqlite::SqliteRow, SqliteConnection};

/// Most amendments of a relationship that wait for staff.
pub const MAX_OPEN_AMENDMENTS: u32 = 32;

/// Most amendments of a relationship, ever.
pub const MAX_AMENDMENTS: u32 = 256;

/// An amendment as staff see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAmendment {
	/// As the patron sees it.
	pub amendment: Amendment,
	/// Who answered.
	pub staff: Option<String>,
	/// Text of the resource before it was corrected.
	pub replaced: Option<String>,
}

/// What staff say to an amendment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
	/// It is right.
	Accept,
	/// It is not.
	Decline,
}

/// How an accepted amendment was settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
	/// The resource was corrected, and has this version now.
	Written(String),
	/// Others have to do it.
	HandedOver,
}

/// Why an amendment does not change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmendmentStoreError {
	/// There are [`MAX_OPEN_AMENDMENTS`] in the relationship that wait, or [`MAX_AMENDMENTS`] in all.
	#[error(
		"{MAX_OPEN_AMENDMENTS} amendments may wait in a relationship, and {MAX_AMENDMENTS} be asked for in all"
	)]
	TooMany,
	/// There is none of this name.
	#[error("there is no amendment {0}; `amendments list` shows what there is")]
	Unknown(AmendmentId),
	/// It was answered or settled already.
	#[error("the amendment is {0} already")]
	State(AmendmentState),
	/// The store failed.
	#[error(transparent)]
	Store(#[from] StoreError),
}

impl From<sqlx::Error> for AmendmentStoreError {
	fn from(error: sqlx::Error) -> Self {
		Self::Store(error.into())
	}
}

impl StoredAmendment {
	fn read(row: &SqliteRow) -> Result<Self, StoreError> {
		fn parsed<T: std::str::FromStr>(row: &SqliteRow, column: &str) -> Result<T, StoreError> {
			let text: String = row.value(column)?;
			text.parse().map_err(|_| StoreError::damaged(format!("{column} cannot be read")))
		}
		let proposed: Option<String> = row.value("proposed")?;
		let proposed = proposed.map(|text| text.parse()).transpose();
		Ok(Self {
			amendment: Amendment {
				amendment: AmendmentId(row.array("id")?),
				request: AmendmentRequest {
					relationship: row.number("relationship")?,
					resource_type: row.value("resource_type")?,
					id: row.value("resource_id")?,
					version: row.value("version")?,
					element: parsed(row, "element")?,
					proposed: proposed
						.map_err(|_| StoreError::damaged("proposed cannot be read"))?,
					reason: row.value("reason")?,
				},
				requested_at: row.number("requested_at")?,
				state: parsed(row, "state")?,
				answer: row.value("answer")?,
				answered_at: row.optional_number("answered_at")?,
				settled_at: row.optional_number("settled_at")?,
				new_version: row.value("new_version")?,
			},
			staff: row.value("staff")?,
			replaced: row.value("replaced")?,
		})
	}
}

impl Store {
	/// Keep a request for an amendment whose texts are within the limits.
	pub fn request_amendment(
		&self,
		request: AmendmentRequest,
		now: Moment,
	) -> Change<Amendment, AmendmentStoreError> {
		self.change(move |connection| {
			Box::pin(async move {
				let (open, all): (i64, i64) = sqlx::query_as(
					"SELECT count(*) FILTER (WHERE state IN ('requested', 'accepted')), count(*)
					FROM amendments WHERE relationship = ?",
				)
				.bind(column::number(request.relationship))
				.fetch_one(&mut *connection)
				.await?;
				if open >= i64::from(MAX_OPEN_AMENDMENTS) || all >= i64::from(MAX_AMENDMENTS) {
					return Err(AmendmentStoreError::TooMany);
				}
				let mut id = [0; 16];
				OsRng.fill_bytes(&mut id);
				sqlx::query(
					"INSERT INTO amendments (
						id, relationship, resource_type, resource_id, version, element, proposed,
						reason, requested_at, state
					) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'requested')",
				)
				.bind(id.as_slice())
				.bind(column::number(request.relationship))
				.bind(&request.resource_type)
				.bind(&request.id)
				.bind(&request.version)
				.bind(request.element.as_str())
				.bind(request.proposed.as_ref().map(|value| value.as_raw().get()))
				.bind(&request.reason)
				.bind(column::time(now))
				.execute(&mut *connection)
				.await?;
				Ok(find(connection, AmendmentId(id)).await?.amendment)
			})
		})
	}

	/// Say what staff make of an amendment that was asked for. `replaced` is the text of the resource, if
	/// it is about to be corrected.
	pub fn answer_amendment(
		&self,
		id: AmendmentId,
		verdict: Verdict,
		staff: String,
		answer: String,
		replaced: Option<String>,
		now: Moment,
	) -> Change<StoredAmendment, AmendmentStoreError> {
		self.change(move |connection| {
			Box::pin(async move {
				let found = find(connection, id).await?;
				if found.amendment.state != AmendmentState::Requested {
					return Err(AmendmentStoreError::State(found.amendment.state));
				}
				let state = match verdict {
					Verdict::Accept => AmendmentState::Accepted,
					Verdict::Decline => AmendmentState::Declined,
				};
				sqlx::query(
					"UPDATE amendments
					SET state = ?, staff = ?, answer = ?, answered_at = ?, replaced = ?
					WHERE id = ?",
				)
				.bind(state.name())
				.bind(staff)
				.bind(answer)
				.bind(column::time(now))
				.bind(replaced)
				.bind(id.0.as_slice())
				.execute(&mut *connection)
				.await?;
				// Of what is accepted she is told when it is settled.
				if verdict == Verdict::Decline {
					notify(connection, found.amendment.request.relationship, now).await?;
				}
				find(connection, id).await
			})
		})
	}

	/// Note that an accepted amendment was written or handed over.
	pub fn settle_amendment(
		&self,
		id: AmendmentId,
		settlement: Settlement,
		now: Moment,
	) -> Change<StoredAmendment, AmendmentStoreError> {
		self.change(move |connection| {
			Box::pin(async move {
				let found = find(connection, id).await?;
				if found.amendment.state != AmendmentState::Accepted {
					return Err(AmendmentStoreError::State(found.amendment.state));
				}
				let (state, version) = match settlement {
					Settlement::Written(version) => (AmendmentState::Written, Some(version)),
					Settlement::HandedOver => (AmendmentState::HandedOver, None),
				};
				sqlx::query(
					"UPDATE amendments SET state = ?, settled_at = ?, new_version = ? WHERE id = ?",
				)
				.bind(state.name())
				.bind(column::time(now))
				.bind(version)
				.bind(id.0.as_slice())
				.execute(&mut *connection)
				.await?;
				notify(connection, found.amendment.request.relationship, now).await?;
				find(connection, id).await
			})
		})
	}

	/// An amendment.
	pub async fn amendment(&self, id: AmendmentId) -> Result<StoredAmendment, AmendmentStoreError> {
		let mut connection = self.readers().acquire().await?;
		find(&mut connection, id).await
	}

	/// All amendments of a relationship, newest first: at most [`MAX_AMENDMENTS`].
	pub async fn amendments_of(
		&self,
		relationship: RelationshipId,
	) -> Result<Vec<StoredAmendment>, StoreError> {
		let rows = sqlx::query(
			"SELECT * FROM amendments WHERE relationship = ? ORDER BY number DESC LIMIT ?",
		)
		.bind(column::number(relationship))
		.bind(i64::from(MAX_AMENDMENTS))
		.fetch_all(self.readers())
		.await?;
		rows.iter().map(StoredAmendment::read).collect()
	}

	/// Amendments in this state, oldest first: at most `limit`, and at most [`super::MAX_PAGE`].
	pub async fn amendments(
		&self,
		state: AmendmentState,
		limit: u32,
	) -> Result<Vec<StoredAmendment>, StoreError> {
		let rows = sqlx::query("SELECT * FROM amendments WHERE state = ? ORDER BY number LIMIT ?")
			.bind(state.name())
			.bind(column::page(limit))
			.fetch_all(self.readers())
			.await?;
		rows.iter().map(StoredAmendment::read).collect()
	}
}

async fn notify(
	connection: &mut SqliteConnection,
	relationship: RelationshipId,
	now: Moment,
) -> Result<(), StoreError> {
	notify_in(connection, relationship, NotificationKind::Amendment, now).await
}

async fn find(
	connection: &mut SqliteConnection,
	id: AmendmentId,
) -> Result<StoredAmendment, AmendmentStoreError> {
	let row = sqlx::query("SELECT * FROM amendments WHERE id = ?")
		.bind(id.0.as_slice())
		.fetch_optional(connection)
		.await?;
	let row = row.ok_or(AmendmentStoreError::Unknown(id))?;
	Ok(StoredAmendment::read(&row)?)
}

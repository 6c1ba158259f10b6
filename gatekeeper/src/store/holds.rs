//! Local holds: staff let less be seen than the chain allows, for a court order, for somebody's safety,
//! or because a patient revoked in writing.

use super::{
	column::{self, Columns},
	Change, Store, StoreError,
};
use medrec_primitives::{Moment, ParticipantId, RecordTypes, RelationshipId};
use sqlx::{sqlite::SqliteRow, SqliteConnection};

/// Most holds in one relationship that are not lifted: each request reads them.
pub const MAX_HOLDS_PER_RELATIONSHIP: u32 = 64;

/// Number of a hold.
pub type HoldNumber = u64;

/// A hold to be placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewHold {
	/// In which relationship.
	pub relationship: RelationshipId,
	/// Who is held off; everybody if `None`.
	pub grantee: Option<ParticipantId>,
	/// What is withheld; all records if `None`.
	pub types: Option<RecordTypes>,
	/// Whether the patron may see in her access log that something was withheld.
	pub disclosed: bool,
	/// Why. For staff and auditors, never in an answer.
	pub reason: String,
	/// Who places it.
	pub staff: String,
	/// First moment at which it no longer holds; until it is lifted if `None`.
	pub ends_at: Option<Moment>,
}

/// A hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
	/// Its number.
	pub number: HoldNumber,
	/// What was placed.
	pub placed: NewHold,
	/// When.
	pub placed_at: Moment,
	/// How it was lifted, if it was.
	pub lifted: Option<Lifted>,
}

/// How a hold was lifted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifted {
	/// By whom.
	pub staff: String,
	/// When.
	pub at: Moment,
	/// Why.
	pub reason: String,
}

impl Hold {
	/// Whether it holds at a moment.
	pub fn in_force(&self, now: Moment) -> bool {
		self.lifted.is_none() && self.placed.ends_at.is_none_or(|end| now < end)
	}

	/// Whether it holds off somebody who asks, for herself or for another.
	pub fn concerns(&self, actor: ParticipantId, on_behalf_of: ParticipantId) -> bool {
		self.placed.grantee.is_none_or(|grantee| grantee == actor || grantee == on_behalf_of)
	}

	fn read(row: &SqliteRow) -> Result<Self, StoreError> {
		let lifted = match row.value::<Option<String>>("lifted_by")? {
			Some(staff) => Some(Lifted {
				staff,
				at: row.number("lifted_at")?,
				reason: row.value("lift_reason")?,
			}),
			None => None,
		};
		let types = row.value::<Option<u32>>("types")?.map(RecordTypes);
		if types.is_some_and(|types| !types.is_known() || types.is_empty()) {
			return Err(StoreError::damaged("a hold is about unknown record types"));
		}
		Ok(Self {
			number: row.number("number")?,
			placed: NewHold {
				relationship: row.number("relationship")?,
				grantee: row.optional_number("grantee")?,
				types,
				disclosed: row.value("disclosed")?,
				reason: row.value("reason")?,
				staff: row.value("placed_by")?,
				ends_at: row.optional_number("ends_at")?,
			},
			placed_at: row.number("placed_at")?,
			lifted,
		})
	}
}

/// Why a hold was not placed or lifted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HoldError {
	/// The relationship has no binding.
	#[error("relationship {0} is not bound to a patient")]
	UnknownRelationship(RelationshipId),
	/// There is no such hold.
	#[error("there is no hold {0}")]
	Unknown(HoldNumber),
	/// It ends before it begins.
	#[error("the hold would be over already")]
	Over,
	/// It withholds nothing.
	#[error("name at least one record type, or none at all for all records")]
	NoTypes,
	/// The relationship has [`MAX_HOLDS_PER_RELATIONSHIP`].
	#[error(
		"relationship {0} has {MAX_HOLDS_PER_RELATIONSHIP} holds already; lift those that are over"
	)]
	TooMany(RelationshipId),
	/// It was lifted before.
	#[error("hold {0} was lifted already")]
	Lifted(HoldNumber),
	/// The store failed.
	#[error(transparent)]
	Store(#[from] StoreError),
}

impl From<sqlx::Error> for HoldError {
	fn from(error: sqlx::Error) -> Self {
		Self::Store(error.into())
	}
}

impl Store {
	/// Place a hold. Requests that are decided afterwards are held to it.
	pub fn place_hold(&self, hold: NewHold, now: Moment) -> Change<Hold, HoldError> {
		self.change(move |connection| {
			Box::pin(async move {
				if hold.ends_at.is_some_and(|end| end <= now) {
					return Err(HoldError::Over);
				}
				if hold.types.is_some_and(|types| types.is_empty() || !types.is_known()) {
					return Err(HoldError::NoTypes);
				}
				let relationship = hold.relationship;
				let bound: bool = sqlx::query_scalar(
					"SELECT EXISTS (SELECT 1 FROM bindings WHERE relationship = ?)",
				)
				.bind(column::number(relationship))
				.fetch_one(&mut *connection)
				.await?;
				if !bound {
					return Err(HoldError::UnknownRelationship(relationship));
				}
				let others: u32 = sqlx::query_scalar(
					"SELECT count(*) FROM holds WHERE relationship = ? AND lifted_at IS NULL",
				)
				.bind(column::number(relationship))
				.fetch_one(&mut *connection)
				.await?;
				if others >= MAX_HOLDS_PER_RELATIONSHIP {
					return Err(HoldError::TooMany(relationship));
				}
				let number: i64 = sqlx::query_scalar(
					"INSERT INTO holds (
						relationship, grantee, types, disclosed, reason, placed_by, placed_at, ends_at
					) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING number",
				)
				.bind(column::number(relationship))
				.bind(hold.grantee.map(column::number))
				.bind(hold.types.map(|types| i64::from(types.0)))
				.bind(hold.disclosed)
				.bind(hold.reason)
				.bind(hold.staff)
				.bind(column::time(now))
				.bind(hold.ends_at.map(column::time))
				.fetch_one(&mut *connection)
				.await?;
				load(connection, number.cast_unsigned()).await
			})
		})
	}

	/// Lift a hold.
	pub fn lift_hold(
		&self,
		number: HoldNumber,
		staff: String,
		reason: String,
		now: Moment,
	) -> Change<Hold, HoldError> {
		self.change(move |connection| {
			Box::pin(async move {
				if load(connection, number).await?.lifted.is_some() {
					return Err(HoldError::Lifted(number));
				}
				sqlx::query(
					"UPDATE holds SET lifted_by = ?, lifted_at = ?, lift_reason = ? WHERE number = ?",
				)
				.bind(staff)
				.bind(column::time(now))
				.bind(reason)
				.bind(column::number(number))
				.execute(&mut *connection)
				.await?;
				load(connection, number).await
			})
		})
	}

	/// What holds in a relationship at a moment: at most [`MAX_HOLDS_PER_RELATIONSHIP`].
	pub async fn holds_in_force(
		&self,
		relationship: RelationshipId,
		now: Moment,
	) -> Result<Vec<Hold>, StoreError> {
		let rows = sqlx::query(
			"SELECT * FROM holds
			WHERE relationship = ? AND lifted_at IS NULL AND (ends_at IS NULL OR ends_at > ?)
			ORDER BY number",
		)
		.bind(column::number(relationship))
		.bind(column::time(now))
		.fetch_all(self.readers())
		.await?;
		rows.iter().map(Hold::read).collect()
	}

	/// All holds that there ever were, by their numbers, after the one given; at most `limit`, and at most
	/// [`super::MAX_PAGE`].
	pub async fn holds(
		&self,
		after: Option<HoldNumber>,
		limit: u32,
	) -> Result<Vec<Hold>, StoreError> {
		let rows = sqlx::query("SELECT * FROM holds WHERE number > ? ORDER BY number LIMIT ?")
			.bind(column::number(after.unwrap_or_default()))
			.bind(column::page(limit))
			.fetch_all(self.readers())
			.await?;
		rows.iter().map(Hold::read).collect()
	}
}

async fn load(connection: &mut SqliteConnection, number: HoldNumber) -> Result<Hold, HoldError> {
	let row = sqlx::query("SELECT * FROM holds WHERE number = ?")
		.bind(column::number(number))
		.fetch_optional(connection)
		.await?;
	Ok(Hold::read(&row.ok_or(HoldError::Unknown(number))?)?)
}

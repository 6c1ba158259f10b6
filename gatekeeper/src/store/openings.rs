//! Sealed openings, deposited by patrons for their grantees. The gatekeeper cannot read them.

use super::{
	column::{self, Columns},
	Store, StoreError,
};
use base64::{engine::general_purpose::URL_SAFE_NO_PAD, Engine};
use medrec_primitives::{Moment, ParticipantId, RelationshipId, Tag};
use medrec_protocol::{policy::SignedPolicy, sealed::SealedOpening};
use serde_json::json;
use sqlx::sqlite::SqliteRow;
use std::{fmt, str::FromStr};

/// Most openings kept for a relationship: twice the tags that the chain holds, so that those of revoked
/// tags that were not purged yet are in nobody's way.
pub const MAX_OPENINGS_PER_RELATIONSHIP: u32 = 128;

/// Most openings of one patron that are kept for one grantee, so that no patron fills an inbox.
pub const MAX_OPENINGS_PER_GRANTEE: u32 = 32;

/// An opening that a patron deposits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deposit {
	/// Under which relationship the tag stands.
	pub relationship: RelationshipId,
	/// The tag that the opening opens.
	pub tag: Tag,
	/// Who may fetch it.
	pub grantee: ParticipantId,
	/// The opening sealed to the grantee.
	pub sealed_to_grantee: SealedOpening,
	/// The opening sealed to the patron herself.
	pub sealed_to_patron: SealedOpening,
	/// The policy that the opening's terms name, if they name one.
	pub policy: Option<SignedPolicy>,
}

/// A deposited opening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredOpening {
	/// What was deposited.
	pub deposit: Deposit,
	/// When.
	pub deposited_at: Moment,
}

impl StoredOpening {
	/// Where a list goes on after this opening.
	pub fn cursor(&self) -> OpeningCursor {
		OpeningCursor { relationship: self.deposit.relationship, tag: self.deposit.tag }
	}

	fn read(row: &SqliteRow) -> Result<Self, StoreError> {
		Ok(Self {
			deposit: Deposit {
				relationship: row.number("relationship")?,
				tag: Tag(row.array("tag")?),
				grantee: row.number("grantee")?,
				sealed_to_grantee: SealedOpening::from(row.array("sealed_to_grantee")?),
				sealed_to_patron: SealedOpening::from(row.array("sealed_to_patron")?),
				policy: read_policy(row.value("policy")?)?,
			},
			deposited_at: row.number("deposited_at")?,
		})
	}
}

fn read_policy(text: Option<String>) -> Result<Option<SignedPolicy>, StoreError> {
	text.map(|text| serde_json::from_str(&text))
		.transpose()
		.map_err(|error| StoreError::damaged(format!("policy cannot be read: {error}")))
}

/// Place in a list of openings, which are ordered by relationship and tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpeningCursor {
	/// Relationship of the last opening seen.
	pub relationship: RelationshipId,
	/// Tag of the last opening seen.
	pub tag: Tag,
}

/// The text is no cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`after` is `next` of an earlier page, unchanged")]
pub struct InvalidOpeningCursor;

impl fmt::Display for OpeningCursor {
	/// Base64url of the relationship (8 bytes, little-endian) and the tag.
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		let bytes = [&self.relationship.to_le_bytes()[..], &self.tag.0].concat();
		f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
	}
}

impl FromStr for OpeningCursor {
	type Err = InvalidOpeningCursor;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidOpeningCursor)?;
		let (relationship, tag) = bytes.split_first_chunk().ok_or(InvalidOpeningCursor)?;
		let tag = tag.try_into().map_err(|_| InvalidOpeningCursor)?;
		Ok(Self { relationship: RelationshipId::from_le_bytes(*relationship), tag: Tag(tag) })
	}
}

/// Why an opening was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpeningError {
	/// There are [`MAX_OPENINGS_PER_RELATIONSHIP`] under the relationship.
	#[error(
		"{MAX_OPENINGS_PER_RELATIONSHIP} openings wait in this relationship; revoke grants that are no longer needed"
	)]
	TooMany,
	/// There are [`MAX_OPENINGS_PER_GRANTEE`] of the patron's for the grantee.
	#[error(
		"{MAX_OPENINGS_PER_GRANTEE} openings of yours wait for this grantee; revoke grants that are no longer needed"
	)]
	TooManyForGrantee,
	/// The store failed.
	#[error(transparent)]
	Store(#[from] StoreError),
}

impl From<sqlx::Error> for OpeningError {
	fn from(error: sqlx::Error) -> Self {
		Self::Store(error.into())
	}
}

/// Openings after this place in the order of relationship and tag.
const AFTER: &str = "(?2 IS NULL OR (relationship, tag) > (?2, ?3))";

impl Store {
	/// Keep an opening whose tag the caller found on the chain, under a relationship whose patron
	/// deposits it. Depositing the same tag again replaces what is there.
	pub async fn deposit_opening(&self, deposit: Deposit, now: Moment) -> Result<(), OpeningError> {
		let policy = deposit.policy.as_ref().map(|policy| json!(policy).to_string());
		self.write(move |connection| {
			Box::pin(async move {
				let others: i64 = sqlx::query_scalar(
					"SELECT count(*) FROM openings WHERE relationship = ? AND tag != ?",
				)
				.bind(column::number(deposit.relationship))
				.bind(deposit.tag.0.as_slice())
				.fetch_one(&mut *connection)
				.await?;
				if others >= i64::from(MAX_OPENINGS_PER_RELATIONSHIP) {
					return Err(OpeningError::TooMany);
				}
				let for_grantee: i64 = sqlx::query_scalar(
					"SELECT count(*) FROM openings
					WHERE grantee = ?1 AND (relationship, tag) != (?2, ?3)
					AND (relationship = ?2 OR relationship IN (
						SELECT relationship FROM bindings
						WHERE patron = (SELECT patron FROM bindings WHERE relationship = ?2)
					))",
				)
				.bind(column::number(deposit.grantee))
				.bind(column::number(deposit.relationship))
				.bind(deposit.tag.0.as_slice())
				.fetch_one(&mut *connection)
				.await?;
				if for_grantee >= i64::from(MAX_OPENINGS_PER_GRANTEE) {
					return Err(OpeningError::TooManyForGrantee);
				}
				sqlx::query(
					"INSERT OR REPLACE INTO openings (
						relationship, tag, grantee, sealed_to_grantee, sealed_to_patron, deposited_at,
						policy
					) VALUES (?, ?, ?, ?, ?, ?, ?)",
				)
				.bind(column::number(deposit.relationship))
				.bind(deposit.tag.0.as_slice())
				.bind(column::number(deposit.grantee))
				.bind(deposit.sealed_to_grantee.as_bytes().as_slice())
				.bind(deposit.sealed_to_patron.as_bytes().as_slice())
				.bind(column::time(now))
				.bind(policy)
				.execute(connection)
				.await?;
				Ok(())
			})
		})
		.await
	}

	/// The policy that was deposited with the opening of a tag, if there is one.
	pub async fn policy(
		&self,
		relationship: RelationshipId,
		tag: Tag,
	) -> Result<Option<SignedPolicy>, StoreError> {
		let text: Option<Option<String>> =
			sqlx::query_scalar("SELECT policy FROM openings WHERE relationship = ? AND tag = ?")
				.bind(column::number(relationship))
				.bind(tag.0.as_slice())
				.fetch_optional(self.readers())
				.await?;
		read_policy(text.flatten())
	}

	/// What waits for a grantee, after the place given; at most `limit`, and at most
	/// [`super::MAX_PAGE`].
	pub async fn openings_for_grantee(
		&self,
		grantee: ParticipantId,
		after: Option<OpeningCursor>,
		limit: u32,
	) -> Result<Vec<StoredOpening>, StoreError> {
		self.list_openings("grantee = ?1", grantee, after, limit).await
	}

	/// What a relationship's patron deposited: at most [`MAX_OPENINGS_PER_RELATIONSHIP`].
	pub async fn openings_of_relationship(
		&self,
		relationship: RelationshipId,
	) -> Result<Vec<StoredOpening>, StoreError> {
		self.list_openings("relationship = ?1", relationship, None, MAX_OPENINGS_PER_RELATIONSHIP)
			.await
	}

	/// What a patron deposited in all relationships that are bound here, after the place given; at most
	/// `limit`, and at most [`super::MAX_PAGE`].
	pub async fn openings_of_patron(
		&self,
		patron: ParticipantId,
		after: Option<OpeningCursor>,
		limit: u32,
	) -> Result<Vec<StoredOpening>, StoreError> {
		let filter = "relationship IN (SELECT relationship FROM bindings WHERE patron = ?1)";
		self.list_openings(filter, patron, after, limit).await
	}

	/// All openings, after the place given, for looking which of their tags are gone; at most `limit`,
	/// and at most [`super::MAX_PAGE`].
	pub async fn openings(
		&self,
		after: Option<OpeningCursor>,
		limit: u32,
	) -> Result<Vec<StoredOpening>, StoreError> {
		self.list_openings("?1 = 0", 0, after, limit).await
	}

	/// Delete an opening whose tag is gone from the finalized state. Says whether there was one.
	pub async fn purge_opening(
		&self,
		relationship: RelationshipId,
		tag: Tag,
	) -> Result<bool, StoreError> {
		self.write(move |connection| {
			Box::pin(async move {
				let purged = sqlx::query("DELETE FROM openings WHERE relationship = ? AND tag = ?")
					.bind(column::number(relationship))
					.bind(tag.0.as_slice())
					.execute(connection)
					.await?;
				Ok(purged.rows_affected() > 0)
			})
		})
		.await
	}

	async fn list_openings(
		&self,
		filter: &'static str,
		value: u64,
		after: Option<OpeningCursor>,
		limit: u32,
	) -> Result<Vec<StoredOpening>, StoreError> {
		let statement = format!(
			"SELECT * FROM openings WHERE {filter} AND {AFTER} ORDER BY relationship, tag LIMIT ?4"
		);
		let rows = sqlx::query(&statement)
			.bind(column::number(value))
			.bind(after.map(|place| column::number(place.relationship)))
			.bind(after.map(|place| place.tag.0.to_vec()))
			.bind(column::page(limit))
			.fetch_all(self.readers())
			.await?;
		rows.iter().map(StoredOpening::read).collect()
	}
}

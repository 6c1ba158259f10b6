//! Ending the relationship of a severed binding on the chain, safe against a crash at any point: the
//! extrinsic is stored before it is sent, as with enrolments.

use super::{load, Binding, BindingError, EndOnChain};
use crate::store::{column, Store, StoreError, Submission};
use medrec_primitives::{Moment, RelationshipId};
use sqlx::SqliteConnection;

impl Store {
	/// Bindings whose relationship is still to be ended on the chain, by relationship, after the one
	/// given; at most `limit`, and at most [`super::MAX_PAGE`].
	pub async fn ends_outstanding(
		&self,
		after: Option<RelationshipId>,
		limit: u32,
	) -> Result<Vec<Binding>, StoreError> {
		let rows = sqlx::query(
			"SELECT * FROM bindings
			WHERE end_status IN ('wanted', 'submitted') AND (?1 IS NULL OR relationship > ?1)
			ORDER BY relationship LIMIT ?2",
		)
		.bind(after.map(column::number))
		.bind(column::page(limit))
		.fetch_all(self.readers())
		.await?;
		rows.iter().map(Binding::read).collect()
	}

	/// Remember the extrinsic that is about to end a severed binding's relationship: `Wanted` to
	/// `Submitted`.
	pub async fn begin_end(
		&self,
		relationship: RelationshipId,
		submission: Submission,
		now: Moment,
	) -> Result<Binding, BindingError> {
		self.write(move |connection| {
			Box::pin(async move {
				if load(connection, relationship).await?.end != EndOnChain::Wanted {
					return Err(BindingError::WrongEnd);
				}
				let (extrinsic, hash, operator_nonce, valid_until_block) = submission.columns();
				sqlx::query(
					"UPDATE bindings SET
						end_status = 'submitted', end_extrinsic = ?, end_hash = ?,
						end_operator_nonce = ?, end_valid_until_block = ?, changed_at = ?
					WHERE relationship = ?",
				)
				.bind(extrinsic)
				.bind(hash)
				.bind(operator_nonce)
				.bind(valid_until_block)
				.bind(column::time(now))
				.bind(column::number(relationship))
				.execute(&mut *connection)
				.await?;
				load(connection, relationship).await
			})
		})
		.await
	}

	/// The extrinsic was refused by the chain, or no block can include it any more: `Submitted` back to
	/// `Wanted`.
	pub async fn end_failed(
		&self,
		relationship: RelationshipId,
		now: Moment,
	) -> Result<Binding, BindingError> {
		self.write(move |connection| {
			Box::pin(async move {
				if !matches!(load(connection, relationship).await?.end, EndOnChain::Submitted(_)) {
					return Err(BindingError::WrongEnd);
				}
				set_end(connection, relationship, "wanted", now).await
			})
		})
		.await
	}

	/// The relationship is ended in a finalized block, whoever ended it.
	pub async fn end_finalized(
		&self,
		relationship: RelationshipId,
		now: Moment,
	) -> Result<Binding, BindingError> {
		self.write(move |connection| {
			Box::pin(async move {
				load(connection, relationship).await?;
				set_end(connection, relationship, "ended", now).await
			})
		})
		.await
	}
}

async fn set_end(
	connection: &mut SqliteConnection,
	relationship: RelationshipId,
	end: &str,
	now: Moment,
) -> Result<Binding, BindingError> {
	sqlx::query("UPDATE bindings SET end_status = ?, changed_at = ? WHERE relationship = ?")
		.bind(end)
		.bind(column::time(now))
		.bind(column::number(relationship))
		.execute(&mut *connection)
		.await?;
	load(connection, relationship).await
}

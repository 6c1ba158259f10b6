//! How a merge ends, and how its end is taken back.

use super::{load, note, Merge, MergeError, MergeNumber, MergeStatus};
use crate::{
	records::LocalPatientId,
	store::{column, Change, Store, StoreError},
};
use medrec_primitives::Moment;
use sqlx::SqliteConnection;

/// What staff found out about two patients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
	/// They are one person.
	Same,
	/// They are two.
	Separate,
}

impl Store {
	/// Resolve a merge: `Open` to `Merged` or `Separate`.
	pub fn resolve_merge(
		&self,
		number: MergeNumber,
		resolution: Resolution,
		staff: String,
		reason: String,
		now: Moment,
	) -> Change<Merge, MergeError> {
		self.change(move |connection| {
			Box::pin(async move {
				let merge = from(connection, number, MergeStatus::Open).await?;
				let (status, step) = match resolution {
					Resolution::Same => (MergeStatus::Merged, "merged"),
					Resolution::Separate => (MergeStatus::Separate, "separated"),
				};
				if resolution == Resolution::Same {
					check_enrolments(connection, &merge.superseded).await?;
					move_to_surviving(connection, &merge, &staff, now).await?;
				}
				set_status(connection, number, status).await?;
				note(connection, number, step, staff, reason, now).await?;
				load(connection, number).await
			})
		})
	}

	/// A merge was wrong: `Merged` to `Open`. What it moved is moved back, and both sides are frozen until
	/// it is resolved again.
	pub fn unmerge(
		&self,
		number: MergeNumber,
		staff: String,
		reason: String,
		now: Moment,
	) -> Change<Merge, MergeError> {
		self.change(move |connection| {
			Box::pin(async move {
				let merge = from(connection, number, MergeStatus::Merged).await?;
				move_back(connection, &merge, &staff, now).await?;
				set_status(connection, number, MergeStatus::Open).await?;
				note(connection, number, "unmerged", staff, reason, now).await?;
				load(connection, number).await
			})
		})
	}
}

/// The merge, which has to stand at this status.
async fn from(
	connection: &mut SqliteConnection,
	number: MergeNumber,
	status: MergeStatus,
) -> Result<Merge, MergeError> {
	let merge = load(connection, number).await?;
	if merge.status != status {
		return Err(MergeError::WrongStatus { number, is: merge.status });
	}
	Ok(merge)
}

async fn set_status(
	connection: &mut SqliteConnection,
	number: MergeNumber,
	status: MergeStatus,
) -> Result<(), StoreError> {
	sqlx::query("UPDATE patient_merges SET status = ? WHERE number = ?")
		.bind(status.name())
		.bind(column::number(number))
		.execute(connection)
		.await?;
	Ok(())
}

/// What is on its way would be bound to a patient of whom nothing is served.
async fn check_enrolments(
	connection: &mut SqliteConnection,
	patient: &LocalPatientId,
) -> Result<(), MergeError> {
	let unfinished: bool = sqlx::query_scalar(
		"SELECT EXISTS (SELECT 1 FROM enrolments WHERE local_patient = ?
		AND status IN ('issued', 'pending', 'confirmed', 'submitting'))",
	)
	.bind(patient.as_str())
	.fetch_one(connection)
	.await?;
	if unfinished {
		return Err(MergeError::UnfinishedEnrolments(patient.to_string()));
	}
	Ok(())
}

/// Severed bindings stay where they are, here and on the way back: they serve nothing.
async fn move_to_surviving(
	connection: &mut SqliteConnection,
	merge: &Merge,
	staff: &str,
	now: Moment,
) -> Result<(), MergeError> {
	sqlx::query(
		"INSERT INTO patient_merge_moves (relationship, merge)
		SELECT relationship, ? FROM bindings WHERE local_patient = ? AND status != 'severed'",
	)
	.bind(column::number(merge.number))
	.bind(merge.superseded.as_str())
	.execute(&mut *connection)
	.await?;
	sqlx::query(
		"UPDATE bindings SET local_patient = ?, status = 'disputed', staff = ?, reason = ?,
			changed_at = ?
		WHERE relationship IN (SELECT relationship FROM patient_merge_moves WHERE merge = ?)",
	)
	.bind(merge.surviving.as_str())
	.bind(staff)
	.bind(format!("moved by merge {}", merge.number))
	.bind(column::time(now))
	.bind(column::number(merge.number))
	.execute(connection)
	.await?;
	Ok(())
}

async fn move_back(
	connection: &mut SqliteConnection,
	merge: &Merge,
	staff: &str,
	now: Moment,
) -> Result<(), MergeError> {
	let elsewhere: Option<i64> = sqlx::query_scalar(
		"SELECT relationship FROM patient_merge_moves JOIN bindings USING (relationship)
		WHERE merge = ? AND local_patient != ? LIMIT 1",
	)
	.bind(column::number(merge.number))
	.bind(merge.surviving.as_str())
	.fetch_optional(&mut *connection)
	.await?;
	if let Some(relationship) = elsewhere {
		return Err(MergeError::MovedOn(relationship.cast_unsigned()));
	}
	sqlx::query(
		"UPDATE bindings SET local_patient = ?, status = 'disputed', changed_at = ?, staff = ?,
			reason = ?
		WHERE status != 'severed'
		AND relationship IN (SELECT relationship FROM patient_merge_moves WHERE merge = ?)",
	)
	.bind(merge.superseded.as_str())
	.bind(column::time(now))
	.bind(staff)
	.bind(format!("moved back, merge {} was wrong", merge.number))
	.bind(column::number(merge.number))
	.execute(&mut *connection)
	.await?;
	sqlx::query("DELETE FROM patient_merge_moves WHERE merge = ?")
		.bind(column::number(merge.number))
		.execute(connection)
		.await?;
	Ok(())
}

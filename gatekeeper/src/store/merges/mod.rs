//! Merges: two patients in the provider's records were found to be, perhaps, one person. Both sides are
//! frozen until staff resolve it; a merge that turns out to be wrong can be taken back.
//!
//! ```text
//!          ┌─────▶ separate
//! open ────┤
//!   ▲      └─────▶ merged ──┐
//!   └────────────────────────┘  unmerge
//! ```
//!
//! Resolved as one person, the bindings of the superseded patient go over to the surviving one, as
//! disputed: their key holders now get to see other records than those which they were confirmed for, so
//! that staff have to confirm each with the patient. Taking it back moves them back, disputed again.

mod resolve;

pub use resolve::Resolution;

use super::{
	column::{self, Columns},
	Change, Store, StoreError,
};
use crate::records::LocalPatientId;
use medrec_primitives::{Moment, RelationshipId};
use sqlx::{sqlite::SqliteRow, SqliteConnection};
use std::fmt;

/// Number of a merge.
pub type MergeNumber = u64;

/// Where a merge stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MergeStatus {
	/// In doubt: nothing is served about either patient.
	Open,
	/// One person: nothing is served about the superseded patient any more.
	Merged,
	/// Two persons, as before.
	Separate,
}

impl MergeStatus {
	/// Its name, in the database and for people.
	pub const fn name(self) -> &'static str {
		match self {
			Self::Open => "open",
			Self::Merged => "merged",
			Self::Separate => "separate",
		}
	}

	fn named(name: &str) -> Result<Self, StoreError> {
		[Self::Open, Self::Merged, Self::Separate]
			.into_iter()
			.find(|status| status.name() == name)
			.ok_or_else(|| StoreError::damaged(format!("unknown merge status `{name}`")))
	}
}

impl fmt::Display for MergeStatus {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		f.write_str(self.name())
	}
}

/// A merge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge {
	/// Its number.
	pub number: MergeNumber,
	/// The patient whose records go over to the other one.
	pub superseded: LocalPatientId,
	/// The patient who stays.
	pub surviving: LocalPatientId,
	/// Where it stands.
	pub status: MergeStatus,
	/// How it came there, from the first step on.
	pub steps: Vec<MergeStep>,
	/// Relationships that the merge moved to the surviving patient.
	pub moved: Vec<RelationshipId>,
}

/// A step in a merge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeStep {
	/// `opened`, `merged`, `separated` or `unmerged`.
	pub step: String,
	/// Who did it.
	pub staff: String,
	/// Why.
	pub reason: String,
	/// When.
	pub at: Moment,
}

/// Why a merge was not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
	/// There is no such merge.
	#[error("there is no merge {0}")]
	Unknown(MergeNumber),
	/// Both are the same.
	#[error("a patient cannot be merged with itself")]
	SamePatient,
	/// A patient is in a merge that is not resolved.
	#[error("patient {patient} is in merge {merge}, which is open; resolve that first")]
	Busy {
		/// The patient.
		patient: String,
		/// The merge.
		merge: MergeNumber,
	},
	/// A patient was merged into another one.
	#[error("patient {patient} was merged into another one by merge {merge}")]
	Superseded {
		/// The patient.
		patient: String,
		/// The merge.
		merge: MergeNumber,
	},
	/// The merge is not where this step starts from.
	#[error("merge {number} is {is}, which does not allow this")]
	WrongStatus {
		/// The merge.
		number: MergeNumber,
		/// Where it is.
		is: MergeStatus,
	},
	/// An enrolment of the superseded patient is on its way.
	#[error(
		"enrolments of patient {0} are on their way; confirm or refuse them first (`pending`), or wait \
		 until their codes expire"
	)]
	UnfinishedEnrolments(String),
	/// A later merge moved on what this one moved.
	#[error("a later merge moved relationship {0} on; unmerge that first")]
	MovedOn(RelationshipId),
	/// The store failed.
	#[error(transparent)]
	Store(#[from] StoreError),
}

impl From<sqlx::Error> for MergeError {
	fn from(error: sqlx::Error) -> Self {
		Self::Store(error.into())
	}
}

/// The merges for whose sake nothing is served about a patient: those that are open, and those by which
/// somebody else took the patient's place.
const FREEZING: &str = "SELECT number, status FROM patient_merges
	WHERE (status = 'open' AND (superseded = ?1 OR surviving = ?1))
	OR (status = 'merged' AND superseded = ?1) LIMIT 1";

impl Store {
	/// Whether nothing may be served about a patient, because a merge is open or somebody else took the
	/// patient's place.
	pub async fn is_frozen(&self, patient: &LocalPatientId) -> Result<bool, StoreError> {
		let row =
			sqlx::query(FREEZING).bind(patient.as_str()).fetch_optional(self.readers()).await?;
		Ok(row.is_some())
	}

	/// Refuse a patient about whom nothing may be served, to whom nobody is to be bound either.
	pub async fn check_not_frozen(&self, patient: &LocalPatientId) -> Result<(), MergeError> {
		check_free(&mut *self.readers().acquire().await?, patient).await
	}

	/// Two patients may be one person: freeze both.
	pub fn open_merge(
		&self,
		superseded: LocalPatientId,
		surviving: LocalPatientId,
		staff: String,
		reason: String,
		now: Moment,
	) -> Change<Merge, MergeError> {
		self.change(move |connection| {
			Box::pin(async move {
				if superseded == surviving {
					return Err(MergeError::SamePatient);
				}
				check_free(connection, &superseded).await?;
				check_free(connection, &surviving).await?;
				let number: i64 = sqlx::query_scalar(
					"INSERT INTO patient_merges (superseded, surviving, status)
					VALUES (?, ?, 'open') RETURNING number",
				)
				.bind(superseded.as_str())
				.bind(surviving.as_str())
				.fetch_one(&mut *connection)
				.await?;
				let number = number.cast_unsigned();
				note(connection, number, "opened", staff, reason, now).await?;
				load(connection, number).await
			})
		})
	}

	/// All merges that there ever were, by their numbers, after the one given; at most `limit`, and at
	/// most [`super::MAX_PAGE`].
	pub async fn merges(
		&self,
		after: Option<MergeNumber>,
		limit: u32,
	) -> Result<Vec<Merge>, MergeError> {
		let mut connection = self.readers().acquire().await?;
		let numbers: Vec<i64> = sqlx::query_scalar(
			"SELECT number FROM patient_merges WHERE number > ? ORDER BY number LIMIT ?",
		)
		.bind(column::number(after.unwrap_or_default()))
		.bind(column::page(limit))
		.fetch_all(&mut *connection)
		.await?;
		let mut merges = Vec::with_capacity(numbers.len());
		for number in numbers {
			merges.push(load(&mut connection, number.cast_unsigned()).await?);
		}
		Ok(merges)
	}
}

/// Errors: [`MergeError::Busy`], [`MergeError::Superseded`].
async fn check_free(
	connection: &mut SqliteConnection,
	patient: &LocalPatientId,
) -> Result<(), MergeError> {
	let row = sqlx::query(FREEZING).bind(patient.as_str()).fetch_optional(connection).await?;
	let Some(row) = row else { return Ok(()) };
	let (patient, merge) = (patient.to_string(), row.number("number")?);
	Err(match MergeStatus::named(row.value("status")?)? {
		MergeStatus::Merged => MergeError::Superseded { patient, merge },
		_ => MergeError::Busy { patient, merge },
	})
}

async fn note(
	connection: &mut SqliteConnection,
	merge: MergeNumber,
	step: &str,
	staff: String,
	reason: String,
	now: Moment,
) -> Result<(), StoreError> {
	sqlx::query(
		"INSERT INTO patient_merge_steps (merge, step, staff, reason, at) VALUES (?, ?, ?, ?, ?)",
	)
	.bind(column::number(merge))
	.bind(step)
	.bind(staff)
	.bind(reason)
	.bind(column::time(now))
	.execute(connection)
	.await?;
	Ok(())
}

async fn load(connection: &mut SqliteConnection, number: MergeNumber) -> Result<Merge, MergeError> {
	let row = sqlx::query("SELECT * FROM patient_merges WHERE number = ?")
		.bind(column::number(number))
		.fetch_optional(&mut *connection)
		.await?
		.ok_or(MergeError::Unknown(number))?;
	let patient = |column: &str| {
		LocalPatientId::try_from(row.value::<String>(column)?)
			.map_err(|error| StoreError::damaged(error.to_string()))
	};
	let steps = sqlx::query("SELECT * FROM patient_merge_steps WHERE merge = ? ORDER BY number")
		.bind(column::number(number))
		.fetch_all(&mut *connection)
		.await?;
	let moved = sqlx::query_scalar::<_, i64>(
		"SELECT relationship FROM patient_merge_moves WHERE merge = ? ORDER BY relationship",
	)
	.bind(column::number(number))
	.fetch_all(connection)
	.await?;
	Ok(Merge {
		number,
		superseded: patient("superseded")?,
		surviving: patient("surviving")?,
		status: MergeStatus::named(row.value("status")?)?,
		steps: steps.iter().map(read_step).collect::<Result<_, _>>()?,
		moved: moved.into_iter().map(i64::cast_unsigned).collect(),
	})
}

fn read_step(row: &SqliteRow) -> Result<MergeStep, StoreError> {
	Ok(MergeStep {
		step: row.value("step")?,
		staff: row.value("staff")?,
		reason: row.value("reason")?,
		at: row.number("at")?,
	})
}

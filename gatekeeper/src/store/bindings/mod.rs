//! Bindings: which local patient a relationship on the chain is about. Nothing is served in a
//! relationship whose binding is not active.

mod ends;

use super::{
	column::{self, Columns},
	Change, Store, StoreError, Submission,
};
use crate::records::LocalPatientId;
use medrec_primitives::{Moment, ParticipantId, RelationshipId};
use sqlx::{sqlite::SqliteRow, SqliteConnection};
use std::fmt;

/// Where a binding stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BindingStatus {
	/// Named by staff, and not confirmed with the patient yet.
	Pending,
	/// Confirmed.
	Active,
	/// In doubt: nothing is served until staff confirm or sever it.
	Disputed,
	/// Wrong or over, for good.
	Severed,
}

impl BindingStatus {
	/// Every status.
	pub const ALL: [Self; 4] = [Self::Pending, Self::Active, Self::Disputed, Self::Severed];

	/// Its name, in the database and for people.
	pub const fn name(self) -> &'static str {
		match self {
			Self::Pending => "pending",
			Self::Active => "active",
			Self::Disputed => "disputed",
			Self::Severed => "severed",
		}
	}

	fn named(name: &str) -> Result<Self, StoreError> {
		Self::ALL
			.into_iter()
			.find(|status| status.name() == name)
			.ok_or_else(|| StoreError::damaged(format!("unknown binding status `{name}`")))
	}
}

impl fmt::Display for BindingStatus {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		f.write_str(self.name())
	}
}

/// The way of a severed binding's relationship to its end on the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndOnChain {
	/// It is not to be ended.
	Unwanted,
	/// It is to be ended and nothing was sent.
	Wanted,
	/// The extrinsic is stored and may have been sent.
	Submitted(Submission),
	/// It is ended.
	Ended,
}

/// A binding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
	/// The relationship on the chain.
	pub relationship: RelationshipId,
	/// Its patron.
	pub patron: ParticipantId,
	/// The patient in the provider's own records.
	pub local_patient: LocalPatientId,
	/// Where it stands.
	pub status: BindingStatus,
	/// Who brought it there.
	pub staff: String,
	/// Why, when it was disputed or severed.
	pub reason: Option<String>,
	/// When it was made.
	pub created_at: Moment,
	/// When it was last written.
	pub changed_at: Moment,
	/// How far the relationship is from its end on the chain.
	pub end: EndOnChain,
}

impl Binding {
	fn read(row: &SqliteRow) -> Result<Self, StoreError> {
		let end = match row.value("end_status")? {
			"unwanted" => EndOnChain::Unwanted,
			"wanted" => EndOnChain::Wanted,
			"ended" => EndOnChain::Ended,
			"submitted" => EndOnChain::Submitted(
				Submission::read(row, "end")?
					.ok_or_else(|| StoreError::damaged("a submitted end has no extrinsic"))?,
			),
			other => return Err(StoreError::damaged(format!("unknown end status `{other}`"))),
		};
		Ok(Self {
			relationship: row.number("relationship")?,
			patron: row.number("patron")?,
			local_patient: row.local_patient()?,
			status: BindingStatus::named(row.value("status")?)?,
			staff: row.value("staff")?,
			reason: row.value("reason")?,
			created_at: row.number("created_at")?,
			changed_at: row.number("changed_at")?,
			end,
		})
	}
}

/// Why a binding was not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BindingError {
	/// The relationship has no binding.
	#[error("relationship {0} is not bound to a patient")]
	Unknown(RelationshipId),
	/// The relationship is bound already.
	#[error("relationship {0} is bound already; sever that binding first")]
	Taken(RelationshipId),
	/// The binding is not where this step starts from.
	#[error("the binding is {is}, which does not allow this")]
	WrongStatus {
		/// Where it is.
		is: BindingStatus,
	},
	/// Its end on the chain is not where this step starts from.
	#[error("the relationship's end was not wanted, or is submitted already")]
	WrongEnd,
	/// The store failed.
	#[error(transparent)]
	Store(#[from] StoreError),
}

impl From<sqlx::Error> for BindingError {
	fn from(error: sqlx::Error) -> Self {
		Self::Store(error.into())
	}
}

impl Store {
	/// The binding of a relationship.
	pub async fn binding(
		&self,
		relationship: RelationshipId,
	) -> Result<Option<Binding>, StoreError> {
		let row = sqlx::query("SELECT * FROM bindings WHERE relationship = ?")
			.bind(column::number(relationship))
			.fetch_optional(self.readers())
			.await?;
		row.as_ref().map(Binding::read).transpose()
	}

	/// Bindings in a state, by relationship, after the one given; at most `limit`, and at most
	/// [`super::MAX_PAGE`].
	pub async fn bindings(
		&self,
		status: BindingStatus,
		after: Option<RelationshipId>,
		limit: u32,
	) -> Result<Vec<Binding>, StoreError> {
		let rows = sqlx::query(
			"SELECT * FROM bindings WHERE status = ?1 AND (?2 IS NULL OR relationship > ?2)
			ORDER BY relationship LIMIT ?3",
		)
		.bind(status.name())
		.bind(after.map(column::number))
		.bind(column::page(limit))
		.fetch_all(self.readers())
		.await?;
		rows.iter().map(Binding::read).collect()
	}

	/// Bind a relationship that came about without an enrolment code, as `Pending`.
	pub fn bind_pending(
		&self,
		relationship: RelationshipId,
		patron: ParticipantId,
		local_patient: LocalPatientId,
		staff: String,
		now: Moment,
	) -> Change<Binding, BindingError> {
		self.change(move |connection| {
			Box::pin(async move {
				let status = BindingStatus::Pending;
				insert(connection, relationship, patron, &local_patient, status, staff, now)
					.await?;
				let binding = load(connection, relationship).await?;
				if (binding.patron, &binding.local_patient, binding.status)
					== (patron, &local_patient, status)
				{
					Ok(binding)
				} else {
					Err(BindingError::Taken(relationship))
				}
			})
		})
	}

	/// Staff confirmed the binding with the patient: `Pending` or `Disputed` to `Active`.
	pub fn confirm_binding(
		&self,
		relationship: RelationshipId,
		staff: String,
		now: Moment,
	) -> Change<Binding, BindingError> {
		let from = [BindingStatus::Pending, BindingStatus::Disputed];
		self.change_binding(relationship, &from, BindingStatus::Active, staff, None, now)
	}

	/// The binding is in doubt: `Pending` or `Active` to `Disputed`. Nothing is served from then on.
	pub fn dispute_binding(
		&self,
		relationship: RelationshipId,
		staff: String,
		reason: String,
		now: Moment,
	) -> Change<Binding, BindingError> {
		let from = [BindingStatus::Pending, BindingStatus::Active];
		self.change_binding(relationship, &from, BindingStatus::Disputed, staff, Some(reason), now)
	}

	/// Sever a binding for good. Nothing is served from then on, and the relationship is to be ended on
	/// the chain ([`Store::ends_outstanding`]).
	pub fn sever_binding(
		&self,
		relationship: RelationshipId,
		staff: String,
		reason: String,
		now: Moment,
	) -> Change<Binding, BindingError> {
		let from = [BindingStatus::Pending, BindingStatus::Active, BindingStatus::Disputed];
		self.change_binding(relationship, &from, BindingStatus::Severed, staff, Some(reason), now)
	}

	fn change_binding(
		&self,
		relationship: RelationshipId,
		from: &[BindingStatus],
		to: BindingStatus,
		staff: String,
		reason: Option<String>,
		now: Moment,
	) -> Change<Binding, BindingError> {
		let from = from.to_vec();
		self.change(move |connection| {
			Box::pin(async move {
				let binding = load(connection, relationship).await?;
				if binding.status == to {
					return Ok(binding);
				}
				if !from.contains(&binding.status) {
					return Err(BindingError::WrongStatus { is: binding.status });
				}
				sqlx::query(
					"UPDATE bindings SET
						status = ?1, staff = ?2, reason = ?3, changed_at = ?4,
						end_status = iif(?1 = 'severed' AND end_status = 'unwanted', 'wanted', end_status)
					WHERE relationship = ?5",
				)
				.bind(to.name())
				.bind(staff)
				.bind(reason)
				.bind(column::time(now))
				.bind(column::number(relationship))
				.execute(&mut *connection)
				.await?;
				load(connection, relationship).await
			})
		})
	}
}

/// Bind a relationship that an enrolment made. `false` if it is bound otherwise already.
pub(super) async fn bind_active(
	connection: &mut SqliteConnection,
	relationship: RelationshipId,
	patron: ParticipantId,
	local_patient: &LocalPatientId,
	staff: String,
	now: Moment,
) -> Result<bool, StoreError> {
	let status = BindingStatus::Active;
	insert(connection, relationship, patron, local_patient, status, staff, now).await?;
	let binding = read(connection, relationship).await?;
	Ok(binding.is_some_and(|binding| {
		(binding.patron, &binding.local_patient, binding.status) == (patron, local_patient, status)
	}))
}

async fn insert(
	connection: &mut SqliteConnection,
	relationship: RelationshipId,
	patron: ParticipantId,
	local_patient: &LocalPatientId,
	status: BindingStatus,
	staff: String,
	now: Moment,
) -> Result<(), StoreError> {
	sqlx::query(
		"INSERT INTO bindings (
			relationship, patron, local_patient, status, staff, created_at, changed_at
		) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6) ON CONFLICT (relationship) DO NOTHING",
	)
	.bind(column::number(relationship))
	.bind(column::number(patron))
	.bind(local_patient.as_str())
	.bind(status.name())
	.bind(staff)
	.bind(column::time(now))
	.execute(connection)
	.await?;
	Ok(())
}

async fn read(
	connection: &mut SqliteConnection,
	relationship: RelationshipId,
) -> Result<Option<Binding>, StoreError> {
	let row = sqlx::query("SELECT * FROM bindings WHERE relationship = ?")
		.bind(column::number(relationship))
		.fetch_optional(connection)
		.await?;
	row.as_ref().map(Binding::read).transpose()
}

async fn load(
	connection: &mut SqliteConnection,
	relationship: RelationshipId,
) -> Result<Binding, BindingError> {
	read(connection, relationship).await?.ok_or(BindingError::Unknown(relationship))
}

//! Enrolments: what becomes of a code, from its issue to the active relationship.
//!
//! ```text
//!            redeem              confirm                begin_submission            activate
//!  Issued ───────────▶ Pending ───────────▶ Confirmed ──────────────────▶ Submitting ─────────▶ Active
//!    │                 │  ▲  │                │  ▲  ▲                          │
//!    │          expire │  │  │ refuse  expire │  │  └──────────────────────────┤
//!    │                 ▼  │  ▼                ▼  │       submission_failed     │
//!    └─ expire ──────▶ Expired    Refused     Expired ◀────────────────────────┘
//! ```
//! The way back from `Expired` is [`Store::redeem`] with a consent that the same account signed again.
//! Each step is one durable write that happens only from the states named; a step that was done
//! already can be repeated without harm, so that a caller that crashed simply goes on.

mod codes;
mod staff;
mod submitting;

pub use codes::{NewCode, MAX_CONSENT_RENEWAL};

use super::{
	column::{self, Columns},
	Change, Store, StoreError, Submission,
};
use crate::records::LocalPatientId;
use futures::future::BoxFuture;
use medrec_primitives::{
	AccountId, EncryptionKey, Moment, ParticipantId, ParticipantKind, RelationshipId, Signature,
};
use rand::{rngs::OsRng, RngCore};
use sqlx::{sqlite::SqliteRow, QueryBuilder, Sqlite, SqliteConnection};
use std::{fmt, str::FromStr};

/// Name of an enrolment, for staff and logs: 16 random bytes, written as 32 hexadecimal digits. Opens
/// nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct EnrolmentId([u8; 16]);

impl EnrolmentId {
	fn random() -> Self {
		let mut bytes = [0; 16];
		OsRng.fill_bytes(&mut bytes);
		Self(bytes)
	}

	fn as_bytes(&self) -> &[u8] {
		&self.0
	}
}

impl fmt::Display for EnrolmentId {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		f.write_str(&hex::encode(self.0))
	}
}

impl fmt::Debug for EnrolmentId {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		write!(f, "EnrolmentId({self})")
	}
}

impl FromStr for EnrolmentId {
	type Err = EnrolmentError;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		let mut bytes = [0; 16];
		hex::decode_to_slice(text, &mut bytes).map_err(|_| EnrolmentError::UnknownEnrolment)?;
		Ok(Self(bytes))
	}
}

/// Where an enrolment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EnrolmentStatus {
	/// The code is out and was not redeemed.
	Issued,
	/// Redeemed: the patient's signed consent is stored and waits for staff.
	Pending,
	/// Staff confirmed the key's fingerprint with the patient.
	Confirmed,
	/// The extrinsic is stored and may have been sent.
	Submitting,
	/// The relationship is on the chain and bound to the local patient.
	Active,
	/// The code ran out unredeemed, or the consent's deadline passed.
	Expired,
	/// Staff refused it.
	Refused,
}

impl EnrolmentStatus {
	/// Every status.
	pub const ALL: [Self; 7] = [
		Self::Issued,
		Self::Pending,
		Self::Confirmed,
		Self::Submitting,
		Self::Active,
		Self::Expired,
		Self::Refused,
	];

	/// Its name, in the database and for people.
	pub const fn name(self) -> &'static str {
		match self {
			Self::Issued => "issued",
			Self::Pending => "pending",
			Self::Confirmed => "confirmed",
			Self::Submitting => "submitting",
			Self::Active => "active",
			Self::Expired => "expired",
			Self::Refused => "refused",
		}
	}

	fn named(name: &str) -> Result<Self, StoreError> {
		Self::ALL
			.into_iter()
			.find(|status| status.name() == name)
			.ok_or_else(|| StoreError::damaged(format!("unknown enrolment status `{name}`")))
	}
}

impl fmt::Display for EnrolmentStatus {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		f.write_str(self.name())
	}
}

/// What the patient signed (`medrec_primitives::Consent::Enrol`), with all that `enrol` needs of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredConsent {
	/// The account that agrees.
	pub account: AccountId,
	/// That account's nonce, which the chain consumes.
	pub account_nonce: u32,
	/// Kind that it is registered as.
	pub kind: ParticipantKind,
	/// Where messages to it are sealed to.
	pub encryption_key: EncryptionKey,
	/// First moment at which the consent no longer holds.
	pub deadline: Moment,
	/// The account's signature.
	pub signature: Signature,
}

/// An enrolment as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
	/// Its name.
	pub id: EnrolmentId,
	/// Where it stands, as of the last write. See [`Enrolment::status_at`].
	pub status: EnrolmentStatus,
	/// The patient in the provider's own records.
	pub local_patient: LocalPatientId,
	/// Who issued the code.
	pub issued_by: String,
	/// When.
	pub issued_at: Moment,
	/// First moment at which the code can no longer be redeemed.
	pub code_expires_at: Moment,
	/// What the patient signed, once the code is redeemed.
	pub consent: Option<StoredConsent>,
	/// When the code was redeemed.
	pub redeemed_at: Option<Moment>,
	/// Who confirmed the patient's key.
	pub confirmed_by: Option<String>,
	/// When.
	pub confirmed_at: Option<Moment>,
	/// The last extrinsic made for it.
	pub submission: Option<Submission>,
	/// How many extrinsics were made for it.
	pub attempts: u32,
	/// The relationship, once active.
	pub relationship: Option<RelationshipId>,
	/// The patient's participant, once active.
	pub patron: Option<ParticipantId>,
	/// Why it was refused, or why its last submission failed.
	pub reason: Option<String>,
	/// When it was last written.
	pub changed_at: Moment,
}

impl Enrolment {
	/// Where it stands at a moment: what is only waiting for [`Store::expire_enrolments`] is `Expired`.
	pub fn status_at(&self, now: Moment) -> EnrolmentStatus {
		let over = match self.status {
			EnrolmentStatus::Issued => self.code_expires_at <= now,
			EnrolmentStatus::Pending | EnrolmentStatus::Confirmed => {
				self.consent.as_ref().is_none_or(|consent| consent.deadline <= now)
			},
			_ => false,
		};
		if over {
			EnrolmentStatus::Expired
		} else {
			self.status
		}
	}

	/// Why a step that does not start from where this stands is not taken.
	fn not_from_here(&self, now: Moment) -> EnrolmentError {
		match self.status_at(now) {
			EnrolmentStatus::Expired if self.consent.is_some() => EnrolmentError::ConsentExpired,
			is => EnrolmentError::WrongStatus { is },
		}
	}

	fn read(row: &SqliteRow) -> Result<Self, StoreError> {
		let redeemed_at = row.optional_number("redeemed_at")?;
		let consent = match redeemed_at {
			Some(_) => Some(StoredConsent {
				account: AccountId::new(row.array("consent_account")?),
				account_nonce: row.small_number("consent_account_nonce")?,
				kind: row.scale("consent_kind")?,
				encryption_key: row.array("consent_encryption_key")?,
				deadline: row.number("consent_deadline")?,
				signature: row.scale("consent_signature")?,
			}),
			None => None,
		};
		Ok(Self {
			id: EnrolmentId(row.array("id")?),
			status: EnrolmentStatus::named(row.value("status")?)?,
			local_patient: row.local_patient()?,
			issued_by: row.value("issued_by")?,
			issued_at: row.number("issued_at")?,
			code_expires_at: row.number("code_expires_at")?,
			consent,
			redeemed_at,
			confirmed_by: row.value("confirmed_by")?,
			confirmed_at: row.optional_number("confirmed_at")?,
			submission: Submission::read(row, "submission")?,
			attempts: row.small_number("attempts")?,
			relationship: row.optional_number("relationship")?,
			patron: row.optional_number("patron")?,
			reason: row.value("reason")?,
			changed_at: row.number("changed_at")?,
		})
	}
}

/// Why a step of an enrolment did not happen. Nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnrolmentError {
	/// No code has this secret.
	#[error("there is no such enrolment code")]
	UnknownCode,
	/// No enrolment has this id.
	#[error("there is no such enrolment; list them with `pending`")]
	UnknownEnrolment,
	/// A code with this secret exists; secrets have to be fresh and random.
	#[error("this code was issued before")]
	CodeNotFresh,
	/// The code was redeemed by another account, or with another encryption key or kind.
	#[error("the enrolment code was already used with another key; ask for a new one")]
	CodeUsed,
	/// The code can no longer be redeemed.
	#[error("the enrolment code has expired; ask for a new one")]
	CodeExpired,
	/// The consent's deadline has passed. The patient can sign again, with the same code and account.
	#[error("the consent has expired; the patient has to sign again")]
	ConsentExpired,
	/// The consent's deadline lies further ahead than the chain accepts.
	#[error("the consent's deadline is too far ahead")]
	DeadlineTooFar,
	/// The enrolment is not where this step starts from.
	#[error("the enrolment is {is}, which does not allow this")]
	WrongStatus {
		/// Where it is.
		is: EnrolmentStatus,
	},
	/// The relationship is bound to another patient, or its binding was disputed or severed.
	#[error("relationship {0} is bound already; look into it before going on")]
	RelationshipTaken(RelationshipId),
	/// The store failed.
	#[error(transparent)]
	Store(#[from] StoreError),
}

impl From<sqlx::Error> for EnrolmentError {
	fn from(error: sqlx::Error) -> Self {
		Self::Store(error.into())
	}
}

impl Store {
	/// An enrolment by its id.
	pub async fn enrolment(&self, id: EnrolmentId) -> Result<Option<Enrolment>, EnrolmentError> {
		let row = sqlx::query("SELECT * FROM enrolments WHERE id = ?")
			.bind(id.as_bytes())
			.fetch_optional(self.readers())
			.await?;
		Ok(row.as_ref().map(Enrolment::read).transpose()?)
	}

	/// Enrolments in any of these states, oldest first, after the one given; at most `limit`, and at
	/// most [`super::MAX_PAGE`].
	pub async fn enrolments(
		&self,
		states: &[EnrolmentStatus],
		after: Option<EnrolmentId>,
		limit: u32,
	) -> Result<Vec<Enrolment>, EnrolmentError> {
		let mut query = QueryBuilder::<Sqlite>::new("SELECT * FROM enrolments WHERE status IN (");
		let mut list = query.separated(", ");
		for status in states {
			list.push_bind(status.name());
		}
		query.push(")");
		if let Some(after) = &after {
			query
				.push(" AND number > (SELECT number FROM enrolments WHERE id = ")
				.push_bind(after.as_bytes())
				.push(")");
		}
		query.push(" ORDER BY number LIMIT ").push_bind(column::page(limit));
		let rows = query.build().fetch_all(self.readers()).await?;
		Ok(rows.iter().map(Enrolment::read).collect::<Result<_, _>>()?)
	}
}

impl Store {
	/// One step of an enrolment: `work` decides from where it stands, and writes. Gives it as it stands
	/// afterwards.
	fn step<F>(&self, id: EnrolmentId, work: F) -> Change<Enrolment, EnrolmentError>
	where
		F: for<'c> FnOnce(
				&'c mut SqliteConnection,
				Enrolment,
			) -> BoxFuture<'c, Result<(), EnrolmentError>>
			+ Send
			+ 'static,
	{
		self.change(move |connection| {
			Box::pin(async move {
				let enrolment = load(&mut *connection, id).await?;
				work(&mut *connection, enrolment).await?;
				load(connection, id).await
			})
		})
	}
}

/// The enrolment of an id, inside a transaction.
async fn load(
	connection: &mut SqliteConnection,
	id: EnrolmentId,
) -> Result<Enrolment, EnrolmentError> {
	let row = sqlx::query("SELECT * FROM enrolments WHERE id = ?")
		.bind(id.as_bytes())
		.fetch_optional(connection)
		.await?
		.ok_or(EnrolmentError::UnknownEnrolment)?;
	Ok(Enrolment::read(&row)?)
}

//! Codes: issued by staff, redeemed by the patient.

use super::{load, Enrolment, EnrolmentError, EnrolmentId, EnrolmentStatus, StoredConsent};
use crate::{
	records::LocalPatientId,
	store::{column, Change, Store},
};
use codec::Encode;
use medrec_primitives::{Hash, Moment, MAX_CONSENT_LIFETIME, MILLISECONDS_PER_DAY};
use sqlx::SqliteConnection;

/// How long after the redemption of a code its consent can be signed again, in milliseconds.
pub const MAX_CONSENT_RENEWAL: Moment = 30 * MILLISECONDS_PER_DAY;

/// A code to be issued.
#[derive(Clone, Debug)]
pub struct NewCode {
	/// Hash of its secret (`medrec_protocol::enrolment::EnrolmentSecret::hash`), never used before. The
	/// secret itself is not stored.
	pub secret_hash: Hash,
	/// The patient in the provider's own records.
	pub local_patient: LocalPatientId,
	/// Who issues it.
	pub staff: String,
	/// First moment at which it can no longer be redeemed.
	pub expires_at: Moment,
}

impl Store {
	/// Remember a code that staff issue for a patient.
	pub fn issue_code(&self, code: NewCode, now: Moment) -> Change<EnrolmentId, EnrolmentError> {
		let id = EnrolmentId::random();
		self.change(move |connection| {
			Box::pin(async move {
				if code.expires_at <= now {
					return Err(EnrolmentError::CodeExpired);
				}
				let issued = sqlx::query(
					"INSERT INTO enrolments (
						id, secret_hash, status, local_patient, issued_by, issued_at,
						code_expires_at, changed_at
					) VALUES (?, ?, 'issued', ?, ?, ?, ?, ?) ON CONFLICT (secret_hash) DO NOTHING",
				)
				.bind(id.as_bytes())
				.bind(code.secret_hash.as_bytes())
				.bind(code.local_patient.as_str())
				.bind(code.staff)
				.bind(column::time(now))
				.bind(column::time(code.expires_at))
				.bind(column::time(now))
				.execute(connection)
				.await?;
				if issued.rows_affected() == 0 {
					return Err(EnrolmentError::CodeNotFresh);
				}
				Ok(id)
			})
		})
	}

	/// The enrolment of a code, by the hash of its secret.
	pub async fn enrolment_by_code(
		&self,
		secret_hash: &Hash,
	) -> Result<Option<Enrolment>, EnrolmentError> {
		let row = sqlx::query("SELECT * FROM enrolments WHERE secret_hash = ?")
			.bind(secret_hash.as_bytes())
			.fetch_optional(self.readers())
			.await?;
		Ok(row.as_ref().map(Enrolment::read).transpose()?)
	}

	/// Redeem a code with a consent whose signature the caller has verified.
	///
	/// The first account that redeems a code owns it. The same account may repeat the request, and may
	/// replace a consent that was not submitted yet by one that it signed anew, for
	/// [`MAX_CONSENT_RENEWAL`]; a confirmation by staff stays, because it is of the account.
	pub fn redeem(
		&self,
		secret_hash: &Hash,
		consent: StoredConsent,
		now: Moment,
	) -> Change<Enrolment, EnrolmentError> {
		let secret_hash = *secret_hash;
		self.change(move |connection| {
			Box::pin(async move {
				if consent.deadline <= now {
					return Err(EnrolmentError::ConsentExpired);
				}
				if consent.deadline > now.saturating_add(MAX_CONSENT_LIFETIME) {
					return Err(EnrolmentError::DeadlineTooFar);
				}
				let row = sqlx::query("SELECT * FROM enrolments WHERE secret_hash = ?")
					.bind(secret_hash.as_bytes())
					.fetch_optional(&mut *connection)
					.await?
					.ok_or(EnrolmentError::UnknownCode)?;
				let enrolment = Enrolment::read(&row)?;
				match redemption(&enrolment, &consent, now)? {
					Some(status) => store(connection, &enrolment, consent, status, now).await,
					None => Ok(enrolment),
				}
			})
		})
	}

	/// Mark as expired whatever ran out. Returns how many enrolments did.
	pub async fn expire_enrolments(&self, now: Moment) -> Result<u64, EnrolmentError> {
		self.write(move |connection| {
			Box::pin(async move {
				let expired = sqlx::query(
					"UPDATE enrolments SET status = 'expired', changed_at = ?1
					WHERE (status = 'issued' AND code_expires_at <= ?1)
					OR (status IN ('pending', 'confirmed') AND consent_deadline <= ?1)",
				)
				.bind(column::time(now))
				.execute(connection)
				.await?;
				Ok(expired.rows_affected())
			})
		})
		.await
	}
}

/// What redeeming does: store the consent and go to a status, or nothing because it is done.
fn redemption(
	enrolment: &Enrolment,
	consent: &StoredConsent,
	now: Moment,
) -> Result<Option<EnrolmentStatus>, EnrolmentError> {
	let Some(stored) = &enrolment.consent else {
		return match enrolment.status_at(now) {
			EnrolmentStatus::Issued => Ok(Some(EnrolmentStatus::Pending)),
			EnrolmentStatus::Expired => Err(EnrolmentError::CodeExpired),
			is => Err(EnrolmentError::WrongStatus { is }),
		};
	};
	if (&stored.account, stored.encryption_key, stored.kind)
		!= (&consent.account, consent.encryption_key, consent.kind)
	{
		return Err(EnrolmentError::CodeUsed);
	}
	match enrolment.status {
		EnrolmentStatus::Submitting | EnrolmentStatus::Active => Ok(None),
		EnrolmentStatus::Refused => {
			Err(EnrolmentError::WrongStatus { is: EnrolmentStatus::Refused })
		},
		_ if stored == consent && enrolment.status != EnrolmentStatus::Expired => Ok(None),
		_ => {
			let redeemed_at = enrolment.redeemed_at.unwrap_or(enrolment.issued_at);
			if redeemed_at.saturating_add(MAX_CONSENT_RENEWAL) <= now {
				return Err(EnrolmentError::CodeExpired);
			}
			Ok(Some(match enrolment.confirmed_at {
				Some(_) => EnrolmentStatus::Confirmed,
				None => EnrolmentStatus::Pending,
			}))
		},
	}
}

async fn store(
	connection: &mut SqliteConnection,
	enrolment: &Enrolment,
	consent: StoredConsent,
	status: EnrolmentStatus,
	now: Moment,
) -> Result<Enrolment, EnrolmentError> {
	sqlx::query(
		"UPDATE enrolments SET
			status = ?, consent_account = ?, consent_account_nonce = ?, consent_kind = ?,
			consent_encryption_key = ?, consent_deadline = ?, consent_signature = ?,
			redeemed_at = coalesce(redeemed_at, ?), changed_at = ?
		WHERE id = ?",
	)
	.bind(status.name())
	.bind(AsRef::<[u8]>::as_ref(&consent.account))
	.bind(i64::from(consent.account_nonce))
	.bind(consent.kind.encode())
	.bind(consent.encryption_key.as_slice())
	.bind(column::time(consent.deadline))
	.bind(consent.signature.encode())
	.bind(column::time(now))
	.bind(column::time(now))
	.bind(enrolment.id.as_bytes())
	.execute(&mut *connection)
	.await?;
	load(connection, enrolment.id).await
}

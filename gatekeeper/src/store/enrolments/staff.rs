//! What staff decide: that a key is the patient's, or that an enrolment goes no further.

use super::{load, Enrolment, EnrolmentError, EnrolmentId, EnrolmentStatus};
use crate::store::{column, Store};
use medrec_primitives::Moment;

impl Store {
	/// Staff confirmed with the patient that the account's fingerprint is hers: `Pending` to
	/// `Confirmed`.
	pub async fn confirm_enrolment(
		&self,
		id: EnrolmentId,
		staff: String,
		now: Moment,
	) -> Result<Enrolment, EnrolmentError> {
		self.write(move |connection| {
			Box::pin(async move {
				let enrolment = load(connection, id).await?;
				match enrolment.status_at(now) {
					EnrolmentStatus::Confirmed => return Ok(enrolment),
					EnrolmentStatus::Pending => (),
					EnrolmentStatus::Expired if enrolment.consent.is_some() => {
						return Err(EnrolmentError::ConsentExpired)
					},
					is => return Err(EnrolmentError::WrongStatus { is }),
				}
				sqlx::query(
					"UPDATE enrolments SET
						status = 'confirmed', confirmed_by = ?, confirmed_at = ?, changed_at = ?
					WHERE id = ?",
				)
				.bind(staff)
				.bind(column::time(now))
				.bind(column::time(now))
				.bind(id.as_bytes())
				.execute(&mut *connection)
				.await?;
				load(connection, id).await
			})
		})
		.await
	}

	/// Staff decided against it: to `Refused`, from wherever nothing was submitted yet.
	pub async fn refuse_enrolment(
		&self,
		id: EnrolmentId,
		reason: String,
		now: Moment,
	) -> Result<Enrolment, EnrolmentError> {
		self.write(move |connection| {
			Box::pin(async move {
				let enrolment = load(connection, id).await?;
				match enrolment.status {
					EnrolmentStatus::Refused => return Ok(enrolment),
					EnrolmentStatus::Issued
					| EnrolmentStatus::Pending
					| EnrolmentStatus::Confirmed
					| EnrolmentStatus::Expired => (),
					is => return Err(EnrolmentError::WrongStatus { is }),
				}
				sqlx::query(
					"UPDATE enrolments SET status = 'refused', reason = ?, changed_at = ? WHERE id = ?",
				)
				.bind(reason)
				.bind(column::time(now))
				.bind(id.as_bytes())
				.execute(&mut *connection)
				.await?;
				load(connection, id).await
			})
		})
		.await
	}
}

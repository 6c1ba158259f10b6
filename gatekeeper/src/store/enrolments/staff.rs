//! What staff decide: that a key is the patient's, or that an enrolment goes no further.

use super::{Enrolment, EnrolmentError, EnrolmentId, EnrolmentStatus};
use crate::store::{column, Change, Store};
use medrec_primitives::Moment;

impl Store {
	/// Staff confirmed with the patient that the account's fingerprint is hers: `Pending` to
	/// `Confirmed`.
	pub fn confirm_enrolment(
		&self,
		id: EnrolmentId,
		staff: String,
		now: Moment,
	) -> Change<Enrolment, EnrolmentError> {
		self.step(id, move |connection, enrolment| {
			Box::pin(async move {
				match enrolment.status_at(now) {
					EnrolmentStatus::Confirmed => return Ok(()),
					EnrolmentStatus::Pending => (),
					_ => return Err(enrolment.not_from_here(now)),
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
				.execute(connection)
				.await?;
				Ok(())
			})
		})
	}

	/// Staff decided against it: to `Refused`, from wherever nothing was submitted yet.
	pub fn refuse_enrolment(
		&self,
		id: EnrolmentId,
		reason: String,
		now: Moment,
	) -> Change<Enrolment, EnrolmentError> {
		self.step(id, move |connection, enrolment| {
			Box::pin(async move {
				match enrolment.status {
					EnrolmentStatus::Refused => return Ok(()),
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
				.execute(connection)
				.await?;
				Ok(())
			})
		})
	}
}

//! The way of a confirmed enrolment onto the chain, safe against a crash at any point.
//!
//! Before an extrinsic is sent it is stored. Whoever starts up with an enrolment in `Submitting` asks
//! the chain whether it took effect, sends the same bytes again if it did not, and lets it fail only
//! once no block can include it any more.

use super::{Enrolment, EnrolmentError, EnrolmentId, EnrolmentStatus};
use crate::store::{bindings, column, Change, Store, Submission};
use medrec_primitives::{Moment, ParticipantId, RelationshipId};

impl Store {
	/// Remember the extrinsic that is about to be sent: `Confirmed` to `Submitting`.
	pub fn begin_submission(
		&self,
		id: EnrolmentId,
		submission: Submission,
		now: Moment,
	) -> Change<Enrolment, EnrolmentError> {
		self.step(id, move |connection, enrolment| {
			Box::pin(async move {
				match enrolment.status_at(now) {
					EnrolmentStatus::Confirmed => (),
					_ => return Err(enrolment.not_from_here(now)),
				}
				let (extrinsic, hash, operator_nonce, valid_until_block) = submission.columns();
				sqlx::query(
					"UPDATE enrolments SET
						status = 'submitting', submission_extrinsic = ?, submission_hash = ?,
						submission_operator_nonce = ?, submission_valid_until_block = ?,
						attempts = attempts + 1, changed_at = ?
					WHERE id = ?",
				)
				.bind(extrinsic)
				.bind(hash)
				.bind(operator_nonce)
				.bind(valid_until_block)
				.bind(column::time(now))
				.bind(id.as_bytes())
				.execute(connection)
				.await?;
				Ok(())
			})
		})
	}

	/// The extrinsic was refused by the chain, or no block can include it any more: `Submitting` back
	/// to `Confirmed`, or to `Expired` if the consent's deadline has passed.
	pub fn submission_failed(
		&self,
		id: EnrolmentId,
		reason: String,
		now: Moment,
	) -> Change<Enrolment, EnrolmentError> {
		self.step(id, move |connection, enrolment| {
			Box::pin(async move {
				if enrolment.status != EnrolmentStatus::Submitting {
					return Err(EnrolmentError::WrongStatus { is: enrolment.status });
				}
				sqlx::query(
					"UPDATE enrolments SET
						status = iif(consent_deadline <= ?1, 'expired', 'confirmed'),
						reason = ?2, changed_at = ?1
					WHERE id = ?3",
				)
				.bind(column::time(now))
				.bind(reason)
				.bind(id.as_bytes())
				.execute(connection)
				.await?;
				Ok(())
			})
		})
	}

	/// The relationship is in a finalized block: to `Active`, and the relationship is bound to the
	/// local patient, both or neither.
	///
	/// Starts from `Submitting`, and also from where [`Store::submission_failed`] leads, because what
	/// the chain holds is what counts.
	pub fn activate_enrolment(
		&self,
		id: EnrolmentId,
		relationship: RelationshipId,
		patron: ParticipantId,
		now: Moment,
	) -> Change<Enrolment, EnrolmentError> {
		self.step(id, move |connection, enrolment| {
			Box::pin(async move {
				match enrolment.status {
					EnrolmentStatus::Active if enrolment.relationship == Some(relationship) => {
						return Ok(())
					},
					EnrolmentStatus::Submitting => (),
					EnrolmentStatus::Confirmed | EnrolmentStatus::Expired
						if enrolment.submission.is_some() => {},
					is => return Err(EnrolmentError::WrongStatus { is }),
				}
				let staff = enrolment.confirmed_by.unwrap_or(enrolment.issued_by);
				let local_patient = &enrolment.local_patient;
				if !bindings::bind_active(
					&mut *connection,
					relationship,
					patron,
					local_patient,
					staff,
					now,
				)
				.await?
				{
					return Err(EnrolmentError::RelationshipTaken(relationship));
				}
				sqlx::query(
					"UPDATE enrolments SET
						status = 'active', relationship = ?, patron = ?, reason = NULL, changed_at = ?
					WHERE id = ?",
				)
				.bind(column::number(relationship))
				.bind(column::number(patron))
				.bind(column::time(now))
				.bind(id.as_bytes())
				.execute(connection)
				.await?;
				Ok(())
			})
		})
	}
}

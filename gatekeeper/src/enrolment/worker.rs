//! The way of confirmed enrolments onto the chain, and of severed relationships to their end.
//!
//! Safe against a crash at any point: what is signed is stored before it is sent, the same bytes are
//! sent again after a restart, and what counts is always what the finalized chain says. One
//! transaction is waited for at a time, so that they do not take each other's nonces, and none longer
//! than its sending takes: what is open after that is looked at again in a later round, after the
//! others. Ends go before enrolments, since access waits for nothing else.

use super::{
	operator::{Operator, OperatorCall},
	redeem,
};
use crate::{
	access::NodeError,
	audit::{Event, EventKind},
	server::{intake, Gatekeeper, Refusal},
	store::{
		Binding, BindingError, EndOnChain, Enrolment, EnrolmentError, EnrolmentId, EnrolmentStatus,
		LoggedError, StoreError, Submission,
	},
};
use medrec_chain_client::SubmitError;
use medrec_primitives::{Moment, ParticipantId, RelationshipId, RelationshipStatus, SignedConsent};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Time between two looks at the store, and at the chain while something is under way.
const PERIOD: Duration = Duration::from_millis(500);

/// Most ends, and enrolments of each state, that one round works on.
const MAX_PER_ROUND: u32 = 8;

/// Most of them that are read from the store at once.
const PAGE: u32 = 256;

/// Longest wait before something that failed is tried again.
const MAX_BACKOFF: Moment = 3_600_000;

/// Why a step did not happen. It is taken again in a later round.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
	/// The node.
	#[error(transparent)]
	Node(#[from] NodeError),
	/// The transaction.
	#[error(transparent)]
	Submit(#[from] SubmitError),
	/// The enrolment in the store.
	#[error(transparent)]
	Enrolment(#[from] EnrolmentError),
	/// The binding in the store.
	#[error(transparent)]
	Binding(#[from] BindingError),
	/// The store.
	#[error(transparent)]
	Store(#[from] StoreError),
	/// The enrolment in the store, or the log's entry about it.
	#[error(transparent)]
	Logged(#[from] LoggedError<EnrolmentError>),
	/// The account could not be looked up.
	#[error("{}", .0.code)]
	Refused(Refusal),
}

/// What the finalized chain says of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Settled<T> {
	/// It took effect.
	Done(T),
	/// It did not, and no block can include it any more.
	Impossible,
	/// It may still, or did and is not final.
	Open,
}

/// Work on what there is again and again, until told to stop.
pub async fn run(gatekeeper: &Gatekeeper, operator: &dyn Operator, stop: CancellationToken) {
	let mut worker = Worker {
		gatekeeper,
		operator,
		ended: None,
		enrolled: [EnrolmentStatus::Submitting, EnrolmentStatus::Confirmed]
			.map(|status| (status, None)),
	};
	loop {
		let round = async {
			if let Err(error) = worker.round().await {
				tracing::warn!(%error, "enrolments wait");
			}
			tokio::time::sleep(PERIOD).await;
		};
		tokio::select! {
			() = stop.cancelled() => return,
			() = round => {},
		}
	}
}

struct Worker<'a> {
	gatekeeper: &'a Gatekeeper,
	operator: &'a dyn Operator,
	/// The end that was worked on last: the next round goes on after it, so that each has its turn.
	ended: Option<RelationshipId>,
	/// As `ended`, for the enrolments of each state.
	enrolled: [(EnrolmentStatus, Option<EnrolmentId>); 2],
}

impl Worker<'_> {
	async fn round(&mut self) -> Result<(), WorkerError> {
		let store = &self.gatekeeper.store;
		store.expire_enrolments(intake::now()).await?;
		let ends = store.ends_outstanding(self.ended, MAX_PER_ROUND).await?;
		self.ended = ends.last().map(|binding| binding.relationship);
		for binding in ends {
			let relationship = binding.relationship;
			if let Err(error) = self.end(binding).await {
				tracing::warn!(relationship, %error, "a relationship waits for its end");
			}
		}
		for (status, last) in self.enrolled {
			let (due, last) = self.due(status, last).await?;
			self.enrolled.iter_mut().filter(|(of, _)| *of == status).for_each(|of| of.1 = last);
			for enrolment in due {
				let id = enrolment.id;
				if let Err(error) = self.enrol(enrolment).await {
					tracing::warn!(enrolment = %id, %error, "an enrolment waits");
				}
			}
		}
		Ok(())
	}

	/// The next enrolments of a state whose time has come, after one, and the last of them; `None` if
	/// the next round begins at the oldest again.
	async fn due(
		&self,
		status: EnrolmentStatus,
		mut after: Option<EnrolmentId>,
	) -> Result<(Vec<Enrolment>, Option<EnrolmentId>), WorkerError> {
		let now = intake::now();
		let mut due = Vec::new();
		loop {
			let page = self.gatekeeper.store.enrolments(&[status], after, PAGE).await?;
			if page.is_empty() {
				return Ok((due, None));
			}
			for enrolment in page {
				after = Some(enrolment.id);
				if is_due(&enrolment, now) {
					due.push(enrolment);
				}
				if due.len() == MAX_PER_ROUND as usize {
					return Ok((due, after));
				}
			}
		}
	}

	/// Bring an enrolment as far as it goes now.
	async fn enrol(&self, enrolment: Enrolment) -> Result<(), WorkerError> {
		self.gatekeeper.node.follows(self.gatekeeper.genesis).await?;
		let enrolment = match enrolment.status {
			EnrolmentStatus::Confirmed if self.may_submit(&enrolment).await? => {
				self.sign_enrolment(&enrolment).await?
			},
			EnrolmentStatus::Confirmed => return Ok(()),
			_ => enrolment,
		};
		let Some(submission) = &enrolment.submission else { return Ok(()) };
		let settle = || async { self.settle_enrolment(&enrolment, submission).await };
		match self.see_through(submission, settle).await? {
			(Settled::Done((relationship, patron)), _) => {
				self.activate(&enrolment, relationship, patron).await
			},
			(Settled::Open, reason) => {
				tracing::debug!(enrolment = %enrolment.id, reason, "not settled yet");
				Ok(())
			},
			(Settled::Impossible, reason) => {
				let store = &self.gatekeeper.store;
				store.submission_failed(enrolment.id, reason, intake::now()).await?;
				Ok(())
			},
		}
	}

	/// Whether the consent of a confirmed enrolment still holds on the chain.
	async fn may_submit(&self, enrolment: &Enrolment) -> Result<bool, WorkerError> {
		let consumed = redeem::is_consumed(self.gatekeeper, enrolment).await;
		Ok(!consumed.map_err(WorkerError::Refused)?)
	}

	async fn sign_enrolment(&self, enrolment: &Enrolment) -> Result<Enrolment, WorkerError> {
		let consent = enrolment.consent.clone().ok_or_else(|| {
			StoreError::Damaged("a confirmed enrolment has no consent".to_owned())
		})?;
		let consent = SignedConsent {
			account: consent.account,
			kind: consent.kind,
			encryption_key: consent.encryption_key,
			deadline: consent.deadline,
			signature: consent.signature,
		};
		let submission = self.operator.sign(OperatorCall::Enrol(Box::new(consent))).await?;
		let store = &self.gatekeeper.store;
		Ok(store.begin_submission(enrolment.id, submission, intake::now()).await?)
	}

	/// Whether the relationship that an enrolment asks for is there, in the best and the finalized
	/// block. Access is not asked about: a provider that is suspended now was not when it was enrolled
	/// with.
	async fn settle_enrolment(
		&self,
		enrolment: &Enrolment,
		submission: &Submission,
	) -> Result<Settled<(RelationshipId, ParticipantId)>, WorkerError> {
		let node = &self.gatekeeper.node;
		// Asked before the relationship, so that what entered a block meanwhile is seen below.
		let over = self.is_over(submission).await?;
		let Some(consent) = &enrolment.consent else { return Ok(Settled::Impossible) };
		let provider = self.gatekeeper.config.provider;
		let mut found = None;
		if let Some(patron) = node.participant_of(consent.account.clone()).await? {
			for entry in node.summary(patron.id).await? {
				let ours = (entry.patron, entry.steward) == (patron.id, provider)
					&& entry.status == RelationshipStatus::Active;
				if ours && self.gatekeeper.store.binding(entry.relationship).await?.is_none() {
					found = found.max(Some((entry.relationship, patron.id)));
				}
			}
		}
		match found {
			Some((relationship, patron)) if self.is_final(relationship, patron).await? => {
				Ok(Settled::Done((relationship, patron)))
			},
			Some(_) => Ok(Settled::Open),
			None if over => Ok(Settled::Impossible),
			None => Ok(Settled::Open),
		}
	}

	/// Whether a relationship with this patron, whose steward the provider is, is active in the
	/// finalized block.
	async fn is_final(
		&self,
		relationship: RelationshipId,
		patron: ParticipantId,
	) -> Result<bool, WorkerError> {
		let Gatekeeper { node, config, .. } = self.gatekeeper;
		let finalized = node.probe().await?.finalized.hash;
		let info = node.relationship(relationship, Some(finalized)).await?;
		Ok(info.is_some_and(|info| {
			let found = info.relationship;
			(found.patron, found.steward, found.status)
				== (patron, config.provider, RelationshipStatus::Active)
		}))
	}

	/// Whether no block can include a transaction any more: its life is over, or the operator's nonce
	/// in it is taken, in the finalized block.
	async fn is_over(&self, submission: &Submission) -> Result<bool, WorkerError> {
		let node = &self.gatekeeper.node;
		let finalized = node.probe().await?.finalized;
		let nonce = node.nonce(&self.operator.account(), Some(finalized.hash)).await?;
		Ok(nonce > submission.operator_nonce
			|| u64::from(finalized.number) >= submission.valid_until_block)
	}

	async fn activate(
		&self,
		enrolment: &Enrolment,
		relationship: RelationshipId,
		patron: ParticipantId,
	) -> Result<(), WorkerError> {
		let Gatekeeper { store, audit, .. } = self.gatekeeper;
		let now = intake::now();
		store
			.activate_enrolment(enrolment.id, relationship, patron, now)
			.logged(audit, move |enrolment| {
				Some(Event {
					at: now,
					kind: EventKind::EnrolmentActivated,
					staff: enrolment.confirmed_by.clone(),
					relationship: Some(relationship),
					detail: Some(format!("enrolment {}", enrolment.id)),
				})
			})
			.await?;
		tracing::info!(enrolment = %enrolment.id, relationship, "enrolled");
		Ok(())
	}

	/// Bring a severed binding's relationship as far towards its end as it goes now.
	async fn end(&self, binding: Binding) -> Result<(), WorkerError> {
		let Gatekeeper { store, node, .. } = self.gatekeeper;
		node.follows(self.gatekeeper.genesis).await?;
		let relationship = binding.relationship;
		let submission = match binding.end {
			EndOnChain::Submitted(submission) => submission,
			EndOnChain::Wanted if self.is_ended(relationship).await? => {
				store.end_finalized(relationship, intake::now()).await?;
				return Ok(());
			},
			EndOnChain::Wanted => {
				let submission = self.operator.sign(OperatorCall::End(relationship)).await?;
				store.begin_end(relationship, submission.clone(), intake::now()).await?;
				submission
			},
			EndOnChain::Unwanted | EndOnChain::Ended => return Ok(()),
		};
		let settle = || async {
			let over = self.is_over(&submission).await?;
			Ok(match self.is_ended(relationship).await? {
				true => Settled::Done(()),
				false if over => Settled::Impossible,
				false => Settled::Open,
			})
		};
		match self.see_through(&submission, settle).await? {
			(Settled::Done(()), _) => {
				store.end_finalized(relationship, intake::now()).await?;
			},
			(Settled::Open, reason) => {
				tracing::warn!(relationship, reason, "the end of a relationship is not final yet");
			},
			(Settled::Impossible, reason) => {
				tracing::warn!(relationship, reason, "ending a relationship failed");
				store.end_failed(relationship, intake::now()).await?;
			},
		}
		Ok(())
	}

	/// Whether a relationship is ended in the finalized block.
	async fn is_ended(&self, relationship: RelationshipId) -> Result<bool, WorkerError> {
		let node = &self.gatekeeper.node;
		let finalized = node.probe().await?.finalized.hash;
		let info = node.relationship(relationship, Some(finalized)).await?;
		Ok(info.is_none_or(|info| info.relationship.status == RelationshipStatus::Ended))
	}

	/// Send a transaction, and ask the chain about it until it is settled or its sending is over. Returns
	/// also why sending failed, for people.
	async fn see_through<T, F, R>(
		&self,
		submission: &Submission,
		settle: F,
	) -> Result<(Settled<T>, String), WorkerError>
	where
		F: Fn() -> R,
		R: std::future::Future<Output = Result<Settled<T>, WorkerError>>,
	{
		let reason = "no block included the transaction in time".to_owned();
		// It may have been sent before a crash.
		match settle().await? {
			Settled::Open => {},
			settled => return Ok((settled, reason)),
		}
		let sending = self.operator.send(submission);
		tokio::pin!(sending);
		let sent = loop {
			tokio::select! {
				sent = &mut sending => break sent,
				() = tokio::time::sleep(PERIOD) => match settle().await? {
					Settled::Open => {},
					settled => return Ok((settled, reason)),
				},
			}
		};
		let reason = sent.map_or_else(|error| error.to_string(), |()| "not final yet".to_owned());
		Ok((settle().await?, reason))
	}
}

/// Whether an enrolment's time has come: at once, or a while after its last failure.
fn is_due(enrolment: &Enrolment, now: Moment) -> bool {
	enrolment.status != EnrolmentStatus::Confirmed
		|| now >= enrolment.changed_at.saturating_add(backoff(enrolment.attempts))
}

/// How long after its last failure something is tried again: 2 s, 4 s, 8 s ... up to an hour.
fn backoff(attempts: u32) -> Moment {
	match attempts {
		0 => 0,
		attempts => 1_000_u64.saturating_mul(1 << attempts.min(12)).min(MAX_BACKOFF),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn failures_are_repeated_ever_more_rarely() {
		assert_eq!(
			[0, 1, 2, 11, 12, u32::MAX].map(backoff),
			[0, 2_000, 4_000, 2_048_000, MAX_BACKOFF, MAX_BACKOFF]
		);
	}
}

//! One stream: a patron's place in the queue of one relationship, and what it takes to go on.

use super::{hub::Place, LOOK_PERIOD};
use crate::{
	access::NodeError,
	auth::Authenticated,
	records::LocalPatientId,
	server::{intake, Gatekeeper},
	store::{Binding, BindingStatus, QueuePlace, StoreError, StoredNotification},
};
use axum::response::sse::Event;
use futures::{stream, Stream};
use medrec_primitives::{
	Allowed, Basis, Decision, Epoch, Moment, ParticipantId, ParticipantStatus, Purpose,
	RelationshipId,
};
use medrec_protocol::{
	notifications::{Notification, NotificationKind},
	receipt::EntryId,
};
use medrec_rpc_api::CheckAccess;
use std::{
	collections::VecDeque,
	convert::Infallible,
	sync::Arc,
	time::{Duration, Instant},
};
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

/// How long the patron's permission is taken for granted while events that were waiting are sent one after
/// the other.
const CHECKED_FOR: Duration = Duration::from_secs(1);

/// An open stream.
pub struct Subscription {
	gatekeeper: Arc<Gatekeeper>,
	_place: Place,
	moves: watch::Receiver<u64>,
	changes: broadcast::Receiver<Option<String>>,
	/// Whose records it is about, as far as it is known.
	patient: Option<LocalPatientId>,
	end: CancellationToken,
	relationship: RelationshipId,
	actor: ParticipantId,
	epoch: Epoch,
	/// When the session is over.
	until: Moment,
	/// Number of the last notification that was sent.
	after: u64,
	/// Said first: where in the queue the stream begins.
	beginning: Option<QueuePlace>,
	waiting: VecDeque<StoredNotification>,
	checked: Option<Instant>,
	next_look: Instant,
}

/// Why nothing is sent now.
#[derive(Debug, thiserror::Error)]
enum Obstacle {
	/// She may not be told any more: the stream ends.
	#[error("the patron may not be told any more")]
	NotAllowed,
	/// The node does not say whether she may: she is told later.
	#[error(transparent)]
	Node(#[from] NodeError),
	/// The store cannot be read.
	#[error(transparent)]
	Store(#[from] StoreError),
}

impl Subscription {
	/// A stream for who was allowed to wait.
	pub fn new(
		gatekeeper: Arc<Gatekeeper>,
		place: Place,
		who: &Authenticated,
		relationship: RelationshipId,
		queue: QueuePlace,
	) -> Self {
		let delegation = &who.request.delegation.delegation;
		Self {
			moves: gatekeeper.notifications.moves(),
			changes: gatekeeper.notifications.changes(),
			patient: None,
			end: gatekeeper.notifications.end(),
			gatekeeper,
			_place: place,
			relationship,
			actor: who.actor.id,
			epoch: delegation.epoch,
			until: delegation.until,
			after: queue.after,
			beginning: Some(queue),
			waiting: VecDeque::new(),
			checked: None,
			next_look: Instant::now(),
		}
	}

	/// Its events, until the session, the permission or the server ends.
	pub fn events(self) -> impl Stream<Item = Result<Event, Infallible>> {
		stream::unfold(self, |mut subscription| async {
			let event = subscription.next().await?;
			Some((Ok(event), subscription))
		})
	}

	async fn next(&mut self) -> Option<Event> {
		if let Some(QueuePlace { event, is_lost, .. }) = self.beginning.take() {
			let kind = if is_lost { NotificationKind::Gap } else { NotificationKind::Begin };
			return self.event(event, kind, intake::now());
		}
		loop {
			if self.end.is_cancelled() || intake::now() >= self.until {
				return None;
			}
			match self.ready().await {
				Ok(Some(found)) => {
					self.after = found.number;
					return self.event(found.event, found.kind, found.at);
				},
				Ok(None) => {},
				Err(Obstacle::NotAllowed) => return None,
				Err(obstacle) => {
					// Whoever watches the gatekeeper learns of it elsewhere, once and not for each stream.
					tracing::debug!(error = %obstacle, "notifications wait");
					self.waiting.clear();
					self.next_look = Instant::now() + LOOK_PERIOD;
				},
			}
			self.wait().await;
		}
	}

	/// The next notification, if there is one and the patron may be told.
	async fn ready(&mut self) -> Result<Option<StoredNotification>, Obstacle> {
		if Instant::now() >= self.next_look {
			let binding = self.check().await?;
			self.patient = Some(binding.local_patient.clone());
			self.look(&binding).await?;
			self.next_look = Instant::now() + LOOK_PERIOD;
		}
		let is_new = self.waiting.is_empty();
		if is_new {
			let store = &self.gatekeeper.store;
			self.waiting = store.notifications_after(self.relationship, self.after).await?.into();
		}
		if self.waiting.is_empty() {
			return Ok(None);
		}
		// Nothing is said because she might have been told a while ago.
		if is_new || self.checked.is_none_or(|checked| checked.elapsed() >= CHECKED_FOR) {
			self.check().await?;
		}
		Ok(self.waiting.pop_front())
	}

	/// Until the queue moves, it is time to look, or the stream ends.
	async fn wait(&mut self) {
		let left = Duration::from_millis(self.until.saturating_sub(intake::now()));
		let look = self.next_look.saturating_duration_since(Instant::now());
		tokio::select! {
			() = self.end.cancelled() => {},
			() = tokio::time::sleep(left.min(look.max(super::QUEUE_PERIOD))) => {},
			_ = self.moves.changed() => {},
			told = self.changes.recv() => {
				// Whoever misses something looks, too.
				let concerns = told.map_or(true, |told| match (told, &self.patient) {
					(Some(told), Some(patient)) => told == patient.as_str(),
					_ => true,
				});
				if concerns {
					self.next_look = self.next_look.min(Instant::now() + super::QUEUE_PERIOD);
				}
			},
		}
	}

	/// Whether the patron may still be told, asked anew from chain and bindings.
	async fn check(&mut self) -> Result<Binding, Obstacle> {
		let question = CheckAccess {
			actor: self.actor,
			on_behalf_of: self.actor,
			relationship: self.relationship,
			purpose: Purpose::Personal,
			opening: None,
			include_block: None,
		};
		let node = &self.gatekeeper.node;
		let (answer, participant) =
			futures::try_join!(node.check_access(question), node.participant(self.actor))?;
		let is_patron =
			matches!(answer.decision, Decision::Allowed(Allowed { basis: Basis::Patron, .. }));
		let has_session = participant.is_some_and(|participant| {
			participant.epoch == self.epoch && participant.status != ParticipantStatus::Retired
		});
		let binding = self.gatekeeper.store.binding(self.relationship).await?;
		let binding = binding.filter(|binding| {
			binding.status == BindingStatus::Active && binding.patron == self.actor
		});
		let is_frozen = match &binding {
			Some(binding) => self.gatekeeper.store.is_frozen(&binding.local_patient).await?,
			None => false,
		};
		match binding {
			Some(binding) if is_patron && has_session && !is_frozen => {
				self.checked = Some(Instant::now());
				Ok(binding)
			},
			_ => Err(Obstacle::NotAllowed),
		}
	}

	/// Look for what nobody reports, and put it into the queue.
	async fn look(&self, binding: &Binding) -> Result<(), Obstacle> {
		let Gatekeeper { store, records, node, .. } = &*self.gatekeeper;
		match records.last_change(&binding.local_patient).await {
			Ok(Some(change)) => {
				let kind = NotificationKind::Records;
				let now = intake::now();
				store.advance_notification_mark(self.relationship, kind, change, now).await?;
			},
			Ok(None) => {},
			// That they cannot be read is seen by who reads them.
			Err(error) => tracing::debug!(%error, "records were not looked at"),
		}
		let proposed = node
			.summary(self.actor)
			.await?
			.into_iter()
			.filter(|entry| entry.status.proposer().is_some_and(|role| role != entry.role))
			.map(|entry| i64::try_from(entry.relationship).unwrap_or(i64::MAX))
			.max();
		if let Some(proposed) = proposed {
			let kind = NotificationKind::Proposal;
			store
				.advance_notification_mark(self.relationship, kind, proposed, intake::now())
				.await?;
		}
		Ok(())
	}

	fn event(&self, event: EntryId, kind: NotificationKind, at: Moment) -> Option<Event> {
		let Gatekeeper { key, genesis, config, .. } = &*self.gatekeeper;
		let provider = config.provider;
		let notification =
			Notification::sign(key, genesis, provider, self.relationship, event, kind, at);
		match Event::default().id(event.to_string()).event(kind.name()).json_data(notification) {
			Ok(event) => Some(event),
			Err(error) => {
				tracing::error!(%error, "a notification cannot be written as JSON");
				None
			},
		}
	}
}

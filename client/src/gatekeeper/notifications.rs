//! Notifications: server-sent events over a signed request, each verified.

use super::{answer, Asking, Gatekeeper, GatekeeperError, Outgoing};
use eventsource_stream::{EventStream, EventStreamError, Eventsource};
use futures::{
	stream::{self, BoxStream},
	StreamExt,
};
use http::{HeaderValue, Method, StatusCode};
use medrec_primitives::{Hash, RelationshipId};
use medrec_protocol::{notifications::Notification, receipt::EntryId};
use std::{
	sync::{
		atomic::{AtomicUsize, Ordering},
		Arc,
	},
	time::Duration,
};

/// Media type of server-sent events.
const EVENT_STREAM: &str = "text/event-stream";

/// Longest silence on a stream; gatekeepers show that they are there more often.
const SILENCE: Duration = Duration::from_secs(60);

/// Longest time that a stream may be open: longer than any session.
const LONGEST: Duration = Duration::from_secs(25 * 3600);

/// Most bytes between two events.
const MAX_BETWEEN: usize = 1 << 20;

/// Why a stream ended.
#[derive(Debug, thiserror::Error)]
enum Ending {
	#[error(transparent)]
	Broken(#[from] reqwest::Error),
	#[error("it says nothing any more")]
	Silent,
	#[error("an event of it has no end")]
	Endless,
}

type Bytes = Vec<u8>;

/// An open stream of notifications.
pub struct Notifications {
	gatekeeper: Gatekeeper,
	genesis: Hash,
	relationship: RelationshipId,
	events: EventStream<BoxStream<'static, Result<Bytes, Ending>>>,
	/// Bytes since the last event.
	between: Arc<AtomicUsize>,
}

impl Gatekeeper {
	/// Wait for news in a relationship of the asker's, which the context names, after the event that was
	/// seen last.
	pub async fn notifications(
		&self,
		asking: Asking<'_>,
		relationship: RelationshipId,
		seen: Option<EntryId>,
	) -> Result<Notifications, GatekeeperError> {
		let path = "/v1/notifications";
		let request = Outgoing { method: Method::GET, path, accept: EVENT_STREAM, body: None };
		let (mut parts, signature) = self.sign(asking, &request)?;
		if let Some(seen) = seen {
			let value = HeaderValue::try_from(seen.to_string())
				.map_err(|error| GatekeeperError::Http(error.to_string()))?;
			parts.headers.insert("last-event-id", value);
		}
		let mut outgoing = reqwest::Request::try_from(http::Request::from_parts(parts, Vec::new()))
			.map_err(|error| GatekeeperError::Http(error.to_string()))?;
		*outgoing.timeout_mut() = Some(LONGEST);
		let sending = tokio::time::timeout(SILENCE, self.http.execute(outgoing));
		let response = sending
			.await
			.map_err(|_| self.ended(&Ending::Silent))?
			.map_err(|error| self.unreachable(&error))?;
		if response.status() != StatusCode::OK {
			let read = answer::read(response, &self.name).await;
			let (parts, body) = read.map_err(|error| match error {
				answer::ReadError::Broken(error) => self.unreachable(&error),
				answer::ReadError::Refused(error) => error,
			})?;
			answer::judge(parts, body, Some(&signature), &self.key, &self.name)?;
			return Err(self.malformed("it answers a subscription with something else"));
		}
		let between = Arc::new(AtomicUsize::new(0));
		Ok(Notifications {
			gatekeeper: self.clone(),
			genesis: asking.context.genesis,
			relationship,
			events: chunks(response, between.clone()).boxed().eventsource(),
			between,
		})
	}

	fn ended(&self, ending: &Ending) -> GatekeeperError {
		match ending {
			Ending::Broken(error) => self.unreachable(error),
			ending => GatekeeperError::Unreachable {
				name: self.name.clone(),
				origin: self.origin.clone(),
				reason: ending.to_string(),
			},
		}
	}
}

/// The body as it comes, until it ends, breaks or falls silent.
fn chunks(
	response: reqwest::Response,
	between: Arc<AtomicUsize>,
) -> impl futures::Stream<Item = Result<Bytes, Ending>> {
	stream::unfold(Some(response), move |response| {
		let between = between.clone();
		async move {
			let mut response = response?;
			match tokio::time::timeout(SILENCE, response.chunk()).await {
				Err(_) => Some((Err(Ending::Silent), None)),
				Ok(Err(error)) => Some((Err(error.into()), None)),
				Ok(Ok(None)) => None,
				Ok(Ok(Some(chunk))) => {
					let before = between.fetch_add(chunk.len(), Ordering::Relaxed);
					if before.saturating_add(chunk.len()) > MAX_BETWEEN {
						return Some((Err(Ending::Endless), None));
					}
					Some((Ok(chunk.to_vec()), Some(response)))
				},
			}
		}
	})
}

impl Notifications {
	/// The next one, the beginning of the stream among them; `None` when the gatekeeper ends the stream.
	/// One that is not signed by the gatekeeper, or about another relationship, is an error.
	pub async fn next(&mut self) -> Option<Result<Notification, GatekeeperError>> {
		let event = match self.events.next().await? {
			Ok(event) => event,
			Err(EventStreamError::Transport(ending)) => {
				return Some(Err(self.gatekeeper.ended(&ending)))
			},
			Err(error) => return Some(Err(self.gatekeeper.malformed(&error.to_string()))),
		};
		self.between.store(0, Ordering::Relaxed);
		Some(self.read(&event.data))
	}

	/// The name of the place in the queue where the stream is.
	pub fn place(&self) -> Option<EntryId> {
		self.events.last_event_id().parse().ok()
	}

	fn read(&self, data: &str) -> Result<Notification, GatekeeperError> {
		let notification: Notification = serde_json::from_str(data)
			.map_err(|error| self.gatekeeper.malformed(&error.to_string()))?;
		let Gatekeeper { provider, key, name, .. } = &self.gatekeeper;
		if notification.provider != *provider
			|| notification.relationship != self.relationship
			|| !notification.verify(&self.genesis, key)
		{
			let reason = "a notification is not signed by it".to_owned();
			return Err(GatekeeperError::Untrusted { name: name.clone(), reason });
		}
		Ok(notification)
	}
}

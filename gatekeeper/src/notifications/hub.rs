//! What streams share: how many there are, when the queue moves, and the end of the server.

use super::{LOOK_PERIOD, MAX_STREAMS, MAX_STREAMS_PER_PARTICIPANT, QUEUE_PERIOD};
use crate::{records::RecordError, server::Gatekeeper};
use futures::TryStreamExt;
use medrec_primitives::ParticipantId;
use std::{
	collections::HashMap,
	sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

/// Changes that are kept for streams which have not read them yet; one that misses some looks anyway.
const MAX_TOLD: usize = 256;

/// Shared by all streams of a gatekeeper.
#[derive(Debug)]
pub struct Hub {
	open: Arc<Mutex<HashMap<ParticipantId, usize>>>,
	/// The last number in the queue.
	last: watch::Sender<u64>,
	/// Patients whose records changed, as the database told it; `None` if it may have been anybody's.
	changed: broadcast::Sender<Option<String>>,
	end: CancellationToken,
}

/// A stream that counts as open until it is dropped.
#[derive(Debug)]
pub struct Place {
	open: Arc<Mutex<HashMap<ParticipantId, usize>>>,
	participant: ParticipantId,
}

impl Default for Hub {
	fn default() -> Self {
		Self {
			open: Arc::default(),
			last: watch::Sender::new(0),
			changed: broadcast::Sender::new(MAX_TOLD),
			end: CancellationToken::new(),
		}
	}
}

impl Hub {
	/// Count a stream; `None` if it is one too many.
	pub fn enter(&self, participant: ParticipantId) -> Option<Place> {
		let mut open = lock(&self.open);
		let all: usize = open.values().sum();
		let own = open.get(&participant).copied().unwrap_or_default();
		if all >= MAX_STREAMS || own >= MAX_STREAMS_PER_PARTICIPANT {
			return None;
		}
		open.insert(participant, own.saturating_add(1));
		Some(Place { open: self.open.clone(), participant })
	}

	/// How many streams are open.
	pub fn open(&self) -> usize {
		lock(&self.open).values().sum()
	}

	/// Changes with the last number in the queue.
	pub fn moves(&self) -> watch::Receiver<u64> {
		self.last.subscribe()
	}

	/// Patients whose records changed, as they are told.
	pub fn changes(&self) -> broadcast::Receiver<Option<String>> {
		self.changed.subscribe()
	}

	/// Cancelled when streams have to end.
	pub fn end(&self) -> CancellationToken {
		self.end.clone()
	}
}

impl Drop for Place {
	fn drop(&mut self) {
		let mut open = lock(&self.open);
		match open.get_mut(&self.participant) {
			Some(count) if *count > 1 => *count -= 1,
			_ => drop(open.remove(&self.participant)),
		}
	}
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
	mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Look into the queue again and again for as long as streams are open, and end the streams when told
/// to stop.
pub async fn watch(gatekeeper: &Gatekeeper, stop: CancellationToken) {
	let hub = &gatekeeper.notifications;
	let mut failing = false;
	loop {
		tokio::select! {
			() = stop.cancelled() => break hub.end.cancel(),
			() = tokio::time::sleep(QUEUE_PERIOD) => {},
		}
		if hub.open() == 0 {
			continue;
		}
		match gatekeeper.store.last_notification().await {
			Ok(last) => {
				hub.last.send_if_modified(|known| std::mem::replace(known, last) != last);
				failing = false;
			},
			Err(error) if !failing => {
				tracing::warn!(%error, "notifications cannot be read");
				failing = true;
			},
			Err(_) => {},
		}
	}
}

/// Pass on what the records' database tells of changes, where it does, until told to stop.
pub async fn listen(gatekeeper: &Gatekeeper, stop: CancellationToken) {
	let changed = &gatekeeper.notifications.changed;
	let mut failing = false;
	while let Some(connecting) = gatekeeper.records.changes() {
		let listening = async {
			let mut told = connecting.await?;
			while let Some(patient) = told.try_next().await? {
				failing = false;
				// Fails where nobody waits for news.
				let _ = changed.send(patient);
			}
			Ok::<_, RecordError>(())
		};
		let ended = tokio::select! {
			() = stop.cancelled() => return,
			ended = listening => ended,
		};
		if let (Err(error), false) = (ended, failing) {
			tracing::warn!(%error, "the records database does not tell what changes; it is asked");
			failing = true;
		}
		let _ = changed.send(None);
		tokio::select! {
			() = stop.cancelled() => return,
			() = tokio::time::sleep(LOOK_PERIOD) => {},
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn streams_are_counted_until_they_end() {
		let hub = Hub::default();
		let mut own: Vec<_> =
			(0..MAX_STREAMS_PER_PARTICIPANT).map(|_| hub.enter(7).unwrap()).collect();
		assert!(hub.enter(7).is_none());
		let other = hub.enter(8).unwrap();
		own.pop();
		assert!(hub.enter(7).is_some(), "and dropped at once");
		drop((own, other));
		assert_eq!(hub.open(), 0);
		assert!(lock(&hub.open).is_empty());
	}

	#[test]
	fn all_streams_together_are_bounded() {
		let hub = Hub::default();
		let all: Vec<_> = (0..MAX_STREAMS as u64).map(|one| hub.enter(one).unwrap()).collect();
		assert!(hub.enter(u64::MAX).is_none());
		drop(all);
		assert!(hub.enter(u64::MAX).is_some());
	}
}

//! The subscription to what changes.
//!
//! | module | what it does |
//! |---|---|
//! | [`touched`] | which participants and relationships a block's changed keys belong to |
//! | [`route`] | the way from one block to another, over a fork |
//! | [`watcher`] | makes messages of what the client announces |
//! | this | hands them to subscribers |

mod route;
mod touched;
mod watcher;

pub(crate) use watcher::Watcher;

use jsonrpsee::{
	core::{async_trait, SubscriptionResult},
	PendingSubscriptionSink, SubscriptionMessage, SubscriptionSink,
};
use medrec_rpc_api::{BlockRef, Changes, MedrecChangesApiServer, Reset};
use parking_lot::Mutex;
use tokio::sync::broadcast::{self, error::RecvError};

use crate::{Block, Client, Medrec};

/// Messages that are kept for subscribers which have not read them yet.
const BUFFERED: usize = 64;

/// Hands messages to subscribers.
pub(crate) struct Feed {
	/// The last message, without what is only news once.
	last: Mutex<Changes>,
	sender: broadcast::Sender<Changes>,
}

impl Feed {
	/// Before the first message.
	pub(crate) fn new(best: BlockRef, finalized: BlockRef) -> Self {
		let last = Changes {
			sequence: 0,
			best,
			finalized,
			participants: Vec::new(),
			relationships: Vec::new(),
			reset: None,
			unavailable: None,
		};
		Self { last: Mutex::new(last), sender: broadcast::Sender::new(BUFFERED) }
	}

	/// Send a message to all subscribers. It gets its number here.
	fn send(&self, mut message: Changes) {
		let mut last = self.last.lock();
		message.sequence = last.sequence.saturating_add(1);
		*last = Changes {
			participants: Vec::new(),
			relationships: Vec::new(),
			reset: None,
			..message.clone()
		};
		// Fails where nobody listens.
		let _ = self.sender.send(message);
	}

	/// The best and the finalized block of the last message.
	fn position(&self) -> (BlockRef, BlockRef) {
		let last = self.last.lock();
		(last.best, last.finalized)
	}

	/// How things are, and all messages after that.
	fn subscribe(&self, reset: Reset) -> (Changes, broadcast::Receiver<Changes>) {
		// No message comes between the two, because whoever sends holds the lock.
		let last = self.last.lock();
		(Changes { reset: Some(reset), ..last.clone() }, self.sender.subscribe())
	}
}

impl<C: Client<BE>, BE: sc_client_api::Backend<Block> + 'static> Medrec<C, BE> {
	/// Serve a subscriber until it has enough.
	async fn serve(&self, sink: &SubscriptionSink) -> SubscriptionResult {
		let mut reset = Reset::Start;
		loop {
			let (mut now, mut messages) = self.feed().subscribe(reset);
			// The last message may be older than the reason.
			if let Ok(outlook) = self.outlook() {
				now.unavailable = outlook.unavailable.map(|data| data.reason);
			}
			sink.send(SubscriptionMessage::from_json(&now)?).await?;
			loop {
				let message = tokio::select! {
					() = sink.closed() => return Ok(()),
					message = messages.recv() => message,
				};
				match message {
					Ok(message) => sink.send(SubscriptionMessage::from_json(&message)?).await?,
					Err(RecvError::Lagged(_)) => break,
					Err(RecvError::Closed) => return Ok(()),
				}
			}
			reset = Reset::Gap;
		}
	}
}

#[async_trait]
impl<C: Client<BE>, BE: sc_client_api::Backend<Block> + 'static> MedrecChangesApiServer
	for Medrec<C, BE>
{
	async fn subscribe_changes(&self, pending: PendingSubscriptionSink) -> SubscriptionResult {
		let sink = pending.accept().await?;
		self.serve(&sink).await
	}
}

//! Makes messages of what the client announces.
//!
//! The client announces which keys a block changed before it announces the block, and a block before its
//! finality, each in a stream of its own; so whenever something comes out of one of them, what may have come
//! before it is taken out of the others first.

use std::{collections::HashMap, future::Future, mem, sync::Arc, time::Instant};

use futures::{future, select_biased, FutureExt, StreamExt};
use futures_timer::Delay;
use medrec_rpc_api::{error::Unavailability, BlockRef, Changes, Reset, HEARTBEAT};
use sc_client_api::{
	BlockImportNotification, FinalityNotifications, ImportNotifications, StorageEventStream,
	StorageNotification,
};
use sp_runtime::traits::Header as _;

use super::{
	route::{self, MAX_ROUTE},
	touched::{Places, Touched},
};
use crate::{server::REFRESH, Block, Client, Hash, Medrec};

/// Follows the client, and tells the feed.
pub(crate) struct Watcher<C, BE: sc_client_api::Backend<Block>> {
	medrec: Medrec<C, BE>,
	client: Arc<C>,
	/// What the recent blocks changed. A block that is missing makes a gap.
	recent: HashMap<Hash, (u32, Touched)>,
	places: Places,
	/// What the last message said.
	best: BlockRef,
	finalized: BlockRef,
	unavailable: Option<Unavailability>,
	/// When that was.
	told: Instant,
	/// Whether blocks went by at the last look that nobody announced.
	is_behind: bool,
}

/// What the client announces.
struct Announced {
	storage: StorageEventStream<Hash>,
	imported: ImportNotifications<Block>,
	finalized: FinalityNotifications<Block>,
}

impl<C: Client<BE>, BE: sc_client_api::Backend<Block> + 'static> Watcher<C, BE> {
	/// Follow what is announced from this call on, until the node stops.
	pub(crate) fn run(
		medrec: Medrec<C, BE>,
		client: Arc<C>,
	) -> impl Future<Output = ()> + Send + 'static {
		let storage = client.storage_changes_notification_stream(None, None);
		let (imported, finalized) =
			(client.import_notification_stream(), client.finality_notification_stream());
		let (best, finalized_block) = medrec.feed().position();
		let watcher = Self {
			medrec,
			client,
			recent: HashMap::new(),
			places: Places::new(),
			best,
			finalized: finalized_block,
			unavailable: None,
			told: Instant::now(),
			is_behind: false,
		};
		async move {
			match storage {
				Ok(storage) => watcher.follow(Announced { storage, imported, finalized }).await,
				Err(error) => {
					log::warn!(target: "medrec-rpc", "nobody hears of changes: {error}");
					future::pending().await
				},
			}
		}
	}

	async fn follow(mut self, mut announced: Announced) {
		loop {
			let mut tick = Delay::new(REFRESH).fuse();
			loop {
				select_biased! {
					changes = announced.storage.next().fuse() => match changes {
						Some(changes) => self.note(&changes),
						None => return,
					},
					block = announced.imported.next().fuse() => match block {
						Some(block) => self.imported(&block, &mut announced),
						None => return,
					},
					blocks = announced.finalized.next().fuse() => match blocks {
						Some(blocks) => self.finalized(blocks.hash, &mut announced),
						None => return,
					},
					() = tick => break,
				}
			}
			self.look();
		}
	}

	/// Remember what a block changed.
	fn note(&mut self, changes: &StorageNotification<Hash>) {
		let Ok(Some(number)) = self.client.number(changes.block) else { return };
		// The state has no child tries.
		let keys = changes.changes.iter().filter(|(child, ..)| child.is_none());
		let touched = Touched::of(keys.map(|(_, key, _)| key.0.as_slice()), &self.places);
		if number.saturating_sub(self.finalized.number) as usize <= MAX_ROUTE {
			self.recent.insert(changes.block, (number, touched));
		}
	}

	/// A block was imported, perhaps as the new best one.
	fn imported(&mut self, block: &BlockImportNotification<Block>, announced: &mut Announced) {
		while let Some(Some(changes)) = announced.storage.next().now_or_never() {
			self.note(&changes);
		}
		if block.is_new_best {
			self.go(BlockRef { hash: block.hash, number: *block.header.number() });
		}
	}

	/// A block became final, and all before it.
	fn finalized(&mut self, hash: Hash, announced: &mut Announced) {
		while let Some(Some(block)) = announced.imported.next().now_or_never() {
			self.imported(&block, announced);
		}
		let Some(finalized) = self.block(hash).filter(|block| *block != self.finalized) else {
			return;
		};
		let enacted = self.route(self.finalized, finalized).map(|route| route.enacted);
		self.finalized = finalized;
		// Finality of another fork takes the best block along.
		let is_left =
			self.route(finalized, self.best).is_none_or(|route| !route.retracted.is_empty());
		if is_left {
			let info = self.client.info();
			self.go(BlockRef { hash: info.best_hash, number: info.best_number });
		}
		self.tell(enacted.and_then(|blocks| self.touched(&blocks)), None);
		self.recent.retain(|_, (number, _)| *number > finalized.number);
	}

	/// Tell of the blocks on the way to a new best one.
	fn go(&mut self, best: BlockRef) {
		match self.route(self.best, best) {
			Some(route) if route.retracted.is_empty() => {
				for block in route.enacted {
					self.best = block;
					self.tell(self.touched(&[block]), None);
				}
			},
			Some(route) => {
				self.best = best;
				let both = [route.retracted, route.enacted].concat();
				self.tell(self.touched(&both), Some(Reset::Reorganisation));
			},
			None => {
				self.best = best;
				self.tell(None, None);
			},
		}
	}

	/// Look at what changes without a block, and whether blocks went by unannounced, as they do while the
	/// node is catching up.
	fn look(&mut self) {
		let info = self.client.info();
		let best = BlockRef { hash: info.best_hash, number: info.best_number };
		let finalized = BlockRef { hash: info.finalized_hash, number: info.finalized_number };
		// The first time, the announcement may be still under way.
		let was_behind =
			mem::replace(&mut self.is_behind, (best, finalized) != (self.best, self.finalized));
		if was_behind && self.is_behind {
			(self.best, self.finalized) = (best, finalized);
			self.recent.clear();
			self.tell(None, None);
		}
		let unavailable = self.outlook().map(|(unavailable, _)| unavailable);
		let is_news = unavailable.is_some_and(|now| now != self.unavailable);
		if is_news || self.told.elapsed() >= HEARTBEAT {
			self.tell(Some(Touched::default()), None);
		}
	}

	/// Send a message, of which is known what the blocks since the last one changed, or not.
	fn tell(&mut self, touched: Option<Touched>, reset: Option<Reset>) {
		let is_gap = touched.is_none();
		let touched = touched.unwrap_or_default();
		// Where the state cannot be read, nothing is decided, and what is known is worth nothing.
		let (unavailable, layout_is_known) = self.outlook().unwrap_or((self.unavailable, false));
		let everything = touched.everything || !layout_is_known;
		self.unavailable = unavailable;
		self.told = Instant::now();
		self.medrec.feed().send(Changes {
			sequence: 0,
			best: self.best,
			finalized: self.finalized,
			participants: touched.participants.into_iter().collect(),
			relationships: touched.relationships.into_iter().collect(),
			reset: reset
				.or(is_gap.then_some(Reset::Gap))
				.or(everything.then_some(Reset::Everything)),
			unavailable,
		});
	}

	/// Why nothing is decided now, and whether ids can be told from the keys of the blocks of now.
	fn outlook(&self) -> Option<(Option<Unavailability>, bool)> {
		match self.medrec.outlook() {
			Ok(outlook) => {
				Some((outlook.unavailable.map(|data| data.reason), outlook.layout_is_known))
			},
			Err(error) => {
				log::debug!(target: "medrec-rpc", "no outlook on access decisions: {error}");
				None
			},
		}
	}

	/// What these blocks changed, if that is known of all of them.
	fn touched(&self, blocks: &[BlockRef]) -> Option<Touched> {
		let mut all = Touched::default();
		for block in blocks {
			all.merge(&self.recent.get(&block.hash)?.1);
		}
		Some(all)
	}

	fn route(&self, from: BlockRef, to: BlockRef) -> Option<route::Route> {
		route::between(from, to, |block| {
			self.client.header(block).ok()?.map(|header| header.parent_hash)
		})
	}

	fn block(&self, hash: Hash) -> Option<BlockRef> {
		let number = self.client.number(hash).ok()??;
		Some(BlockRef { hash, number })
	}
}

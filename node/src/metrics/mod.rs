//! What an operator has to know and the SDK does not tell, for Prometheus.
//!
//! `docs/deployment.md` lists these metrics together with those of the SDK. Everything here only looks: a
//! read that fails is logged and tried again with the next block.
//!
//! | module | what it does |
//! |---|---|
//! | [`authorities`] | who may author, under which name |
//! | [`slots`] | whose turn a slot was |
//! | [`exported`] | the metrics |

mod authorities;
mod exported;
mod slots;

use std::{sync::Arc, time::Duration};

use futures::StreamExt;
use futures_timer::Delay;
use medrec_rpc::Medrec;
use medrec_runtime::{opaque::Block, BlockNumber, Hash, Header};
use sc_client_api::{BlockImportNotification, BlockchainEvents, FinalityNotification};
use sc_consensus_grandpa::SharedAuthoritySet;
use sc_transaction_pool_api::TransactionPool;
use sp_blockchain::HeaderBackend;
use sp_consensus::BlockOrigin;
use sp_consensus_aura::{Slot, SlotDuration};
use sp_keystore::KeystorePtr;
use sp_runtime::traits::Header as _;

use self::authorities::Authorities;
pub use self::exported::Exported;
use crate::{
	announcements::slot_of,
	service::{FullBackend, FullClient, FullPool},
};

/// Target of log messages.
const LOG_TARGET: &str = "medrec-metrics";

/// How often what changes without a block is looked at.
const PERIOD: Duration = Duration::from_secs(1);

/// What the metrics are taken from.
pub struct Sources {
	/// The client.
	pub client: Arc<FullClient>,
	/// The pool.
	pub pool: Arc<FullPool>,
	/// Keys of this node.
	pub keystore: KeystorePtr,
	/// The finality voters.
	pub grandpa_set: SharedAuthoritySet<Hash, BlockNumber>,
	/// Access decisions.
	pub medrec: Medrec<FullClient, FullBackend>,
}

/// Keeps the metrics up to date.
struct Watcher {
	exported: Exported,
	sources: Sources,
	slot_duration: SlotDuration,
	/// The first slot that counts: those before it this node did not see.
	first: u64,
	/// The finalized block that was looked at last, and who may author on top of it.
	looked_at: Option<(Hash, Authorities)>,
}

/// Keep the metrics up to date until the node stops.
pub async fn run(exported: Exported, sources: Sources, slot_duration: SlotDuration) {
	let mut imported = sources.client.import_notification_stream().fuse();
	let mut finalized = sources.client.finality_notification_stream().fuse();
	let now = sp_timestamp::Timestamp::current();
	let mut watcher = Watcher {
		exported,
		sources,
		slot_duration,
		first: u64::from(Slot::from_timestamp(now, slot_duration)).saturating_add(1),
		looked_at: None,
	};
	watcher.enter(watcher.sources.client.info().finalized_hash);
	loop {
		let mut tick = futures::FutureExt::fuse(Delay::new(PERIOD));
		loop {
			futures::select! {
				block = imported.select_next_some() => watcher.imported(&block),
				blocks = finalized.select_next_some() => watcher.finalized(&blocks),
				() = tick => break,
			}
		}
		watcher.look();
	}
}

impl Watcher {
	/// Look at what changes without a block.
	fn look(&self) {
		let Self { exported, sources, .. } = self;
		let info = sources.client.info();
		exported
			.finality_lag_blocks
			.set(info.best_number.saturating_sub(info.finalized_number).into());
		exported.grandpa_set_id.set(sources.grandpa_set.set_id());
		exported.set_pool(&sources.pool.status());
		exported.set_clock_difference(sources.medrec.clock_difference());
		match sources.medrec.outlook() {
			Ok(outlook) => exported.set_outlook(&outlook),
			Err(error) => {
				log::debug!(target: LOG_TARGET, "no outlook on access decisions: {error}");
				exported.set_unreadable();
			},
		}
	}

	/// A block was imported.
	fn imported(&self, block: &BlockImportNotification<Block>) {
		// Others were not just authored, or not by somebody else.
		if !matches!(block.origin, BlockOrigin::NetworkBroadcast | BlockOrigin::ConsensusBroadcast)
		{
			return;
		}
		let Some(slot) = slot_of(&block.header) else { return };
		let Some((_, authorities)) = &self.looked_at else { return };
		let begun = slot.saturating_mul(self.slot_duration.as_millis());
		let now = sp_timestamp::Timestamp::current().as_millis();
		let Some(author) = turn(authorities, slot) else { return };
		self.exported.set_arrival(author, (now as f64 - begun as f64) / 1e3);
	}

	/// Blocks became final.
	fn finalized(&mut self, blocks: &FinalityNotification<Block>) {
		for hash in blocks.tree_route.iter().chain([&blocks.hash]) {
			match self.sources.client.header(*hash) {
				Ok(Some(header)) => self.count(*hash, &header),
				Ok(None) => {},
				Err(error) => log::debug!(target: LOG_TARGET, "header of {hash:?}: {error}"),
			}
		}
	}

	/// Count who authored a finalized block, and who authored none in the slots since its parent.
	fn count(&mut self, hash: Hash, header: &Header) {
		// Blocks of before this node started are no news, however many of them it is syncing.
		let Some(slot) = slot_of(header).filter(|slot| *slot >= self.first) else { return };
		let parent = *header.parent_hash();
		if self.looked_at.as_ref().is_none_or(|(block, _)| *block != parent) {
			self.enter(parent);
		}
		if let Some((block, authorities)) = &self.looked_at {
			let parent_slot = match self.sources.client.header(parent) {
				Ok(Some(header)) => slot_of(&header),
				_ => None,
			};
			// After the genesis block the first slot is as good as any.
			let since = parent_slot.map_or(slot, |parent| parent.saturating_add(1)).max(self.first);
			if *block == parent {
				if let Some(author) = turn(authorities, slot) {
					self.exported.count_authored(author);
				}
				for (index, authority) in (0..).zip(authorities) {
					let missed = slots::turns(since, slot, index, authorities.len() as u64);
					self.exported.count_missed(authority, missed);
				}
			}
		}
		self.enter(hash);
	}

	/// Take the authorities from the state of a finalized block.
	fn enter(&mut self, block: Hash) {
		let known = self.looked_at.take().map(|(_, authorities)| authorities);
		let Sources { client, keystore, .. } = &self.sources;
		let none = Authorities::new();
		match authorities::read(client, keystore, block, known.as_ref().unwrap_or(&none)) {
			Ok(authorities) => {
				self.exported.set_authorities(known.as_ref(), &authorities);
				self.looked_at = Some((block, authorities));
			},
			Err(error) => {
				log::debug!(target: LOG_TARGET, "{error}");
				// Not to be taken for those of another block, but good enough to compare with.
				self.looked_at = known.map(|authorities| (Hash::zero(), authorities));
			},
		}
	}
}

/// Whose turn a slot is.
fn turn(authorities: &Authorities, slot: u64) -> Option<&authorities::Authority> {
	authorities.get(slot.checked_rem(authorities.len() as u64)? as usize)
}

//! The pair of blocks that an answer rests on, what is the same for every question on it, and which keys
//! changed between the two.

use std::{
	collections::{HashMap, HashSet},
	sync::Arc,
};

use medrec_primitives::{Moment, PurposesTable};
use medrec_rpc_api::BlockRef;
use parking_lot::{Mutex, RwLock};

use crate::{
	layout,
	open_states::OpenStates,
	state::{ReadError, StateReader},
	Block, Client, Hash,
};

/// Longest way from the finalized to the best block over which changed keys are put together. Finality
/// that is further behind is stale anyway.
const MAX_UNFINALIZED: u32 = 64;

/// What is the same for every question on a block.
#[derive(Clone, Debug)]
pub(crate) struct BlockFacts {
	pub(crate) at: BlockRef,
	pub(crate) time: Moment,
	pub(crate) purposes: PurposesTable,
	/// The chain's limit on the age of the finalized block, milliseconds.
	pub(crate) staleness_limit: Moment,
	/// Whether the block's state may be read by key.
	pub(crate) layout_is_known: bool,
}

/// The pair of blocks that an answer rests on.
pub(crate) struct Heads<BE: sc_client_api::Backend<Block>> {
	pub(crate) best: BlockFacts,
	/// Open states of the best block.
	pub(crate) best_states: OpenStates<BE>,
	pub(crate) finalized: BlockFacts,
	/// Keys whose value may differ between the two; `None` where that is not known.
	changed: Option<HashSet<Vec<u8>>>,
}

impl<BE: sc_client_api::Backend<Block>> Heads<BE> {
	/// Whether both blocks' states may be read by key.
	pub(crate) fn layout_is_known(&self) -> bool {
		self.best.layout_is_known && self.finalized.layout_is_known
	}

	/// The stricter of both blocks' limits on the age of the finalized one, milliseconds: what the council
	/// tightens counts at once, what it loosens when that is final.
	pub(crate) fn staleness_limit(&self) -> Moment {
		self.best.staleness_limit.min(self.finalized.staleness_limit)
	}

	/// Whether a key may have another value in the finalized block than in the best block.
	pub(crate) fn may_differ(&self, key: &[u8]) -> bool {
		self.changed.as_ref().is_none_or(|changed| changed.contains(key))
	}
}

/// Keys that each recent block changed, as the client announced them. A block that is missing here (the
/// announcement is still under way, or there was none) makes the change set of its descendants unknown,
/// which costs time and nothing else.
#[derive(Default)]
struct RecentChanges(HashMap<Hash, (u32, ChangedKeys)>);

/// Keys that a block changed.
type ChangedKeys = Arc<[Vec<u8>]>;

impl RecentChanges {
	/// Remember which keys a block changed; forget what is finalized.
	fn note(
		&mut self,
		block: Hash,
		number: u32,
		keys: impl Iterator<Item = Vec<u8>>,
		finalized: u32,
	) {
		self.0.retain(|_, (height, _)| *height > finalized);
		if number > finalized && number.saturating_sub(finalized) <= MAX_UNFINALIZED {
			self.0.insert(block, (number, keys.collect()));
		}
	}

	/// Keys that changed from one block to a descendant, if that is known.
	fn between(
		&self,
		ancestor: BlockRef,
		descendant: BlockRef,
		parent_of: impl Fn(Hash) -> Option<Hash>,
	) -> Option<HashSet<Vec<u8>>> {
		let distance = descendant.number.checked_sub(ancestor.number)?;
		if distance > MAX_UNFINALIZED {
			return None;
		}
		let mut changed = HashSet::new();
		let mut block = descendant.hash;
		for _ in 0..distance {
			let (_, keys) = self.0.get(&block)?;
			changed.extend(keys.iter().cloned());
			block = parent_of(block)?;
		}
		(block == ancestor.hash).then_some(changed)
	}
}

/// Keeps [`Heads`] up to date. What it keeps is a pure function of the two blocks' hashes, so that a
/// reorganisation just makes it build another pair.
pub(crate) struct HeadTracker<BE: sc_client_api::Backend<Block>> {
	current: RwLock<Option<Arc<Heads<BE>>>>,
	changes: Mutex<RecentChanges>,
}

impl<BE: sc_client_api::Backend<Block>> HeadTracker<BE> {
	pub(crate) fn new() -> Self {
		Self { current: RwLock::new(None), changes: Mutex::default() }
	}

	/// Remember which keys a block changed.
	pub(crate) fn note_changes(
		&self,
		block: Hash,
		number: u32,
		keys: impl Iterator<Item = Vec<u8>>,
		finalized: u32,
	) {
		self.changes.lock().note(block, number, keys, finalized);
		// A pair that was built before its changes were known is built again, now that they are.
		let mut current = self.current.write();
		if current.as_ref().is_some_and(|heads| heads.changed.is_none()) {
			*current = None;
		}
		// Most likely the next question is on another pair.
		if let Some(heads) = &*current {
			heads.best_states.close_idle();
		}
	}

	/// The pair of now, if it is at hand.
	pub(crate) fn at_hand<C: Client<BE>>(&self, client: &C) -> Option<Arc<Heads<BE>>> {
		let info = client.info();
		self.current.read().clone().filter(|heads| {
			heads.best.at.hash == info.best_hash && heads.finalized.at.hash == info.finalized_hash
		})
	}

	/// The pair of now.
	pub(crate) fn heads<C: Client<BE>>(
		&self,
		client: &C,
		backend: &Arc<BE>,
	) -> Result<Arc<Heads<BE>>, ReadError> {
		if let Some(heads) = self.at_hand(client) {
			return Ok(heads);
		}
		let info = client.info();
		let known = self.current.read().clone();
		let best = BlockRef { hash: info.best_hash, number: info.best_number };
		let finalized = BlockRef { hash: info.finalized_hash, number: info.finalized_number };
		let heads = Arc::new(Heads {
			best: facts(client, backend, best, known.as_deref())?,
			best_states: OpenStates::new(best.hash),
			finalized: facts(client, backend, finalized, known.as_deref())?,
			changed: self.changes.lock().between(finalized, best, |block| {
				client.header(block).ok()?.map(|header| header.parent_hash)
			}),
		});
		*self.current.write() = Some(heads.clone());
		Ok(heads)
	}
}

fn facts<C: Client<BE>, BE: sc_client_api::Backend<Block>>(
	client: &C,
	backend: &Arc<BE>,
	at: BlockRef,
	known: Option<&Heads<BE>>,
) -> Result<BlockFacts, ReadError> {
	let known = known
		.and_then(|heads| [&heads.best, &heads.finalized].into_iter().find(|facts| facts.at == at));
	if let Some(facts) = known {
		return Ok(facts.clone());
	}
	let state = StateReader::<BE>::open(backend, at.hash)?;
	let layout_is_known = layout::is_known(client, at.hash, &state);
	Ok(BlockFacts {
		at,
		// The timestamp's place and shape belong to the SDK and outlive this project's versions.
		time: state.time()?,
		purposes: if layout_is_known { state.purposes()? } else { PurposesTable::default() },
		staleness_limit: if layout_is_known {
			state.staleness_limit()?
		} else {
			client.staleness_limit(at.hash)?
		},
		layout_is_known,
	})
}

#[cfg(test)]
mod tests {
	use super::*;

	fn block(number: u32, fork: u8) -> BlockRef {
		let mut hash = Hash::repeat_byte(fork);
		hash.0[..4].copy_from_slice(&number.to_be_bytes());
		BlockRef { hash, number }
	}

	/// Parents within a fork; fork 2 branches off fork 1 after block 10.
	fn parent_of(hash: Hash) -> Option<Hash> {
		let number = u32::from_be_bytes([hash.0[0], hash.0[1], hash.0[2], hash.0[3]]);
		let fork = if number == 11 { 1 } else { hash.0[31] };
		Some(block(number.checked_sub(1)?, fork).hash)
	}

	fn note(changes: &mut RecentChanges, at: BlockRef, key: u8, finalized: u32) {
		changes.note(at.hash, at.number, [vec![key]].into_iter(), finalized);
	}

	fn keys(keys: &[u8]) -> Option<HashSet<Vec<u8>>> {
		Some(keys.iter().map(|key| vec![*key]).collect())
	}

	#[test]
	fn changes_of_all_blocks_in_between_are_put_together() {
		let mut changes = RecentChanges::default();
		for number in 10..=13 {
			note(&mut changes, block(number, 1), number as u8, 9);
		}
		assert_eq!(changes.between(block(10, 1), block(10, 1), parent_of), keys(&[]));
		assert_eq!(changes.between(block(10, 1), block(11, 1), parent_of), keys(&[11]));
		assert_eq!(changes.between(block(10, 1), block(13, 1), parent_of), keys(&[11, 12, 13]));
	}

	#[test]
	fn a_block_that_was_not_announced_makes_them_unknown() {
		let mut changes = RecentChanges::default();
		note(&mut changes, block(11, 1), 11, 10);
		note(&mut changes, block(13, 1), 13, 10);
		assert_eq!(changes.between(block(10, 1), block(13, 1), parent_of), None);
	}

	#[test]
	fn another_fork_has_its_own_changes() {
		let mut changes = RecentChanges::default();
		note(&mut changes, block(11, 1), 11, 10);
		note(&mut changes, block(11, 2), 21, 10);
		note(&mut changes, block(12, 2), 22, 10);
		assert_eq!(changes.between(block(10, 1), block(11, 1), parent_of), keys(&[11]));
		assert_eq!(changes.between(block(10, 1), block(12, 2), parent_of), keys(&[21, 22]));
	}

	#[test]
	fn what_does_not_descend_is_unknown() {
		let mut changes = RecentChanges::default();
		note(&mut changes, block(11, 1), 11, 9);
		note(&mut changes, block(12, 2), 22, 9);
		assert_eq!(changes.between(block(11, 1), block(12, 2), parent_of), None);
		assert_eq!(changes.between(block(12, 1), block(11, 1), parent_of), None);
	}

	#[test]
	fn what_is_finalized_is_forgotten_and_what_is_far_is_not_kept() {
		let mut changes = RecentChanges::default();
		note(&mut changes, block(11, 1), 11, 10);
		note(&mut changes, block(12, 1), 12, 11);
		assert_eq!(changes.0.len(), 1);
		note(&mut changes, block(12 + MAX_UNFINALIZED, 1), 1, 11);
		assert_eq!(changes.0.len(), 1);
	}
}

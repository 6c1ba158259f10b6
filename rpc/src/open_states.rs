//! States of a block that are open, for one question after another.
//!
//! A state that is opened anew begins without any node of the trie, copies the upper ones from the cache
//! that the whole node shares, and hands everything back to it in the end, under a lock that all questions
//! wait for. So a question takes the state that an earlier one left. What such a state keeps is nodes of
//! the trie, never answers, and the SDK bounds it, about 10 MiB for each.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::{
	state::{ReadError, StateReader},
	Block, Hash,
};

/// Most states that are kept for later questions. More are open only while so many questions are answered
/// at once.
const MAX_IDLE: usize = 8;

/// Open states of one block.
pub(crate) struct OpenStates<BE: sc_client_api::Backend<Block>> {
	block: Hash,
	idle: Mutex<Vec<StateReader<BE>>>,
}

impl<BE: sc_client_api::Backend<Block>> OpenStates<BE> {
	/// None yet, of this block.
	pub(crate) fn new(block: Hash) -> Self {
		Self { block, idle: Mutex::default() }
	}

	/// Read from a state.
	pub(crate) fn with<T>(
		&self,
		backend: &Arc<BE>,
		read: impl FnOnce(&StateReader<BE>) -> Result<T, ReadError>,
	) -> Result<T, ReadError> {
		let idle = self.idle.lock().pop();
		let state = match idle {
			Some(state) => state,
			None => StateReader::open(backend, self.block)?,
		};
		let result = read(&state);
		self.keep(state);
		result
	}

	fn keep(&self, state: StateReader<BE>) {
		let mut idle = self.idle.lock();
		if idle.len() < MAX_IDLE {
			idle.push(state);
			return;
		}
		// Closing takes time: not under the lock.
		drop(idle);
		drop(state);
	}

	/// Close those that are not in use, so that they neither hold memory nor keep the block from being
	/// pruned when nobody asks any more.
	pub(crate) fn close_idle(&self) {
		let idle = std::mem::take(&mut *self.idle.lock());
		drop(idle);
	}
}

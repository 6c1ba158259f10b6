//! What the blocks that peers announce tell of this node's clock.
//!
//! An honest author announces a block within its slot, so that the time from the beginning of the slot to
//! the first announcement, by this node's clock, shows by how much that clock differs from the others', plus
//! the fraction of a second that blocks take to arrive. Headers are taken note of when they are announced,
//! before anything of them is verified: a node whose clock is late refuses all of them.
//!
//! Headers that nobody verified prove nothing, so that what counts is what most peers stand for: each peer's
//! newest best blocks, the middle of what they show, and of these what more than half of the peers show at
//! least. Who announces old blocks because it is behind itself shows nothing: the first announcement of a
//! block counts, and only of one that is higher than this node's own. And none of it makes or lifts a
//! refusal; it only names the reason.

use std::{
	collections::{HashMap, HashSet, VecDeque},
	time::{Duration, Instant},
};

use medrec_primitives::Moment;
use parking_lot::Mutex;

use crate::Hash;

/// Announced headers that are remembered: those of a few minutes, forks included. Whoever announces more
/// pushes out what others announced, and this node knows nothing of its clock.
const MAX_HEADERS: usize = 256;

/// Blocks of each peer that the middle is taken of, so that neither one author with a wrong clock nor what
/// was held up in a broken connection moves it.
const BLOCKS_OF_A_PEER: usize = 5;

/// Different blocks that there have to be before anything is said.
const LEAST_BLOCKS: usize = 3;

/// How long a block counts. Longer than a peer stays banned that announced blocks which this node refused.
const KEPT: Duration = Duration::from_secs(300);

/// Most peers that are remembered after they have gone.
const MAX_GONE: usize = 256;

/// Id of a peer, as bytes.
pub(crate) type PeerKey = Vec<u8>;

/// A block's first announcement.
#[derive(Clone, Copy, Debug)]
struct Announced {
	block: Hash,
	/// When its slot begins.
	slot_begins: Moment,
	/// When it came, by a clock that is never set.
	at: Instant,
}

impl Announced {
	/// By how many milliseconds a clock that shows `now` at the instant `at` is ahead, by this block.
	///
	/// By the clock of now and not by that of then, so that a clock which was set meanwhile is judged by
	/// all blocks at once.
	fn difference(&self, now: Moment, at: Instant) -> i64 {
		let signed = |milliseconds| i64::try_from(milliseconds).unwrap_or(i64::MAX);
		let since = at.saturating_duration_since(self.at).as_millis();
		signed(u128::from(now))
			.saturating_sub(signed(since))
			.saturating_sub(signed(u128::from(self.slot_begins)))
	}
}

/// What a peer stands for.
#[derive(Debug, Default)]
struct Peer {
	is_connected: bool,
	/// Its best blocks of late, the newest first.
	best: VecDeque<Announced>,
}

impl Peer {
	fn difference(&self, now: Moment, at: Instant) -> Option<i64> {
		let mut all: Vec<_> = self.best.iter().map(|block| block.difference(now, at)).collect();
		all.sort_unstable();
		all.get(all.len().checked_sub(1)? / 2).copied()
	}
}

#[derive(Debug, Default)]
struct Noted {
	/// The newest first.
	headers: VecDeque<Announced>,
	peers: HashMap<PeerKey, Peer>,
}

/// Blocks that peers announced of late.
#[derive(Debug, Default)]
pub struct Announcements(Mutex<Noted>);

impl Announcements {
	/// Take note of a header that was announced just now: its hash, and the time at which its slot begins,
	/// Unix milliseconds. Only for blocks that are higher than this node's best one.
	pub fn note(&self, block: Hash, slot_begins: Moment) {
		self.0.lock().note(block, slot_begins, Instant::now());
	}

	/// Take note of which block each full peer that is connected has as its best.
	pub(crate) fn follow(&self, peers: impl IntoIterator<Item = (PeerKey, Hash)>) {
		self.0.lock().follow(peers, Instant::now());
	}

	/// By how many milliseconds this node's clock, which shows `now`, is ahead of the others'; negative where
	/// it is behind. The most that more than half of the peers agree on; `None` where half of them or more
	/// announced nothing.
	pub(crate) fn clock_difference(&self, now: Moment) -> Option<i64> {
		self.0.lock().difference(now, Instant::now())
	}
}

impl Noted {
	fn note(&mut self, block: Hash, slot_begins: Moment, at: Instant) {
		if self.headers.iter().all(|known| known.block != block) {
			self.headers.truncate(MAX_HEADERS - 1);
			self.headers.push_front(Announced { block, slot_begins, at });
		}
	}

	fn follow(&mut self, peers: impl IntoIterator<Item = (PeerKey, Hash)>, at: Instant) {
		let Self { headers, peers: known } = self;
		for peer in known.values_mut() {
			peer.is_connected = false;
			peer.best.retain(|block| at.saturating_duration_since(block.at) < KEPT);
		}
		for (id, best) in peers {
			let peer = known.entry(id).or_default();
			peer.is_connected = true;
			if peer.best.iter().any(|block| block.block == best) {
				continue;
			}
			if let Some(block) = headers.iter().find(|header| header.block == best) {
				peer.best.truncate(BLOCKS_OF_A_PEER - 1);
				peer.best.push_front(*block);
			}
		}
		let mut gone = 0;
		known.retain(|_, peer| {
			gone += usize::from(!peer.is_connected);
			peer.is_connected || !peer.best.is_empty() && gone <= MAX_GONE
		});
	}

	fn difference(&self, now: Moment, at: Instant) -> Option<i64> {
		let blocks: HashSet<_> =
			self.peers.values().flat_map(|peer| &peer.best).map(|block| block.block).collect();
		if blocks.len() < LEAST_BLOCKS {
			return None;
		}
		shown_by_most(self.peers.values().map(|peer| peer.difference(now, at)).collect())
	}
}

/// The difference that more than half of the peers show at least; zero where they do not even agree on its
/// sign. Peers that show none count as if they showed zero; `None` if these are half of them or more.
fn shown_by_most(differences: Vec<Option<i64>>) -> Option<i64> {
	let half = differences.len() / 2;
	if differences.iter().flatten().count() <= half {
		return None;
	}
	let mut sorted: Vec<_> = differences.into_iter().map(Option::unwrap_or_default).collect();
	sorted.sort_unstable();
	let behind = *sorted.get(half)?;
	let ahead = *sorted.get(sorted.len().checked_sub(1 + half)?)?;
	Some(if behind < 0 { behind } else { ahead.max(0) })
}

#[cfg(test)]
mod tests {
	use super::*;

	/// Beginning of the first slot, and what a clock that is right shows at the first instant.
	const START: Moment = 1_800_000_000_000;
	const SLOT: u64 = 2_000;
	/// How long a block is under way, milliseconds.
	const DELAY: i64 = 200;

	/// A network of which the node that is tested takes note.
	struct Network {
		noted: Noted,
		begin: Instant,
		/// Milliseconds since the first instant.
		passed: u64,
	}

	fn block(slot: u64) -> Hash {
		Hash::from_low_u64_be(slot + 1)
	}

	fn key(peer: u8) -> PeerKey {
		vec![peer]
	}

	impl Network {
		fn new() -> Self {
			Self { noted: Noted::default(), begin: Instant::now(), passed: 0 }
		}

		fn at(&self) -> Instant {
			self.begin + Duration::from_millis(self.passed)
		}

		/// What a clock shows that is ahead by that much.
		fn clock(&self, ahead: i64) -> Moment {
			(START + self.passed).saturating_add_signed(ahead)
		}

		fn difference(&self, ahead: i64) -> Option<i64> {
			self.noted.difference(self.clock(ahead), self.at())
		}

		/// The block of a slot is announced, and becomes the best of these peers.
		fn announce(&mut self, slot: u64, peers: &[u8]) {
			self.passed = self.passed.max(slot * SLOT + DELAY as u64);
			let at = self.at();
			self.noted.note(block(slot), START + slot * SLOT, at);
			self.best(peers.iter().map(|peer| (*peer, slot)));
		}

		/// These peers, and no others, are connected, and have the blocks of these slots as their best.
		fn best(&mut self, peers: impl IntoIterator<Item = (u8, u64)>) {
			let at = self.at();
			self.noted.follow(peers.into_iter().map(|(peer, slot)| (key(peer), block(slot))), at);
		}
	}

	/// After ten blocks that three peers announced in time.
	fn calm() -> Network {
		let mut network = Network::new();
		(0..10).for_each(|slot| network.announce(slot, &[1, 2, 3]));
		network
	}

	#[test]
	fn a_clock_that_is_right_shows_how_long_blocks_are_under_way() {
		assert_eq!(calm().difference(0), Some(DELAY));
	}

	#[test]
	fn a_clock_that_was_set_is_judged_at_once() {
		assert_eq!(calm().difference(-30_000), Some(DELAY - 30_000));
		assert_eq!(calm().difference(30_000), Some(DELAY + 30_000));
	}

	#[test]
	fn so_is_one_that_was_wrong_from_the_start_once_there_are_a_few_blocks() {
		let mut network = Network::new();
		assert_eq!(network.difference(-30_000), None);
		network.announce(0, &[1, 2, 3]);
		network.announce(1, &[1, 2, 3]);
		assert_eq!(network.difference(-30_000), None);
		network.announce(2, &[1, 2, 3]);
		assert_eq!(network.difference(-30_000), Some(DELAY - 30_000));
	}

	#[test]
	fn what_shows_it_is_what_the_peers_have_and_not_what_anybody_announced() {
		let mut network = calm();
		for slot in 1_000..1_000 + MAX_HEADERS as u64 {
			network.noted.note(block(slot), START + slot * SLOT, network.at());
		}
		network.best([(1, 1_000), (2, 9), (3, 9)]);
		assert_eq!(network.noted.headers.len(), MAX_HEADERS);
		assert_eq!(network.difference(0), Some(DELAY));
	}

	#[test]
	fn one_peer_that_lies_names_no_wrong_clock() {
		let mut network = calm();
		for slot in 1_000..1_010 {
			network.noted.note(block(slot), START + slot * SLOT, network.at());
			network.best([(1, slot), (2, 9), (3, 9)]);
		}
		assert_eq!(network.difference(0), Some(DELAY));
		// Nor where the others are silent.
		let mut network = Network::new();
		for slot in 1_000..1_010 {
			network.noted.note(block(slot), START + slot * SLOT, network.at());
			network.best([(1, slot), (2, 9), (3, 9)]);
		}
		assert_eq!(network.difference(0), None);
	}

	#[test]
	fn an_author_with_a_wrong_clock_does_not_move_the_middle() {
		let mut network = calm();
		for slot in 10..30 {
			let early = if slot % 4 == 0 { SLOT } else { 0 };
			network.passed = slot * SLOT + DELAY as u64;
			network.noted.note(block(slot), START + slot * SLOT + early, network.at());
			network.best([(1, slot), (2, slot), (3, slot)]);
		}
		assert_eq!(network.difference(0), Some(DELAY));
	}

	#[test]
	fn who_announces_what_others_announced_before_shows_the_same() {
		let mut network = calm();
		network.passed += 60_000;
		network.announce(9, &[4]);
		let late = network.noted.peers[&key(4)].difference(network.clock(0), network.at());
		assert_eq!(late, Some(DELAY));
	}

	#[test]
	fn what_an_interrupted_connection_held_up_does_not_count_for_long() {
		let mut network = calm();
		// Two minutes of blocks arrive at once; each second, peers are asked what they have.
		network.passed += 120_000;
		for slot in 10..60 {
			network.noted.note(block(slot), START + slot * SLOT, network.at());
		}
		network.best([(1, 20), (2, 20), (3, 20)]);
		network.best([(1, 59), (2, 59), (3, 59)]);
		assert_eq!(network.difference(0), Some(DELAY));
	}

	#[test]
	fn peers_that_were_dropped_stand_for_what_they_announced_until_that_is_old() {
		let mut network = calm();
		network.best([]);
		assert_eq!(network.difference(-30_000), Some(DELAY - 30_000));
		network.passed += KEPT.as_millis() as u64;
		network.best([]);
		assert_eq!(network.difference(-30_000), None);
		assert!(network.noted.peers.is_empty());
	}

	#[test]
	fn few_are_remembered_that_came_and_went() {
		let mut network = calm();
		for peer in 0..2 * MAX_GONE as u64 {
			let id = peer.to_be_bytes().to_vec();
			let at = network.at();
			network.noted.follow([(id, block(9))], at);
		}
		assert!(network.noted.peers.len() <= MAX_GONE + 1);
	}

	#[test]
	fn more_than_half_of_the_peers_have_to_show_it() {
		for (differences, expected) in [
			(vec![], None),
			(vec![None], None),
			(vec![Some(-9)], Some(-9)),
			(vec![Some(9), None], None),
			(vec![Some(9), Some(7)], Some(7)),
			(vec![Some(-9), Some(-7)], Some(-7)),
			(vec![Some(-9), Some(7)], Some(0)),
			(vec![Some(1), Some(2), Some(99)], Some(2)),
			(vec![Some(-99), Some(1), Some(2)], Some(1)),
			(vec![Some(-9), Some(-9), None], Some(-9)),
			(vec![Some(-9), Some(-9), None, None], None),
			(vec![Some(-9), Some(-9), Some(1), Some(1)], Some(0)),
			(vec![Some(9), Some(9), Some(9), Some(-1)], Some(9)),
			(vec![Some(i64::MIN), Some(i64::MAX), Some(3)], Some(3)),
		] {
			assert_eq!(shown_by_most(differences.clone()), expected, "{differences:?}");
		}
	}

	#[test]
	fn no_header_overflows() {
		let mut network = calm();
		for slot in 0..LEAST_BLOCKS as u64 {
			network.noted.note(block(500 + slot), Moment::MAX - slot, network.at());
			network.best([(1, 500 + slot), (2, 500 + slot), (3, 500 + slot)]);
		}
		assert_eq!(network.difference(0), Some(network.clock(0) as i64 - i64::MAX));
		assert!(network.noted.difference(Moment::MAX, network.begin).is_some());
	}
}

//! What the node told of the chain, kept for as long as it also tells what changes.
//!
//! Messages of `medrec_subscribeChanges` say which participants and relationships may be decided
//! differently than before. An answer is kept only if it was given at the very blocks of the last
//! message, and used only while messages follow each other without a gap and not too long ago. In any
//! doubt nothing is kept and the node is asked.

use codec::Encode;
use lru::LruCache;
use medrec_primitives::{Allowed, Decision, Hash, Moment, ParticipantId, RelationshipId};
use medrec_rpc_api::{
	AccessAnswer, BlockRef, Changes, CheckAccess, ParticipantInfo, RelationshipInfo, HEARTBEAT,
};
use std::{
	num::NonZeroUsize,
	sync::{Mutex, MutexGuard, PoisonError},
	time::{Duration, Instant},
};

/// Answers of each kind that are kept at most; the least recently used go first. Looked at by
/// the compiler, so that it cannot fail where it runs.
const MAX_KEPT: NonZeroUsize = NonZeroUsize::new(16_384).expect("is not zero");

/// After how long without a message the node counts as lost: it promises one each [`HEARTBEAT`].
pub const SILENCE: Duration = HEARTBEAT.saturating_mul(2);

/// Decisions that begin or end at a moment are not kept so close to it: the node judges by the time of
/// its blocks, which lags behind the clock by a few slots, at most by the staleness limit.
const NEAR: Moment = 60_000;

/// What is kept. Shared by all requests.
#[derive(Debug)]
pub struct Kept(Mutex<State>);

#[derive(Debug)]
struct State {
	stream: Option<Stream>,
	decisions: LruCache<Vec<u8>, KeptDecision>,
	participants: LruCache<ParticipantId, Option<ParticipantInfo>>,
	relationships: LruCache<RelationshipId, Option<RelationshipInfo>>,
}

/// A subscription of which no message is missing.
#[derive(Clone, Copy, Debug)]
struct Stream {
	/// Genesis hash of the chain that it is about.
	genesis: Hash,
	sequence: u64,
	best: BlockRef,
	finalized: BlockRef,
	heard: Instant,
	/// Whether the node decides.
	decides: bool,
}

#[derive(Debug)]
struct KeptDecision {
	allowed: Allowed,
	concerns: [ParticipantId; 2],
	relationship: RelationshipId,
	/// First moment at which it may be another one.
	until: Moment,
}

/// A message does not follow the one before, so that changes may have been missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("message {found} followed message {last}")]
pub struct OutOfOrder {
	last: u64,
	found: u64,
}

impl Default for Kept {
	fn default() -> Self {
		Self(Mutex::new(State {
			stream: None,
			decisions: LruCache::new(MAX_KEPT),
			participants: LruCache::new(MAX_KEPT),
			relationships: LruCache::new(MAX_KEPT),
		}))
	}
}

impl Kept {
	/// The subscription ended, or begins anew: nothing is known.
	pub fn forget(&self) {
		let mut state = self.lock();
		state.stream = None;
		state.clear();
	}

	/// A message of a subscription to the chain with this genesis hash. On an error nothing is known any
	/// more, and the subscription is of no use.
	pub fn told(&self, genesis: Hash, message: &Changes, now: Instant) -> Result<(), OutOfOrder> {
		let mut state = self.lock();
		let last = state.stream.map_or(0, |stream| stream.sequence);
		let follows = match state.stream {
			// A gap that the node itself names is one after which it goes on.
			Some(_) if message.reset.is_some() => message.sequence > last,
			Some(_) => message.sequence == last.saturating_add(1),
			None => message.reset.is_some(),
		};
		if !follows {
			state.stream = None;
			state.clear();
			return Err(OutOfOrder { last, found: message.sequence });
		}
		match message.reset {
			Some(_) => state.clear(),
			None => state.drop_changed(message),
		}
		state.stream = Some(Stream {
			genesis,
			sequence: message.sequence,
			best: message.best,
			finalized: message.finalized,
			heard: now,
			decides: message.unavailable.is_none(),
		});
		Ok(())
	}

	/// Whether the node tells all that changes on the chain with this genesis hash.
	pub fn follows(&self, genesis: Hash, now: Instant) -> bool {
		self.lock().whole(now).is_some_and(|stream| stream.genesis == genesis)
	}

	/// The best block of the last message, while no message is missing.
	pub fn best(&self, now: Instant) -> Option<Hash> {
		self.lock().whole(now).map(|stream| stream.best.hash)
	}

	/// A decision that was kept and that the node would give now, with the blocks that it would name.
	pub fn decision(
		&self,
		question: &CheckAccess,
		now: Instant,
		clock: Moment,
	) -> Option<AccessAnswer> {
		// That a block is on the chain is only known by asking.
		if question.include_block.is_some() {
			return None;
		}
		let mut state = self.lock();
		let stream = state.whole(now).filter(|stream| stream.decides)?;
		let kept = state.decisions.get(&key(question)).filter(|kept| clock < kept.until)?;
		let decision = Decision::Allowed(kept.allowed.clone());
		Some(AccessAnswer { decision, best: stream.best, finalized: stream.finalized })
	}

	/// Keep a decision, if it was made at the blocks of the last message and stays the same for a while.
	/// Denials are not kept: they cost an attacker a question each, and a patient who just granted
	/// nothing.
	pub fn keep_decision(
		&self,
		question: &CheckAccess,
		answer: &AccessAnswer,
		now: Instant,
		clock: Moment,
	) {
		let Decision::Allowed(allowed) = &answer.decision else { return };
		let Some(until) = unchanged_until(question, allowed, clock) else { return };
		let mut state = self.lock();
		let Some(stream) = state.whole(now) else { return };
		if answer.best == stream.best && answer.finalized == stream.finalized {
			let kept = KeptDecision {
				allowed: allowed.clone(),
				concerns: [question.actor, question.on_behalf_of],
				relationship: question.relationship,
				until,
			};
			state.decisions.put(key(question), kept);
		}
	}

	/// A participant as it is in the best block; `None` if that has to be asked.
	pub fn participant(
		&self,
		participant: ParticipantId,
		now: Instant,
	) -> Option<Option<ParticipantInfo>> {
		let mut state = self.lock();
		state.whole(now)?;
		state.participants.get(&participant).cloned()
	}

	/// Keep what a participant was in a block, if that is still the best one.
	pub fn keep_participant(
		&self,
		participant: ParticipantId,
		found: &Option<ParticipantInfo>,
		at: Hash,
		now: Instant,
	) {
		let mut state = self.lock();
		if state.whole(now).is_some_and(|stream| stream.best.hash == at) {
			state.participants.put(participant, found.clone());
		}
	}

	/// A relationship as it is in the best block; `None` if that has to be asked.
	pub fn relationship(
		&self,
		relationship: RelationshipId,
		now: Instant,
	) -> Option<Option<RelationshipInfo>> {
		let mut state = self.lock();
		state.whole(now)?;
		state.relationships.get(&relationship).cloned()
	}

	/// Keep what a relationship was in a block, if that is still the best one.
	pub fn keep_relationship(
		&self,
		relationship: RelationshipId,
		found: &Option<RelationshipInfo>,
		at: Hash,
		now: Instant,
	) {
		let mut state = self.lock();
		if state.whole(now).is_some_and(|stream| stream.best.hash == at) {
			state.relationships.put(relationship, found.clone());
		}
	}

	fn lock(&self) -> MutexGuard<'_, State> {
		self.0.lock().unwrap_or_else(PoisonError::into_inner)
	}
}

impl State {
	fn whole(&self, now: Instant) -> Option<Stream> {
		self.stream.filter(|stream| now.saturating_duration_since(stream.heard) < SILENCE)
	}

	fn clear(&mut self) {
		self.decisions.clear();
		self.participants.clear();
		self.relationships.clear();
	}

	fn drop_changed(&mut self, message: &Changes) {
		let Changes { participants, relationships, .. } = message;
		for participant in participants {
			self.participants.pop(participant);
		}
		for relationship in relationships {
			self.relationships.pop(relationship);
		}
		if participants.is_empty() && relationships.is_empty() {
			return;
		}
		let changed: Vec<_> = self
			.decisions
			.iter()
			.filter(|(_, kept)| {
				relationships.binary_search(&kept.relationship).is_ok()
					|| kept.concerns.iter().any(|id| participants.binary_search(id).is_ok())
			})
			.map(|(key, _)| key.clone())
			.collect();
		for key in changed {
			self.decisions.pop(&key);
		}
	}
}

/// All of a question that its answer depends on.
fn key(question: &CheckAccess) -> Vec<u8> {
	let CheckAccess { actor, on_behalf_of, relationship, purpose, opening, include_block: _ } =
		question;
	(actor, on_behalf_of, relationship, purpose, opening).encode()
}

/// Until when time alone changes nothing; `None` if it may at any moment.
fn unchanged_until(question: &CheckAccess, allowed: &Allowed, clock: Moment) -> Option<Moment> {
	let rules = question.opening.iter().flat_map(|opening| &opening.terms.rules);
	let boundaries = rules
		.flat_map(|rule| [rule.not_before, rule.not_after])
		.chain(allowed.visible.iter().map(|visible| visible.until));
	let coming = boundaries.filter(|boundary| boundary.saturating_add(NEAR) > clock);
	let first = coming.min().unwrap_or(Moment::MAX);
	(first > clock).then_some(first)
}

#[cfg(test)]
mod tests;

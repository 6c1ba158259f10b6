//! The chain in memory: what is in the best and in the finalized block.

use super::node::Feed;
use medrec_gatekeeper::server::intake::now;
use medrec_primitives::{
	decide, AccessRequest, AccountId, Decision, ExpiryDay, Hash, Moment, Opening, ParticipantId,
	ParticipantKind, ParticipantStatus, Party, PurposesTable, Question, Relationship,
	RelationshipId, RelationshipStatus, Tag,
};
use medrec_rpc_api::{BlockRef, ParticipantInfo};
use std::{
	collections::{BTreeMap, HashMap},
	sync::{Arc, Mutex, MutexGuard},
	time::Instant,
};

/// Genesis hash of the fixture's chain.
pub const GENESIS: Hash = Hash::repeat_byte(0x5e);

const BLOCK_MILLISECONDS: u128 = 50;
const FINALIZED_MARK: u64 = 0xf << 60;

/// What a block's state holds.
#[derive(Clone, Default)]
pub struct Facts {
	pub participants: BTreeMap<ParticipantId, ParticipantInfo>,
	pub relationships: BTreeMap<RelationshipId, Relationship>,
	pub grants: BTreeMap<(RelationshipId, Tag), ExpiryDay>,
	pub nonces: HashMap<AccountId, u32>,
}

/// How the node behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
	/// Blocks are produced and finalized.
	Well,
	/// It says that finality is stale.
	SaysStale,
	/// It says nothing, but finality stands still at this block.
	StandsStill(u32),
	/// It follows another chain.
	AnotherChain,
}

pub struct State {
	pub best: Facts,
	pub finalized: Facts,
	pub mood: Mood,
	/// How many decisions were asked for one by one.
	pub asked: usize,
	/// Where what changes is told, if it is told.
	pub feed: Option<Feed>,
	started: Instant,
}

/// Shared between node and test.
#[derive(Clone)]
pub struct Chain(Arc<Mutex<State>>);

impl Chain {
	pub fn new(facts: Facts) -> Self {
		let state = State {
			best: facts.clone(),
			finalized: facts,
			mood: Mood::Well,
			asked: 0,
			feed: None,
			started: Instant::now(),
		};
		Self(Arc::new(Mutex::new(state)))
	}

	pub fn lock(&self) -> MutexGuard<'_, State> {
		self.0.lock().unwrap()
	}

	/// Change the state of both blocks.
	pub fn change(&self, change: impl Fn(&mut Facts)) {
		let mut state = self.lock();
		change(&mut state.best);
		change(&mut state.finalized);
	}

	/// Change the state of the best block only.
	pub fn change_best(&self, change: impl Fn(&mut Facts)) {
		change(&mut self.lock().best);
	}

	/// Make the best block final.
	pub fn finalize(&self) {
		let mut state = self.lock();
		state.finalized = state.best.clone();
	}

	pub fn grant(&self, relationship: RelationshipId, opening: &Opening) -> Tag {
		let tag = opening.tag(&GENESIS, relationship);
		let day = ExpiryDay::of(now() + 40 * 86_400_000);
		self.change(|facts| {
			facts.grants.insert((relationship, tag), day);
		});
		tag
	}

	/// From now on the node tells what changes: what the test gives it to tell.
	pub fn open_feed(&self) -> Feed {
		let feed = Feed::default();
		self.lock().feed = Some(feed.clone());
		feed
	}

	pub fn set_mood(&self, mood: Mood) {
		self.lock().mood = mood;
	}
}

impl State {
	pub fn genesis(&self) -> Hash {
		match self.mood {
			Mood::AnotherChain => Hash::repeat_byte(0x77),
			_ => GENESIS,
		}
	}

	/// Best and finalized block.
	pub fn blocks(&self) -> (BlockRef, BlockRef) {
		let number = match self.mood {
			Mood::StandsStill(number) => number,
			_ => {
				let blocks = self.started.elapsed().as_millis() / BLOCK_MILLISECONDS;
				10 + u32::try_from(blocks).unwrap()
			},
		};
		let best = BlockRef { hash: Hash::from_low_u64_be(number.into()), number };
		let finalized = number - 2;
		let hash = Hash::from_low_u64_be(FINALIZED_MARK | u64::from(finalized));
		(best, BlockRef { hash, number: finalized })
	}

	/// Whether this is the hash of a block that was produced.
	pub fn knows(&self, block: Hash) -> bool {
		let (best, _) = self.blocks();
		let low = block.to_low_u64_be();
		let number = low & !FINALIZED_MARK;
		block == Hash::from_low_u64_be(low) && number <= best.number.into()
	}

	/// State at a block.
	pub fn at(&self, block: Option<Hash>) -> &Facts {
		match block {
			Some(hash) if hash.to_low_u64_be() & FINALIZED_MARK == FINALIZED_MARK => {
				&self.finalized
			},
			_ => &self.best,
		}
	}

	/// Allowed if both blocks allow it.
	pub fn decide(&self, request: &AccessRequest) -> Decision {
		match self.best.decide(request) {
			Decision::Allowed(_) => self.finalized.decide(request),
			denied => denied,
		}
	}
}

impl Facts {
	pub fn participant(
		&mut self,
		id: ParticipantId,
		kind: ParticipantKind,
		account: AccountId,
		encryption_key: [u8; 32],
	) {
		let info = ParticipantInfo {
			id,
			account,
			kind,
			status: ParticipantStatus::Active,
			encryption_key: encryption_key.into(),
			epoch: 0,
			provider: None,
			role: None,
		};
		self.participants.insert(id, info);
	}

	pub fn relationship(
		&mut self,
		id: RelationshipId,
		patron: ParticipantId,
		steward: ParticipantId,
	) {
		let relationship = Relationship {
			patron,
			steward,
			status: RelationshipStatus::Active,
			since: now(),
			tags: 0,
		};
		self.relationships.insert(id, relationship);
	}

	fn party(&self, id: ParticipantId) -> Option<Party> {
		let ParticipantInfo { kind, status, .. } = *self.participants.get(&id)?;
		Some(Party { participant: id, kind, status })
	}

	fn decide(&self, request: &AccessRequest) -> Decision {
		let now: Moment = now();
		let tag =
			request.opening.as_ref().map(|opening| opening.tag(&GENESIS, request.relationship));
		decide(&Question {
			actor: self.party(request.actor).as_ref(),
			on_behalf_of: self.party(request.on_behalf_of).as_ref(),
			relationship: self.relationships.get(&request.relationship),
			opening: request.opening.as_ref(),
			tag_on_chain: tag
				.and_then(|tag| self.grants.get(&(request.relationship, tag)).copied()),
			purpose: request.purpose,
			purposes_table: &PurposesTable::default(),
			start_now: now,
			end_now: now,
		})
	}
}

//! A node that tells what changes is asked only about that; and whenever it might not have told all,
//! it is asked about everything.

use crate::support::{
	chain::Mood,
	client::{Ask, Client},
	eventually,
	node::Feed,
	world::{World, ALICE_AT_MERCY, BOB_AT_MERCY, CAROL},
};
use medrec_primitives::{Opening, ParticipantId, Purpose, RelationshipId, Tag};
use medrec_rpc_api::{Changes, Reset};

/// A gatekeeper whose node tells what changes. Blocks are made by the test.
struct Told {
	world: World,
	feed: Feed,
	carol: Client,
	opening: Opening,
	tag: Tag,
	height: u32,
}

impl Told {
	/// Carol was served, and the decision is kept.
	async fn start() -> Self {
		let world = World::start_with(|config| config.staleness = 600).await;
		let height = 50;
		world.chain.set_mood(Mood::StandsStill(height));
		let feed = world.chain.open_feed();
		let (opening, tag) = world.grant_medications();
		let carol = world.client(CAROL);
		let told = Self { world, feed, carol, opening, tag, height };
		told.is_followed().await;
		assert_eq!(told.status().await, 200);
		told
	}

	async fn is_followed(&self) {
		let node = &self.world.gatekeeper.node;
		eventually("the gatekeeper follows the node", || async { node.tells_changes() }).await;
	}

	/// Status of Carol's request.
	async fn status(&self) -> u16 {
		let ask = Ask::get("/fhir/MedicationRequest", ALICE_AT_MERCY, Purpose::Treatment);
		self.carol.sign(&ask.with(&self.opening)).0.send(self.world.address).await.status
	}

	/// How many decisions the node was asked for.
	fn asked(&self) -> usize {
		self.world.chain.lock().asked
	}

	/// Another block, of which nobody is told.
	fn block(&mut self) {
		self.height += 1;
		self.world.chain.set_mood(Mood::StandsStill(self.height));
	}

	/// What the node would say now.
	fn message(
		&self,
		participants: Vec<ParticipantId>,
		relationships: Vec<RelationshipId>,
	) -> Changes {
		let (best, finalized) = self.world.chain.lock().blocks();
		let sequence = self.feed.next_sequence();
		let (reset, unavailable) = (None, None);
		Changes { sequence, best, finalized, participants, relationships, reset, unavailable }
	}

	/// Carol's grant is gone from the chain.
	fn revoke(&mut self) {
		let tag = self.tag;
		self.world.chain.change(|facts| {
			facts.grants.remove(&(ALICE_AT_MERCY, tag));
		});
		self.block();
	}

	async fn is_refused(&self) {
		eventually("Carol is refused", || async { self.status().await == 403 }).await;
	}

	async fn stop(self) {
		self.world.stop().await;
	}
}

#[tokio::test]
async fn what_does_not_change_is_asked_once() {
	let mut told = Told::start().await;
	assert_eq!(told.status().await, 200);
	let asked = told.asked();
	for _ in 0..3 {
		told.block();
		told.feed.tell(told.message(vec![9], vec![BOB_AT_MERCY])).await;
		assert_eq!(told.status().await, 200);
	}
	assert_eq!(told.asked(), asked);
	told.stop().await;
}

#[tokio::test]
async fn a_revocation_is_obeyed_as_soon_as_it_is_told() {
	let mut told = Told::start().await;
	told.revoke();
	assert_eq!(told.status().await, 200, "the decision was kept");
	told.feed.tell(told.message(vec![], vec![ALICE_AT_MERCY])).await;
	told.is_refused().await;
	told.stop().await;
}

#[tokio::test]
async fn a_session_ends_as_soon_as_the_new_key_is_told() {
	let mut told = Told::start().await;
	told.world.chain.change(|facts| facts.participants.get_mut(&CAROL).unwrap().epoch = 1);
	told.block();
	assert_eq!(told.status().await, 200, "who she is was kept");
	told.feed.tell(told.message(vec![CAROL], vec![])).await;
	eventually("her session is refused", || async { told.status().await == 401 }).await;
	told.stop().await;
}

#[tokio::test]
async fn a_stream_that_is_cut_is_as_if_nothing_had_been_told() {
	let mut told = Told::start().await;
	told.revoke();
	told.feed.cut();
	told.is_refused().await;
	// It is followed anew.
	told.is_followed().await;
	told.is_refused().await;
	told.stop().await;
}

#[tokio::test]
async fn messages_in_another_order_are_as_if_nothing_had_been_told() {
	let mut told = Told::start().await;
	told.revoke();
	let first = told.message(vec![], vec![BOB_AT_MERCY]);
	let second = Changes { sequence: first.sequence + 1, ..first.clone() };
	told.feed.tell(second).await;
	told.feed.tell(first).await;
	told.is_refused().await;
	told.stop().await;
}

#[tokio::test]
async fn a_stream_that_is_late_is_not_relied_upon() {
	let mut told = Told::start().await;
	told.revoke();
	assert_eq!(told.status().await, 200, "the decision was kept");
	// Nothing more is told, not even that the node is there.
	told.is_refused().await;
	told.stop().await;
}

#[tokio::test]
async fn after_a_gap_that_the_node_names_everything_is_asked_again() {
	for reset in [Reset::Gap, Reset::Reorganisation, Reset::Everything] {
		let mut told = Told::start().await;
		told.revoke();
		told.feed.tell(Changes { reset: Some(reset), ..told.message(vec![], vec![]) }).await;
		told.is_refused().await;
		told.stop().await;
	}
}

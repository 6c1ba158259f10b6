//! `medrec_subscribeChanges` over a WebSocket: what changed is told, and where that is not known, that is.

use std::{collections::BTreeSet, sync::mpsc, thread, time::Duration};

use codec::Encode;
use jsonrpsee::{
	core::client::Subscription,
	ws_client::{WsClient, WsClientBuilder},
};
use medrec_generated_state::{Changes as StateChanges, Grant, Population, MIN_RELATIONSHIPS};
use medrec_rpc_api::{
	error::Unavailability, BlockRef, Changes, MedrecChangesApiClient, Reset, HEARTBEAT,
	MAX_CHANGED_IDS,
};
use medrec_runtime::{Hash, Runtime, MILLISECONDS_PER_BLOCK, VERSION};
use sp_blockchain::HeaderBackend;

use crate::{
	chain::{now, staleness_limit, valid_grant, Chain, LONG},
	runtime_upgrade::fake_code,
	server::{Options, Running},
};

/// How long anything may take on a busy machine.
const SOON: Duration = Duration::from_secs(60);

/// Who is told.
struct Subscriber {
	messages: Subscription<Changes>,
	last: Changes,
	/// The subscription ends with it.
	_client: WsClient,
}

impl Subscriber {
	async fn new(server: &Running) -> Self {
		let client = WsClientBuilder::default().build(&server.socket).await.unwrap();
		let mut messages = client.subscribe_changes().await.unwrap();
		let last = receive(&mut messages).await;
		assert_eq!(last.reset, Some(Reset::Start));
		Self { messages, last, _client: client }
	}

	/// The next message. None is left out.
	async fn next(&mut self) -> Changes {
		let next = receive(&mut self.messages).await;
		assert_eq!(next.sequence, self.last.sequence + 1);
		self.last = next.clone();
		next
	}

	/// The next message that says more than that the node is there.
	async fn news(&mut self) -> Changes {
		loop {
			let expected = Changes { sequence: self.last.sequence + 1, ..quiet(&self.last) };
			let next = self.next().await;
			if next != expected {
				return next;
			}
		}
	}
}

async fn receive(messages: &mut Subscription<Changes>) -> Changes {
	tokio::time::timeout(SOON, messages.next()).await.unwrap().unwrap().unwrap()
}

/// What would be said if nothing had happened since a message.
fn quiet(message: &Changes) -> Changes {
	Changes { participants: Vec::new(), relationships: Vec::new(), reset: None, ..message.clone() }
}

fn at(chain: &Chain, hash: Hash) -> BlockRef {
	BlockRef { hash, number: chain.client.number(hash).unwrap().unwrap() }
}

async fn start() -> (Chain, Population, Running, Subscriber) {
	let (chain, population) = Chain::generated(MIN_RELATIONSHIPS).await;
	let server = Running::start(&chain).await;
	let subscriber = Subscriber::new(&server).await;
	(chain, population, server, subscriber)
}

fn relationships(grants: &[&Grant]) -> Vec<u64> {
	let sorted: BTreeSet<_> = grants.iter().map(|grant| grant.relationship).collect();
	sorted.into_iter().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_message_says_how_things_are() {
	let (chain, _, server, first) = start().await;
	let info = chain.client.info();
	assert_eq!(first.last.best, at(&chain, info.best_hash));
	assert_eq!(first.last.finalized, at(&chain, info.finalized_hash));
	assert_eq!(first.last.unavailable, None);
	// The same for who comes later.
	assert_eq!(Subscriber::new(&server).await.last.best, first.last.best);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_block_is_told_with_what_it_changed_and_again_when_it_is_final() {
	let (mut chain, population, _server, mut subscriber) = start().await;
	let grant = valid_grant(&population, 2);
	let finalized = subscriber.last.finalized;

	let revoking = chain.extend(vec![chain.revoking(&population, &grant, 0)]).await;
	let told = subscriber.news().await;
	assert_eq!((told.best, told.finalized), (at(&chain, revoking), finalized));
	assert_eq!(told.relationships, relationships(&[&grant]));
	assert_eq!((told.participants, told.reset), (Vec::new(), None));

	let patient = population.first_patient();
	let key = pallet_registrar::Participants::<Runtime>::hashed_key_for(patient);
	let removing = chain.extend_with(vec![(key, None)]).await;
	let told = subscriber.news().await;
	assert_eq!((told.best, told.finalized), (at(&chain, removing), finalized));
	assert_eq!((told.participants, told.relationships), (vec![patient], Vec::new()));
	assert_eq!(told.reset, None);

	let empty = chain.extend(Vec::new()).await;
	let told = subscriber.news().await;
	assert_eq!(told, Changes { best: at(&chain, empty), ..quiet(&told) });

	chain.finalize(revoking);
	let told = subscriber.news().await;
	assert_eq!((told.best, told.finalized), (at(&chain, empty), at(&chain, revoking)));
	assert_eq!((told.participants, told.relationships), (Vec::new(), relationships(&[&grant])));
	chain.finalize(empty);
	let told = subscriber.news().await;
	assert_eq!((told.best, told.finalized), (at(&chain, empty), at(&chain, empty)));
	assert_eq!((told.participants, told.relationships), (vec![patient], Vec::new()));
	assert_eq!(told.reset, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reorganisation_tells_what_both_sides_changed_and_resets() {
	let (mut chain, population, _server, mut subscriber) = start().await;
	let (left, entered) = (valid_grant(&population, 2), valid_grant(&population, 3));
	let base = chain.extend(Vec::new()).await;
	subscriber.news().await;
	let one = chain.build_on(base, vec![chain.revoking(&population, &left, 0)]).await;
	assert_eq!(subscriber.news().await.best, at(&chain, one));

	// A fork that is not best changes nothing, until it is.
	let other = chain.build_on(base, Vec::new()).await;
	let best = chain.build_on(other, vec![chain.revoking(&population, &entered, 0)]).await;
	let told = subscriber.news().await;
	assert_eq!(told.best, at(&chain, best));
	assert_eq!(told.reset, Some(Reset::Reorganisation));
	assert_eq!(told.relationships, relationships(&[&left, &entered]));
}

#[tokio::test(flavor = "multi_thread")]
async fn so_does_finality_of_a_fork_that_was_not_best() {
	let (mut chain, population, _server, mut subscriber) = start().await;
	let grant = valid_grant(&population, 2);
	let base = chain.extend(Vec::new()).await;
	let one = chain.build_on(base, vec![chain.revoking(&population, &grant, 0)]).await;
	let other = chain.build_on(base, Vec::new()).await;
	let best = chain.build_on(other, Vec::new()).await;
	while subscriber.last.best.hash != best {
		subscriber.news().await;
	}

	chain.finalize(one);
	assert_eq!(chain.best(), one);
	let told = subscriber.news().await;
	assert_eq!(told.best, at(&chain, one));
	assert_eq!(told.reset, Some(Reset::Reorganisation));
	assert_eq!(told.relationships, relationships(&[&grant]));
	while subscriber.last.finalized.hash != one {
		subscriber.news().await;
	}
}

/// What a message says of the block that changes this.
async fn reset_by(changes: StateChanges) -> Option<Reset> {
	let (mut chain, _, _server, mut subscriber) = start().await;
	let block = chain.extend_with(changes).await;
	let told = subscriber.news().await;
	assert_eq!(told.best, at(&chain, block));
	chain.finalize(block);
	let again = subscriber.news().await;
	assert_eq!(again.finalized, at(&chain, block));
	assert_eq!(again.reset, told.reset);
	told.reset
}

#[tokio::test(flavor = "multi_thread")]
async fn what_concerns_all_decisions_is_everything() {
	let purposes = pallet_registrar::Purposes::<Runtime>::hashed_key().to_vec();
	for changes in [staleness_limit(Some(LONG - 1)), vec![(purposes, None)]] {
		assert_eq!(reset_by(changes).await, Some(Reset::Everything));
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn so_is_whatever_changes_in_a_layout_that_is_not_known() {
	let code = fake_code("medrec", VERSION.spec_version + 1);
	assert_eq!(reset_by(code).await, Some(Reset::Everything));
}

/// Entries under as many keys as fit in a message, with a value of their own in each round.
fn many(round: u64) -> StateChanges {
	// Ids with many digits make long messages.
	let ids = (0..MAX_CHANGED_IDS as u64).map(|id| u64::MAX - id);
	ids.map(|id| {
		let key = pallet_relationship::Relationships::<Runtime>::hashed_key_for(id);
		(key, Some(round.encode()))
	})
	.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_are_told_as_far_as_they_fit() {
	let mut more = many(0);
	assert_eq!(reset_by(more.clone()).await, None);
	more.push((pallet_relationship::Relationships::<Runtime>::hashed_key_for(1), None));
	more.push((
		pallet_relationship::Relationships::<Runtime>::hashed_key_for(u64::MAX / 2),
		Some(vec![1]),
	));
	assert_eq!(reset_by(more).await, Some(Reset::Everything));
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_broken_by_heartbeats() {
	let (_chain, _, _server, mut subscriber) = start().await;
	for _ in 0..2 {
		let last = quiet(&subscriber.last);
		let next = tokio::time::timeout(HEARTBEAT * 2, subscriber.next()).await.unwrap();
		assert_eq!(next, Changes { sequence: last.sequence + 1, ..last });
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_begins_or_ceases_to_decide_says_so() {
	let (mut chain, _) = Chain::generated(MIN_RELATIONSHIPS).await;
	let staleness_limit = Some(Duration::from_secs(15));
	let server =
		Running::start_with(&chain, Options { staleness_limit, ..Options::default() }).await;
	let mut subscriber = Subscriber::new(&server).await;
	assert_eq!(subscriber.last.unavailable, Some(Unavailability::FinalityStale));

	let slot = now() / MILLISECONDS_PER_BLOCK * MILLISECONDS_PER_BLOCK;
	let block = chain.build_at(chain.best(), slot, Vec::new(), Vec::new()).await;
	chain.finalize(block);
	while subscriber.last.unavailable.is_some() {
		subscriber.news().await;
	}
	// Nothing happens any more, but time passes.
	while subscriber.last.unavailable.is_none() {
		subscriber.news().await;
	}
	assert_eq!(subscriber.last.unavailable, Some(Unavailability::FinalityStale));
	assert_eq!(subscriber.last.finalized, at(&chain, block));
}

/// Blocks of which a subscriber that does not read makes the node leave some out: their messages are longer
/// than what the connection and the node hold together.
const MANY_BLOCKS: u64 = 200;

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_too_slowly_is_told_of_the_gap() {
	let (mut chain, _) = Chain::generated(MIN_RELATIONSHIPS).await;
	let server = Running::start(&chain).await;
	let (has_subscribed, subscribed) = mpsc::channel();
	let (let_read, may_read) = mpsc::channel::<Hash>();
	let socket = server.socket.clone();
	// With a runtime of its own that stands still, nothing reads the socket.
	let reader = thread::spawn(move || {
		let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
		let client = runtime.block_on(WsClientBuilder::default().build(&socket)).unwrap();
		let mut messages = runtime.block_on(client.subscribe_changes()).unwrap();
		let mut all = vec![runtime.block_on(receive(&mut messages))];
		has_subscribed.send(()).unwrap();
		let last = may_read.recv().unwrap();
		while all.last().is_none_or(|message| message.finalized.hash != last) {
			all.push(runtime.block_on(receive(&mut messages)));
		}
		all
	});
	tokio::task::block_in_place(|| subscribed.recv()).unwrap();
	for round in 0..MANY_BLOCKS {
		let block = chain.extend_with(many(round)).await;
		chain.finalize(block);
	}
	// A subscriber that reads is not held up by the other, nor is the node.
	let last = chain.best();
	let mut other = Subscriber::new(&server).await;
	while other.last.finalized.hash != last {
		other.news().await;
	}
	let_read.send(last).unwrap();
	let all = tokio::task::block_in_place(|| reader.join()).unwrap();

	let gaps: Vec<_> = all.iter().filter(|message| message.reset == Some(Reset::Gap)).collect();
	assert!(!gaps.is_empty(), "{} messages, and nothing left out", all.len());
	for pair in all.windows(2) {
		let [before, after] = pair else { unreachable!("windows of two") };
		if after.reset == Some(Reset::Gap) {
			assert!(after.sequence > before.sequence);
		} else {
			assert_eq!(after.sequence, before.sequence + 1);
		}
	}
	let sent = all[all.len() - 1].sequence - all[0].sequence;
	assert!(sent >= all.len() as u64, "{sent} messages after the first, and all were read");
}

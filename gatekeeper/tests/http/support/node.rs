//! A JSON-RPC server on a loopback socket that answers as a node does, from the chain in memory.

use super::{
	chain::{Chain, Mood, State},
	eventually,
};
use codec::{Decode, Encode};
use jsonrpsee::{
	core::{async_trait, RpcResult, SubscriptionResult},
	server::{RpcModule, Server, ServerHandle},
	types::ErrorObjectOwned,
	PendingSubscriptionSink, SubscriptionMessage,
};
use medrec_primitives::{AccountId, Hash, ParticipantId, RelationshipId, RelationshipRole};
use medrec_rpc_api::{
	error::{required_block_absent, unavailable, Unavailability, UnavailableData},
	AccessAnswer, AccessAnswers, AccountRoleName, AuthorityInfo, Changes, CheckAccess, CouncilInfo,
	GrantInfo, MedrecApiServer, MedrecChangesApiServer, ParticipantInfo, ProvidersPage,
	RelationshipInfo, Reset, SummaryEntry, SummaryPage,
};
use std::{
	net::SocketAddr,
	sync::{
		atomic::{AtomicU64, Ordering},
		Arc,
	},
};
use tokio::sync::broadcast;

/// A node that runs.
pub struct Node {
	pub address: SocketAddr,
	handle: ServerHandle,
}

impl Node {
	/// Start one; at the same address as before, where one is given.
	pub async fn start(chain: &Chain, address: Option<SocketAddr>) -> Self {
		let address = address.unwrap_or(([127, 0, 0, 1], 0).into());
		let server = Server::builder().build(address).await.unwrap();
		let address = server.local_addr().unwrap();
		let mut module = RpcModule::new(chain.clone());
		module.merge(MedrecApiServer::into_rpc(Answers(chain.clone()))).unwrap();
		module.merge(MedrecChangesApiServer::into_rpc(Answers(chain.clone()))).unwrap();
		module
			.register_method("chain_getBlockHash", |_, chain, _| Some(chain.lock().genesis()))
			.unwrap();
		module
			.register_method("state_call", |params, chain, _| {
				let (function, argument, at): (String, String, Option<Hash>) = params.parse()?;
				assert_eq!(function, "AccountNonceApi_account_nonce");
				let bytes = hex::decode(argument.strip_prefix("0x").unwrap()).unwrap();
				let account = AccountId::decode(&mut bytes.as_slice()).unwrap();
				let nonce = chain.lock().at(at).nonces.get(&account).copied().unwrap_or(0_u32);
				Ok::<_, ErrorObjectOwned>(format!("0x{}", hex::encode(nonce.encode())))
			})
			.unwrap();
		Self { address, handle: server.start(module) }
	}

	/// Stop it; nothing answers at its address from then on.
	pub async fn stop(self) {
		self.handle.stop().unwrap();
		self.handle.stopped().await;
	}
}

/// Tells subscribers what a test says.
#[derive(Clone)]
pub struct Feed {
	sequence: Arc<AtomicU64>,
	/// A message; `None` ends all subscriptions.
	sender: broadcast::Sender<Option<Changes>>,
}

impl Default for Feed {
	fn default() -> Self {
		Self { sequence: Arc::default(), sender: broadcast::Sender::new(16) }
	}
}

impl Feed {
	/// Number of the next message in order.
	pub fn next_sequence(&self) -> u64 {
		self.sequence.load(Ordering::SeqCst) + 1
	}

	/// Tell something, once it is sure that somebody listens.
	pub async fn tell(&self, message: Changes) {
		self.sequence.fetch_max(message.sequence, Ordering::SeqCst);
		eventually("somebody listens", || async { self.sender.receiver_count() > 0 }).await;
		self.sender.send(Some(message)).unwrap();
	}

	/// End all subscriptions.
	pub fn cut(&self) {
		self.sender.send(None).unwrap();
	}
}

#[async_trait]
impl MedrecChangesApiServer for Answers {
	async fn subscribe_changes(&self, pending: PendingSubscriptionSink) -> SubscriptionResult {
		let Some(feed) = self.0.lock().feed.clone() else {
			pending.reject(ErrorObjectOwned::owned(-32_601, "not told here", None::<()>)).await;
			return Ok(());
		};
		let sink = pending.accept().await?;
		let mut messages = feed.sender.subscribe();
		let (best, finalized) = self.0.lock().blocks();
		let first = Changes {
			sequence: feed.sequence.load(Ordering::SeqCst),
			best,
			finalized,
			participants: Vec::new(),
			relationships: Vec::new(),
			reset: Some(Reset::Start),
			unavailable: None,
		};
		sink.send(SubscriptionMessage::from_json(&first)?).await?;
		while let Ok(Some(message)) = messages.recv().await {
			sink.send(SubscriptionMessage::from_json(&message)?).await?;
		}
		Ok(())
	}
}

struct Answers(Chain);

impl Answers {
	fn answer(&self, questions: Vec<CheckAccess>) -> RpcResult<AccessAnswers> {
		let state = self.0.lock();
		if state.mood == Mood::SaysStale {
			return Err(unavailable(UnavailableData {
				reason: Unavailability::FinalityStale,
				age_ms: Some(60_000),
				limit_ms: Some(30_000),
				clock_difference_ms: None,
			}));
		}
		let absent = questions
			.iter()
			.filter_map(|question| question.include_block)
			.find(|block| !state.knows(*block));
		if let Some(block) = absent {
			return Err(required_block_absent(block));
		}
		let decisions =
			questions.into_iter().map(|question| state.decide(&question.into())).collect();
		let (best, finalized) = state.blocks();
		Ok(AccessAnswers { decisions, best, finalized })
	}

	fn read<T>(&self, read: impl FnOnce(&State) -> T) -> RpcResult<T> {
		Ok(read(&self.0.lock()))
	}
}

impl MedrecApiServer for Answers {
	fn check_access(&self, question: CheckAccess) -> RpcResult<AccessAnswer> {
		self.0.lock().asked += 1;
		let AccessAnswers { mut decisions, best, finalized } = self.answer(vec![question])?;
		Ok(AccessAnswer { decision: decisions.remove(0), best, finalized })
	}

	fn check_access_batch(&self, questions: Vec<CheckAccess>) -> RpcResult<AccessAnswers> {
		self.answer(questions)
	}

	fn participant(
		&self,
		participant: ParticipantId,
		at: Option<Hash>,
	) -> RpcResult<Option<ParticipantInfo>> {
		self.read(|state| state.at(at).participants.get(&participant).cloned())
	}

	fn participant_of(
		&self,
		account: AccountId,
		at: Option<Hash>,
	) -> RpcResult<Option<ParticipantInfo>> {
		self.read(|state| {
			let mut participants = state.at(at).participants.values();
			let found = participants.find(|participant| participant.account == account)?;
			Some(ParticipantInfo { role: Some(AccountRoleName::Principal), ..found.clone() })
		})
	}

	fn providers(&self, _: Option<ParticipantId>, _: Option<u32>) -> RpcResult<ProvidersPage> {
		Ok(ProvidersPage { providers: Vec::new(), next: None })
	}

	fn relationship(
		&self,
		relationship: RelationshipId,
		at: Option<Hash>,
	) -> RpcResult<Option<RelationshipInfo>> {
		self.read(|state| {
			let found = *state.at(at).relationships.get(&relationship)?;
			Some(RelationshipInfo { id: relationship, relationship: found })
		})
	}

	fn summary(
		&self,
		participant: ParticipantId,
		after: Option<RelationshipId>,
		_: Option<u32>,
	) -> RpcResult<SummaryPage> {
		self.read(|state| {
			// Two on a page, so that paging is seen to work.
			let mut found: Vec<_> = state
				.best
				.relationships
				.iter()
				.filter(|(id, _)| after.is_none_or(|after| **id > after))
				.filter_map(|(id, relationship)| {
					let role = relationship.role_of(participant)?;
					Some(entry(*id, role, relationship))
				})
				.take(3)
				.collect();
			let next = (found.len() == 3).then(|| found[1].relationship);
			found.truncate(2);
			SummaryPage { entries: found, next }
		})
	}

	fn grants(&self, relationship: RelationshipId, at: Option<Hash>) -> RpcResult<Vec<GrantInfo>> {
		self.read(|state| {
			let grants = state.at(at).grants.iter();
			grants
				.filter(|((id, _), _)| *id == relationship)
				.map(|((_, tag), day)| GrantInfo { tag: *tag, expiry_day: *day })
				.collect()
		})
	}

	fn authorities(&self) -> RpcResult<Vec<AuthorityInfo>> {
		Ok(Vec::new())
	}

	fn council(&self) -> RpcResult<CouncilInfo> {
		unreachable!("gatekeepers do not ask what the council does")
	}
}

fn entry(
	relationship: RelationshipId,
	role: RelationshipRole,
	found: &medrec_primitives::Relationship,
) -> SummaryEntry {
	let medrec_primitives::Relationship { patron, steward, status, since, .. } = *found;
	SummaryEntry { relationship, role, patron, steward, status, since }
}

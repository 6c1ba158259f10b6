//! A JSON-RPC server on a loopback socket that answers as a node does, from the chain in memory.

use super::chain::{Chain, Mood, State};
use codec::{Decode, Encode};
use jsonrpsee::{
	core::RpcResult,
	server::{RpcModule, Server, ServerHandle},
	types::ErrorObjectOwned,
};
use medrec_primitives::{AccountId, Hash, ParticipantId, RelationshipId, RelationshipRole};
use medrec_rpc_api::{
	error::{required_block_absent, unavailable, Unavailability, UnavailableData},
	AccessAnswer, AccessAnswers, AccountRoleName, AuthorityInfo, CheckAccess, CouncilInfo,
	GrantInfo, MedrecApiServer, ParticipantInfo, ProvidersPage, RelationshipInfo, SummaryEntry,
	SummaryPage,
};
use std::net::SocketAddr;

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
		module.merge(Answers(chain.clone()).into_rpc()).unwrap();
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

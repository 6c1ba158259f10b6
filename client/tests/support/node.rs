//! A node that answers reads, and takes transactions.

use super::{
	chain::{Chain, BEST, FINALIZED, GENESIS},
	pool,
};
use jsonrpsee::{
	core::{async_trait, RpcResult},
	server::{Server, ServerHandle},
	RpcModule,
};
use medrec_chain_client::rpc_api::{
	AccessAnswer, AccessAnswers, AuthorityInfo, CheckAccess, CouncilInfo, GrantInfo,
	MedrecApiServer, ParticipantInfo, ProvidersPage, RelationshipInfo, SummaryEntry, SummaryPage,
};
use medrec_primitives::{AccountId, Hash, ParticipantId, RelationshipId};
use serde_json::json;

pub struct Node {
	pub url: String,
	_handle: ServerHandle,
}

impl Node {
	pub async fn start(chain: &Chain) -> Self {
		let server = Server::builder().build("127.0.0.1:0").await.unwrap();
		let url = format!("ws://{}", server.local_addr().unwrap());
		let mut module = RpcModule::new(());
		module.merge(Reads(chain.clone()).into_rpc()).unwrap();
		module
			.register_method("chain_getBlockHash", |params, _, _| match params.one::<u32>() {
				Ok(0) => json!(GENESIS),
				_ => json!(BEST.hash),
			})
			.unwrap();
		module.register_method("chain_getFinalizedHead", |_, _, _| json!(FINALIZED.hash)).unwrap();
		let state = chain.clone();
		module
			.register_method("chain_getHeader", move |params, _, _| {
				let number = match params.one::<Hash>() {
					Ok(hash) if hash == FINALIZED.hash => FINALIZED.number,
					Ok(hash) => state.lock().block_number(hash).unwrap_or(BEST.number),
					Err(_) => BEST.number,
				};
				json!({ "number": format!("{number:#x}") })
			})
			.unwrap();
		for (method, answer) in [
			("system_chain", json!("MedRec Test")),
			("system_name", json!("medrec-node")),
			("system_version", json!("0.0.0")),
			("system_health", json!({ "peers": 3, "isSyncing": false, "shouldHavePeers": true })),
		] {
			module.register_method(method, move |_, _, _| answer.clone()).unwrap();
		}
		pool::register(&mut module, chain);
		Self { url, _handle: server.start(module) }
	}
}

struct Reads(Chain);

#[async_trait]
impl MedrecApiServer for Reads {
	fn check_access(&self, _: CheckAccess) -> RpcResult<AccessAnswer> {
		unreachable!("clients do not ask the node for decisions")
	}

	fn check_access_batch(&self, _: Vec<CheckAccess>) -> RpcResult<AccessAnswers> {
		unreachable!("clients do not ask the node for decisions")
	}

	fn participant(
		&self,
		participant: ParticipantId,
		_: Option<Hash>,
	) -> RpcResult<Option<ParticipantInfo>> {
		Ok(self.0.lock().participants.get(&participant).cloned())
	}

	fn participant_of(
		&self,
		account: AccountId,
		_: Option<Hash>,
	) -> RpcResult<Option<ParticipantInfo>> {
		Ok(self.0.lock().participant_of(&account))
	}

	/// In pages of one, so that clients are seen to ask for all of them.
	fn providers(&self, after: Option<ParticipantId>, _: Option<u32>) -> RpcResult<ProvidersPage> {
		let state = self.0.lock();
		let mut rest = state
			.participants
			.values()
			.filter(|participant| participant.provider.is_some())
			.filter(|participant| after.is_none_or(|after| participant.id > after));
		let providers: Vec<_> = rest.next().cloned().into_iter().collect();
		let next = rest.next().and_then(|_| providers.first().map(|provider| provider.id));
		Ok(ProvidersPage { providers, next })
	}

	fn relationship(
		&self,
		relationship: RelationshipId,
		_: Option<Hash>,
	) -> RpcResult<Option<RelationshipInfo>> {
		Ok(self.0.lock().relationship(relationship))
	}

	fn summary(
		&self,
		participant: ParticipantId,
		_: Option<RelationshipId>,
		_: Option<u32>,
	) -> RpcResult<SummaryPage> {
		let state = self.0.lock();
		let entries = state
			.relationships
			.iter()
			.filter_map(|(id, relationship)| {
				Some(SummaryEntry {
					relationship: *id,
					role: relationship.role_of(participant)?,
					patron: relationship.patron,
					steward: relationship.steward,
					status: relationship.status,
					since: relationship.since,
				})
			})
			.collect();
		Ok(SummaryPage { entries, next: None })
	}

	fn grants(&self, relationship: RelationshipId, _: Option<Hash>) -> RpcResult<Vec<GrantInfo>> {
		Ok(self.0.lock().grants(relationship))
	}

	fn authorities(&self) -> RpcResult<Vec<AuthorityInfo>> {
		Ok(Vec::new())
	}

	fn council(&self) -> RpcResult<CouncilInfo> {
		let state = self.0.lock();
		Ok(CouncilInfo {
			block: BEST,
			seats: state.seats.clone(),
			motions: state.motions.clone(),
			changes: Vec::new(),
			offenders: Vec::new(),
		})
	}
}

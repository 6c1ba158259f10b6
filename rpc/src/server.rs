//! The methods.

use std::{sync::Arc, time::Duration};

use futures::{future, FutureExt, StreamExt};
use jsonrpsee::{
	core::RpcResult,
	types::{ErrorCode, ErrorObjectOwned},
};
use medrec_primitives::{
	AccountId, AccountRole, Participant, ParticipantId, Provider, RelationshipId,
};
use medrec_rpc_api::{
	error::{internal, limit_exceeded, required_block_absent, state_unavailable, unavailable},
	AccessAnswer, AccessAnswers, AccountRoleName, AuthorityInfo, BlockRef, CheckAccess,
	CouncilInfo, GrantInfo, MedrecApiServer, ParticipantInfo, ProviderInfo, ProvidersPage,
	RelationshipInfo, SummaryEntry, SummaryPage, MAX_BATCH, MAX_PAGE,
};
use sc_network_sync::SyncingService;
use sp_runtime::traits::Header as _;
use tokio::{
	runtime::{Handle, RuntimeFlavor},
	task::block_in_place,
};

use crate::{
	access::Decider,
	changes::{Feed, Watcher},
	council,
	freshness::{clock, Freshness, NetworkView, Observation, Outlook, SyncView},
	heads::{HeadTracker, Heads},
	layout,
	state::{self, ReadError, StateReader},
	Announcements, Block, Client, Hash,
};

/// How often peers are looked at.
pub(crate) const REFRESH: Duration = Duration::from_secs(1);

/// Serves the namespace `medrec`.
pub struct Medrec<C, BE: sc_client_api::Backend<Block>> {
	client: Arc<C>,
	backend: Arc<BE>,
	genesis: Hash,
	heads: Arc<HeadTracker<BE>>,
	network: Arc<dyn SyncView>,
	freshness: Freshness,
	feed: Arc<Feed>,
}

impl<C, BE: sc_client_api::Backend<Block>> Clone for Medrec<C, BE> {
	fn clone(&self) -> Self {
		Self {
			client: self.client.clone(),
			backend: self.backend.clone(),
			genesis: self.genesis,
			heads: self.heads.clone(),
			network: self.network.clone(),
			freshness: self.freshness,
			feed: self.feed.clone(),
		}
	}
}

impl From<ReadError> for ErrorObject {
	fn from(error: ReadError) -> Self {
		match error {
			ReadError::NoState(block) => Self(state_unavailable(block)),
			error => {
				log::error!(target: "medrec-rpc", "{error}");
				Self(internal())
			},
		}
	}
}

/// Lets `?` turn failed reads into answers.
struct ErrorObject(ErrorObjectOwned);

impl From<ErrorObject> for ErrorObjectOwned {
	fn from(error: ErrorObject) -> Self {
		error.0
	}
}

impl<C: Client<BE>, BE: sc_client_api::Backend<Block> + 'static> Medrec<C, BE> {
	/// Serve from these parts. [`Self::track_heads`] has to run beside it, and the announcements have to be
	/// told of what peers announce.
	pub fn new(
		client: Arc<C>,
		backend: Arc<BE>,
		sync: Arc<SyncingService<Block>>,
		announcements: Arc<Announcements>,
		freshness: Freshness,
	) -> Self {
		let view = NetworkView::new(sync, announcements);
		Self::with_view(client, backend, Arc::new(view), freshness)
	}

	/// The same, with another way to learn how far the other nodes are.
	pub fn with_view(
		client: Arc<C>,
		backend: Arc<BE>,
		network: Arc<dyn SyncView>,
		freshness: Freshness,
	) -> Self {
		let info = client.info();
		let feed = Arc::new(Feed::new(
			BlockRef { hash: info.best_hash, number: info.best_number },
			BlockRef { hash: info.finalized_hash, number: info.finalized_number },
		));
		let (genesis, heads) = (info.genesis_hash, Arc::new(HeadTracker::new()));
		Self { client, backend, genesis, heads, network, freshness, feed }
	}

	/// What subscribers are told.
	pub(crate) fn feed(&self) -> &Feed {
		&self.feed
	}

	/// Keep up with the chain and with what peers announce, and tell subscribers. Runs until the node stops.
	pub fn track_heads(&self) -> impl future::Future<Output = ()> + Send + 'static {
		let tell = Watcher::run(self.clone(), self.client.clone());
		let Self { client, heads, network, .. } = self.clone();
		let changes = client.storage_changes_notification_stream(None, None);
		let refresh = async move {
			loop {
				network.refresh().await;
				futures_timer::Delay::new(REFRESH).await;
			}
		};
		let follow = async move {
			let Ok(mut changes) = changes else {
				log::warn!(
					target: "medrec-rpc",
					"no notifications of storage changes: every decision reads both blocks"
				);
				return future::pending().await;
			};
			while let Some(notification) = changes.next().await {
				let Ok(Some(header)) = client.header(notification.block) else { continue };
				heads.note_changes(
					notification.block,
					*header.number(),
					// The state has no child tries.
					notification
						.changes
						.iter()
						.filter(|(child, ..)| child.is_none())
						.map(|(_, key, _)| key.0.clone()),
					client.info().finalized_number,
				);
			}
		};
		future::select_all([refresh.boxed(), follow.boxed(), tell.boxed()]).map(|_| ())
	}

	/// The pair of blocks to decide on, if this node may vouch for them.
	fn fresh_heads(&self) -> RpcResult<(Arc<Heads<BE>>, u64)> {
		let (heads, observation) = self.observe().map_err(ErrorObject::from)?;
		self.freshness.check(&*self.network, &observation).map_err(unavailable)?;
		Ok((heads, observation.now))
	}

	/// The pair of blocks of now, and what freshness depends on.
	fn observe(&self) -> Result<(Arc<Heads<BE>>, Observation), ReadError> {
		let heads = self.heads.heads(&*self.client, &self.backend)?;
		let observation = Observation {
			now: clock(),
			best_number: heads.best.at.number,
			best_time: heads.best.time,
			finalized_time: heads.finalized.time,
			staleness_limit: heads.staleness_limit(),
		};
		Ok((heads, observation))
	}

	/// What access decisions would rest on now, and whether this node would make any: for the operator.
	pub fn outlook(&self) -> Result<Outlook, ReadError> {
		let (heads, observation) = self.observe()?;
		Ok(Outlook {
			now: observation.now,
			best_time: observation.best_time,
			finalized_time: observation.finalized_time,
			layout_is_known: heads.layout_is_known(),
			unavailable: self.freshness.check(&*self.network, &observation).err(),
		})
	}

	/// By how many milliseconds this node's clock is ahead of the others', by the blocks that peers announce;
	/// negative where it is behind, `None` where too little is known: for the operator.
	pub fn clock_difference(&self) -> Option<i64> {
		self.network.clock_difference(clock())
	}

	/// Check that the best block is or descends from a block.
	fn ensure_included(&self, heads: &Heads<BE>, block: Hash) -> RpcResult<()> {
		match self.is_included(heads, block) {
			Ok(true) => Ok(()),
			Ok(false) => Err(required_block_absent(block)),
			Err(error) => {
				log::error!(target: "medrec-rpc", "looking for {block:?}: {error}");
				Err(internal())
			},
		}
	}

	fn is_included(&self, heads: &Heads<BE>, block: Hash) -> Result<bool, sp_blockchain::Error> {
		let (best, finalized) = (heads.best.at, heads.finalized.at);
		let Some(number) = self.client.number(block)? else { return Ok(false) };
		if number > best.number {
			return Ok(false);
		}
		if number <= finalized.number {
			return Ok(self.client.hash(number)? == Some(block));
		}
		// Above that, which block is canonical may have changed since the pair was taken: so the way back
		// from its best block counts. Stale finality is refused before, which bounds that way.
		let mut ancestor = best.hash;
		for _ in number..best.number {
			let Some(header) = self.client.header(ancestor)? else { return Ok(false) };
			ancestor = *header.parent_hash();
		}
		Ok(ancestor == block)
	}

	/// Open the state to read from: `at`, else the best block's. The second part says whether its layout is
	/// known.
	fn state_at(&self, at: Option<Hash>) -> Result<(Hash, StateReader<BE>, bool), ErrorObject> {
		let block = at.unwrap_or_else(|| self.client.info().best_hash);
		let state = StateReader::open(&self.backend, block)?;
		let heads = self.heads.heads(&*self.client, &self.backend)?;
		let known = [&heads.best, &heads.finalized]
			.into_iter()
			.find(|facts| facts.at.hash == block)
			.map(|facts| facts.layout_is_known);
		let layout_is_known =
			known.unwrap_or_else(|| layout::is_known(&*self.client, block, &state));
		Ok((block, state, layout_is_known))
	}

	fn read_participant(
		&self,
		id: ParticipantId,
		(block, state, layout_is_known): &(Hash, StateReader<BE>, bool),
	) -> Result<Option<ParticipantInfo>, ErrorObject> {
		let (participant, provider) = if *layout_is_known {
			(state.participant(id)?, state.provider(id)?)
		} else {
			(self.client.participant(*block, id)?, self.client.provider(*block, id)?)
		};
		Ok(participant.map(|participant| participant_info(id, participant, provider)))
	}
}

fn participant_info(
	id: ParticipantId,
	participant: Participant<AccountId>,
	provider: Option<Provider<AccountId>>,
) -> ParticipantInfo {
	ParticipantInfo {
		id,
		account: participant.account,
		kind: participant.kind,
		status: participant.status,
		encryption_key: participant.encryption_key.into(),
		epoch: participant.epoch,
		provider: provider.map(|provider| ProviderInfo {
			name: String::from_utf8_lossy(&provider.name).into_owned(),
			endpoint: String::from_utf8_lossy(&provider.endpoint).into_owned(),
			gatekeeper_key: provider.gatekeeper_key.into(),
			operator: provider.operator,
		}),
		role: None,
	}
}

/// Do what may take long, while another thread goes on with what this one served.
fn aside<T>(work: impl FnOnce() -> T) -> T {
	match Handle::try_current().map(|handle| handle.runtime_flavor()) {
		Ok(RuntimeFlavor::MultiThread) => block_in_place(work),
		// There is no other thread.
		_ => work(),
	}
}

/// Limit of a page.
fn page_limit(limit: Option<u32>) -> RpcResult<usize> {
	match limit {
		// An empty page would look like the last.
		Some(0) => Err(ErrorObjectOwned::owned(
			ErrorCode::InvalidParams.code(),
			"a page has at least one entry",
			None::<()>,
		)),
		Some(limit) if limit > MAX_PAGE => {
			Err(limit_exceeded("entries of a page", u64::from(MAX_PAGE)))
		},
		limit => Ok(limit.unwrap_or(MAX_PAGE) as usize),
	}
}

impl<C: Client<BE>, BE: sc_client_api::Backend<Block> + 'static> MedrecApiServer for Medrec<C, BE> {
	fn check_access(&self, question: CheckAccess) -> RpcResult<AccessAnswer> {
		// Without that, the runtime may have to be compiled or run, or headers be read.
		let only_reads_keys = question.include_block.is_none()
			&& self.heads.at_hand(&*self.client).is_some_and(|heads| heads.layout_is_known());
		let decide = || self.check_access_batch(vec![question]);
		let answers = if only_reads_keys { decide() } else { aside(decide) }?;
		let decision = answers.decisions.into_iter().next().ok_or_else(internal)?;
		Ok(AccessAnswer { decision, best: answers.best, finalized: answers.finalized })
	}

	fn check_access_batch(&self, questions: Vec<CheckAccess>) -> RpcResult<AccessAnswers> {
		if questions.len() > MAX_BATCH {
			return Err(limit_exceeded("questions", MAX_BATCH as u64));
		}
		let (heads, now) = self.fresh_heads()?;
		let mut decider = Decider::new(&*self.client, &self.backend, self.genesis, &heads, now);
		let decisions = questions
			.into_iter()
			.map(|question| {
				if let Some(block) = question.include_block {
					self.ensure_included(&heads, block)?;
				}
				Ok(decider.decide(&question.into()).map_err(ErrorObject::from)?)
			})
			.collect::<RpcResult<_>>()?;
		Ok(AccessAnswers { decisions, best: heads.best.at, finalized: heads.finalized.at })
	}

	fn participant(
		&self,
		participant: ParticipantId,
		at: Option<Hash>,
	) -> RpcResult<Option<ParticipantInfo>> {
		Ok(self.read_participant(participant, &self.state_at(at)?)?)
	}

	fn participant_of(
		&self,
		account: AccountId,
		at: Option<Hash>,
	) -> RpcResult<Option<ParticipantInfo>> {
		let opened = self.state_at(at)?;
		let (block, state, layout_is_known) = &opened;
		let id = if *layout_is_known {
			state
				.account(&account)
				.map_err(ErrorObject::from)?
				.filter(|data| !matches!(data.role, AccountRole::Vacant | AccountRole::Tombstone))
				.map(|data| data.participant)
		} else {
			self.client.participant_of(*block, account.clone()).map_err(ErrorObject::from)?
		};
		let Some(id) = id else { return Ok(None) };
		Ok(self.read_participant(id, &opened)?.map(|mut info| {
			info.role = Some(if info.account == account {
				AccountRoleName::Principal
			} else {
				AccountRoleName::Operator
			});
			info
		}))
	}

	fn providers(
		&self,
		after: Option<ParticipantId>,
		limit: Option<u32>,
	) -> RpcResult<ProvidersPage> {
		let limit = page_limit(limit)?;
		let opened = self.state_at(None)?;
		let (block, _, layout_is_known) = &opened;
		let page = if *layout_is_known {
			state::providers(&*self.client, *block, after, limit).map_err(ErrorObject::from)?
		} else {
			self.client.providers(*block, after, limit as u32).map_err(ErrorObject::from)?
		};
		let next = (page.len() == limit).then(|| page.last().map(|(id, _)| *id)).flatten();
		let providers = page
			.into_iter()
			.filter_map(|(id, _)| self.read_participant(id, &opened).transpose())
			.collect::<Result<_, _>>()?;
		Ok(ProvidersPage { providers, next })
	}

	fn relationship(
		&self,
		relationship: RelationshipId,
		at: Option<Hash>,
	) -> RpcResult<Option<RelationshipInfo>> {
		let (block, state, layout_is_known) = self.state_at(at)?;
		let found = if layout_is_known {
			state.relationship(relationship).map_err(ErrorObject::from)?
		} else {
			self.client.relationship(block, relationship).map_err(ErrorObject::from)?
		};
		Ok(found.map(|found| RelationshipInfo { id: relationship, relationship: found }))
	}

	fn summary(
		&self,
		participant: ParticipantId,
		after: Option<RelationshipId>,
		limit: Option<u32>,
	) -> RpcResult<SummaryPage> {
		let limit = page_limit(limit)?;
		let (block, state, layout_is_known) = self.state_at(None)?;
		let page: Vec<_> = if layout_is_known {
			state::summary(&*self.client, block, participant, after, limit)
				.map_err(ErrorObject::from)?
				.into_iter()
				.map(|(id, role)| Ok((id, role, state.relationship(id)?)))
				.collect::<Result<_, ReadError>>()
				.map_err(ErrorObject::from)?
		} else {
			self.client
				.summary(block, participant, after, limit as u32)
				.map_err(ErrorObject::from)?
		};
		let next = (page.len() == limit).then(|| page.last().map(|(id, ..)| *id)).flatten();
		let entries = page
			.into_iter()
			.filter_map(|(id, role, relationship)| {
				relationship.map(|relationship| SummaryEntry {
					relationship: id,
					role,
					patron: relationship.patron,
					steward: relationship.steward,
					status: relationship.status,
					since: relationship.since,
				})
			})
			.collect();
		Ok(SummaryPage { entries, next })
	}

	fn grants(&self, relationship: RelationshipId, at: Option<Hash>) -> RpcResult<Vec<GrantInfo>> {
		let (block, _, layout_is_known) = self.state_at(at)?;
		let grants = if layout_is_known {
			// The chain bounds the tags of a relationship below this.
			state::grants(&*self.client, block, relationship, MAX_PAGE as usize)
				.map_err(ErrorObject::from)?
		} else {
			self.client.grants(block, relationship).map_err(ErrorObject::from)?
		};
		Ok(grants.into_iter().map(|(tag, expiry_day)| GrantInfo { tag, expiry_day }).collect())
	}

	fn authorities(&self) -> RpcResult<Vec<AuthorityInfo>> {
		let opened = self.state_at(None)?;
		let (block, state, layout_is_known) = &opened;
		let ids: Vec<ParticipantId> = if *layout_is_known {
			state
				.authorities()
				.map_err(ErrorObject::from)?
				.into_iter()
				.map(|(participant, _)| participant)
				.collect()
		} else {
			self.client.authorities(*block).map_err(ErrorObject::from)?
		};
		let found = ids
			.into_iter()
			.filter_map(|id| self.read_participant(id, &opened).transpose())
			.collect::<Result<Vec<_>, _>>()?;
		Ok(found
			.into_iter()
			.map(|info| AuthorityInfo {
				participant: info.id,
				account: info.account,
				name: info.provider.map(|provider| provider.name).unwrap_or_default(),
			})
			.collect())
	}

	fn council(&self) -> RpcResult<CouncilInfo> {
		let info = self.client.info();
		let block = BlockRef { hash: info.best_hash, number: info.best_number };
		let found = self.client.council(block.hash).map_err(ErrorObject::from)?;
		Ok(council::answer(block, found))
	}
}

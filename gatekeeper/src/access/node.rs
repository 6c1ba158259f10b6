//! JSON-RPC client of the provider's node.

use super::{kept::Kept, FinalityProgress};
use crate::server::intake;
use jsonrpsee::{
	core::client::{ClientT, Error as RpcError},
	http_client::{HttpClient, HttpClientBuilder},
	rpc_params,
};
use medrec_primitives::{AccountId, Hash, ParticipantId, RelationshipId};
use medrec_rpc_api::{
	error, AccessAnswer, AccessAnswers, CheckAccess, GrantInfo, MedrecApiClient, ParticipantInfo,
	RelationshipInfo, SummaryEntry,
};
use std::time::{Duration, Instant};
use url::Url;

/// Longest answer that is read from the node, bytes.
const MAX_ANSWER_BYTES: u32 = 1 << 20;

/// Most pages of a summary that are read; with full pages more relationships than one patient has.
const MAX_SUMMARY_PAGES: usize = 64;

/// Why the node gave no answer. None of them is an answer of its own kind: whoever gets one serves
/// nothing.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
	/// It cannot be reached, or answers too slowly, or not in this protocol.
	#[error("the node does not answer: {0}")]
	Unreachable(String),
	/// It says that it cannot vouch for a decision now.
	#[error("the node cannot decide now: {0}")]
	Unavailable(String),
	/// Finality has not advanced for longer than the configured `staleness`.
	#[error("finality has not advanced for too long")]
	FinalityStale,
	/// The block that the answer must include is not on its chain (yet).
	#[error("the required block is not on the node's chain")]
	RequiredBlockAbsent,
	/// It follows another chain than the one that this gatekeeper's store belongs to.
	#[error("the node follows the chain {node:?}, this gatekeeper's store belongs to {store:?}")]
	AnotherChain {
		/// Genesis hash of the node's chain.
		node: Hash,
		/// Genesis hash in the store.
		store: Hash,
	},
}

impl From<RpcError> for NodeError {
	fn from(error: RpcError) -> Self {
		match &error {
			RpcError::Call(call) => match call.code() {
				error::REQUIRED_BLOCK_ABSENT => Self::RequiredBlockAbsent,
				_ => Self::Unavailable(call.message().to_owned()),
			},
			_ => Self::Unreachable(error.to_string()),
		}
	}
}

/// The provider's node.
#[derive(Debug)]
pub struct Node {
	client: HttpClient,
	url: String,
	timeout: Duration,
	finality: FinalityProgress,
	kept: Kept,
}

impl Node {
	/// A client for the node at `url` (`ws://` or `wss://`; nodes serve HTTP at the same port, which
	/// needs no reconnecting when the node restarts). Does not connect yet.
	///
	/// `timeout` bounds each question, `staleness` is how long finality may stand still.
	pub fn new(url: &Url, timeout: Duration, staleness: Duration) -> Result<Self, NodeError> {
		let address = match url.as_str().strip_prefix("ws") {
			Some(rest) => format!("http{rest}"),
			None => url.to_string(),
		};
		let client = HttpClientBuilder::new()
			.request_timeout(timeout)
			.max_response_size(MAX_ANSWER_BYTES)
			.build(address)
			.map_err(|error| NodeError::Unreachable(error.to_string()))?;
		Ok(Self {
			client,
			url: url.to_string(),
			timeout,
			finality: FinalityProgress::new(staleness),
			kept: Kept::default(),
		})
	}

	/// Genesis hash of the chain that the node follows now.
	pub async fn genesis(&self) -> Result<Hash, NodeError> {
		genesis(&self.client).await
	}

	/// Whether the node (still) follows the chain with this genesis hash. Numbers of participants and
	/// relationships mean something else on another one.
	pub async fn follows(&self, store: Hash) -> Result<(), NodeError> {
		if self.kept.follows(store, Instant::now()) {
			return Ok(());
		}
		self.check_genesis(&self.client, store).await
	}

	/// As [`Self::follows`], of the node at the other end of a connection.
	pub(super) async fn check_genesis(
		&self,
		client: &impl ClientT,
		store: Hash,
	) -> Result<(), NodeError> {
		match genesis(client).await? {
			node if node == store => Ok(()),
			node => Err(NodeError::AnotherChain { node, store }),
		}
	}

	/// The access decision, from a node that vouches for it and whose finality advances.
	pub async fn check_access(&self, question: CheckAccess) -> Result<AccessAnswer, NodeError> {
		let kept = self.kept.decision(&question, Instant::now(), intake::now());
		let answer = match kept {
			Some(answer) => answer,
			None => {
				let answer = self.client.check_access(question.clone()).await?;
				self.kept.keep_decision(&question, &answer, Instant::now(), intake::now());
				answer
			},
		};
		self.fresh(answer.finalized.number)?;
		Ok(answer)
	}

	/// Whether the node would decide now, and on which blocks.
	pub async fn probe(&self) -> Result<AccessAnswers, NodeError> {
		let answers = self.client.check_access_batch(Vec::new()).await?;
		self.fresh(answers.finalized.number)?;
		Ok(answers)
	}

	/// A participant at the best block; `None` if there is none.
	pub async fn participant(
		&self,
		participant: ParticipantId,
	) -> Result<Option<ParticipantInfo>, NodeError> {
		let asked = Instant::now();
		if let Some(kept) = self.kept.participant(participant, asked) {
			return Ok(kept);
		}
		let at = self.kept.best(asked);
		let found = self.client.participant(participant, at).await?;
		if let Some(at) = at {
			self.kept.keep_participant(participant, &found, at, Instant::now());
		}
		Ok(found)
	}

	/// What an account is at the best block; `None` for strangers and tombstones.
	pub async fn participant_of(
		&self,
		account: AccountId,
	) -> Result<Option<ParticipantInfo>, NodeError> {
		Ok(self.client.participant_of(account, None).await?)
	}

	/// The nonce that an account's next transaction has, in the state of the best block or of `at`.
	/// What waits in the pool does not count.
	pub async fn nonce(&self, account: &AccountId, at: Option<Hash>) -> Result<u32, NodeError> {
		let argument = format!("0x{}", hex::encode::<&[u8]>(account.as_ref()));
		let call = rpc_params!["AccountNonceApi_account_nonce", argument, at];
		let answer: String = self.client.request("state_call", call).await?;
		let nonce = answer.strip_prefix("0x").and_then(|digits| {
			let mut bytes = [0; 4];
			hex::decode_to_slice(digits, &mut bytes).ok()?;
			Some(u32::from_le_bytes(bytes))
		});
		nonce.ok_or_else(|| NodeError::Unavailable("its answer is not a nonce".to_owned()))
	}

	/// A relationship, at the best block or at `at`.
	pub async fn relationship(
		&self,
		relationship: RelationshipId,
		at: Option<Hash>,
	) -> Result<Option<RelationshipInfo>, NodeError> {
		if at.is_some() {
			return Ok(self.client.relationship(relationship, at).await?);
		}
		let asked = Instant::now();
		if let Some(kept) = self.kept.relationship(relationship, asked) {
			return Ok(kept);
		}
		let at = self.kept.best(asked);
		let found = self.client.relationship(relationship, at).await?;
		if let Some(at) = at {
			self.kept.keep_relationship(relationship, &found, at, Instant::now());
		}
		Ok(found)
	}

	/// A participant's relationships at the best block, all pages.
	pub async fn summary(
		&self,
		participant: ParticipantId,
	) -> Result<Vec<SummaryEntry>, NodeError> {
		let mut entries = Vec::new();
		let mut after = None;
		for _ in 0..MAX_SUMMARY_PAGES {
			let page = self.client.summary(participant, after, None).await?;
			entries.extend(page.entries);
			after = page.next;
			if after.is_none() {
				return Ok(entries);
			}
		}
		Err(NodeError::Unavailable("the participant's summary has too many pages".to_owned()))
	}

	/// Tags of the grants under a relationship, at the best block or at `at`.
	pub async fn grants(
		&self,
		relationship: RelationshipId,
		at: Option<Hash>,
	) -> Result<Vec<GrantInfo>, NodeError> {
		Ok(self.client.grants(relationship, at).await?)
	}

	/// Whether the node tells all that changes, so that it is not asked about the rest.
	pub fn tells_changes(&self) -> bool {
		self.kept.best(Instant::now()).is_some()
	}

	pub(super) fn kept(&self) -> &Kept {
		&self.kept
	}

	pub(super) fn url(&self) -> &str {
		&self.url
	}

	pub(super) fn timeout(&self) -> Duration {
		self.timeout
	}

	fn fresh(&self, finalized: u32) -> Result<(), NodeError> {
		if self.finality.observe(finalized, Instant::now()) {
			Ok(())
		} else {
			Err(NodeError::FinalityStale)
		}
	}
}

async fn genesis(client: &impl ClientT) -> Result<Hash, NodeError> {
	let hash: Option<Hash> = client.request("chain_getBlockHash", rpc_params![0u32]).await?;
	hash.ok_or_else(|| NodeError::Unavailable("it has no genesis block".to_owned()))
}

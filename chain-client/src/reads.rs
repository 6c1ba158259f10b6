//! The reads of the `medrec` namespace, whole lists where the node answers in pages.

use crate::{ChainClient, ChainError};
use jsonrpsee::core::client::Error as RpcError;
use medrec_primitives::{AccountId, ParticipantId, RelationshipId};
use medrec_rpc_api::{
	AccessAnswer, AuthorityInfo, CheckAccess, CouncilInfo, GrantInfo, MedrecApiClient,
	ParticipantInfo, RelationshipInfo, SummaryEntry, MAX_PAGE,
};

/// Most pages that are read of one list, so that a node cannot keep a client busy for ever.
const MAX_PAGES: usize = 4096;

impl ChainClient {
	/// A participant, at the best block.
	pub async fn participant(
		&self,
		participant: ParticipantId,
	) -> Result<Option<ParticipantInfo>, ChainError> {
		let rpc = self.rpc().await?;
		let answer = MedrecApiClient::participant(&*rpc, participant, None).await;
		self.read("medrec_participant", answer)
	}

	/// The participant that an account acts as, at the best block.
	pub async fn participant_of(
		&self,
		account: AccountId,
	) -> Result<Option<ParticipantInfo>, ChainError> {
		let rpc = self.rpc().await?;
		let answer = MedrecApiClient::participant_of(&*rpc, account, None).await;
		self.read("medrec_participantOf", answer)
	}

	/// All providers.
	pub async fn providers(&self) -> Result<Vec<ParticipantInfo>, ChainError> {
		let mut providers = Vec::new();
		let mut after = None;
		for _ in 0..MAX_PAGES {
			let rpc = self.rpc().await?;
			let page = MedrecApiClient::providers(&*rpc, after, Some(MAX_PAGE)).await;
			let page = self.read("medrec_providers", page)?;
			providers.extend(page.providers);
			after = page.next;
			if after.is_none() {
				return Ok(providers);
			}
		}
		Err(self.endless("medrec_providers"))
	}

	/// A relationship, at the best block.
	pub async fn relationship(
		&self,
		relationship: RelationshipId,
	) -> Result<Option<RelationshipInfo>, ChainError> {
		let rpc = self.rpc().await?;
		let answer = MedrecApiClient::relationship(&*rpc, relationship, None).await;
		self.read("medrec_relationship", answer)
	}

	/// All relationships in a participant's summary.
	pub async fn summary(
		&self,
		participant: ParticipantId,
	) -> Result<Vec<SummaryEntry>, ChainError> {
		let mut entries = Vec::new();
		let mut after = None;
		for _ in 0..MAX_PAGES {
			let rpc = self.rpc().await?;
			let page = MedrecApiClient::summary(&*rpc, participant, after, Some(MAX_PAGE)).await;
			let page = self.read("medrec_summary", page)?;
			entries.extend(page.entries);
			after = page.next;
			if after.is_none() {
				return Ok(entries);
			}
		}
		Err(self.endless("medrec_summary"))
	}

	/// Tags of the grants under a relationship, at the best block.
	pub async fn grants(&self, relationship: RelationshipId) -> Result<Vec<GrantInfo>, ChainError> {
		let rpc = self.rpc().await?;
		let answer = MedrecApiClient::grants(&*rpc, relationship, None).await;
		self.read("medrec_grants", answer)
	}

	/// The providers that validate.
	pub async fn authorities(&self) -> Result<Vec<AuthorityInfo>, ChainError> {
		let rpc = self.rpc().await?;
		let answer = MedrecApiClient::authorities(&*rpc).await;
		self.read("medrec_authorities", answer)
	}

	/// What the council is doing, at the best block.
	pub async fn council(&self) -> Result<CouncilInfo, ChainError> {
		let rpc = self.rpc().await?;
		let answer = MedrecApiClient::council(&*rpc).await;
		self.read("medrec_council", answer)
	}

	/// The node's access decision.
	pub async fn check_access(&self, question: CheckAccess) -> Result<AccessAnswer, ChainError> {
		let rpc = self.rpc().await?;
		let answer = MedrecApiClient::check_access(&*rpc, question).await;
		self.read("medrec_checkAccess", answer)
	}

	fn read<T>(&self, method: &str, answer: Result<T, RpcError>) -> Result<T, ChainError> {
		answer.map_err(|error| self.explain(method, error))
	}

	fn endless(&self, method: &str) -> ChainError {
		ChainError::Malformed {
			method: method.to_owned(),
			reason: format!("the list has no end after {MAX_PAGES} pages"),
		}
	}
}

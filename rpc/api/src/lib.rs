//! The JSON-RPC namespace `medrec` as a trait: method names, parameters, answers and errors.
//!
//! `medrec-rpc` serves it from a node; clients call it through the generated [`MedrecApiClient`].
//! Everything here only reads. Field names are camelCase, hashes and keys `0x…` hexadecimal, accounts
//! SS58 text, moments Unix milliseconds.

mod changes;
mod council;
pub mod error;
mod types;

pub use changes::{
	Changes, MedrecChangesApiClient, MedrecChangesApiServer, Reset, HEARTBEAT, MAX_CHANGED_IDS,
};
pub use council::{CouncilInfo, MotionInfo, OffenderInfo, PendingChangeInfo, VoteInfo};
pub use types::{
	AccessAnswer, AccessAnswers, AccountRoleName, AuthorityInfo, BlockRef, CheckAccess, GrantInfo,
	ParticipantInfo, ProviderInfo, ProvidersPage, RelationshipInfo, SummaryEntry, SummaryPage,
};

use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use medrec_primitives::{AccountId, Hash, ParticipantId, RelationshipId};

/// Most questions in one `medrec_checkAccessBatch`.
pub const MAX_BATCH: usize = 64;

/// Most entries of a page, and the number that is sent where no limit is given.
pub const MAX_PAGE: u32 = 256;

/// Access decisions and reads of the MedRec chain.
#[rpc(client, server, namespace = "medrec")]
pub trait MedrecApi {
	/// Decide whether a participant may see records of a relationship. Allowed only if the finalized and
	/// the best block both allow it; never answered by a node that is syncing, behind its peers, or whose
	/// finalized head is stale (error `-32010`).
	// Not `blocking`: a few reads of a trie that is mostly in memory take less time than handing them to
	// another thread and back. What takes longer, the server itself moves aside.
	#[method(name = "checkAccess")]
	fn check_access(&self, question: CheckAccess) -> RpcResult<AccessAnswer>;

	/// Several decisions, at most [`MAX_BATCH`], on one pair of blocks. `includeBlock` of every question
	/// is checked.
	#[method(name = "checkAccessBatch", blocking)]
	fn check_access_batch(&self, questions: Vec<CheckAccess>) -> RpcResult<AccessAnswers>;

	/// A participant, at the best block or at `at`; `null` if there is none.
	#[method(name = "participant", blocking)]
	fn participant(
		&self,
		participant: ParticipantId,
		at: Option<Hash>,
	) -> RpcResult<Option<ParticipantInfo>>;

	/// The participant that an account acts as; `null` for strangers and accounts that were rotated away.
	#[method(name = "participantOf", blocking)]
	fn participant_of(
		&self,
		account: AccountId,
		at: Option<Hash>,
	) -> RpcResult<Option<ParticipantInfo>>;

	/// Providers, in the order of storage: those after participant `after`, at most `limit`.
	#[method(name = "providers", blocking)]
	fn providers(
		&self,
		after: Option<ParticipantId>,
		limit: Option<u32>,
	) -> RpcResult<ProvidersPage>;

	/// A relationship, at the best block or at `at`; `null` if there is none.
	#[method(name = "relationship", blocking)]
	fn relationship(
		&self,
		relationship: RelationshipId,
		at: Option<Hash>,
	) -> RpcResult<Option<RelationshipInfo>>;

	/// A participant's relationships, in the order of storage: those after relationship `after`, at most
	/// `limit`.
	#[method(name = "summary", blocking)]
	fn summary(
		&self,
		participant: ParticipantId,
		after: Option<RelationshipId>,
		limit: Option<u32>,
	) -> RpcResult<SummaryPage>;

	/// Tags of the grants under a relationship, at the best block or at `at`.
	#[method(name = "grants", blocking)]
	fn grants(&self, relationship: RelationshipId, at: Option<Hash>) -> RpcResult<Vec<GrantInfo>>;

	/// The providers that validate, at the best block.
	#[method(name = "authorities", blocking)]
	fn authorities(&self) -> RpcResult<Vec<AuthorityInfo>>;

	/// What the council is doing, at the best block: seats, open motions, changes that wait for
	/// objections, offenders. Every list is bounded by the chain.
	#[method(name = "council", blocking)]
	fn council(&self) -> RpcResult<CouncilInfo>;
}

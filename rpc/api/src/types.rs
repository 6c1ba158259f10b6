//! Parameters and answers.

use medrec_primitives::{
	AccessRequest, AccountId, Decision, Epoch, ExpiryDay, Hash, Moment, Opening, ParticipantId,
	ParticipantKind, ParticipantStatus, Purpose, Relationship, RelationshipId, RelationshipRole,
	RelationshipStatus, Tag,
};
use serde::{Deserialize, Serialize};

/// A block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BlockRef {
	/// Its hash.
	pub hash: Hash,
	/// Its height.
	pub number: u32,
}

/// Question of `medrec_checkAccess`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CheckAccess {
	/// Who signs.
	pub actor: ParticipantId,
	/// For whom.
	pub on_behalf_of: ParticipantId,
	/// Whose records: those of this relationship's patron, held by its steward.
	pub relationship: RelationshipId,
	/// What for.
	pub purpose: Purpose,
	/// What opens the tag that the access rests on. Patron and steward send none.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub opening: Option<Opening>,
	/// A block that the answer must include.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub include_block: Option<Hash>,
}

impl From<CheckAccess> for AccessRequest {
	fn from(question: CheckAccess) -> Self {
		let CheckAccess { actor, on_behalf_of, relationship, purpose, opening, include_block: _ } =
			question;
		Self { actor, on_behalf_of, relationship, purpose, opening }
	}
}

/// Answer of `medrec_checkAccess`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessAnswer {
	/// Allowed (by both blocks) or denied (by at least one; the best block's reason goes first).
	pub decision: Decision,
	/// The best block.
	pub best: BlockRef,
	/// The finalized block.
	pub finalized: BlockRef,
}

/// Answer of `medrec_checkAccessBatch`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessAnswers {
	/// One decision for each question, in their order.
	pub decisions: Vec<Decision>,
	/// The best block.
	pub best: BlockRef,
	/// The finalized block.
	pub finalized: BlockRef,
}

/// Whether an account is a participant's own or its operator's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AccountRoleName {
	/// The participant's own account.
	Principal,
	/// The operator account of a provider.
	Operator,
}

/// A participant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ParticipantInfo {
	/// Its number.
	pub id: ParticipantId,
	/// Its account.
	pub account: AccountId,
	/// What it is.
	pub kind: ParticipantKind,
	/// Its standing.
	pub status: ParticipantStatus,
	/// X25519 key that messages to it are sealed to.
	pub encryption_key: Hash,
	/// Counts key rotations and ends of all sessions.
	pub epoch: Epoch,
	/// What it has beyond that, if it is a provider.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub provider: Option<ProviderInfo>,
	/// What the account that was asked for is to it (`medrec_participantOf` only).
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub role: Option<AccountRoleName>,
}

/// What a provider has beyond every participant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderInfo {
	/// Unique human-readable name.
	pub name: String,
	/// Origin of its gatekeeper.
	pub endpoint: String,
	/// Ed25519 key with which its gatekeeper signs answers.
	pub gatekeeper_key: Hash,
	/// Its operator account.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub operator: Option<AccountId>,
}

/// Page of `medrec_providers`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProvidersPage {
	/// The providers.
	pub providers: Vec<ParticipantInfo>,
	/// What to pass as `after` for the next page; absent where the page is not full, which is the end.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub next: Option<ParticipantId>,
}

/// A relationship.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RelationshipInfo {
	/// Its number.
	pub id: RelationshipId,
	/// Its parties and where it stands.
	#[serde(flatten)]
	pub relationship: Relationship,
}

/// Entry of `medrec_summary`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SummaryEntry {
	/// The relationship.
	pub relationship: RelationshipId,
	/// The side that the participant is on.
	pub role: RelationshipRole,
	/// Whose records they are.
	pub patron: ParticipantId,
	/// Who holds them.
	pub steward: ParticipantId,
	/// Where it stands.
	pub status: RelationshipStatus,
	/// When it came to stand there.
	pub since: Moment,
}

/// Page of `medrec_summary`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SummaryPage {
	/// The entries.
	pub entries: Vec<SummaryEntry>,
	/// What to pass as `after` for the next page; absent where the page is not full, which is the end.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub next: Option<RelationshipId>,
}

/// Entry of `medrec_grants`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GrantInfo {
	/// Commitment to what is granted.
	pub tag: Tag,
	/// Last day on which it can hold, days since 1970-01-01.
	pub expiry_day: ExpiryDay,
}

/// Entry of `medrec_authorities`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorityInfo {
	/// The provider.
	pub participant: ParticipantId,
	/// Its account.
	pub account: AccountId,
	/// Its name.
	pub name: String,
}

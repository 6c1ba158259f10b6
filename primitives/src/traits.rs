//! How the pallets know each other, so that each is tested alone.

use crate::{
	AccountRole, EncryptionKey, ParticipantId, ParticipantKind, ParticipantStatus, Party,
	Relationship, RelationshipId, RelationshipRole,
};
use sp_runtime::{DispatchError, DispatchResult};

/// Who a signed origin acts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
	/// The participant.
	pub participant: ParticipantId,
	/// Its kind.
	pub kind: ParticipantKind,
	/// Its standing.
	pub status: ParticipantStatus,
	/// Whether the account is the participant's operator, which may do less.
	pub is_operator: bool,
}

impl Caller {
	/// Whether the participant is active.
	pub fn is_active(&self) -> bool {
		self.status == ParticipantStatus::Active
	}
}

/// What the relationship and authorities pallets need of the registrar.
pub trait Participants<AccountId> {
	/// Who an account acts as; `None` for strangers and tombstones.
	fn caller(account: &AccountId) -> Option<Caller>;

	/// A participant's kind and standing.
	fn party(participant: ParticipantId) -> Option<Party>;

	/// The account that acts as a participant (for a provider, not its operator).
	fn account(participant: ParticipantId) -> Option<AccountId>;

	/// A participant's encryption key.
	fn encryption_key(participant: ParticipantId) -> Option<EncryptionKey>;

	/// What an account is, for whoever is about to register it.
	fn role(account: &AccountId) -> AccountRole;

	/// Put a vacant account on the chain as a participant of any kind but `Provider`. The caller has
	/// checked the account's consent.
	fn register(
		account: AccountId,
		kind: ParticipantKind,
		encryption_key: EncryptionKey,
	) -> Result<ParticipantId, DispatchError>;

	/// Make what [`Self::caller`] and [`Self::party`] answer true for an account of a benchmark.
	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_participant(account: AccountId, kind: ParticipantKind) -> ParticipantId;
}

/// What the summary pallet and the runtime need of the relationship pallet.
pub trait Relationships {
	/// A relationship.
	fn relationship(id: RelationshipId) -> Option<Relationship>;

	/// Store an ended relationship for a benchmark.
	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_ended(patron: ParticipantId, steward: ParticipantId) -> RelationshipId;
}

/// What the relationship pallet needs of the summary pallet.
pub trait SummaryIndex {
	/// Enter a relationship into both parties' summaries.
	fn insert(
		relationship: RelationshipId,
		patron: ParticipantId,
		steward: ParticipantId,
	) -> DispatchResult;

	/// Take a relationship that never came to be out of both parties' summaries.
	fn remove(relationship: RelationshipId, patron: ParticipantId, steward: ParticipantId);

	/// On which side of a relationship a participant's summary says that it is.
	fn role(participant: ParticipantId, relationship: RelationshipId) -> Option<RelationshipRole>;
}

/// What the registrar needs of the authorities pallet.
pub trait AuthorityHolders {
	/// Whether a provider validates, or is to validate from a coming session on.
	fn holds_authority(participant: ParticipantId) -> bool;

	/// Take authority and council seat from a provider that is being suspended. Fails where the set
	/// would fall under its minimum.
	fn relinquish(participant: ParticipantId) -> DispatchResult;
}

impl AuthorityHolders for () {
	fn holds_authority(_: ParticipantId) -> bool {
		false
	}

	fn relinquish(_: ParticipantId) -> DispatchResult {
		Ok(())
	}
}

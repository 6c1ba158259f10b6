//! How the pallets know each other, so that each is tested alone.

use crate::{
	AccountRole, EncryptionKey, ParticipantId, ParticipantKind, ParticipantStatus, Party,
	Relationship, RelationshipId, RelationshipRole,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
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

	/// Whose account this is or once was: a tombstone's too. `None` for vacant accounts.
	fn owner(account: &AccountId) -> Option<ParticipantId>;

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

/// How much of the council stands behind a decision. The stronger majority is the greater one.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Hash,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub enum Majority {
	/// More than half of the seats.
	#[codec(index = 0)]
	MoreThanHalf,
	/// At least two thirds of the seats.
	#[codec(index = 1)]
	TwoThirds,
}

impl Majority {
	/// Whether `yes` votes of `seats` seats are this majority. Never without a seat.
	pub const fn is_reached(self, yes: u32, seats: u32) -> bool {
		let (yes, seats) = (yes as u64, seats as u64);
		seats > 0
			&& match self {
				Self::MoreThanHalf => yes * 2 > seats,
				Self::TwoThirds => yes * 3 >= seats * 2,
			}
	}
}

/// The seats in the provider council. They belong to the providers that hold authority, one to each,
/// and not to their accounts, so that a provider keeps its seat and its votes with a new account.
pub trait Seats<AccountId> {
	/// Whose seat an account votes with; `None` where it is nobody's, and for operators.
	fn seat_of(account: &AccountId) -> Option<ParticipantId>;

	/// Whether a provider has a seat.
	fn holds_seat(participant: ParticipantId) -> bool;

	/// How many seats there are.
	fn seats() -> u32;

	/// Give the seats to `count` providers made for a benchmark, and to nobody else. Returns them with
	/// the accounts that they vote with.
	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_seats(count: u32) -> alloc::vec::Vec<(ParticipantId, AccountId)>;
}

/// Told when a provider loses its seat in the council, in the block in which it does. What it voted
/// counts no more.
pub trait OnSeatLost {
	/// This provider has lost its seat.
	fn seat_lost(participant: ParticipantId);
}

impl OnSeatLost for () {
	fn seat_lost(_: ParticipantId) {}
}

/// What came of the wish to suspend a provider, as far as its authority is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relinquished {
	/// It holds no seat now, and never did or has just lost it: it can be suspended.
	Now,
	/// It keeps seat and authority for the time being; [`Suspensions::suspend`] follows unless
	/// others object.
	Later,
}

/// What the registrar needs of the authorities pallet.
pub trait AuthorityHolders<AccountId> {
	/// Whether a provider validates, or is to validate from a coming session on.
	fn holds_authority(participant: ParticipantId) -> bool;

	/// Take authority and council seat from a provider that is to be suspended: at once if two thirds
	/// of the council want it, otherwise after the delay in which others can object. Fails where the
	/// set would fall under its minimum.
	fn relinquish(
		participant: ParticipantId,
		majority: Majority,
	) -> Result<Relinquished, DispatchError>;

	/// A participant moved to a new account, on which it has been entered already. Moves seat,
	/// authority and session keys with it. Fails, and changes nothing, where they cannot be moved.
	fn account_rotated(
		participant: ParticipantId,
		old: &AccountId,
		new: &AccountId,
	) -> DispatchResult;
}

impl<AccountId> AuthorityHolders<AccountId> for () {
	fn holds_authority(_: ParticipantId) -> bool {
		false
	}

	fn relinquish(_: ParticipantId, _: Majority) -> Result<Relinquished, DispatchError> {
		Ok(Relinquished::Now)
	}

	fn account_rotated(_: ParticipantId, _: &AccountId, _: &AccountId) -> DispatchResult {
		Ok(())
	}
}

/// What the authorities pallet needs of the registrar, beside [`Participants`].
pub trait Suspensions {
	/// Suspend a provider that has just lost its authority, because nobody stopped the decision in
	/// time. Fails where it is not active any more.
	fn suspend(participant: ParticipantId) -> DispatchResult;
}

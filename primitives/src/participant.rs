//! Participants: who is on the chain, in which kind and standing, and behind which account.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_core::ConstU32;
use sp_runtime::BoundedVec;

/// Number of a participant, given by the chain and never reused. Everything refers to it, so that an
/// identity moves to a new key without touching its relationships.
pub type ParticipantId = u64;

/// X25519 public key to which messages for a participant are sealed.
pub type EncryptionKey = [u8; 32];

/// Ed25519 public key with which a provider's gatekeeper signs its answers.
pub type GatekeeperKey = [u8; 32];

/// Counts a participant's key rotations and "log out everywhere". Session keys are bound to it.
pub type Epoch = u32;

/// Longest name of a provider, in bytes of UTF-8.
pub const MAX_NAME_LENGTH: u32 = 64;

/// Longest endpoint of a provider, in bytes.
pub const MAX_ENDPOINT_LENGTH: u32 = 128;

/// Human-readable name of a provider, unique on the chain (compared without ASCII case).
pub type ProviderName = BoundedVec<u8, ConstU32<MAX_NAME_LENGTH>>;

/// Origin of a provider's gatekeeper: scheme, host and port, no path (`https://mercy.example`).
pub type ProviderEndpoint = BoundedVec<u8, ConstU32<MAX_ENDPOINT_LENGTH>>;

/// Most nodes that a provider names as its own.
pub const MAX_PEER_IDS: u32 = 4;

/// Longest peer id, in bytes.
pub const MAX_PEER_ID_LENGTH: u32 = 64;

/// What a node is called in the peer-to-peer network: a multihash of its public key, as libp2p encodes it.
/// People write it in base58 (`12D3KooW...`).
pub type PeerId = BoundedVec<u8, ConstU32<MAX_PEER_ID_LENGTH>>;

/// The nodes of a provider.
pub type PeerIds = BoundedVec<PeerId, ConstU32<MAX_PEER_IDS>>;

/// What a participant is.
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
pub enum ParticipantKind {
	/// A person whose records are held by providers.
	#[codec(index = 0)]
	Patient,
	/// An institution that holds records and may validate. Admitted by the council only.
	#[codec(index = 1)]
	Provider,
	/// An account that acts for a provider in single relationships.
	#[codec(index = 2)]
	Delegate,
	/// An insurer.
	#[codec(index = 3)]
	Insurer,
	/// A researcher.
	#[codec(index = 4)]
	Researcher,
	/// Anybody else: a pharmacist, a relative.
	#[codec(index = 5)]
	Other,
}

impl ParticipantKind {
	/// Every kind, in the order of their encoding.
	pub const ALL: [Self; 6] = [
		Self::Patient,
		Self::Provider,
		Self::Delegate,
		Self::Insurer,
		Self::Researcher,
		Self::Other,
	];

	/// Whether participants of this kind may hold records for a patron.
	pub const fn may_be_steward(self) -> bool {
		matches!(self, Self::Provider | Self::Delegate)
	}
}

/// Standing of a participant.
#[derive(
	Clone,
	Copy,
	Debug,
	Default,
	PartialEq,
	Eq,
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
pub enum ParticipantStatus {
	/// May do everything that its kind may.
	#[default]
	#[codec(index = 0)]
	Active,
	/// Suspended by the council: may only take back what it gave.
	#[codec(index = 1)]
	Suspended,
	/// Has left for good: may only take back what it gave.
	#[codec(index = 2)]
	Retired,
}

/// A participant as the chain stores it. Holds nothing that identifies a person and no link to who
/// registered whom.
#[derive(
	Clone,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub struct Participant<AccountId> {
	/// The account that acts as this participant.
	pub account: AccountId,
	/// What it is.
	pub kind: ParticipantKind,
	/// Its standing.
	pub status: ParticipantStatus,
	/// Where messages to it are sealed to.
	pub encryption_key: EncryptionKey,
	/// How often its key was rotated or its sessions were ended.
	pub epoch: Epoch,
}

/// What a provider has beyond every participant.
#[derive(
	Clone,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub struct Provider<AccountId> {
	/// Unique human-readable name, UTF-8.
	pub name: ProviderName,
	/// Origin of its gatekeeper.
	pub endpoint: ProviderEndpoint,
	/// Key with which its gatekeeper signs answers.
	pub gatekeeper_key: GatekeeperKey,
	/// The account that its internet-facing server holds; may only register, enrol, propose, accept,
	/// reject and end.
	pub operator: Option<AccountId>,
}

/// What an account is on the chain. One byte, because it is read and written with every transaction.
#[derive(
	Clone,
	Copy,
	Debug,
	Default,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum AccountRole {
	/// Nobody's account.
	#[default]
	#[codec(index = 0)]
	Vacant,
	/// The account of a participant of this kind.
	#[codec(index = 1)]
	Patient,
	/// See [`ParticipantKind::Provider`].
	#[codec(index = 2)]
	Provider,
	/// See [`ParticipantKind::Delegate`].
	#[codec(index = 3)]
	Delegate,
	/// See [`ParticipantKind::Insurer`].
	#[codec(index = 4)]
	Insurer,
	/// See [`ParticipantKind::Researcher`].
	#[codec(index = 5)]
	Researcher,
	/// See [`ParticipantKind::Other`].
	#[codec(index = 6)]
	Other,
	/// The operator account of a provider.
	#[codec(index = 7)]
	Operator,
	/// An account that was rotated away, or an operator account that was replaced. Never usable again.
	#[codec(index = 8)]
	Tombstone,
}

impl From<ParticipantKind> for AccountRole {
	fn from(kind: ParticipantKind) -> Self {
		match kind {
			ParticipantKind::Patient => Self::Patient,
			ParticipantKind::Provider => Self::Provider,
			ParticipantKind::Delegate => Self::Delegate,
			ParticipantKind::Insurer => Self::Insurer,
			ParticipantKind::Researcher => Self::Researcher,
			ParticipantKind::Other => Self::Other,
		}
	}
}

impl AccountRole {
	/// The kind of the participant that this account acts as, if it acts as one.
	pub const fn kind(self) -> Option<ParticipantKind> {
		match self {
			Self::Patient => Some(ParticipantKind::Patient),
			Self::Provider | Self::Operator => Some(ParticipantKind::Provider),
			Self::Delegate => Some(ParticipantKind::Delegate),
			Self::Insurer => Some(ParticipantKind::Insurer),
			Self::Researcher => Some(ParticipantKind::Researcher),
			Self::Other => Some(ParticipantKind::Other),
			Self::Vacant | Self::Tombstone => None,
		}
	}
}

/// What every transaction needs to know of its signer, 16 bytes, kept in `frame_system::Account`
/// (which is read anyway) so that the whole account entry stays inline in the trie.
#[derive(
	Clone,
	Copy,
	Debug,
	Default,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct ParticipantAccount {
	/// The participant. Meaningful unless `role` is `Vacant`.
	pub participant: ParticipantId,
	/// What this account is.
	pub role: AccountRole,
	/// Standing of the participant, repeated here. Always equal to [`Participant::status`] while the
	/// account is the participant's or its operator's.
	pub status: ParticipantStatus,
	/// Transactions in `window`.
	pub used: u16,
	/// Number of the quota window (Unix time divided by the window's length) that `used` counts.
	pub window: u32,
}

#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod access;
mod authority;
mod consent;
mod grant;
mod participant;
mod relationship;
mod traits;
mod vocabulary;

pub use access::{
	decide, AccessRequest, Allowed, Basis, Decision, Denial, Party, Question, Visible, VisibleList,
};
pub use authority::AuthorityChange;
pub use consent::{Consent, SignedConsent, MAX_CONSENT_LIFETIME};
pub use grant::{ExpiryDay, Opening, Rule, Salt, Tag, Terms, MAX_RULES};
pub use participant::{
	AccountRole, EncryptionKey, Epoch, GatekeeperKey, Participant, ParticipantAccount,
	ParticipantId, ParticipantKind, ParticipantStatus, PeerId, PeerIds, Provider, ProviderEndpoint,
	ProviderName, MAX_ENDPOINT_LENGTH, MAX_NAME_LENGTH, MAX_PEER_IDS, MAX_PEER_ID_LENGTH,
};
pub use relationship::{Relationship, RelationshipId, RelationshipRole, RelationshipStatus};
pub use traits::{
	AuthorityHolders, Caller, Majority, OnSeatLost, Participants, Relationships, Relinquished,
	Seats, SummaryIndex, Suspensions,
};
pub use vocabulary::{Labels, Purpose, Purposes, PurposesTable, RecordTypes, VOCABULARY_VERSION};

/// Unix time in milliseconds. Intervals of moments are half-open: `[from, until)`.
pub type Moment = u64;

/// Milliseconds of a day of Unix time.
pub const MILLISECONDS_PER_DAY: Moment = 86_400_000;

/// The account that a participant signs with.
pub type AccountId = sp_runtime::AccountId32;

/// Signature by an account's key: sr25519, ed25519 or ecdsa.
pub type Signature = sp_runtime::MultiSignature;

/// Hash of a block, and of the genesis block as the name of a chain.
pub type Hash = sp_core::H256;

//! The runtime API behind the JSON-RPC namespace `medrec`, for Polkadot.js, PAPI and light clients, and
//! for nodes that do not know the layout of a block's state.
//!
//! Pages hold at most 256 entries, whatever is asked for, in the order of storage.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod council;

pub use council::{Council, Offender, OpenMotion, PendingChange, Seat, Vote};

use alloc::vec::Vec;
use medrec_primitives::{
	AccessRequest, AccountId, Decision, ExpiryDay, Moment, Participant, ParticipantId, PeerIds,
	Provider, Relationship, RelationshipId, RelationshipRole, Tag,
};

sp_api::decl_runtime_apis! {
	/// Access decisions and reads.
	pub trait MedrecApi {
		/// Decide a question. `end_now` is the caller's clock; a grant is over when either it or the
		/// block's time says so.
		fn check_access(request: AccessRequest, end_now: Moment) -> Decision;

		/// A participant.
		fn participant(id: ParticipantId) -> Option<Participant<AccountId>>;

		/// The participant that an account acts as.
		fn participant_of(account: AccountId) -> Option<ParticipantId>;

		/// What a provider has beyond every participant.
		fn provider(id: ParticipantId) -> Option<Provider<AccountId>>;

		/// Providers after `after`.
		fn providers(
			after: Option<ParticipantId>,
			limit: u32,
		) -> Vec<(ParticipantId, Provider<AccountId>)>;

		/// Nodes of active providers after `after`; of those that have named any.
		fn peer_ids(after: Option<ParticipantId>, limit: u32) -> Vec<(ParticipantId, PeerIds)>;

		/// A relationship.
		fn relationship(id: RelationshipId) -> Option<Relationship>;

		/// A participant's relationships after `after`.
		fn summary(
			participant: ParticipantId,
			after: Option<RelationshipId>,
			limit: u32,
		) -> Vec<(RelationshipId, RelationshipRole, Option<Relationship>)>;

		/// Tags of the grants under a relationship, with the last day on which each can hold.
		fn grants(relationship: RelationshipId) -> Vec<(Tag, ExpiryDay)>;

		/// The providers that validate.
		fn authorities() -> Vec<ParticipantId>;

		/// What the council is doing.
		fn council() -> Council;

		/// Age of the finalized block beyond which nodes decide no access, milliseconds.
		fn staleness_limit() -> Moment;
	}
}

//! The calls of MedRec's pallets, from the types of `medrec-primitives`.
//!
//! What each does, who may make it and what it fails with stands in the pallets' documentation.

use crate::{
	api::{self, runtime_types::bounded_collections::bounded_vec::BoundedVec},
	proposal, AgendaCall, Call, PeerId, SessionKeys,
};
use medrec_primitives::{
	AccountId, EncryptionKey, ExpiryDay, GatekeeperKey, ParticipantId, ParticipantKind, Purposes,
	RelationshipId, RelationshipRole, Signature, Tag,
};

/// The consent that [`register`] and [`enrol`] carry.
pub type SignedConsent = medrec_primitives::SignedConsent<AccountId, Signature>;

pub(crate) fn account(account: AccountId) -> subxt::utils::AccountId32 {
	subxt::utils::AccountId32(account.into())
}

/// Registrar: register a participant of any kind but provider.
pub fn register(consent: SignedConsent) -> impl Call {
	api::tx().registrar().register(consent.into())
}

/// Registrar: move the caller's participant to another account, which signs too.
pub fn rotate_key(new_account: AccountId, signature: Signature) -> impl Call {
	api::tx().registrar().rotate_key(account(new_account), signature.into())
}

/// Registrar: change where messages to the caller are sealed to.
pub fn set_encryption_key(key: EncryptionKey) -> impl Call {
	api::tx().registrar().set_encryption_key(key)
}

/// Registrar: let all of the caller's session keys die.
pub fn end_sessions() -> impl Call {
	api::tx().registrar().end_sessions()
}

/// Registrar: leave the chain for good.
pub fn retire() -> impl Call {
	api::tx().registrar().retire()
}

/// Registrar: change the origin of the calling provider's gatekeeper.
pub fn set_endpoint(endpoint: &str) -> impl Call {
	api::tx().registrar().set_endpoint(BoundedVec(endpoint.as_bytes().to_vec()))
}

/// Registrar: change the key with which the calling provider's gatekeeper signs.
pub fn set_gatekeeper_key(key: GatekeeperKey) -> impl Call {
	api::tx().registrar().set_gatekeeper_key(key)
}

/// Registrar: give the calling provider an operator account, which signs too, or take it away.
pub fn set_operator(operator: Option<(AccountId, Signature)>) -> impl Call {
	let operator = operator.map(|(id, signature)| (account(id), signature.into()));
	api::tx().registrar().set_operator(operator)
}

/// Registrar: say which nodes are the calling provider's, at most
/// [`MAX_PEER_IDS`](medrec_primitives::MAX_PEER_IDS); none removes all.
pub fn set_peer_ids(peer_ids: &[PeerId]) -> impl Call {
	let ids = peer_ids.iter().map(|id| BoundedVec(id.as_bytes().to_vec())).collect();
	api::tx().registrar().set_peer_ids(BoundedVec(ids))
}

/// Registrar, by the council: admit a provider.
pub fn certify(
	id: AccountId,
	name: &str,
	endpoint: &str,
	encryption_key: EncryptionKey,
	gatekeeper_key: GatekeeperKey,
) -> impl Call {
	api::tx().registrar().certify(
		account(id),
		BoundedVec(name.as_bytes().to_vec()),
		BoundedVec(endpoint.as_bytes().to_vec()),
		encryption_key,
		gatekeeper_key,
	)
}

/// Registrar, by the council: suspend a participant.
pub fn suspend(participant: ParticipantId) -> impl Call {
	api::tx().registrar().suspend(participant)
}

/// Registrar, by the council: end a suspension.
pub fn reinstate(participant: ParticipantId) -> impl Call {
	api::tx().registrar().reinstate(participant)
}

/// Registrar, by the council: say which purposes participants of a kind may claim.
pub fn set_purposes(kind: ParticipantKind, purposes: Purposes) -> impl Call {
	api::tx().registrar().set_purposes(kind.into(), purposes.into())
}

/// Relationships: become steward of the patron whose consent this is.
pub fn enrol(consent: SignedConsent) -> impl Call {
	api::tx().relationships().enrol(consent.into())
}

/// Relationships: propose a relationship in which the caller takes `role`.
pub fn propose(counterparty: ParticipantId, role: RelationshipRole) -> impl Call {
	api::tx().relationships().propose(counterparty, role.into())
}

/// Relationships: accept what `counterparty` proposed.
pub fn accept(relationship: RelationshipId, counterparty: ParticipantId) -> impl Call {
	api::tx().relationships().accept(relationship, counterparty)
}

/// Relationships: decline a proposal.
pub fn reject(relationship: RelationshipId) -> impl Call {
	api::tx().relationships().reject(relationship)
}

/// Relationships: take the caller's own proposal back.
pub fn withdraw(relationship: RelationshipId) -> impl Call {
	api::tx().relationships().withdraw(relationship)
}

/// Relationships: end an active relationship.
pub fn end(relationship: RelationshipId) -> impl Call {
	api::tx().relationships().end(relationship)
}

/// Relationships: grant what `tag` commits to.
pub fn grant(relationship: RelationshipId, tag: Tag, expiry: ExpiryDay) -> impl Call {
	api::tx().relationships().grant(relationship, tag.into(), expiry.into())
}

/// Relationships: take a grant back.
pub fn revoke(relationship: RelationshipId, tag: Tag) -> impl Call {
	api::tx().relationships().revoke(relationship, tag.into())
}

/// Relationships: remove up to `limit` grants that are expired or whose relationship is ended.
pub fn clean_grants(relationship: RelationshipId, limit: u32) -> impl Call {
	api::tx().relationships().clean_grants(relationship, limit)
}

/// Summary: remove an ended relationship from the calling patron's summary.
pub fn remove_from_summary(relationship: RelationshipId) -> impl Call {
	api::tx().summary().remove(relationship)
}

/// Authorities, by the council: let a provider validate.
pub fn add_authority(participant: ParticipantId) -> impl Call {
	api::tx().authorities().add_authority(participant)
}

/// Authorities, by the council: let a provider no longer validate.
pub fn remove_authority(participant: ParticipantId) -> impl Call {
	api::tx().authorities().remove_authority(participant)
}

/// Authorities, by the council: change how many blocks a session has.
pub fn set_session_length(blocks: u32) -> impl Call {
	api::tx().authorities().set_session_length(blocks)
}

/// Authorities: object to a change of who holds authority, before it takes effect.
pub fn object(participant: ParticipantId) -> impl Call {
	api::tx().authorities().object(participant)
}

/// System: set the runtime whose hash the council authorized. Nobody signs this: the code speaks for itself.
pub fn apply_authorized_upgrade(code: Vec<u8>) -> impl Call {
	api::tx().system().apply_authorized_upgrade(code)
}

/// Council: put a call to the vote, and approve of it.
pub fn propose_motion(call: AgendaCall) -> impl Call {
	proposal::propose(call)
}

/// Council: approve or disapprove of a motion, or change one's vote.
pub fn vote(motion: u32, approve: bool) -> impl Call {
	api::tx().council().vote(motion, approve)
}

/// Council: take the caller's own motion back.
pub fn rescind(motion: u32) -> impl Call {
	api::tx().council().rescind(motion)
}

/// Council: count the votes on a motion, and do what follows.
pub fn close(motion: u32) -> impl Call {
	api::tx().council().close(motion)
}

/// Session: register the keys of the calling provider's node, with what proves that it has them.
pub fn set_keys(keys: &SessionKeys, proof: Vec<u8>) -> impl Call {
	api::tx().session().set_keys((*keys).into(), proof)
}

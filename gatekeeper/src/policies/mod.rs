//! Narrowing policies: finer rules of a patron for one grantee, deposited with the opening whose terms
//! name them. They only ever take away: who does not have a policy denies, and what a policy leaves is
//! looked for among what the grant's rules show.

mod fit;

pub use fit::fits;
pub(crate) use fit::interval;

use crate::{
	server::{Code, Gatekeeper, Refusal},
	store::StoreError,
};
use medrec_primitives::{AccountId, Hash, Opening, ParticipantId, RelationshipId, Tag};
use medrec_protocol::policy::{Narrowing, SignedPolicy};
use std::sync::Arc;

/// Why a policy is not taken with an opening. None of them is about what the chain says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
	/// It is for another chain, provider, relationship or grantee.
	#[error("the policy is for another chain, provider, relationship or grantee than its opening")]
	AnotherGrant,
	/// The patron's account did not sign it.
	#[error("the policy is not signed by the patron's account")]
	Signature,
}

impl From<Misfit> for Refusal {
	fn from(misfit: Misfit) -> Self {
		Self::malformed(Code::PolicyInvalid, misfit.to_string())
	}
}

/// Whether a policy may be deposited with an opening for this grantee by the patron of this account.
pub fn check(
	gatekeeper: &Gatekeeper,
	policy: &SignedPolicy,
	relationship: RelationshipId,
	grantee: ParticipantId,
	account: &AccountId,
) -> Result<(), Misfit> {
	let of = &policy.policy;
	if of.genesis != gatekeeper.genesis
		|| of.provider != gatekeeper.config.provider
		|| of.relationship != relationship
		|| of.grantee != grantee
	{
		return Err(Misfit::AnotherGrant);
	}
	policy.verify(account).map_err(|_| Misfit::Signature)
}

/// What the policy of this hash, which an opening names, leaves to be seen; `None` if it is not here.
///
/// The signature was checked when it was deposited. What counts from then on is the hash: only the patron
/// can put a tag on the chain that commits to it.
pub async fn named(
	gatekeeper: &Gatekeeper,
	relationship: RelationshipId,
	opening: &Opening,
	hash: &Hash,
) -> Result<Option<Arc<Narrowing>>, StoreError> {
	let tag: Tag = opening.tag(&gatekeeper.genesis, relationship);
	let Some(SignedPolicy { policy, .. }) = gatekeeper.store.policy(relationship, tag).await?
	else {
		return Ok(None);
	};
	let fits = policy.hash() == *hash
		&& policy.genesis == gatekeeper.genesis
		&& policy.provider == gatekeeper.config.provider
		&& policy.relationship == relationship
		&& policy.grantee == opening.grantee;
	Ok(fits.then(|| Arc::new(policy.narrowing)))
}

//! What the storage of this pallet is made of.

use crate::Config;
use codec::{Decode, Encode, MaxEncodedLen};
use frame_support::{BoundedVec, CloneNoBound, DebugNoBound, EqNoBound, PartialEqNoBound};
use frame_system::pallet_prelude::BlockNumberFor;
use medrec_primitives::{AccountId, AuthorityChange, ParticipantId};
use scale_info::TypeInfo;
use sp_staking::SessionIndex;

/// Providers that hold authority, each with the account that it validates and votes with.
pub type AuthorityList<T> = BoundedVec<(ParticipantId, AccountId), <T as Config>::MaxAuthorities>;

/// Changes that are decided and not enacted, in the order of the decisions.
pub type ChangeList<T> = BoundedVec<PendingChange<T>, <T as Config>::MaxAuthorities>;

/// Providers that equivocated, ordered by participant.
pub type OffenderList<T> = BoundedVec<Offender<T>, <T as Config>::MaxAuthorities>;

/// A change that the council decided.
#[derive(
	CloneNoBound, DebugNoBound, PartialEqNoBound, EqNoBound, Encode, Decode, MaxEncodedLen, TypeInfo,
)]
#[codec(mel_bound(T: Config))]
#[scale_info(skip_type_params(T))]
pub struct PendingChange<T: Config> {
	/// The provider.
	pub participant: ParticipantId,
	/// What is to happen to it.
	pub change: AuthorityChange,
	/// From this block on the next rotation of the session enacts it.
	pub due: BlockNumberFor<T>,
	/// The authorities that object, in the order in which they did.
	pub objectors: BoundedVec<ParticipantId, T::MaxAuthorities>,
}

impl<T: Config> PendingChange<T> {
	/// Whether so many object that fewer than two thirds of `authorities` are left in favour.
	pub fn is_refused(&self, authorities: usize) -> bool {
		self.objectors.len().saturating_mul(3) > authorities
	}
}

/// A provider that was found to have voted for two things at once.
#[derive(
	CloneNoBound, DebugNoBound, PartialEqNoBound, EqNoBound, Encode, Decode, MaxEncodedLen, TypeInfo,
)]
#[codec(mel_bound(T: Config))]
#[scale_info(skip_type_params(T))]
pub struct Offender<T: Config> {
	/// The provider.
	pub participant: ParticipantId,
	/// The session in which it did.
	pub session: SessionIndex,
	/// The block that has the evidence.
	pub reported: BlockNumberFor<T>,
	/// The session in which the council forgave it. Evidence of earlier sessions counts no more.
	pub forgiven: Option<SessionIndex>,
}

/// Whether the minimum allows one more of `authorities` to go, beside those that `changes` take.
pub(crate) fn spares_one<T: Config>(
	authorities: &AuthorityList<T>,
	changes: &ChangeList<T>,
	minimum: u32,
) -> bool {
	remaining::<T>(authorities, changes) > minimum as usize
}

/// How many of `authorities` are left when all the losses among `changes` are enacted.
pub(crate) fn remaining<T: Config>(
	authorities: &AuthorityList<T>,
	changes: &ChangeList<T>,
) -> usize {
	let losses = changes.iter().filter(|pending| pending.change.is_loss()).count();
	authorities.len().saturating_sub(losses)
}

/// Whether a provider holds authority.
pub(crate) fn is_among<T: Config>(
	authorities: &AuthorityList<T>,
	participant: ParticipantId,
) -> bool {
	authorities.binary_search_by_key(&participant, |(id, _)| *id).is_ok()
}

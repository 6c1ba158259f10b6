//! What the storage of this pallet is made of.

use crate::Config;
use codec::{Decode, Encode, MaxEncodedLen};
use frame_support::{BoundedVec, CloneNoBound, DebugNoBound, EqNoBound, PartialEqNoBound};
use frame_system::pallet_prelude::BlockNumberFor;
use medrec_primitives::{AccountId, ParticipantId};
use scale_info::TypeInfo;

/// Providers that hold authority, each with the account that it validates and votes with.
pub type AuthorityList<T> = BoundedVec<(ParticipantId, AccountId), <T as Config>::MaxAuthorities>;

/// Removals that are decided and not enacted, in the order of the decisions.
pub type RemovalList<T> = BoundedVec<Removal<T>, <T as Config>::MaxAuthorities>;

/// A decided removal of an authority.
#[derive(
	CloneNoBound, DebugNoBound, PartialEqNoBound, EqNoBound, Encode, Decode, MaxEncodedLen, TypeInfo,
)]
#[codec(mel_bound(T: Config))]
#[scale_info(skip_type_params(T))]
pub struct Removal<T: Config> {
	/// The provider to be removed.
	pub participant: ParticipantId,
	/// From this block on the next rotation of the session enacts it.
	pub due: BlockNumberFor<T>,
	/// The authorities that object, in the order in which they did.
	pub objectors: BoundedVec<ParticipantId, T::MaxAuthorities>,
}

impl<T: Config> Removal<T> {
	/// Whether so many object that fewer than two thirds of `authorities` are left in favour.
	pub fn is_refused(&self, authorities: usize) -> bool {
		self.objectors.len().saturating_mul(3) > authorities
	}
}

/// Whether the minimum allows one more of `authorities` to go, beside those in `removals`.
pub(crate) fn spares_one<T: Config>(
	authorities: &AuthorityList<T>,
	removals: &RemovalList<T>,
	minimum: u32,
) -> bool {
	authorities.len().saturating_sub(removals.len()) > minimum as usize
}

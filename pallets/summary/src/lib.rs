#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod dispatchable_impls;
#[cfg(test)]
mod mock;
mod page_impls;
#[cfg(test)]
mod tests;
mod trait_impls;
#[cfg(any(test, feature = "try-runtime"))]
mod try_state;
pub mod weights;

pub use page_impls::{PageEntry, MAX_PAGE};
pub use pallet::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
	use super::WeightInfo;
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;
	use medrec_primitives::{
		AccountId, ParticipantId, Participants, RelationshipId, RelationshipRole, Relationships,
	};

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config:
		frame_system::Config<AccountId = AccountId, RuntimeEvent: From<Event<Self>>>
	{
		/// Who accounts act as.
		type Participants: Participants<AccountId>;

		/// The relationships that the entries are of.
		type Relationships: Relationships;

		/// Weights of the calls.
		type WeightInfo: WeightInfo;
	}

	/// On which side of a relationship a participant is. Both sides have an entry as long as the
	/// relationship is proposed or active; of an ended one the patron may have removed hers.
	///
	/// The hashers are `Identity` because the chain assigns both numbers.
	#[pallet::storage]
	pub type Entries<T> = StorageDoubleMap<
		_,
		Identity,
		ParticipantId,
		Identity,
		RelationshipId,
		RelationshipRole,
		OptionQuery,
	>;

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A patron removed an ended relationship from her summary.
		Removed { participant: ParticipantId, relationship: RelationshipId },
	}

	#[pallet::error]
	pub enum Error<T> {
		/// The account is nobody's: it was never registered, or it was rotated away or replaced.
		NotParticipant,
		/// You are suspended or retired.
		CallerNotActive,
		/// An operator account may not do this; the provider's own account has to.
		OperatorNotAllowed,
		/// Your summary has no entry of this relationship: you are no party to it, or you removed it.
		EntryAbsent,
		/// Only the relationship's patron may remove it from her summary.
		NotPatron,
		/// The relationship is proposed or active: reject, withdraw or end it first.
		RelationshipNotEnded,
		/// The summary has an entry of this relationship already.
		EntryExists,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Remove an ended relationship from one's summary.
		///
		/// - **Origin**: Signed, by the relationship's patron, active.
		/// - **Details**: The relationship itself and the steward's entry stay.
		/// - **Errors**: [`Error::NotParticipant`], [`Error::CallerNotActive`],
		///   [`Error::OperatorNotAllowed`], [`Error::EntryAbsent`], [`Error::NotPatron`],
		///   [`Error::RelationshipNotEnded`].
		/// - **Events**: [`Event::Removed`].
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::remove())]
		pub fn remove(
			origin: OriginFor<T>,
			#[pallet::compact] relationship: RelationshipId,
		) -> DispatchResult {
			let account = ensure_signed(origin)?;
			let caller = T::Participants::caller(&account).ok_or(Error::<T>::NotParticipant)?;
			Self::do_remove(caller, relationship)
		}
	}
}

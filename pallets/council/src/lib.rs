#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod dispatchable_impls;
#[cfg(test)]
mod mock;
mod origin;
mod seat_impls;
#[cfg(test)]
mod tests;
#[cfg(any(test, feature = "try-runtime"))]
mod try_state;
mod types;
pub mod weights;

pub use origin::{EnsureCouncil, MoreThanHalf, TwoThirds};
pub use pallet::*;
pub use types::{Agenda, BoundedVotes, Item, Motion, MotionId, OffAgenda, Tally};
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
	use crate::{Agenda, Motion, MotionId, WeightInfo};
	use alloc::boxed::Box;
	use frame_support::{dispatch::PostDispatchInfo, pallet_prelude::*};
	use frame_system::pallet_prelude::*;
	use medrec_primitives::{AccountId, Majority, ParticipantId, Seats};
	use sp_runtime::traits::Dispatchable;

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config:
		frame_system::Config<
		AccountId = AccountId,
		RuntimeCall: Dispatchable<PostInfo = PostDispatchInfo>,
		RuntimeEvent: From<Event<Self>>,
		RuntimeOrigin: From<Origin>,
	>
	{
		/// Who holds a seat. Has to tell this pallet, by `OnSeatLost`, of every seat that is lost.
		type Seats: Seats<AccountId>;

		/// What the council may decide, with which majority and with which origin.
		type Agenda: Agenda<Self::RuntimeCall>;

		/// How many blocks a motion can be voted on and closed. Holds for motions that are opened
		/// from now on.
		type MotionDuration: Get<BlockNumberFor<Self>>;

		/// Most motions that are open at a time.
		#[pallet::constant]
		type MaxMotions: Get<u32>;

		/// Most motions of one provider that are open at a time, so that one cannot take up all of
		/// [`Config::MaxMotions`].
		#[pallet::constant]
		type MaxMotionsPerSeat: Get<u32>;

		/// Most bytes of an encoded call.
		#[pallet::constant]
		type MaxMotionSize: Get<u32>;

		/// Most weight of a call.
		#[pallet::constant]
		type MaxMotionWeight: Get<Weight>;

		/// Most seats that there can be.
		#[pallet::constant]
		type MaxSeats: Get<u32>;

		/// Weights of the calls.
		type WeightInfo: WeightInfo;
	}

	/// What stood behind a call that the council dispatches.
	#[pallet::origin]
	#[derive(
		Clone,
		Copy,
		Debug,
		PartialEq,
		Eq,
		Encode,
		Decode,
		DecodeWithMemTracking,
		MaxEncodedLen,
		TypeInfo,
	)]
	pub enum Origin {
		/// A motion that was carried.
		Council {
			/// The greatest majority that was reached.
			majority: Majority,
			/// Providers that approved.
			yes: u32,
			/// Seats in the council.
			seats: u32,
		},
	}

	/// Number of the next motion. Numbers are not used again, so that a vote never counts for another
	/// motion than the one it was cast for.
	#[pallet::storage]
	pub type NextMotionId<T> = StorageValue<_, MotionId, ValueQuery>;

	/// Motions that are open, and expired ones that nobody has cleared away yet.
	///
	/// The hasher is `Identity` because the chain assigns the numbers.
	#[pallet::storage]
	pub type Motions<T: Config> = CountedStorageMap<_, Identity, MotionId, Motion<T>, OptionQuery>;

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A provider put a motion to the council, and approves of it.
		Proposed {
			/// Number of the motion.
			motion: MotionId,
			/// The provider.
			proposer: ParticipantId,
			/// The majority that it takes.
			majority: Majority,
			/// The last block in which it can be voted on and closed.
			closes: BlockNumberFor<T>,
		},
		/// A provider voted, or changed its vote.
		Voted {
			/// Number of the motion.
			motion: MotionId,
			/// The provider.
			participant: ParticipantId,
			/// Whether it approves.
			approve: bool,
			/// Providers that approve by now.
			yes: u32,
			/// Providers that disapprove by now.
			no: u32,
		},
		/// A provider lost its seat, and with it its vote.
		VoteDropped {
			/// Number of the motion.
			motion: MotionId,
			/// The provider.
			participant: ParticipantId,
		},
		/// A motion was carried, and what it asked for was done.
		Enacted {
			/// Number of the motion.
			motion: MotionId,
			/// The greatest majority that was reached.
			majority: Majority,
			/// Providers that approved.
			yes: u32,
			/// Seats in the council.
			seats: u32,
		},
		/// So many disapproved that the motion could no longer be carried.
		Rejected {
			/// Number of the motion.
			motion: MotionId,
			/// Providers that disapproved.
			no: u32,
			/// Seats in the council.
			seats: u32,
		},
		/// The proposer took its motion back.
		Rescinded {
			/// Number of the motion.
			motion: MotionId,
		},
		/// The time for a motion was over; it was cleared away.
		Expired {
			/// Number of the motion.
			motion: MotionId,
		},
		/// The runtime was upgraded so that a motion no longer means what it meant, or is no longer
		/// for the council; it was cleared away. To be proposed anew.
		Outdated {
			/// Number of the motion.
			motion: MotionId,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// Your account holds no seat: only providers that hold authority decide, with the account that
		/// they hold it under.
		NotSeatHolder,
		/// The council does not decide on this call.
		NotOnAgenda,
		/// The council decides on this call, but not with this value: it is outside of its limits.
		ValueOutOfRange,
		/// The call weighs more than [`Config::MaxMotionWeight`].
		MotionTooHeavy,
		/// The call has more bytes than [`Config::MaxMotionSize`].
		MotionTooLong,
		/// A motion for the same call is open: vote on that one.
		MotionExists,
		/// As many motions are open as can be: close some, or wait until they expire.
		TooManyMotions,
		/// You have as many motions open as one provider can have: close or rescind some.
		TooManyMotionsOfSeat,
		/// There is no open motion of this number.
		MotionAbsent,
		/// The time for this motion is over: it can only be closed.
		MotionExpired,
		/// You have voted so already.
		VoteUnchanged,
		/// There are more votes than [`Config::MaxSeats`], which the runtime set too low.
		TooManyVotes,
		/// Only the provider that proposed a motion rescinds it.
		NotProposer,
		/// Neither is the majority reached, nor is it out of reach: more have to vote.
		TooEarly,
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
		/// Put a motion to the council, and approve of it.
		///
		/// **Origin**: signed by the account of a seat holder.
		///
		/// **Details**: The majority is the one that [`Config::Agenda`] has for the call. Expired and
		/// outdated motions are cleared away first. With one seat, or once enough others approve, the
		/// motion still has to be closed.
		///
		/// **Errors**: [`Error::NotSeatHolder`], [`Error::NotOnAgenda`], [`Error::ValueOutOfRange`],
		/// [`Error::MotionTooHeavy`], [`Error::MotionTooLong`], [`Error::MotionExists`],
		/// [`Error::TooManyMotions`], [`Error::TooManyMotionsOfSeat`].
		///
		/// **Events**: [`Event::Proposed`]; [`Event::Expired`] and [`Event::Outdated`] of others.
		#[pallet::call_index(0)]
		#[pallet::weight((T::WeightInfo::propose(T::MaxMotions::get()), DispatchClass::Operational))]
		pub fn propose(
			origin: OriginFor<T>,
			call: Box<<T as frame_system::Config>::RuntimeCall>,
		) -> DispatchResultWithPostInfo {
			let account = ensure_signed(origin)?;
			Self::do_propose(&account, &call)
		}

		/// Approve or disapprove of a motion, or change one's vote.
		///
		/// **Origin**: signed by the account of a seat holder.
		///
		/// **Details**: Counts for the provider, not for the account: it outlasts a rotation of the key,
		/// and ends with the seat.
		///
		/// **Errors**: [`Error::NotSeatHolder`], [`Error::MotionAbsent`], [`Error::MotionExpired`],
		/// [`Error::VoteUnchanged`].
		///
		/// **Events**: [`Event::Voted`].
		#[pallet::call_index(1)]
		#[pallet::weight((T::WeightInfo::vote(T::MaxSeats::get()), DispatchClass::Operational))]
		pub fn vote(
			origin: OriginFor<T>,
			#[pallet::compact] motion: MotionId,
			approve: bool,
		) -> DispatchResult {
			let account = ensure_signed(origin)?;
			Self::do_vote(&account, motion, approve)
		}

		/// Take a motion back.
		///
		/// **Origin**: signed by the account of the provider that proposed it and holds a seat.
		///
		/// **Errors**: [`Error::NotSeatHolder`], [`Error::MotionAbsent`], [`Error::NotProposer`].
		///
		/// **Events**: [`Event::Rescinded`].
		#[pallet::call_index(2)]
		#[pallet::weight((T::WeightInfo::rescind(), DispatchClass::Operational))]
		pub fn rescind(
			origin: OriginFor<T>,
			#[pallet::compact] motion: MotionId,
		) -> DispatchResult {
			let account = ensure_signed(origin)?;
			Self::do_rescind(&account, motion)
		}

		/// Count the votes on a motion and do what follows.
		///
		/// **Origin**: signed by the account of any seat holder.
		///
		/// **Details**: The votes of those who hold a seat now are counted against the seats that there
		/// are now. If the majority is reached, the call is dispatched; if that fails, this call fails
		/// with the same error, nothing is changed, and the motion stays open. If the majority is out of
		/// reach, the time is over, or the call no longer means what it meant, the motion is cleared
		/// away.
		///
		/// **Errors**: [`Error::NotSeatHolder`], [`Error::MotionAbsent`], [`Error::TooEarly`],
		/// [`Error::MotionTooHeavy`] (an upgrade made the call heavier), or whatever error the motion's
		/// call fails with.
		///
		/// **Events**: [`Event::Enacted`], [`Event::Rejected`], [`Event::Expired`] or
		/// [`Event::Outdated`].
		#[pallet::call_index(3)]
		#[pallet::weight((
			T::WeightInfo::close(T::MaxSeats::get()).saturating_add(T::MaxMotionWeight::get()),
			DispatchClass::Operational
		))]
		pub fn close(
			origin: OriginFor<T>,
			#[pallet::compact] motion: MotionId,
		) -> DispatchResultWithPostInfo {
			let account = ensure_signed(origin)?;
			Self::do_close(&account, motion)
		}
	}
}

//! What motions are made of, and what the runtime says about them.

use crate::Config;
use codec::{Decode, DecodeLimit, Encode, MaxEncodedLen};
use frame_support::{
	traits::Get, BoundedVec, CloneNoBound, DebugNoBound, EqNoBound, PartialEqNoBound,
	MAX_EXTRINSIC_DEPTH,
};
use frame_system::pallet_prelude::BlockNumberFor;
use medrec_primitives::{Majority, ParticipantId};
use scale_info::TypeInfo;

/// Calls of the runtime.
pub(crate) type CallOf<T> = <T as frame_system::Config>::RuntimeCall;

/// Number of a motion.
pub type MotionId = u32;

/// Providers that voted on a motion, and whether they approve.
pub type BoundedVotes<T> = BoundedVec<(ParticipantId, bool), <T as Config>::MaxSeats>;

/// What the council may decide. Fixed by the runtime, so that nobody picks a threshold.
pub trait Agenda<Call> {
	/// What a call takes, if the council may decide on it.
	fn item(call: &Call) -> Result<Item, OffAgenda>;

	/// A call of the agenda for a benchmark; another one for every number.
	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_call(number: u32) -> Call;
}

/// What a call of the agenda takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
	/// The majority that has to approve.
	pub majority: Majority,
	/// Whether the call is dispatched as root, and not as [`crate::Origin`].
	pub as_root: bool,
}

/// Why the council may not decide on a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OffAgenda {
	/// Calls of this kind are not for the council.
	Call,
	/// Calls of this kind are, but not with this value.
	Value,
}

/// A call that a provider wants the council to make.
#[derive(
	CloneNoBound, DebugNoBound, PartialEqNoBound, EqNoBound, Encode, Decode, MaxEncodedLen, TypeInfo,
)]
#[codec(mel_bound(T: Config))]
#[scale_info(skip_type_params(T))]
pub struct Motion<T: Config> {
	/// The provider that proposed it.
	pub proposer: ParticipantId,
	/// The call, as the runtime of [`Self::transaction_version`] encodes it.
	pub call: BoundedVec<u8, T::MaxMotionSize>,
	/// The majority that has to approve.
	pub majority: Majority,
	/// The runtime's version of encoding calls when it was proposed. With another one the same bytes
	/// may mean something else.
	pub transaction_version: u32,
	/// The block in which it was proposed.
	pub opened: BlockNumberFor<T>,
	/// The last block in which it can be voted on and closed.
	pub closes: BlockNumberFor<T>,
	/// The providers that voted and whether they approve, in the order of their first votes.
	pub votes: BoundedVotes<T>,
}

impl<T: Config> Motion<T> {
	/// Whether its time is over.
	pub fn is_expired(&self) -> bool {
		frame_system::Pallet::<T>::block_number() > self.closes
	}

	/// The call, if it still means what it meant.
	pub fn decode_call(&self) -> Option<CallOf<T>> {
		if self.transaction_version != transaction_version::<T>() {
			return None;
		}
		CallOf::<T>::decode_all_with_depth_limit(MAX_EXTRINSIC_DEPTH, &mut &self.call[..]).ok()
	}
}

/// The runtime's present version of encoding calls.
pub(crate) fn transaction_version<T: Config>() -> u32 {
	<T as frame_system::Config>::Version::get().transaction_version
}

/// Votes on a motion by those who hold a seat, and seats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
	/// Providers that approve.
	pub yes: u32,
	/// Providers that disapprove.
	pub no: u32,
	/// Seats in the council.
	pub seats: u32,
}

impl Tally {
	/// Count votes of seat holders.
	pub fn of(votes: &[(ParticipantId, bool)], seats: u32) -> Self {
		let yes = votes.iter().filter(|(_, approve)| *approve).count();
		let no = votes.len().saturating_sub(yes);
		Self { yes: yes as u32, no: no as u32, seats }
	}

	/// The greatest majority that is reached.
	pub fn majority(&self) -> Option<Majority> {
		[Majority::TwoThirds, Majority::MoreThanHalf]
			.into_iter()
			.find(|majority| majority.is_reached(self.yes, self.seats))
	}

	/// Whether a majority can be reached if nobody changes its vote.
	pub fn can_reach(&self, majority: Majority) -> bool {
		majority.is_reached(self.seats.saturating_sub(self.no), self.seats)
	}
}

//! What the calls do once their origin is checked.

use crate::{
	types::{transaction_version, CallOf},
	Agenda, Config, Error, Event, Item, Motion, MotionId, Motions, NextMotionId, OffAgenda, Origin,
	Pallet, Tally, WeightInfo,
};
use alloc::vec::Vec;
use codec::Encode;
use frame_support::{
	dispatch::{
		DispatchErrorWithPostInfo, DispatchResult, DispatchResultWithPostInfo, GetDispatchInfo,
		PostDispatchInfo, WithPostDispatchInfo,
	},
	ensure,
	traits::Get,
	weights::Weight,
	BoundedVec,
};
use frame_system::RawOrigin;
use medrec_primitives::{AccountId, Majority, ParticipantId, Seats};
use sp_runtime::{traits::Dispatchable, ArithmeticError, Saturating};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_propose(account: &AccountId, call: &CallOf<T>) -> DispatchResultWithPostInfo {
		let proposer = Self::seat_holder(account)?;
		let item = T::Agenda::item(call).map_err(|reason| match reason {
			OffAgenda::Call => Error::<T>::NotOnAgenda,
			OffAgenda::Value => Error::<T>::ValueOutOfRange,
		})?;
		Self::check_weight(call.get_dispatch_info().call_weight)?;
		let call = BoundedVec::try_from(call.encode()).map_err(|_| Error::<T>::MotionTooLong)?;

		// Bounded by `MaxMotions`.
		let motions: Vec<_> = Motions::<T>::iter().collect();
		let looked_through = motions.len() as u32;
		let open: Vec<_> = motions
			.into_iter()
			.filter(|(id, motion)| !Self::clear_if_over(*id, motion))
			.map(|(_, motion)| motion)
			.collect();
		ensure!(open.iter().all(|motion| motion.call != call), Error::<T>::MotionExists);
		ensure!((open.len() as u32) < T::MaxMotions::get(), Error::<T>::TooManyMotions);
		let own = open.iter().filter(|motion| motion.proposer == proposer).count() as u32;
		ensure!(own < T::MaxMotionsPerSeat::get(), Error::<T>::TooManyMotionsOfSeat);

		let id = NextMotionId::<T>::get();
		NextMotionId::<T>::put(id.checked_add(1).ok_or(ArithmeticError::Overflow)?);
		let opened = frame_system::Pallet::<T>::block_number();
		let closes = opened.saturating_add(T::MotionDuration::get());
		let votes = BoundedVec::try_from(alloc::vec![(proposer, true)])
			.map_err(|_| Error::<T>::TooManyVotes)?;
		Motions::<T>::insert(
			id,
			Motion {
				proposer,
				call,
				majority: item.majority,
				transaction_version: transaction_version::<T>(),
				opened,
				closes,
				votes,
			},
		);
		Self::deposit_event(Event::Proposed {
			motion: id,
			proposer,
			majority: item.majority,
			closes,
		});
		Ok(Some(T::WeightInfo::propose(looked_through)).into())
	}

	pub(crate) fn do_vote(account: &AccountId, id: MotionId, approve: bool) -> DispatchResult {
		let participant = Self::seat_holder(account)?;
		let mut motion = Motions::<T>::get(id).ok_or(Error::<T>::MotionAbsent)?;
		ensure!(!motion.is_expired(), Error::<T>::MotionExpired);
		match motion.votes.iter_mut().find(|(voter, _)| *voter == participant) {
			Some((_, vote)) => {
				ensure!(*vote != approve, Error::<T>::VoteUnchanged);
				*vote = approve;
			},
			None => motion
				.votes
				.try_push((participant, approve))
				.map_err(|_| Error::<T>::TooManyVotes)?,
		}
		let Tally { yes, no, .. } = Self::tally(&motion);
		Motions::<T>::insert(id, motion);
		Self::deposit_event(Event::Voted { motion: id, participant, approve, yes, no });
		Ok(())
	}

	pub(crate) fn do_rescind(account: &AccountId, id: MotionId) -> DispatchResult {
		let participant = Self::seat_holder(account)?;
		let motion = Motions::<T>::get(id).ok_or(Error::<T>::MotionAbsent)?;
		ensure!(motion.proposer == participant, Error::<T>::NotProposer);
		Motions::<T>::remove(id);
		Self::deposit_event(Event::Rescinded { motion: id });
		Ok(())
	}

	pub(crate) fn do_close(account: &AccountId, id: MotionId) -> DispatchResultWithPostInfo {
		// What fails before the motion's call is made is not charged for it: who closes what cannot be
		// closed yet does not fill the block.
		let weight = T::WeightInfo::close(0);
		Self::seat_holder(account).map_err(|error| error.with_weight(weight))?;
		let motion =
			Motions::<T>::get(id).ok_or_else(|| Error::<T>::MotionAbsent.with_weight(weight))?;
		let weight = T::WeightInfo::close(motion.votes.len() as u32);
		let Some((call, item)) = Self::still_open(id, &motion) else {
			return Ok(Some(weight).into());
		};

		let tally = Self::tally(&motion);
		// An upgrade may have changed what a call takes: the stricter of the two holds.
		let needed = motion.majority.max(item.majority);
		match tally.majority().filter(|reached| *reached >= needed) {
			Some(reached) => {
				Motions::<T>::remove(id);
				Self::enact(call, item, reached, tally, weight).inspect(|_| {
					Self::deposit_event(Event::Enacted {
						motion: id,
						majority: reached,
						yes: tally.yes,
						seats: tally.seats,
					})
				})
			},
			None => {
				ensure!(!tally.can_reach(needed), Error::<T>::TooEarly.with_weight(weight));
				Motions::<T>::remove(id);
				let Tally { no, seats, .. } = tally;
				Self::deposit_event(Event::Rejected { motion: id, no, seats });
				Ok(Some(weight).into())
			},
		}
	}

	/// Make a call that was carried. If it fails, the error fails the caller's transaction, which takes
	/// back everything.
	fn enact(
		call: CallOf<T>,
		item: Item,
		majority: Majority,
		tally: Tally,
		weight: Weight,
	) -> DispatchResultWithPostInfo {
		let call_weight = call.get_dispatch_info().call_weight;
		Self::check_weight(call_weight).map_err(|error| error.with_weight(weight))?;
		let origin = if item.as_root {
			RawOrigin::Root.into()
		} else {
			Origin::Council { majority, yes: tally.yes, seats: tally.seats }.into()
		};
		let used = |post_info: PostDispatchInfo| {
			let used = post_info.actual_weight.map_or(call_weight, |used| used.min(call_weight));
			Some(weight.saturating_add(used)).into()
		};
		match call.dispatch(origin) {
			Ok(post_info) => Ok(used(post_info)),
			Err(DispatchErrorWithPostInfo { post_info, error }) => {
				Err(DispatchErrorWithPostInfo { post_info: used(post_info), error })
			},
		}
	}

	/// The votes of those who hold a seat, and the seats.
	pub fn tally(motion: &Motion<T>) -> Tally {
		let votes: Vec<_> = motion
			.votes
			.iter()
			.copied()
			.filter(|(participant, _)| T::Seats::holds_seat(*participant))
			.collect();
		Tally::of(&votes, T::Seats::seats())
	}

	fn seat_holder(account: &AccountId) -> Result<ParticipantId, Error<T>> {
		T::Seats::seat_of(account).ok_or(Error::NotSeatHolder)
	}

	fn check_weight(weight: Weight) -> Result<(), Error<T>> {
		ensure!(weight.all_lte(T::MaxMotionWeight::get()), Error::MotionTooHeavy);
		Ok(())
	}

	/// The call of a motion on which can still be decided. Any other motion is cleared away.
	fn still_open(id: MotionId, motion: &Motion<T>) -> Option<(CallOf<T>, Item)> {
		if motion.is_expired() {
			Motions::<T>::remove(id);
			Self::deposit_event(Event::Expired { motion: id });
			return None;
		}
		let decidable = motion
			.decode_call()
			.and_then(|call| T::Agenda::item(&call).ok().map(|item| (call, item)));
		if decidable.is_none() {
			Motions::<T>::remove(id);
			Self::deposit_event(Event::Outdated { motion: id });
		}
		decidable
	}

	/// Clear a motion away on which can no longer be decided. Whether it was.
	fn clear_if_over(id: MotionId, motion: &Motion<T>) -> bool {
		Self::still_open(id, motion).is_none()
	}
}

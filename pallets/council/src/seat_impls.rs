//! What becomes of the votes of a provider that loses its seat.

use crate::{Config, Event, Motions, Pallet};
use alloc::vec::Vec;
use medrec_primitives::{OnSeatLost, ParticipantId};

impl<T: Config> OnSeatLost for Pallet<T> {
	/// Drops the provider's votes. Motions that it proposed stay open for the others, who can vote on
	/// them and close them; while it has no seat, nobody rescinds them.
	fn seat_lost(participant: ParticipantId) {
		// Bounded by `MaxMotions`.
		let affected: Vec<_> = Motions::<T>::iter()
			.filter_map(|(id, mut motion)| {
				let votes = motion.votes.len();
				motion.votes.retain(|(voter, _)| *voter != participant);
				(motion.votes.len() < votes).then_some((id, motion))
			})
			.collect();
		for (id, motion) in affected {
			Motions::<T>::insert(id, motion);
			Self::deposit_event(Event::VoteDropped { motion: id, participant });
		}
	}
}

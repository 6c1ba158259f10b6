//! What always holds of this pallet's storage.

use crate::{types::transaction_version, Config, Motion, Motions, NextMotionId, Pallet};
use alloc::vec::Vec;
use frame_support::{ensure, traits::Get};
use medrec_primitives::{ParticipantId, Seats};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Check every invariant:
	///
	/// 1. There are no more motions than there can be, as many as are counted, and all their numbers
	///    were given out.
	/// 2. No provider has more motions than one can have.
	/// 3. No two motions are for the same call.
	/// 4. Motions were opened, and not after they close.
	/// 5. Nobody votes twice on a motion, and everybody who votes holds a seat.
	/// 6. The calls of motions of the present transaction version decode.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let motions: Vec<_> = Motions::<T>::iter().collect();
		let next = NextMotionId::<T>::get();
		ensure!(
			motions.len() as u32 <= T::MaxMotions::get()
				&& motions.len() as u32 == Motions::<T>::count()
				&& motions.iter().all(|(id, _)| *id < next),
			"council 1: too many motions, miscounted ones, or one with a number not yet given out"
		);
		for (_, motion) in &motions {
			let of_proposer =
				motions.iter().filter(|(_, other)| other.proposer == motion.proposer).count();
			ensure!(
				of_proposer as u32 <= T::MaxMotionsPerSeat::get(),
				"council 2: a provider has too many motions"
			);
			ensure!(
				motions.iter().filter(|(_, other)| other.call == motion.call).count() == 1,
				"council 3: two motions are for the same call"
			);
			check_motion(motion)?;
		}
		Ok(())
	}
}

fn check_motion<T: Config>(motion: &Motion<T>) -> Result<(), TryRuntimeError> {
	ensure!(
		motion.opened <= frame_system::Pallet::<T>::block_number()
			&& motion.opened <= motion.closes,
		"council 4: a motion is opened in the future or after it closes"
	);
	let mut voters: Vec<ParticipantId> =
		motion.votes.iter().map(|(participant, _)| *participant).collect();
	voters.sort_unstable();
	ensure!(
		voters.windows(2).all(|pair| pair[0] != pair[1])
			&& voters.iter().all(|participant| T::Seats::holds_seat(*participant)),
		"council 5: a provider votes twice or without a seat"
	);
	ensure!(
		motion.transaction_version != transaction_version::<T>() || motion.decode_call().is_some(),
		"council 6: a call does not decode"
	);
	Ok(())
}

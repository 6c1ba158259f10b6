//! What always holds of this pallet's storage.

use crate::{
	dispatchable_impls::{is_among, sorted_accounts},
	Authorities, Config, MinimumAuthorities, Pallet, Removals, SessionLength, SessionStart,
	MIN_SESSION_LENGTH,
};
use frame_support::ensure;
use medrec_primitives::{ParticipantKind, ParticipantStatus, Participants};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Check every invariant:
	///
	/// 1. Authorities are ordered by participant; none and no account is there twice.
	/// 2. Every authority is an active provider, under its present account.
	/// 3. The minimum is at least one, and as many are left when all removals are enacted.
	/// 4. Every removal names an authority, and no two the same.
	/// 5. Objectors are authorities, and none objects twice.
	/// 6. A session has at least [`MIN_SESSION_LENGTH`] blocks.
	/// 7. The current session has begun.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let authorities = Authorities::<T>::get();
		let accounts = sorted_accounts::<T>(&authorities);
		ensure!(
			authorities.windows(2).all(|pair| pair[0].0 < pair[1].0)
				&& accounts.windows(2).all(|pair| pair[0] != pair[1]),
			"authorities 1: unordered or repeated authorities"
		);

		for (participant, account) in &authorities {
			let is_active_provider = T::Participants::party(*participant).is_some_and(|party| {
				party.kind == ParticipantKind::Provider && party.status == ParticipantStatus::Active
			});
			ensure!(
				is_active_provider
					&& T::Participants::account(*participant).as_ref() == Some(account),
				"authorities 2: an authority is no active provider, or not under this account"
			);
		}

		let removals = Removals::<T>::get();
		let minimum = MinimumAuthorities::<T>::get();
		ensure!(
			minimum > 0 && authorities.len() >= removals.len().saturating_add(minimum as usize),
			"authorities 3: removals leave too few authorities"
		);

		for (index, removal) in removals.iter().enumerate() {
			let is_first =
				removals.iter().position(|other| other.participant == removal.participant)
					== Some(index);
			ensure!(
				is_first && is_among::<T>(&authorities, removal.participant),
				"authorities 4: a removal of no authority, or a second one of the same"
			);
			let mut objectors = removal.objectors.to_vec();
			objectors.sort_unstable();
			ensure!(
				objectors.windows(2).all(|pair| pair[0] != pair[1])
					&& objectors.iter().all(|objector| is_among::<T>(&authorities, *objector)),
				"authorities 5: an objector holds no authority or objects twice"
			);
		}

		ensure!(
			SessionLength::<T>::get() >= MIN_SESSION_LENGTH,
			"authorities 6: sessions are too short"
		);
		ensure!(
			SessionStart::<T>::get() <= frame_system::Pallet::<T>::block_number(),
			"authorities 7: the current session begins in the future"
		);
		Ok(())
	}
}

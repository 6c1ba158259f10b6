//! What always holds of this pallet's storage.

use crate::{
	types::{is_among, remaining},
	ActiveKeys, Authorities, Changes, Config, MinimumAuthorities, Offenders, Pallet, SessionLength,
	SessionStart, MIN_SESSION_LENGTH,
};
use alloc::vec::Vec;
use frame_support::ensure;
use medrec_primitives::{AuthorityHolders, ParticipantKind, ParticipantStatus, Participants};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Check every invariant:
	///
	/// 1. Authorities are ordered by participant; none and no account is there twice.
	/// 2. Every authority is an active provider, under its present account.
	/// 3. The minimum is at least one, and as many are left when all losses are enacted.
	/// 4. Every pending change is an addition of a provider without authority or a loss of one with it,
	///    and no two are of the same provider.
	/// 5. Objectors are authorities, and none objects twice.
	/// 6. A session has at least [`MIN_SESSION_LENGTH`] blocks.
	/// 7. The current session has begun.
	/// 8. The keys in use are those of the validators, in their order.
	/// 9. Offenders are ordered by participant, none is there twice, and all hold authority.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let authorities = Authorities::<T>::get();
		let mut accounts: Vec<_> = authorities.iter().map(|(_, account)| account).collect();
		accounts.sort();
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

		let changes = Changes::<T>::get();
		let minimum = MinimumAuthorities::<T>::get();
		ensure!(
			minimum > 0 && remaining::<T>(&authorities, &changes) >= minimum as usize,
			"authorities 3: losses leave too few authorities"
		);

		for (index, pending) in changes.iter().enumerate() {
			let is_first =
				changes.iter().position(|other| other.participant == pending.participant)
					== Some(index);
			let holds_authority = is_among::<T>(&authorities, pending.participant);
			ensure!(
				is_first && holds_authority == pending.change.is_loss(),
				"authorities 4: a change that cannot be, or a second one of the same provider"
			);
			let mut objectors = pending.objectors.to_vec();
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

		let validators = pallet_session::Validators::<T>::get();
		ensure!(
			ActiveKeys::<T>::get().iter().map(|(account, _)| account).eq(&validators),
			"authorities 8: the keys in use are not the validators'"
		);

		let offenders = Offenders::<T>::get();
		ensure!(
			offenders.windows(2).all(|pair| pair[0].participant < pair[1].participant)
				&& offenders.iter().all(|entry| Self::holds_authority(entry.participant)),
			"authorities 9: offenders are unordered or repeated, or hold no authority"
		);
		Ok(())
	}
}

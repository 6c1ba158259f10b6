//! What always holds of this pallet's storage, numbered. The tests check it after every case.

use crate::{
	is_valid_endpoint, is_valid_name, name_key, Config, NextParticipantId, Pallet, Participants,
	PeerIds, ProviderNames, Providers, Purposes,
};
use frame_support::ensure;
use medrec_primitives::{AccountRole, ParticipantAccount, ParticipantKind, ParticipantStatus};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Check the invariants. Reads all of the pallet's storage and all accounts.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::try_state_participants()?;
		Self::try_state_providers()?;
		Self::try_state_accounts()?;
		// 11. The table of purposes holds only purposes that this version knows.
		let table = Purposes::<T>::get();
		ensure!(
			ParticipantKind::ALL.into_iter().all(|kind| table.of(kind).is_known()),
			"11: the table has unknown purposes"
		);
		Self::try_state_peer_ids()
	}

	fn try_state_peer_ids() -> Result<(), TryRuntimeError> {
		for id in PeerIds::<T>::iter_keys() {
			// 12. Only active providers have peer ids.
			ensure!(
				Participants::<T>::get(id).is_some_and(|participant| {
					participant.kind == ParticipantKind::Provider
						&& participant.status == ParticipantStatus::Active
				}),
				"12: peer ids are not of an active provider"
			);

			// 13. No list of them is longer than it may be (such a one is not decoded) or empty, and all in
			// it are valid and different.
			let peer_ids = PeerIds::<T>::get(id).ok_or("13: peer ids cannot be decoded")?;
			ensure!(!peer_ids.is_empty(), "13: a list of peer ids is empty");
			ensure!(
				Self::ensure_peer_ids_valid(&peer_ids).is_ok(),
				"13: a peer id is not valid, or in a list twice"
			);
		}
		Ok(())
	}

	fn try_state_participants() -> Result<(), TryRuntimeError> {
		let next = NextParticipantId::<T>::get();
		for (id, participant) in Participants::<T>::iter() {
			// 1. Every number was given out.
			ensure!(id < next, "1: a participant's number is not under the next");

			let account = frame_system::Account::<T>::get(&participant.account).data;
			// 2. A participant's account points back to it, in the role of its kind.
			ensure!(
				account.participant == id && account.role == participant.kind.into(),
				"2: a participant's account is not its own"
			);
			// 3. The account repeats the participant's standing.
			ensure!(account.status == participant.status, "3: an account's standing differs");

			// 4. Providers, and they alone, have a provider entry.
			ensure!(
				Providers::<T>::contains_key(id) == (participant.kind == ParticipantKind::Provider),
				"4: provider entries and providers are not one to one"
			);
		}
		Ok(())
	}

	fn try_state_providers() -> Result<(), TryRuntimeError> {
		let mut providers = 0_usize;
		for (id, provider) in Providers::<T>::iter() {
			providers = providers.saturating_add(1);
			let participant =
				Participants::<T>::get(id).ok_or("4: a provider is no participant")?;

			// 5. A provider's name and endpoint are valid.
			ensure!(is_valid_name(&provider.name), "5: a name is not valid");
			ensure!(is_valid_endpoint(&provider.endpoint), "5: an endpoint is not valid");

			// 6. A provider's name leads to it ...
			ensure!(
				ProviderNames::<T>::get(name_key(&provider.name)) == Some(id),
				"6: a name leads to another provider"
			);

			if let Some(operator) = &provider.operator {
				// 7. An operator account points to its provider and repeats its standing.
				let account = frame_system::Account::<T>::get(operator).data;
				ensure!(
					account.participant == id
						&& account.role == AccountRole::Operator
						&& account.status == participant.status,
					"7: an operator account is not its provider's"
				);
				// 8. Who retired has no operator.
				ensure!(
					participant.status != ParticipantStatus::Retired,
					"8: a retired provider has an operator"
				);
			}
		}
		// 6. ... and no other name does.
		ensure!(
			ProviderNames::<T>::iter().count() == providers,
			"6: names and providers are not one to one"
		);
		Ok(())
	}

	fn try_state_accounts() -> Result<(), TryRuntimeError> {
		for (who, info) in frame_system::Account::<T>::iter() {
			let ParticipantAccount { participant: id, role, .. } = info.data;
			if role == AccountRole::Vacant {
				continue;
			}
			// 9. Every account that was ever used has a provider reference, tombstones too.
			ensure!(info.providers > 0, "9: an account has no provider reference");

			// 10. An account is what its participant says it is.
			let participant =
				Participants::<T>::get(id).ok_or("10: an account has no participant")?;
			let operator = Providers::<T>::get(id).and_then(|provider| provider.operator);
			let is_what_it_says = match role {
				AccountRole::Operator => operator.as_ref() == Some(&who),
				AccountRole::Tombstone => {
					participant.account != who && operator.as_ref() != Some(&who)
				},
				_ => participant.account == who,
			};
			ensure!(is_what_it_says, "10: an account is not what its participant says");
		}
		Ok(())
	}
}

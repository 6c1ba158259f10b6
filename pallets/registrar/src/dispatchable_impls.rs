//! What the calls do, in the order of their indices.

use crate::{
	is_valid_endpoint, is_valid_name, name_key, Config, Error, Event, Pallet, Participants,
	ProviderNames, Providers, Purposes,
};
use frame_support::{ensure, pallet_prelude::DispatchResult};
use medrec_primitives::{
	AccountRole, AuthorityHolders, Consent, EncryptionKey, GatekeeperKey, Majority,
	ParticipantAccount, ParticipantId, ParticipantKind, ParticipantStatus, Provider,
	ProviderEndpoint, ProviderName, Relinquished, Signature, SignedConsent, MAX_CONSENT_LIFETIME,
};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_register(
		who: &T::AccountId,
		consent: SignedConsent<T::AccountId, Signature>,
	) -> DispatchResult {
		let caller = Self::ensure_caller(who)?;
		ensure!(caller.kind == ParticipantKind::Provider, Error::<T>::CallerNotProvider);
		Self::ensure_active(&caller)?;

		let SignedConsent { account, kind, encryption_key, deadline, signature } = consent;
		ensure!(kind != ParticipantKind::Provider, Error::<T>::KindNeedsCertification);
		Self::ensure_vacant(&account)?;

		let now = Self::now();
		ensure!(now < deadline, Error::<T>::ConsentExpired);
		ensure!(
			deadline <= now.saturating_add(MAX_CONSENT_LIFETIME),
			Error::<T>::ConsentDeadlineTooFar
		);
		let agreed =
			Consent::Register { provider: caller.participant, kind, encryption_key, deadline };
		Self::consume_consent(&agreed, &account, &signature)?;

		Self::admit(account, kind, encryption_key)?;
		Ok(())
	}

	pub(crate) fn do_rotate_key(
		who: &T::AccountId,
		new_account: T::AccountId,
		signature: &Signature,
	) -> DispatchResult {
		let caller = Self::ensure_principal(who)?;
		Self::ensure_not_retired(&caller)?;
		Self::ensure_vacant(&new_account)?;

		let epoch = Self::mutate_participant(caller.participant, |participant| {
			let agreed =
				Consent::Rotate { participant: caller.participant, epoch: participant.epoch };
			Self::consume_consent(&agreed, &new_account, signature)?;
			participant.account = new_account.clone();
			Self::raise_epoch(participant)
		})?;
		let data = Self::entomb(who);
		Self::occupy(&new_account, data);
		if caller.kind == ParticipantKind::Provider {
			T::Authorities::account_rotated(caller.participant, who, &new_account)?;
		}

		Self::deposit_event(Event::KeyRotated {
			participant: caller.participant,
			account: new_account,
			epoch,
		});
		Ok(())
	}

	pub(crate) fn do_set_encryption_key(
		who: &T::AccountId,
		encryption_key: EncryptionKey,
	) -> DispatchResult {
		let caller = Self::ensure_active_principal(who)?;
		Self::mutate_participant(caller.participant, |participant| {
			participant.encryption_key = encryption_key;
			Ok(())
		})?;
		Self::deposit_event(Event::EncryptionKeySet {
			participant: caller.participant,
			encryption_key,
		});
		Ok(())
	}

	pub(crate) fn do_end_sessions(who: &T::AccountId) -> DispatchResult {
		let caller = Self::ensure_principal(who)?;
		Self::ensure_not_retired(&caller)?;
		let epoch = Self::mutate_participant(caller.participant, Self::raise_epoch)?;
		Self::deposit_event(Event::SessionsEnded { participant: caller.participant, epoch });
		Ok(())
	}

	pub(crate) fn do_retire(who: &T::AccountId) -> DispatchResult {
		let caller = Self::ensure_active_principal(who)?;
		Self::ensure_without_authority(&caller)?;
		Self::mutate_participant(caller.participant, |participant| {
			Self::set_status(caller.participant, participant, ParticipantStatus::Retired);
			Ok(())
		})?;
		if caller.kind == ParticipantKind::Provider {
			Self::mutate_provider(caller.participant, |provider| {
				if let Some(operator) = provider.operator.take() {
					Self::entomb(&operator);
				}
				Ok(())
			})?;
		}
		Self::deposit_event(Event::Retired { participant: caller.participant });
		Ok(())
	}

	pub(crate) fn do_set_endpoint(
		who: &T::AccountId,
		endpoint: ProviderEndpoint,
	) -> DispatchResult {
		let participant = Self::ensure_active_provider(who)?;
		ensure!(is_valid_endpoint(&endpoint), Error::<T>::EndpointInvalid);
		Self::mutate_provider(participant, |provider| {
			provider.endpoint = endpoint.clone();
			Ok(())
		})?;
		Self::deposit_event(Event::EndpointSet { participant, endpoint });
		Ok(())
	}

	pub(crate) fn do_set_gatekeeper_key(
		who: &T::AccountId,
		gatekeeper_key: GatekeeperKey,
	) -> DispatchResult {
		let participant = Self::ensure_active_provider(who)?;
		Self::mutate_provider(participant, |provider| {
			provider.gatekeeper_key = gatekeeper_key;
			Ok(())
		})?;
		Self::deposit_event(Event::GatekeeperKeySet { participant, gatekeeper_key });
		Ok(())
	}

	pub(crate) fn do_set_operator(
		who: &T::AccountId,
		operator: Option<(T::AccountId, Signature)>,
	) -> DispatchResult {
		let participant = Self::ensure_active_provider(who)?;
		let successor = match operator {
			Some((account, signature)) => {
				Self::ensure_vacant(&account)?;
				let agreed = Consent::Operate { provider: participant };
				Self::consume_consent(&agreed, &account, &signature)?;
				Some(account)
			},
			None => None,
		};
		let replaced = Self::mutate_provider(participant, |provider| {
			ensure!(provider.operator.is_some() || successor.is_some(), Error::<T>::OperatorAbsent);
			Ok(core::mem::replace(&mut provider.operator, successor.clone()))
		})?;
		// The quota used carries over, so that fresh accounts are no way around it: from one operator to
		// the next, and by way of the provider's own account where there is a time without one.
		let own = frame_system::Account::<T>::get(who).data;
		let last = replaced.as_ref().map(Self::entomb).unwrap_or(own);
		match &successor {
			Some(account) => {
				Self::occupy(account, ParticipantAccount { role: AccountRole::Operator, ..last });
			},
			None => frame_system::Account::<T>::mutate(who, |info| {
				let (window, used) = (last.window, last.used).max((own.window, own.used));
				info.data.window = window;
				info.data.used = used;
			}),
		}
		Self::deposit_event(Event::OperatorSet { participant, operator: successor });
		Ok(())
	}

	pub(crate) fn do_certify(
		account: T::AccountId,
		name: ProviderName,
		endpoint: ProviderEndpoint,
		encryption_key: EncryptionKey,
		gatekeeper_key: GatekeeperKey,
	) -> DispatchResult {
		ensure!(is_valid_name(&name), Error::<T>::NameInvalid);
		ensure!(is_valid_endpoint(&endpoint), Error::<T>::EndpointInvalid);
		let key = name_key(&name);
		ensure!(!ProviderNames::<T>::contains_key(&key), Error::<T>::NameTaken);

		let participant = Self::admit(account.clone(), ParticipantKind::Provider, encryption_key)?;
		ProviderNames::<T>::insert(key, participant);
		Providers::<T>::insert(
			participant,
			Provider { name: name.clone(), endpoint, gatekeeper_key, operator: None },
		);
		Self::deposit_event(Event::Certified { participant, account, name });
		Ok(())
	}

	pub(crate) fn do_suspend(id: ParticipantId, majority: Majority) -> DispatchResult {
		let participant = Participants::<T>::get(id).ok_or(Error::<T>::ParticipantAbsent)?;
		Self::ensure_may_be_suspended(participant.status)?;
		if participant.kind == ParticipantKind::Provider
			&& T::Authorities::relinquish(id, majority)? == Relinquished::Later
		{
			return Ok(());
		}
		Self::make_suspended(id)
	}

	pub(crate) fn do_reinstate(id: ParticipantId) -> DispatchResult {
		Self::mutate_participant(id, |participant| match participant.status {
			ParticipantStatus::Suspended => {
				Self::set_status(id, participant, ParticipantStatus::Active);
				Ok(())
			},
			ParticipantStatus::Active => Err(Error::<T>::NotSuspended.into()),
			ParticipantStatus::Retired => Err(Error::<T>::ParticipantRetired.into()),
		})?;
		Self::deposit_event(Event::Reinstated { participant: id });
		Ok(())
	}

	pub(crate) fn do_set_purposes(
		kind: ParticipantKind,
		purposes: medrec_primitives::Purposes,
	) -> DispatchResult {
		ensure!(purposes.is_known(), Error::<T>::PurposesUnknown);
		Purposes::<T>::mutate(|table| table.set(kind, purposes));
		Self::deposit_event(Event::PurposesSet { kind, purposes });
		Ok(())
	}
}

//! Building the genesis state. Runs before there is a chain: what is wrong with the configuration stops
//! it with a message that names the provider.

use crate::{Config, GenesisProvider, Pallet};
use alloc::string::String;
use medrec_primitives::{AccountRole, ParticipantAccount, ProviderEndpoint, ProviderName};

impl<T: Config> Pallet<T> {
	pub(crate) fn build_genesis(providers: &[GenesisProvider<T::AccountId>]) {
		for provider in providers {
			if let Err(reason) = Self::build_genesis_provider(provider) {
				panic!("genesis provider `{}`: {reason}", provider.name);
			}
		}
	}

	fn build_genesis_provider(provider: &GenesisProvider<T::AccountId>) -> Result<(), String> {
		let name = ProviderName::try_from(provider.name.as_bytes().to_vec())
			.map_err(|_| "its name is too long")?;
		let endpoint = ProviderEndpoint::try_from(provider.endpoint.as_bytes().to_vec())
			.map_err(|_| "its endpoint is too long")?;
		Self::do_certify(
			provider.account.clone(),
			name,
			endpoint,
			provider.encryption_key,
			provider.gatekeeper_key,
		)
		.map_err(<&'static str>::from)?;

		if let Some(operator) = &provider.operator {
			let participant = frame_system::Account::<T>::get(&provider.account).data.participant;
			Self::ensure_vacant(operator).map_err(|_| "its operator account is taken")?;
			Self::occupy(
				operator,
				ParticipantAccount {
					participant,
					role: AccountRole::Operator,
					..ParticipantAccount::default()
				},
			);
			Self::mutate_provider(participant, |entry| {
				entry.operator = Some(operator.clone());
				Ok(())
			})
			.map_err(<&'static str>::from)?;
		}
		Ok(())
	}
}

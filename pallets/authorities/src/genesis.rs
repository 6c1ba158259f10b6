//! How a chain starts. A genesis that breaks a rule of this pallet makes no chain, so it panics here.

use crate::{
	Authorities, AuthorityList, Config, GenesisConfig, MinimumAuthorities, RemovalDelay,
	SessionLength, MIN_SESSION_LENGTH,
};
use alloc::vec::Vec;
use core::marker::PhantomData;

impl<T: Config> Default for GenesisConfig<T> {
	/// Sessions of five minutes and a day for objections, in blocks of two seconds.
	fn default() -> Self {
		Self {
			authorities: Vec::new(),
			minimum_authorities: 1,
			session_length: 150,
			removal_delay: 43_200,
			_config: PhantomData,
		}
	}
}

impl<T: Config> GenesisConfig<T> {
	pub(crate) fn initialize(&self) {
		assert!(
			self.session_length >= MIN_SESSION_LENGTH,
			"genesis: a session has at least {MIN_SESSION_LENGTH} blocks, not {}",
			self.session_length
		);
		assert!(self.minimum_authorities > 0, "genesis: the minimum of authorities is at least 1");
		// None at all is the default, which FRAME builds in tests; such a chain makes no blocks.
		assert!(
			self.authorities.is_empty()
				|| self.authorities.len() >= self.minimum_authorities as usize,
			"genesis: {} authorities are fewer than the minimum of {}",
			self.authorities.len(),
			self.minimum_authorities
		);

		let mut authorities = self.authorities.clone();
		authorities.sort();
		let Ok(authorities) = AuthorityList::<T>::try_from(authorities) else {
			panic!("genesis: more authorities than there can be")
		};
		assert!(
			authorities.windows(2).all(|pair| pair[0].0 != pair[1].0),
			"genesis: a provider is named twice among the authorities"
		);
		let mut accounts: Vec<_> = authorities.iter().map(|(_, account)| account).collect();
		accounts.sort();
		assert!(
			accounts.windows(2).all(|pair| pair[0] != pair[1]),
			"genesis: an account is named twice among the authorities"
		);

		Authorities::<T>::put(authorities);
		MinimumAuthorities::<T>::put(self.minimum_authorities);
		SessionLength::<T>::put(self.session_length);
		RemovalDelay::<T>::put(self.removal_delay);
	}
}

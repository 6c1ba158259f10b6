//! What the rehearsed version changes: it keeps the number of certified providers.

use frame_support::{
	storage_alias,
	traits::{Get, OnRuntimeUpgrade},
	weights::Weight,
};
#[cfg(feature = "try-runtime")]
use {alloc::vec::Vec, codec::Encode, frame_support::ensure, sp_runtime::TryRuntimeError};

use crate::{Registrar, Runtime};

/// How many providers there are.
#[storage_alias(pallet_name)]
type ProviderCount = StorageValue<Registrar, u32>;

/// Counts the providers. The council certified each of them, which bounds them.
pub struct CountProviders;

fn providers() -> u32 {
	u32::try_from(pallet_registrar::Providers::<Runtime>::iter_keys().count()).unwrap_or(u32::MAX)
}

impl OnRuntimeUpgrade for CountProviders {
	fn on_runtime_upgrade() -> Weight {
		let weight = <Runtime as frame_system::Config>::DbWeight::get();
		if ProviderCount::exists() {
			return weight.reads(1);
		}
		let count = providers();
		ProviderCount::put(count);
		weight.reads_writes(u64::from(count).saturating_add(2), 1)
	}

	#[cfg(feature = "try-runtime")]
	fn pre_upgrade() -> Result<Vec<u8>, TryRuntimeError> {
		Ok(providers().encode())
	}

	#[cfg(feature = "try-runtime")]
	fn post_upgrade(before: Vec<u8>) -> Result<(), TryRuntimeError> {
		let count = ProviderCount::get().ok_or("the number of providers is not kept")?;
		ensure!(count.encode() == before, "the number of providers is not that of before");
		Ok(())
	}
}

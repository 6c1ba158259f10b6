//! Benchmarks: each call on its most expensive way, with as many authorities as there can be.

use crate::{
	Authorities, AuthorityList, Call, Config, MinimumAuthorities, Pallet, Removal, RemovalDelay,
	RemovalList, Removals, SessionLength,
};
use codec::Decode;
use frame_benchmarking::{v2::*, BenchmarkError};
use frame_support::{
	traits::{EnsureOrigin, Get},
	BoundedVec,
};
use frame_system::{pallet_prelude::BlockNumberFor, Pallet as System, RawOrigin};
use medrec_primitives::{AccountId, ParticipantId, ParticipantKind, Participants};
use sp_runtime::traits::TrailingZeroInput;

/// An active provider with session keys.
fn provider<T: Config>(index: u32) -> (ParticipantId, AccountId) {
	let participant = T::Participants::benchmark_participant(
		account("provider", index, 0),
		ParticipantKind::Provider,
	);
	let account =
		T::Participants::account(participant).expect("a participant that was made has an account");
	let keys = T::Keys::decode(&mut TrailingZeroInput::zeroes())
		.expect("session keys are public keys, which decode from zeroes");
	pallet_session::NextKeys::<T>::insert(&account, keys);
	(participant, account)
}

/// Give authority to `count` providers and to nobody else, with seats in the council.
fn fill<T: Config>(count: u32) -> AuthorityList<T> {
	let mut authorities: alloc::vec::Vec<_> = (0..count).map(provider::<T>).collect();
	authorities.sort();
	let authorities = AuthorityList::<T>::truncate_from(authorities);
	Pallet::<T>::replace_authorities(authorities.clone());
	MinimumAuthorities::<T>::put(1);
	authorities
}

fn council<T: Config>() -> Result<T::RuntimeOrigin, BenchmarkError> {
	T::CouncilOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn add_authority() -> Result<(), BenchmarkError> {
		let others = T::MaxAuthorities::get().saturating_sub(1);
		fill::<T>(others);
		let (participant, _) = provider::<T>(others);
		let origin = council::<T>()?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, participant);

		assert!(Authorities::<T>::get().iter().any(|(id, _)| *id == participant));
		Ok(())
	}

	#[benchmark]
	fn remove_authority() -> Result<(), BenchmarkError> {
		let authorities = fill::<T>(T::MaxAuthorities::get());
		for (participant, _) in authorities.iter().skip(2) {
			Pallet::<T>::do_remove_authority(*participant)?;
		}
		let participant = authorities[1].0;
		let origin = council::<T>()?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, participant);

		assert!(Removals::<T>::get().iter().any(|removal| removal.participant == participant));
		Ok(())
	}

	#[benchmark]
	fn set_session_length() -> Result<(), BenchmarkError> {
		let origin = council::<T>()?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, 1_000);

		assert_eq!(SessionLength::<T>::get(), 1_000);
		Ok(())
	}

	#[benchmark]
	fn object_to_removal() -> Result<(), BenchmarkError> {
		let authorities = fill::<T>(T::MaxAuthorities::get());
		// Every removal but one is waiting, each with as many objectors as it can have and hold.
		let objectors = BoundedVec::truncate_from(
			authorities.iter().map(|(id, _)| *id).take(authorities.len() / 3).collect(),
		);
		let due = System::<T>::block_number() + BlockNumberFor::<T>::from(RemovalDelay::<T>::get());
		Removals::<T>::put(RemovalList::<T>::truncate_from(
			authorities
				.iter()
				.skip(1)
				.map(|(participant, _)| Removal {
					participant: *participant,
					due,
					objectors: objectors.clone(),
				})
				.collect(),
		));
		let (participant, account) = authorities[authorities.len() - 1].clone();

		#[extrinsic_call]
		_(RawOrigin::Signed(account), participant);

		assert!(Removals::<T>::get().iter().all(|removal| removal.participant != participant));
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}

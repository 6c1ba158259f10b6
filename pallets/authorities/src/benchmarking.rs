//! Benchmarks: each call on its most expensive way, with as many authorities as there can be.

use crate::{
	Authorities, AuthorityList, Call, ChangeList, Changes, Config, MinimumAuthorities, Offender,
	OffenderList, Offenders, Pallet, PendingChange, RemovalDelay, SessionLength,
};
use codec::Decode;
use frame_benchmarking::{v2::*, BenchmarkError};
use frame_support::{
	traits::{EnsureOrigin, Get},
	BoundedVec,
};
use frame_system::{pallet_prelude::BlockNumberFor, Pallet as System, RawOrigin};
use medrec_primitives::{AccountId, AuthorityChange, ParticipantId, ParticipantKind, Participants};
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

/// Give authority to `count` providers and to nobody else, and have them validate.
pub(crate) fn fill<T: Config>(count: u32) -> AuthorityList<T> {
	let mut authorities: alloc::vec::Vec<_> = (0..count).map(provider::<T>).collect();
	authorities.sort();
	let authorities = AuthorityList::<T>::truncate_from(authorities);
	Authorities::<T>::put(authorities.clone());
	MinimumAuthorities::<T>::put(1);
	let accounts: alloc::vec::Vec<_> =
		authorities.iter().map(|(_, account)| account.clone()).collect();
	pallet_session::Validators::<T>::put(accounts);
	authorities
}

/// A change of a provider with as many objectors as it can have and hold.
fn contested<T: Config>(
	authorities: &AuthorityList<T>,
	participant: ParticipantId,
) -> PendingChange<T> {
	let due = System::<T>::block_number() + BlockNumberFor::<T>::from(RemovalDelay::<T>::get());
	let objectors = authorities.iter().map(|(id, _)| *id).take(authorities.len() / 3).collect();
	PendingChange {
		participant,
		change: AuthorityChange::Removal,
		due,
		objectors: BoundedVec::truncate_from(objectors),
	}
}

/// Have every authority but the first `spared` wait for its removal.
fn contest<T: Config>(authorities: &AuthorityList<T>, spared: usize) {
	Changes::<T>::put(ChangeList::<T>::truncate_from(
		authorities.iter().skip(spared).map(|(id, _)| contested::<T>(authorities, *id)).collect(),
	));
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
		let authorities = fill::<T>(others);
		contest::<T>(&authorities, 1);
		let (participant, _) = provider::<T>(others);
		let origin = council::<T>()?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, participant);

		let is_decided = Changes::<T>::get().iter().any(|it| it.participant == participant);
		let is_done = Authorities::<T>::get().iter().any(|(id, _)| *id == participant);
		assert!(is_decided || is_done);
		Ok(())
	}

	#[benchmark]
	fn remove_authority() -> Result<(), BenchmarkError> {
		let authorities = fill::<T>(T::MaxAuthorities::get());
		contest::<T>(&authorities, 2);
		let participant = authorities[1].0;
		let origin = council::<T>()?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, participant);

		assert!(Changes::<T>::get().iter().any(|it| it.participant == participant));
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
	fn object() -> Result<(), BenchmarkError> {
		let authorities = fill::<T>(T::MaxAuthorities::get());
		contest::<T>(&authorities, 1);
		let (participant, account) = authorities[authorities.len() - 1].clone();

		#[extrinsic_call]
		_(RawOrigin::Signed(account), participant);

		assert!(Changes::<T>::get().iter().all(|it| it.participant != participant));
		Ok(())
	}

	#[benchmark]
	fn set_minimum_authorities() -> Result<(), BenchmarkError> {
		let authorities = fill::<T>(T::MaxAuthorities::get());
		contest::<T>(&authorities, 2);
		let origin = council::<T>()?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, 2);

		assert_eq!(MinimumAuthorities::<T>::get(), 2);
		Ok(())
	}

	#[benchmark]
	fn set_removal_delay() -> Result<(), BenchmarkError> {
		let origin = council::<T>()?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, 1_000);

		assert_eq!(RemovalDelay::<T>::get(), 1_000);
		Ok(())
	}

	#[benchmark]
	fn forgive() -> Result<(), BenchmarkError> {
		let authorities = fill::<T>(T::MaxAuthorities::get());
		// All are on record, and as many are disabled as may be.
		let reported = System::<T>::block_number();
		Offenders::<T>::put(OffenderList::<T>::truncate_from(
			authorities
				.iter()
				.map(|(id, _)| Offender { participant: *id, session: 0, reported, forgiven: None })
				.collect(),
		));
		Pallet::<T>::disable_offenders();
		let participant = authorities[0].0;
		let origin = council::<T>()?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, participant);

		assert!(Offenders::<T>::get()[0].forgiven.is_some());
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}

//! Benchmarks of the calls, each in its dearest case.

use crate::{Call, Config, Entries, Pallet};
use frame_benchmarking::v2::*;
use frame_system::RawOrigin;
use medrec_primitives::{
	AccountId, ParticipantKind, Participants, RelationshipRole, Relationships,
};

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn remove() {
		let patron_account: AccountId = account("patron", 0, 0);
		let steward_account: AccountId = account("steward", 0, 0);
		let patient = ParticipantKind::Patient;
		let provider = ParticipantKind::Provider;
		let patron = T::Participants::benchmark_participant(patron_account.clone(), patient);
		let steward = T::Participants::benchmark_participant(steward_account, provider);
		// Enters it into both summaries.
		let relationship = T::Relationships::benchmark_ended(patron, steward);
		assert_eq!(Entries::<T>::get(patron, relationship), Some(RelationshipRole::Patron));

		#[extrinsic_call]
		_(RawOrigin::Signed(patron_account), relationship);

		assert!(!Entries::<T>::contains_key(patron, relationship));
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}

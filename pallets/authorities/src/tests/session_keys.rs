//! Who may set session keys ([`crate::ProviderAccountOf`]).

use crate::mock::*;
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::ParticipantStatus;

type SessionError = pallet_session::Error<Test>;

#[test]
fn active_providers_set_session_keys() {
	Network::default().execute_with(|| {
		assert_ok!(set_keys(1, 100));
		assert_ok!(set_keys(7, 700));
		assert_ok!(set_keys(PROVIDER_WITHOUT_KEYS, 900));
	});
}

#[test]
fn others_do_not() {
	Network::default().execute_with(|| {
		TableOfParticipants::set_status(7, ParticipantStatus::Retired);
		for account in [
			account_of(PATIENT),
			account_of(SUSPENDED_PROVIDER),
			account_of(7),
			operator_of(1),
			account_of(99),
		] {
			assert_noop!(set_keys_as(account, 500), SessionError::NoAssociatedValidatorId);
		}
	});
}

#[test]
fn nobody_takes_the_keys_of_another() {
	Network::default().execute_with(|| {
		assert_noop!(set_keys(7, 1), SessionError::DuplicatedKey);
	});
}

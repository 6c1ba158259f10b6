//! How much a participant may send for free: so many transactions in a window of ten minutes, and so
//! many that wait.

use crate::common::{
	account_data, apply, enrol, fails, key, next_block, next_block_at, nonce_of, operator, pool,
	provider, refused, register, run, sign, succeeds, tag, use_up_quota, LAKESIDE, MERCY, START,
};
use frame_support::{assert_ok, traits::Get};
use medrec_primitives::{ExpiryDay, ParticipantKind, RelationshipRole};
use medrec_runtime::{
	configs::{ParticipantQuota, ProviderQuota, QuotaWindow},
	genesis_config_presets::LOCAL,
	Refusal, Runtime, RuntimeCall, MILLISECONDS_PER_BLOCK,
};
use sp_runtime::{
	transaction_validity::{InvalidTransaction, TransactionValidityError},
	DispatchError,
};

/// A call that succeeds as often as it is made.
fn any_call() -> RuntimeCall {
	pallet_registrar::Call::set_encryption_key { encryption_key: [1; 32] }.into()
}

fn custom(refusal: Refusal) -> TransactionValidityError {
	InvalidTransaction::Custom(refusal as u8).into()
}

#[test]
fn these_are_the_limits() {
	run(LOCAL, || {
		assert_eq!(QuotaWindow::get(), 600_000);
		assert_eq!(ParticipantQuota::get(), 20);
		assert_eq!(ProviderQuota::get(), 2_000);
	});
}

#[test]
fn a_patient_sends_twenty_in_a_window() {
	run(LOCAL, || {
		let patient = key("//patient");
		enrol(MERCY, &patient);
		for _ in 0..20 {
			succeeds(&patient, any_call());
		}
		assert_eq!(account_data(&patient).used, 20);
		refused(&patient, any_call(), Refusal::QuotaUsedUp);

		next_block_at(START + QuotaWindow::get() - MILLISECONDS_PER_BLOCK);
		refused(&patient, any_call(), Refusal::QuotaUsedUp);
		next_block_at(START + QuotaWindow::get());
		succeeds(&patient, any_call());
		assert_eq!(account_data(&patient).used, 1);
	});
}

#[test]
fn a_provider_sends_two_thousand_in_a_window() {
	run(LOCAL, || {
		let mercy = provider(MERCY);
		for sent in 1..=2_000 {
			// The last of these blocks is the last before one that rotates the session.
			if sent % 250 == 0 {
				next_block();
			}
			assert_eq!(apply(sign(&mercy, nonce_of(&mercy), any_call())), Ok(Ok(())), "{sent}");
		}
		refused(&mercy, any_call(), Refusal::QuotaUsedUp);
		// Its server has a quota of its own.
		let (counterparty, role) = (LAKESIDE, RelationshipRole::Steward);
		succeeds(&operator(MERCY), pallet_relationship::Call::propose { counterparty, role });
	});
}

#[test]
fn all_but_providers_have_a_patients_quota() {
	run(LOCAL, || {
		for kind in ParticipantKind::ALL {
			if kind == ParticipantKind::Provider {
				continue;
			}
			let key = key(&format!("//{kind:?}"));
			register(MERCY, &key, kind);
			let quota = 20;
			// The last transaction that would be within it.
			assert_ok!(pool(sign(&key, nonce_of(&key) + quota - 1, any_call())));
			let beyond = pool(sign(&key, nonce_of(&key) + quota, any_call()));
			assert_eq!(beyond, Err(custom(Refusal::TooManyPending)), "{kind:?}");
		}
	});
}

#[test]
fn a_call_that_fails_counts() {
	run(LOCAL, || {
		let patient = key("//patient");
		enrol(MERCY, &patient);
		let relationship = 99;
		let (tag, expiry) = (tag(1), ExpiryDay(u16::MAX));
		let absent: DispatchError =
			pallet_relationship::Error::<Runtime>::RelationshipAbsent.into();
		for _ in 0..20 {
			let call = pallet_relationship::Call::grant { relationship, tag, expiry };
			fails(&patient, call, absent);
		}
		refused(&patient, any_call(), Refusal::QuotaUsedUp);
	});
}

#[test]
fn a_transaction_that_is_not_taken_does_not_count() {
	run(LOCAL, || {
		let patient = key("//patient");
		enrol(MERCY, &patient);
		let nonce = nonce_of(&patient);
		let stale = apply(sign(&patient, nonce - 1, any_call()));
		assert_eq!(stale, Err(InvalidTransaction::Stale.into()));
		let future = apply(sign(&patient, nonce + 1, any_call()));
		assert_eq!(future, Err(InvalidTransaction::Future.into()));
		assert_eq!((account_data(&patient).used, nonce_of(&patient)), (0, nonce));
	});
}

#[test]
fn what_waits_fits_into_the_rest_of_the_quota() {
	run(LOCAL, || {
		let patient = key("//patient");
		enrol(MERCY, &patient);
		for used in 0..20 {
			let nonce = nonce_of(&patient);
			let last = nonce + 19 - used;
			assert_ok!(pool(sign(&patient, last, any_call())));
			for beyond in [last + 1, last + 100, u32::MAX] {
				let outcome = pool(sign(&patient, beyond, any_call()));
				assert_eq!(outcome, Err(custom(Refusal::TooManyPending)), "{used}");
			}
			succeeds(&patient, any_call());
		}
		let outcome = pool(sign(&patient, nonce_of(&patient), any_call()));
		assert_eq!(outcome, Err(custom(Refusal::QuotaUsedUp)));
	});
}

#[test]
fn one_participants_quota_is_no_others() {
	run(LOCAL, || {
		let (first, second) = (key("//patient//1"), key("//patient//2"));
		enrol(MERCY, &first);
		enrol(MERCY, &second);
		use_up_quota(&first);
		refused(&first, any_call(), Refusal::QuotaUsedUp);
		succeeds(&second, any_call());
	});
}

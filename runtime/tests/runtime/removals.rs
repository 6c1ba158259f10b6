//! What takes a permission back is never held up.
//!
//! `revoke`, `end` and `reject` come before everything else in a block and enter
//! - when the quota is used up, a few at a time,
//! - while the signer is suspended,
//! - when the signer has retired,
//!
//! as long as what they remove exists and is the signer's. Otherwise they are calls like any other.

use crate::common::{
	apply, enrol, fails, granted, key, next_block, nonce_of, operator, participant, pool, proposed,
	provider, refused, run, sign, succeeds, suspend, tag, use_up_quota, LAKESIDE, MERCY,
};
use frame_support::assert_ok;
use medrec_primitives::RelationshipId;
use medrec_protocol::account::AccountKey;
use medrec_runtime::{
	configs::REMOVALS_AHEAD, genesis_config_presets::LOCAL, Refusal, Runtime, RuntimeCall,
};
use sp_runtime::transaction_validity::InvalidTransaction;

fn revoke(relationship: RelationshipId, number: u8) -> RuntimeCall {
	pallet_relationship::Call::revoke { relationship, tag: tag(number) }.into()
}

fn end(relationship: RelationshipId) -> RuntimeCall {
	pallet_relationship::Call::end { relationship }.into()
}

fn reject(relationship: RelationshipId) -> RuntimeCall {
	pallet_relationship::Call::reject { relationship }.into()
}

fn any_call() -> RuntimeCall {
	pallet_registrar::Call::end_sessions {}.into()
}

/// A patient with a relationship in which she granted, and one that she was asked for; and a state of
/// hers in which nothing but removals is taken.
fn held_up(
	state: impl Fn(&AccountKey),
	refusal: Refusal,
	case: impl Fn(&AccountKey, RelationshipId, RelationshipId),
) {
	run(LOCAL, || {
		let patient = key("//patient");
		let relationship = granted(&patient, 0..4);
		let proposal = proposed(LAKESIDE, participant(&patient));
		state(&patient);
		let other = pallet_registrar::Call::set_encryption_key { encryption_key: [1; 32] };
		refused(&patient, other, refusal);
		case(&patient, relationship, proposal);
	});
}

/// Each state in which nothing but removals is taken, and what is answered to the rest.
fn in_every_state(case: impl Fn(&AccountKey, RelationshipId, RelationshipId, Refusal)) {
	let used_up = Refusal::QuotaUsedUp;
	held_up(use_up_quota, used_up, |who, own, asked| case(who, own, asked, used_up));
	let suspended = |who: &AccountKey| suspend(participant(who));
	let refusal = Refusal::Suspended;
	held_up(suspended, refusal, |who, own, asked| case(who, own, asked, refusal));
	let retired = |who: &AccountKey| succeeds(who, pallet_registrar::Call::retire {});
	let refusal = Refusal::Retired;
	held_up(retired, refusal, |who, own, asked| case(who, own, asked, refusal));
}

#[test]
fn what_is_hers_is_taken_back() {
	in_every_state(|patient, relationship, proposal, _| {
		succeeds(patient, revoke(relationship, 0));
		succeeds(patient, reject(proposal));
		succeeds(patient, end(relationship));
		// Also when the relationship is ended.
		succeeds(patient, revoke(relationship, 1));
		next_block();
		succeeds(patient, revoke(relationship, 2));

		let left: Vec<_> =
			pallet_relationship::Grants::<Runtime>::iter_key_prefix(relationship).collect();
		assert_eq!(left, [tag(3)]);
		assert!(!pallet_relationship::Relationships::<Runtime>::contains_key(proposal));
	});
}

#[test]
fn what_is_not_there_is_a_call_like_any_other() {
	in_every_state(|patient, relationship, proposal, refusal| {
		for call in [
			revoke(relationship, 9),
			revoke(relationship + 99, 0),
			end(relationship + 99),
			// Not proposed, and not active.
			reject(relationship),
			end(proposal),
		] {
			refused(patient, call, refusal);
		}
		// Gone after the first time.
		succeeds(patient, revoke(relationship, 0));
		refused(patient, revoke(relationship, 0), refusal);
		succeeds(patient, end(relationship));
		refused(patient, end(relationship), refusal);
		succeeds(patient, reject(proposal));
		refused(patient, reject(proposal), refusal);
	});
}

#[test]
fn what_is_anothers_is_a_call_like_any_other() {
	in_every_state(|patient, _, _, refusal| {
		let other = key("//patient//other");
		let relationship = granted(&other, 0..1);
		let proposal = proposed(LAKESIDE, participant(&other));
		for call in [revoke(relationship, 0), end(relationship), reject(proposal)] {
			refused(patient, call, refusal);
		}
	});
}

#[test]
fn within_the_quota_what_is_not_there_fails_in_the_block() {
	run(LOCAL, || {
		let patient = key("//patient");
		let relationship = granted(&patient, 0..1);
		let absent = pallet_relationship::Error::<Runtime>::TagAbsent;
		fails(&patient, revoke(relationship, 9), absent);
	});
}

#[test]
fn they_come_before_everything_else() {
	run(LOCAL, || {
		let patient = key("//patient");
		let relationship = granted(&patient, 0..1);
		let proposal = proposed(LAKESIDE, participant(&patient));
		let priority = |who: &AccountKey, call: RuntimeCall| {
			pool(sign(who, nonce_of(who), call)).expect("it is valid").priority
		};
		let removals = [revoke(relationship, 0), end(relationship), reject(proposal)]
			.map(|call| priority(&patient, call));
		// A vote of the council is of the same class.
		let vote = pallet_council::Call::vote { motion: 0, approve: true };
		let others = [
			priority(&patient, any_call()),
			priority(&patient, revoke(relationship, 9)),
			priority(&provider(MERCY), any_call()),
			priority(&provider(MERCY), vote.into()),
		];
		for removal in removals {
			for other in others {
				assert!(removal > other, "{removal} is not above {other}");
			}
		}
	});
}

#[test]
fn a_few_may_wait_beyond_the_quota() {
	run(LOCAL, || {
		let patient = key("//patient");
		let relationship = granted(&patient, 0..1);
		let (nonce, call) = (nonce_of(&patient), || revoke(relationship, 0));
		let too_many = InvalidTransaction::Custom(Refusal::TooManyPending as u8);

		// One of the twenty is used for the grant.
		let last = nonce + 18 + REMOVALS_AHEAD;
		assert_ok!(pool(sign(&patient, last, call())));
		assert_eq!(pool(sign(&patient, last + 1, call())), Err(too_many.into()));

		use_up_quota(&patient);
		assert_ok!(pool(sign(&patient, nonce + REMOVALS_AHEAD - 1, call())));
		assert_eq!(pool(sign(&patient, nonce + REMOVALS_AHEAD, call())), Err(too_many.into()));
	});
}

#[test]
fn any_number_enters_the_blocks() {
	run(LOCAL, || {
		let patient = key("//patient");
		let relationship = granted(&patient, 0..16);
		use_up_quota(&patient);
		for number in 0..16 {
			succeeds(&patient, revoke(relationship, number));
		}
		assert_eq!(pallet_relationship::Grants::<Runtime>::iter().count(), 0);
	});
}

#[test]
fn they_count_against_the_quota() {
	run(LOCAL, || {
		let patient = key("//patient");
		let relationship = granted(&patient, 0..15);
		for number in 0..5 {
			succeeds(&patient, revoke(relationship, number));
		}
		refused(&patient, any_call(), Refusal::QuotaUsedUp);
	});
}

#[test]
fn a_providers_server_ends_and_rejects_too() {
	run(LOCAL, || {
		let (patient, server) = (key("//patient"), operator(MERCY));
		let relationship = enrol(MERCY, &patient);
		let (counterparty, role) = (MERCY, medrec_primitives::RelationshipRole::Patron);
		succeeds(&patient, pallet_relationship::Call::propose { counterparty, role });
		let proposal = relationship + 1;

		use_up_quota(&server);
		refused(&server, any_enrolment_step(&patient), Refusal::QuotaUsedUp);
		suspend(MERCY);
		refused(&server, any_enrolment_step(&patient), Refusal::Suspended);
		succeeds(&server, reject(proposal));
		succeeds(&server, end(relationship));
	});
}

/// A call that an operator account may make.
fn any_enrolment_step(patient: &AccountKey) -> RuntimeCall {
	pallet_relationship::Call::propose {
		counterparty: participant(patient),
		role: medrec_primitives::RelationshipRole::Steward,
	}
	.into()
}

#[test]
fn one_that_is_signed_twice_enters_once() {
	run(LOCAL, || {
		let patient = key("//patient");
		let relationship = granted(&patient, 0..1);
		let transaction = sign(&patient, nonce_of(&patient), revoke(relationship, 0));
		assert_eq!(apply(transaction.clone()), Ok(Ok(())));
		assert_eq!(apply(transaction), Err(InvalidTransaction::Stale.into()));
	});
}

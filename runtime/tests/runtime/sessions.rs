//! Sessions: their rotation, and what enters a block that rotates one.

use crate::common::{
	apply, decide, granted, key, motion, next_block, nonce_of, operator, participant, pool,
	proposed, provider, run, sign, succeeds, suspend, tag, three_decide, to_block, HARBOUR,
	LAKESIDE, MERCY,
};
use frame_support::{assert_ok, traits::EstimateNextSessionRotation};
use medrec_primitives::RelationshipRole;
use medrec_runtime::{
	genesis_config_presets::{DEV, LOCAL},
	AccountId, Authorities, Grandpa, Header, Runtime, RuntimeCall, Session, System, MINUTES,
};
use sp_consensus_grandpa::{AuthorityId as GrandpaId, GRANDPA_ENGINE_ID};
use sp_core::Pair;
use sp_runtime::{
	transaction_validity::{InvalidTransaction, TransactionValidityError},
	DigestItem,
};

/// Blocks of a session of `local`.
const SESSION: u32 = 10;

/// Whether a block tells the finality gadget of something.
fn tells_grandpa(header: &Header) -> bool {
	let is_for_grandpa =
		|item: &DigestItem| matches!(item, DigestItem::Consensus(GRANDPA_ENGINE_ID, _));
	header.digest.logs.iter().any(is_for_grandpa)
}

/// Everything that a rotation may change.
fn validators() -> (Vec<AccountId>, Vec<sp_consensus_aura::sr25519::AuthorityId>, u64) {
	(
		pallet_session::Validators::<Runtime>::get(),
		pallet_aura::Authorities::<Runtime>::get().into_inner(),
		pallet_grandpa::CurrentSetId::<Runtime>::get(),
	)
}

#[test]
fn a_session_of_local_lasts_ten_blocks() {
	run(LOCAL, || {
		for session in 0..6u32 {
			to_block(session * SESSION + 1);
			assert_eq!(Session::current_index(), session, "block {}", System::block_number());
			to_block(session * SESSION + SESSION - 1);
			assert_eq!(Session::current_index(), session, "block {}", System::block_number());
			let now = System::block_number();
			let next = Authorities::estimate_next_session_rotation(now).0;
			assert_eq!(next, Some(now + 1));
		}
	});
}

#[test]
fn a_session_of_dev_lasts_five_minutes() {
	run(DEV, || {
		to_block(5 * MINUTES - 1);
		assert_eq!(Session::current_index(), 0);
		next_block();
		assert_eq!(Session::current_index(), 1);
	});
}

#[test]
fn nothing_changes_when_nobody_came_or_went() {
	run(LOCAL, || {
		let before = validators();
		let headers = to_block(6 * SESSION + 1);
		assert_eq!(Session::current_index(), 6);
		assert_eq!(validators(), before);
		assert!(!headers.iter().any(tells_grandpa), "the set of authorities changed");
	});
}

#[test]
fn new_session_keys_change_the_set_once() {
	run(LOCAL, || {
		let new = crate::session_keys::SessionPairs::new("//Bob//new");
		let call = new.set_keys(&provider(LAKESIDE));
		succeeds(&provider(LAKESIDE), call);
		let (grandpa, before) = (GrandpaId::from(new.grandpa.public()), validators());

		// The first rotation queues the keys, the second makes them work.
		to_block(2 * SESSION - 1);
		assert_eq!(validators(), before);
		let headers = to_block(2 * SESSION + 1);
		assert_eq!(headers.iter().filter(|header| tells_grandpa(header)).count(), 1);
		assert_eq!(pallet_grandpa::CurrentSetId::<Runtime>::get(), 1);
		let authorities = Grandpa::grandpa_authorities();
		assert_eq!(authorities.len(), 4);
		assert!(authorities.contains(&(grandpa, 1)));
		assert_eq!(validators().0, before.0);

		let headers = to_block(5 * SESSION + 1);
		assert!(!headers.iter().any(tells_grandpa), "the set changed again");
		assert_eq!(pallet_grandpa::CurrentSetId::<Runtime>::get(), 1);
	});
}

#[test]
fn who_is_suspended_stops_validating_with_the_second_rotation() {
	run(LOCAL, || {
		suspend(HARBOUR);
		let harbour = provider(HARBOUR).account_id();
		to_block(2 * SESSION - 1);
		assert!(validators().0.contains(&harbour));
		to_block(2 * SESSION);
		assert!(!validators().0.contains(&harbour));
		assert_eq!(validators().1.len(), 3);
		next_block();
		assert_eq!(Grandpa::grandpa_authorities().len(), 3);
	});
}

#[test]
fn the_length_of_sessions_is_the_councils_to_change() {
	run(LOCAL, || {
		decide(pallet_authorities::Call::set_session_length { blocks: 7 });
		to_block(29);
		assert_eq!(Session::current_index(), 4);
	});
}

/// A patient with grants and a proposal to answer, in the block that rotates the first session.
fn in_a_block_that_rotates(case: impl FnOnce(&medrec_protocol::account::AccountKey, u64, u64)) {
	run(LOCAL, || {
		let patient = key("//patient");
		let relationship = granted(&patient, 0..3);
		let proposal = proposed(LAKESIDE, participant(&patient));
		to_block(SESSION);
		assert_eq!(Session::current_index(), 1);
		case(&patient, relationship, proposal);
	});
}

#[test]
fn a_block_that_rotates_takes_what_takes_back() {
	in_a_block_that_rotates(|patient, relationship, proposal| {
		let revoke = |number| pallet_relationship::Call::revoke { relationship, tag: tag(number) };
		succeeds(patient, revoke(0));
		succeeds(patient, pallet_relationship::Call::reject { relationship: proposal });
		succeeds(&operator(MERCY), pallet_relationship::Call::end { relationship });
		succeeds(patient, revoke(1));
		next_block();
		succeeds(patient, revoke(2));
	});
}

#[test]
fn a_block_that_rotates_takes_votes_of_the_council() {
	in_a_block_that_rotates(|_, _, _| {
		// Also to the end: they are charged for any motion.
		three_decide(pallet_registrar::Call::suspend { participant: HARBOUR });
		succeeds(
			&provider(MERCY),
			motion(pallet_registrar::Call::reinstate { participant: HARBOUR }),
		);
	});
}

#[test]
fn a_block_that_rotates_takes_nothing_else() {
	in_a_block_that_rotates(|patient, relationship, _| {
		let full: TransactionValidityError = InvalidTransaction::ExhaustsResources.into();
		let (counterparty, role) = (MERCY, RelationshipRole::Patron);
		let calls: [RuntimeCall; 3] = [
			pallet_registrar::Call::end_sessions {}.into(),
			pallet_relationship::Call::propose { counterparty, role }.into(),
			pallet_relationship::Call::clean_grants { relationship, limit: 1 }.into(),
		];
		for call in calls {
			let transaction = sign(patient, nonce_of(patient), call);
			// It stays in the pool for the next block.
			assert_ok!(pool(transaction.clone()));
			assert_eq!(apply(transaction), Err(full));
		}
		next_block();
		succeeds(patient, pallet_registrar::Call::end_sessions {});
	});
}

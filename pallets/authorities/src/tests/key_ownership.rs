//! Proofs of who held a session key.

use crate::{mock::*, KeyOwnership};
use frame_support::{assert_ok, assert_storage_noop, traits::KeyOwnerProofSystem};
use medrec_primitives::{AccountId, ParticipantId};
use sp_core::crypto::key_types::DUMMY;
use sp_runtime::{testing::UintAuthorityId, KeyTypeId, RuntimeAppPublic};

type Key = (KeyTypeId, Vec<u8>);
type Ownership = KeyOwnership<Test>;
type Proof = <Ownership as KeyOwnerProofSystem<Key>>::Proof;

fn key(number: u64) -> Key {
	(DUMMY, UintAuthorityId(number).to_raw_vec())
}

fn prove(number: u64) -> Option<Proof> {
	assert_storage_noop!(Ownership::prove(key(number)));
	Ownership::prove(key(number))
}

/// Who held a key, by a proof of it.
fn check(number: u64, proof: &Proof) -> Option<(AccountId, ParticipantId)> {
	assert_storage_noop!(Ownership::check_proof(key(number), proof.clone()));
	Ownership::check_proof(key(number), proof.clone())
}

fn proven(number: u64) -> Option<(AccountId, ParticipantId)> {
	check(number, &prove(number)?)
}

#[test]
fn the_keys_in_use_are_proven_and_no_others() {
	Network::default().execute_with(|| {
		for participant in [1, 2, 3, 4] {
			assert_eq!(proven(participant), Some((account_of(participant), participant)));
		}
		// 7 has keys and does not validate.
		for number in [7, 99] {
			assert_eq!(prove(number), None);
		}
	});
}

#[test]
fn a_proof_is_of_its_key_only() {
	Network::default().execute_with(|| {
		let proof = prove(2).expect("2 validates");
		assert_eq!(check(3, &proof), None);
	});
}

#[test]
fn new_keys_do_not_hide_the_ones_in_use() {
	Network::default().execute_with(|| {
		rotate(1);
		assert_ok!(set_keys(2, 200));
		for _ in 0..2 {
			assert_eq!(proven(2), Some((account_of(2), 2)));
			assert_eq!(proven(200), None);
			rotate(1);
		}
		assert_eq!(proven(2), None);
		assert_eq!(proven(200), Some((account_of(2), 2)));
	});
}

#[test]
fn a_new_account_does_not_hide_who_it_was() {
	Network::default().execute_with(|| {
		assert_ok!(TableOfParticipants::rotate(2));
		for _ in 0..2 {
			assert_eq!(proven(2), Some((account_of(2), 2)));
			rotate(1);
		}
		assert_eq!(proven(2), Some((moved_account_of(2, 1), 2)));
	});
}

#[test]
fn proofs_hold_as_long_as_sessions_are_kept() {
	Network::default().execute_with(|| {
		rotate(1);
		let proof = prove(2).expect("2 validates");
		assert_ok!(TableOfParticipants::rotate(2));
		assert_ok!(set_keys(2, 200));
		for _ in 0..KEPT_SESSIONS {
			rotate(1);
			assert_eq!(check(2, &proof), Some((account_of(2), 2)));
		}
		rotate(1);
		assert_eq!(check(2, &proof), None);
	});
}

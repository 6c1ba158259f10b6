//! The gatekeeper's own state over a real database file.

mod bindings;
mod concurrency;
mod enrolment_steps;
mod enrolments;
mod failures;
mod nonces;
mod openings;

use codec::Decode;
use medrec_gatekeeper::{
	records::LocalPatientId,
	store::{EnrolmentId, NewCode, Store, StoreOptions, StoredConsent, Submission},
};
use medrec_primitives::{AccountId, Hash, Moment, ParticipantKind, Signature};
use tempfile::TempDir;

const NOW: Moment = 1_795_370_400_000;
const HOUR: Moment = 3_600_000;
const DAY: Moment = 24 * HOUR;

/// An empty store in a folder that is deleted in the end.
async fn empty() -> (TempDir, Store) {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let store = open(&folder).await;
	(folder, store)
}

async fn open(folder: &TempDir) -> Store {
	Store::open(folder.path(), StoreOptions::default()).await.expect("the store opens")
}

/// What a restart of the process does to a store.
async fn restart(folder: &TempDir, store: Store) -> Store {
	store.close().await;
	drop(store);
	open(folder).await
}

fn patient(name: &str) -> LocalPatientId {
	name.parse().expect("a FHIR id")
}

fn secret_hash(number: u8) -> Hash {
	Hash::repeat_byte(number)
}

fn code(number: u8) -> NewCode {
	NewCode {
		secret_hash: secret_hash(number),
		local_patient: patient("alice-example"),
		staff: "front desk".into(),
		expires_at: NOW + DAY,
	}
}

fn consent(account: u8, deadline: Moment) -> StoredConsent {
	let mut signature = vec![1];
	signature.extend([account; 64]);
	StoredConsent {
		account: AccountId::new([account; 32]),
		account_nonce: 3,
		kind: ParticipantKind::Patient,
		encryption_key: [9; 32],
		deadline,
		signature: Signature::decode(&mut signature.as_slice()).expect("an sr25519 signature"),
	}
}

fn submission(number: u8) -> Submission {
	Submission {
		extrinsic: vec![number; 290],
		hash: Hash::repeat_byte(number),
		operator_nonce: 70 + u32::from(number),
		valid_until_block: 1 << 33,
	}
}

/// A code that was issued.
async fn issued(store: &Store, number: u8) -> EnrolmentId {
	store.issue_code(code(number), NOW).await.expect("a fresh code")
}

//! What is small enough to stay inline in the trie: values up to 32 bytes.

use crate::common::{granted, key, run, tag};
use codec::{Encode, MaxEncodedLen};
use frame_support::storage::unhashed;
use medrec_primitives::{ParticipantAccount, Relationship};
use medrec_runtime::{genesis_config_presets::LOCAL, Nonce, Runtime};

#[test]
fn an_accounts_entry_has_32_bytes() {
	assert_eq!(ParticipantAccount::max_encoded_len(), 16);
	assert_eq!(frame_system::AccountInfo::<Nonce, ParticipantAccount>::max_encoded_len(), 32);
	assert_eq!(ParticipantAccount::default().encode().len(), 16);
	run(LOCAL, || {
		for (account, _) in frame_system::Account::<Runtime>::iter() {
			let entry = frame_system::Account::<Runtime>::hashed_key_for(&account);
			assert_eq!(unhashed::get_raw(&entry).map(|bytes| bytes.len()), Some(32));
		}
	});
}

#[test]
fn a_relationship_has_27_bytes() {
	assert_eq!(Relationship::max_encoded_len(), 27);
	run(LOCAL, || {
		let relationship = granted(&key("//patient"), 0..1);
		let entry = pallet_relationship::Relationships::<Runtime>::hashed_key_for(relationship);
		assert_eq!(unhashed::get_raw(&entry).map(|bytes| bytes.len()), Some(27));
	});
}

#[test]
fn a_grant_has_2_bytes() {
	run(LOCAL, || {
		let relationship = granted(&key("//patient"), 0..1);
		let entry = pallet_relationship::Grants::<Runtime>::hashed_key_for(relationship, tag(0));
		assert_eq!(unhashed::get_raw(&entry).map(|bytes| bytes.len()), Some(2));
		// Prefixes of pallet and map, then the bare number and the bare tag.
		assert_eq!(entry.len(), 32 + 8 + 32);
	});
}

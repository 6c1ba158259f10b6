//! Keys from 12 words.

use crate::fixtures::*;
use medrec_primitives::Hash;
use medrec_protocol::{
	account::{fingerprint, AccountKey},
	identity::{Seed, SeedError},
	signature::Scheme,
};
use sp_core::crypto::Ss58Codec;
use std::collections::BTreeSet;

#[test]
fn the_same_words_give_the_same_keys() {
	let again = Seed::from_phrase(WORDS).unwrap().identity(&genesis(), PROVIDER, 0);
	assert_eq!(again.account_id(), identity().account_id());
	assert_eq!(again.encryption_key(), identity().encryption_key());
}

#[test]
fn nothing_connects_a_persons_identities() {
	let seed = seed();
	let other_chain = Hash::repeat_byte(8);
	let identities = [
		seed.identity(&genesis(), PROVIDER, 0),
		seed.identity(&genesis(), PROVIDER, 1),
		seed.identity(&genesis(), 2, 0),
		seed.identity(&other_chain, PROVIDER, 0),
		seed.viewer(0),
		seed.viewer(1),
	];
	let paths: BTreeSet<_> = identities.iter().map(|identity| &identity.path).collect();
	let accounts: BTreeSet<_> = identities.iter().map(|identity| identity.account_id()).collect();
	let mut encryption_keys: BTreeSet<_> =
		identities.iter().map(|identity| identity.encryption_key()).collect();
	encryption_keys.insert(seed.backup_key(&genesis()).public());
	encryption_keys.insert(seed.backup_key(&other_chain).public());
	assert_eq!((paths.len(), accounts.len(), encryption_keys.len()), (6, 6, 8));
}

#[test]
fn other_tools_derive_the_same_account() {
	let uri = format!("{WORDS}{}", identity().path);
	assert_eq!(identity().path, format!("//medrec//{}//1//0", "07".repeat(32)));
	let key = AccountKey::from_secret_uri(&uri, Scheme::Sr25519).unwrap();
	assert_eq!(key.account_id(), identity().account_id());
	let alice = AccountKey::from_secret_uri("//Alice", Scheme::Sr25519).unwrap();
	assert_eq!(
		alice.account_id().to_ss58check(),
		"5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
	);
}

#[test]
fn words_are_read_in_any_case_and_spacing() {
	let shouted = WORDS.to_uppercase().replace(' ', "\n\t ");
	assert_eq!(Seed::from_phrase(&shouted).unwrap().phrase(), WORDS);
}

#[test]
fn fresh_words_are_read_again() {
	let seed = Seed::generate();
	assert_eq!(seed.phrase().split(' ').count(), 12);
	assert_eq!(Seed::from_phrase(seed.phrase()).unwrap().phrase(), seed.phrase());
	assert_ne!(Seed::generate().phrase(), seed.phrase());
}

#[test]
fn wrong_words_are_explained() {
	let refusal = |words: &str| Seed::from_phrase(words).unwrap_err();
	assert_eq!(refusal(""), SeedError::WordCount(0));
	assert_eq!(refusal(&format!("{WORDS} yellow")), SeedError::WordCount(13));
	assert_eq!(
		refusal(&WORDS.replacen("winner", "wimner", 1)),
		SeedError::UnknownWord { position: 2 }
	);
	assert_eq!(refusal(&WORDS.replace("thank yellow", "thank winner")), SeedError::Checksum);
}

#[test]
fn secrets_are_not_shown() {
	let seed = seed();
	let shown = format!("{seed:?} {:?} {:?}", identity(), session_key());
	for word in WORDS.split(' ') {
		assert!(!shown.contains(word), "{shown}");
	}
	assert!(!shown.contains(&"11".repeat(32)));
	assert!(!format!("{:?}", gatekeeper_key()).contains(&"22".repeat(32)));
}

#[test]
fn fingerprints_are_short_and_distinct() {
	let own = fingerprint(&identity().account_id());
	let groups: Vec<_> = own.split('-').collect();
	assert_eq!(groups.len(), 4);
	for group in groups {
		assert_eq!(group.len(), 5);
		assert!(group.chars().all(|digit| "0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains(digit)));
	}
	let many: BTreeSet<_> = (0..500u32)
		.map(|number| {
			fingerprint(&sp_core::crypto::AccountId32::new(sp_crypto_hashing::blake2_256(
				&number.to_le_bytes(),
			)))
		})
		.collect();
	assert_eq!(many.len(), 500);
}

#[test]
fn keys_that_are_none_are_explained() {
	for (uri, scheme) in [
		("0x1234", Scheme::Sr25519),
		("legal winner thank", Scheme::Ed25519),
		("//Alice/soft", Scheme::Ed25519),
		("//Alice/soft", Scheme::Ecdsa),
		("Alice", Scheme::Sr25519),
	] {
		let error = AccountKey::from_secret_uri(uri, scheme).unwrap_err();
		assert!(error.to_string().starts_with("not a usable key"), "{error}");
	}
	assert!(AccountKey::from_secret_uri("//Alice/soft", Scheme::Sr25519).is_ok());
}

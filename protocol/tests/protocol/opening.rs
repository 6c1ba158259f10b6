//! Sealing an opening to its grantee, and handing it over.

use crate::fixtures::*;
use codec::MaxEncodedLen;
use medrec_primitives::{Hash, Opening, Tag};
use medrec_protocol::{
	encryption::EncryptionSecret,
	openings::{DepositedOpening, OpeningList, PatronCopy, WaitingOpening},
	sealed::{
		open, seal, OpenError, OpeningContext, PortableOpening, SealError, SealedOpening,
		PLAINTEXT_LENGTH, SEALED_LENGTH,
	},
};
use proptest::prelude::*;

fn grantee() -> EncryptionSecret {
	EncryptionSecret::from_bytes([0x99; 32])
}

fn context() -> OpeningContext {
	OpeningContext::of(&opening(), genesis(), PROVIDER, RELATIONSHIP)
}

fn sealed() -> SealedOpening {
	seal(&grantee().public(), &context(), &opening()).unwrap()
}

#[test]
fn the_grantee_opens_it() {
	assert_eq!(open(&grantee(), &context(), &sealed()), Ok(opening()));
}

#[test]
fn the_patron_finds_it_again() {
	let backup = seed().backup_key(&genesis());
	let sealed = seal(&backup.public(), &context(), &opening()).unwrap();
	let new_device = seed().backup_key(&genesis());
	assert_eq!(open(&new_device, &context(), &sealed), Ok(opening()));
}

#[test]
fn nobody_else_opens_it() {
	let other = EncryptionSecret::from_bytes([0x98; 32]);
	assert_eq!(open(&other, &context(), &sealed()), Err(OpenError::NotForThisKey));
}

#[test]
fn it_opens_in_its_context_only() {
	let sealed = sealed();
	for other in [
		OpeningContext { genesis: Hash::repeat_byte(8), ..context() },
		OpeningContext { provider: 2, ..context() },
		OpeningContext { relationship: 10, ..context() },
		OpeningContext { tag: Tag([0; 32]), ..context() },
	] {
		assert_eq!(open(&grantee(), &other, &sealed), Err(OpenError::NotForThisKey));
	}
}

#[test]
fn it_is_sealed_for_its_own_tag_only() {
	let other = OpeningContext { tag: Tag([0; 32]), ..context() };
	assert_eq!(seal(&grantee().public(), &other, &opening()), Err(SealError::TagMismatch));
}

#[test]
fn nothing_is_sealed_to_a_key_that_hides_nothing() {
	assert_eq!(seal(&[0; 32], &context(), &opening()), Err(SealError::RecipientKey));
}

#[test]
fn each_sealing_is_another() {
	assert_ne!(sealed(), sealed());
}

#[test]
fn the_length_tells_nothing() {
	assert!(Opening::max_encoded_len() <= PLAINTEXT_LENGTH);
	let longest = longest_opening();
	let context = OpeningContext::of(&longest, genesis(), PROVIDER, RELATIONSHIP);
	let sealed = seal(&grantee().public(), &context, &longest).unwrap();
	assert_eq!(sealed.as_bytes().len(), SEALED_LENGTH);
	assert_eq!(open(&grantee(), &context, &sealed), Ok(longest));
}

#[test]
fn sealed_bytes_of_another_length_are_refused() {
	let bytes = sealed().as_bytes().to_vec();
	assert_eq!(SealedOpening::try_from(bytes.clone()), Ok(SealedOpening::from(*sealed_of(&bytes))));
	assert!(SealedOpening::try_from(bytes[1..].to_vec()).is_err());
	assert!(serde_json::from_str::<SealedOpening>("\"AAAA\"").is_err());
}

fn sealed_of(bytes: &[u8]) -> &[u8; SEALED_LENGTH] {
	bytes.try_into().unwrap()
}

#[test]
fn a_portable_opening_is_read_as_written() {
	let portable = PortableOpening { context: context(), sealed: sealed() };
	let text = portable.to_string();
	assert!(text.starts_with("medrec:opening?genesis=0x0707"));
	assert_eq!(text.parse(), Ok(portable));
	for bad in [
		String::new(),
		format!("{text} "),
		format!("{text}&more=1"),
		text.replace("medrec:opening", "medrec:enrol"),
		text.replace("provider=1", "provider=01"),
		text.replace("relationship=9&", ""),
		text.replace("genesis=0x07", "genesis=0x7"),
		text[..text.len() - 4].into(),
	] {
		assert_ne!(bad, text);
		assert!(bad.parse::<PortableOpening>().is_err(), "{bad}");
	}
}

#[test]
fn deposits_and_lists_are_json() {
	let sealed = sealed();
	let tag = context().tag;
	let deposit = DepositedOpening {
		relationship: RELATIONSHIP,
		grantee: GRANTEE,
		tag,
		sealed_to_grantee: sealed.clone(),
		sealed_to_patron: sealed.clone(),
		policy: None,
	};
	let json = serde_json::to_value(&deposit).unwrap();
	let keys: Vec<_> = json.as_object().unwrap().keys().cloned().collect();
	assert_eq!(keys, ["grantee", "relationship", "sealedToGrantee", "sealedToPatron", "tag"]);
	assert_eq!(serde_json::from_value::<DepositedOpening>(json.clone()).unwrap(), deposit);
	let mut more = json;
	more["more"] = 1.into();
	assert!(serde_json::from_value::<DepositedOpening>(more).is_err());

	let waiting = WaitingOpening {
		provider: PROVIDER,
		relationship: RELATIONSHIP,
		tag,
		sealed: sealed.clone(),
	};
	let copy = PatronCopy {
		provider: PROVIDER,
		relationship: RELATIONSHIP,
		grantee: GRANTEE,
		tag,
		sealed: sealed.clone(),
		policy: None,
	};
	assert_eq!(waiting.context(genesis()), context());
	assert_eq!(copy.context(genesis()), context());
	let list = OpeningList { waiting: vec![waiting], deposited: vec![copy], next: None };
	let text = serde_json::to_string(&list).unwrap();
	assert_eq!(serde_json::from_str::<OpeningList>(&text).unwrap(), list);
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(2_000))]

	#[test]
	fn no_byte_of_it_can_be_changed(position in 0..SEALED_LENGTH, change in 1u8..) {
		let mut bytes = *sealed().as_bytes();
		bytes[position] ^= change;
		let opened = open(&grantee(), &context(), &bytes.into());
		// The top bit of the encapsulated X25519 key is not part of it (RFC 7748 section 5), but HPKE
		// hashes all of its bytes.
		prop_assert_eq!(opened, Err(OpenError::NotForThisKey));
	}
}

//! Bytes of signed extrinsics as the client builds them, with numbers of realistic size. Nothing here
//! needs a node: the runtime is the one that the committed metadata describes.

use medrec_chain_client::{calls, rpc_api::BlockRef, Call, Mortality, Runtime};
use medrec_primitives::{
	Consent, ExpiryDay, Hash, ParticipantId, ParticipantKind, RelationshipId, RelationshipRole,
	Tag, MILLISECONDS_PER_DAY,
};
use medrec_protocol::{account::AccountKey, signature::Scheme};

/// Ids of the sizes that a large network reaches.
const PARTICIPANT: ParticipantId = (1 << 31) + 12_345;
const RELATIONSHIPS: [RelationshipId; 2] = [1 << 30, (1 << 32) - 1];
/// Nonces of 64 and more take two bytes, those of 16,384 and more four.
const NONCES: [u32; 2] = [64, 16_383];
/// 2026-11-22T18:00:00Z
const NOW: u64 = 1_795_370_400_000;

const GENESIS: Hash = Hash::repeat_byte(0x6d);

fn size(call: &impl Call, key: &AccountKey) -> usize {
	let runtime = Runtime::built_in(GENESIS, 1, 1).unwrap();
	NONCES
		.iter()
		.map(|nonce| {
			let birth = BlockRef { hash: Hash::repeat_byte(0x42), number: 7_654_321 };
			let extrinsic = runtime.sign(call, key, *nonce, Mortality::from(birth)).unwrap();
			extrinsic.bytes.len()
		})
		.max()
		.unwrap()
}

fn largest(of: impl Fn(RelationshipId) -> usize) -> usize {
	RELATIONSHIPS.into_iter().map(of).max().unwrap()
}

fn key(name: &str) -> AccountKey {
	AccountKey::from_secret_uri(name, Scheme::Sr25519).unwrap()
}

fn consent(patient: &AccountKey) -> calls::SignedConsent {
	let (kind, encryption_key) = (ParticipantKind::Patient, [0x55; 32]);
	let deadline = NOW + 7 * MILLISECONDS_PER_DAY;
	let consent = Consent::Enrol { steward: PARTICIPANT, kind, encryption_key, deadline };
	let signature = patient.sign(&consent.payload(&GENESIS, &patient.account_id(), 0));
	calls::SignedConsent {
		account: patient.account_id(),
		kind,
		encryption_key,
		deadline,
		signature,
	}
}

#[test]
fn enrol_takes_at_most_300_bytes() {
	let bytes = size(&calls::enrol(consent(&key("//Alice Example"))), &key("//Mercy"));
	println!("enrol: {bytes} bytes");
	assert!(bytes <= 300, "{bytes}");
}

#[test]
fn propose_and_accept_take_at_most_240_bytes_together() {
	let propose =
		size(&calls::propose(PARTICIPANT, RelationshipRole::Patron), &key("//Alice Example"));
	let accept = largest(|id| size(&calls::accept(id, PARTICIPANT), &key("//Mercy")));
	println!("propose: {propose} bytes, accept: {accept} bytes");
	assert!(propose + accept <= 240, "{propose} + {accept}");
}

#[test]
fn grant_takes_at_most_150_bytes() {
	let expiry = ExpiryDay::of(NOW + MILLISECONDS_PER_DAY);
	let bytes =
		largest(|id| size(&calls::grant(id, Tag([0xab; 32]), expiry), &key("//Alice Example")));
	println!("grant: {bytes} bytes");
	assert!(bytes <= 150, "{bytes}");
}

#[test]
fn revoke_takes_at_most_150_bytes() {
	let bytes = largest(|id| size(&calls::revoke(id, Tag([0xab; 32])), &key("//Alice Example")));
	println!("revoke: {bytes} bytes");
	assert!(bytes <= 150, "{bytes}");
}

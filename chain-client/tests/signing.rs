//! What signed extrinsics look like, and what they are bound to.

use codec::{Compact, Decode, Encode};
use medrec_chain_client::{calls, rpc_api::BlockRef, Extrinsic, Mortality, Runtime};
use medrec_primitives::{Hash, Tag};
use medrec_protocol::{account::AccountKey, signature::Scheme};

const GENESIS: Hash = Hash::repeat_byte(1);
const BIRTH: BlockRef = BlockRef { hash: Hash::repeat_byte(2), number: 1000 };

fn sign(runtime: &Runtime, key: &AccountKey, nonce: u32, birth: BlockRef) -> Extrinsic {
	let call = calls::revoke(5, Tag([7; 32]));
	runtime.sign(&call, key, nonce, Mortality::from(birth)).unwrap()
}

fn runtime() -> Runtime {
	Runtime::built_in(GENESIS, 1, 1).unwrap()
}

#[test]
fn an_extrinsic_is_its_length_then_version_4_then_the_account() {
	for scheme in Scheme::ALL {
		let key = AccountKey::from_secret_uri("//Alice Example", scheme).unwrap();
		let extrinsic = sign(&runtime(), &key, 3, BIRTH);
		let mut rest = extrinsic.bytes.as_slice();
		let length = Compact::<u32>::decode(&mut rest).unwrap().0;
		assert_eq!(length as usize, rest.len(), "{scheme}");
		assert_eq!(rest[0], 0x84, "signed, format version 4");
		assert_eq!(rest[1], 0, "the address is an account id");
		assert_eq!(&rest[2..34], AsRef::<[u8]>::as_ref(&key.account_id()));
		let signature_variant = match scheme {
			Scheme::Ed25519 => 0,
			Scheme::Sr25519 => 1,
			Scheme::Ecdsa => 2,
		};
		assert_eq!(rest[34], signature_variant, "{scheme}");
	}
}

#[test]
fn the_call_comes_last_with_compact_numbers() {
	let key = AccountKey::from_secret_uri("//Alice Example", Scheme::Sr25519).unwrap();
	let extrinsic = sign(&runtime(), &key, 3, BIRTH);
	let mut arguments = Compact(5u64).encode();
	arguments.extend([7; 32]);
	assert!(extrinsic.bytes.ends_with(&arguments));
	// Pallet 21, call 7: the indices that the chain promises to keep.
	let call = &extrinsic.bytes[extrinsic.bytes.len() - arguments.len() - 2..];
	assert_eq!(call[..2], [21, 7]);
}

/// Ed25519 signatures are deterministic, so that equal bytes mean equal signed payloads.
#[test]
fn the_signature_is_bound_to_chain_runtime_nonce_and_birth_block() {
	let key = AccountKey::from_secret_uri("//Alice Example", Scheme::Ed25519).unwrap();
	let reference = sign(&runtime(), &key, 3, BIRTH);
	assert_eq!(sign(&runtime(), &key, 3, BIRTH), reference);

	let signature = |extrinsic: &Extrinsic| extrinsic.bytes[37..101].to_vec();
	let others = [
		sign(&Runtime::built_in(Hash::repeat_byte(9), 1, 1).unwrap(), &key, 3, BIRTH),
		sign(&Runtime::built_in(GENESIS, 2, 1).unwrap(), &key, 3, BIRTH),
		sign(&Runtime::built_in(GENESIS, 1, 2).unwrap(), &key, 3, BIRTH),
		sign(&runtime(), &key, 4, BIRTH),
		sign(&runtime(), &key, 3, BlockRef { hash: Hash::repeat_byte(3), ..BIRTH }),
	];
	for (number, other) in others.iter().enumerate() {
		assert_ne!(signature(other), signature(&reference), "case {number}");
		assert_ne!(other.hash, reference.hash, "case {number}");
	}
}

#[test]
fn every_call_fits_the_runtime_that_this_client_was_built_from() {
	use medrec_primitives::{ExpiryDay, ParticipantKind, Purposes, RelationshipRole};
	let runtime = runtime();
	let key = AccountKey::from_secret_uri("//Alice Example", Scheme::Sr25519).unwrap();
	let account = key.account_id();
	let signature = key.sign(b"whatever");
	let consent = calls::SignedConsent {
		account: account.clone(),
		kind: ParticipantKind::Patient,
		encryption_key: [1; 32],
		deadline: 1,
		signature: signature.clone(),
	};
	let peer_id = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp".parse().unwrap();
	macro_rules! fits {
		($($call:expr),* $(,)?) => { $(
			let call = $call;
			assert!(runtime.knows(&call), stringify!($call));
			let signed = runtime.sign(&call, &key, 0, Mortality::from(BIRTH));
			assert!(signed.is_ok(), "{}: {signed:?}", stringify!($call));
		)* };
	}
	fits!(
		calls::register(consent.clone()),
		calls::rotate_key(account.clone(), signature.clone()),
		calls::set_encryption_key([1; 32]),
		calls::end_sessions(),
		calls::retire(),
		calls::set_endpoint("https://mercy.example"),
		calls::set_gatekeeper_key([1; 32]),
		calls::set_operator(Some((account.clone(), signature.clone()))),
		calls::set_operator(None),
		calls::set_peer_ids(&[peer_id]),
		calls::set_peer_ids(&[]),
		calls::certify(account.clone(), "Mercy", "https://mercy.example", [1; 32], [2; 32]),
		calls::suspend(1),
		calls::reinstate(1),
		calls::set_purposes(ParticipantKind::Other, Purposes::TREATMENT),
		calls::enrol(consent.clone()),
		calls::propose(1, RelationshipRole::Steward),
		calls::accept(1, 2),
		calls::reject(1),
		calls::withdraw(1),
		calls::end(1),
		calls::grant(1, Tag([1; 32]), ExpiryDay(20_000)),
		calls::revoke(1, Tag([1; 32])),
		calls::clean_grants(1, 8),
		calls::remove_from_summary(1),
		calls::add_authority(1),
		calls::remove_authority(1),
		calls::set_session_length(150),
		calls::object(1),
	);
}

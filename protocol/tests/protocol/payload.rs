//! Nothing that an account key signs here is a transaction.

use crate::{application::application, enrolment::enrolment, fixtures::*, policy::policy};
use codec::{Decode, DecodeAll, Encode};
use medrec_primitives::{AccountId, Consent, ParticipantKind, Signature};
use medrec_protocol::ACCOUNT_PAYLOAD_FIRST_BYTES;
use sp_runtime::generic::UncheckedExtrinsic;

/// Everything that clients ask an account key to sign, plain and as wallets wrap it.
fn account_payloads() -> Vec<Vec<u8>> {
	let account = identity().account_id();
	let encryption_key = identity().encryption_key();
	let kind = ParticipantKind::Patient;
	let plain = [
		delegation().to_string().into_bytes(),
		enrolment().consent(PROVIDER).payload(&genesis(), &account, 5),
		Consent::Register { provider: PROVIDER, kind, encryption_key, deadline: NOW }.payload(
			&genesis(),
			&account,
			0,
		),
		Consent::Rotate { participant: PATRON, epoch: 3 }.payload(&genesis(), &account, 0),
		Consent::Operate { provider: PROVIDER }.payload(&genesis(), &account, 0),
		application().payload(),
		policy().to_string().into_bytes(),
	];
	let wrapped = plain
		.iter()
		.map(|payload| [b"<Bytes>", payload.as_slice(), b"</Bytes>"].concat())
		.collect::<Vec<_>>();
	plain.into_iter().chain(wrapped).collect()
}

#[test]
fn payloads_begin_where_no_pallet_is() {
	for payload in account_payloads() {
		assert!(
			ACCOUNT_PAYLOAD_FIRST_BYTES.contains(&payload[0]),
			"{}",
			String::from_utf8_lossy(&payload)
		);
	}
}

/// What is signed of a transaction is its call, extensions and what they imply, or, if that is longer
/// than 256 bytes, its 32-byte hash.
#[test]
fn payloads_are_no_hashes() {
	for payload in account_payloads() {
		assert_ne!(payload.len(), 32);
	}
}

/// Even with a call that may be anything, no payload is a whole transaction.
#[test]
fn payloads_are_no_extrinsics() {
	#[derive(Debug, Clone, Encode, PartialEq, Eq, scale_info::TypeInfo)]
	struct AnyCall(Vec<u8>);

	impl codec::DecodeWithMemTracking for AnyCall {}

	impl Decode for AnyCall {
		fn decode<I: codec::Input>(input: &mut I) -> Result<Self, codec::Error> {
			let mut bytes = Vec::new();
			while let Ok(byte) = input.read_byte() {
				bytes.push(byte);
			}
			Ok(Self(bytes))
		}
	}

	type Extrinsic = UncheckedExtrinsic<AccountId, AnyCall, Signature, ()>;

	let bare = Extrinsic::new_bare(AnyCall(vec![1, 2, 3])).encode();
	assert!(Extrinsic::decode_all(&mut bare.as_slice()).is_ok(), "the decoder takes any call");
	for payload in account_payloads() {
		assert!(Extrinsic::decode_all(&mut payload.as_slice()).is_err());
	}
}

/// A payload of one kind begins like no payload of another.
#[test]
fn domains_are_no_prefixes_of_each_other() {
	let domains = [
		"MedRec session key",
		"medrec/enrol/v1",
		"medrec/register/v1",
		"medrec/rotate/v1",
		"medrec/operate/v1",
		"medrec/application/v1",
	];
	for (index, domain) in domains.iter().enumerate() {
		assert!(account_payloads()[index].starts_with(domain.as_bytes()));
		for (other, text) in domains.iter().enumerate() {
			assert!(index == other || !text.starts_with(domain));
		}
	}
}

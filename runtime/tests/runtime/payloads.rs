//! Nothing that an account key is asked to sign off the chain can be taken for a transaction.
//!
//! What an account signs for the chain begins with a call, and that with the index of a pallet: no pallet
//! has the first byte of a consent, of a delegation, or of either as browser wallets wrap it.

use codec::Decode;
use frame_support::traits::PalletsInfoAccess;
use medrec_primitives::{Consent, Hash, ParticipantKind};
use medrec_protocol::{delegation::Delegation, session::SessionKey, ACCOUNT_PAYLOAD_FIRST_BYTES};
use medrec_runtime::{AccountId, AllPalletsWithSystem, RuntimeCall, UncheckedExtrinsic};
use proptest::prelude::*;

fn wrapped(text: &[u8]) -> Vec<u8> {
	[b"<Bytes>", text, b"</Bytes>"].concat()
}

/// It begins with a byte that the protocol has set aside, and decodes neither as a call nor as a
/// transaction, in whichever way a wallet signs it.
fn is_nothing_on_the_chain(bytes: &[u8]) {
	for signed in [bytes.to_vec(), wrapped(bytes)] {
		assert!(ACCOUNT_PAYLOAD_FIRST_BYTES.contains(&signed[0]));
		assert!(RuntimeCall::decode(&mut &signed[..]).is_err());
		assert!(UncheckedExtrinsic::decode(&mut &signed[..]).is_err());
	}
}

#[test]
fn no_pallet_has_the_first_byte_of_such_a_text() {
	let infos = AllPalletsWithSystem::infos();
	assert!(infos.len() >= 11, "these are all the pallets");
	for info in infos {
		let index = u8::try_from(info.index).expect("an index is a byte");
		assert!(!ACCOUNT_PAYLOAD_FIRST_BYTES.contains(&index), "{} has {index}", info.name);
	}
}

#[test]
fn every_pallet_keeps_its_index() {
	let mut indices: Vec<_> =
		AllPalletsWithSystem::infos().into_iter().map(|info| (info.index, info.name)).collect();
	indices.sort();
	assert_eq!(
		indices,
		[
			(0, "System"),
			(1, "Timestamp"),
			(10, "Aura"),
			(11, "Grandpa"),
			(12, "AuthorityDiscovery"),
			(13, "Authorship"),
			(14, "Council"),
			(15, "Parameters"),
			(20, "Registrar"),
			(21, "Relationships"),
			(22, "Summary"),
			(23, "Authorities"),
			(24, "Session"),
			(25, "Historical"),
			(26, "Offences"),
		]
	);
}

fn consents() -> impl Strategy<Value = Consent> {
	let kind = || proptest::sample::select(&ParticipantKind::ALL[..]);
	prop_oneof![
		(any::<u64>(), kind(), any::<[u8; 32]>(), any::<u64>()).prop_map(
			|(steward, kind, encryption_key, deadline)| Consent::Enrol {
				steward,
				kind,
				encryption_key,
				deadline,
			}
		),
		(any::<u64>(), kind(), any::<[u8; 32]>(), any::<u64>()).prop_map(
			|(provider, kind, encryption_key, deadline)| Consent::Register {
				provider,
				kind,
				encryption_key,
				deadline,
			}
		),
		(any::<u64>(), any::<u32>())
			.prop_map(|(participant, epoch)| Consent::Rotate { participant, epoch }),
		any::<u64>().prop_map(|provider| Consent::Operate { provider }),
	]
}

proptest! {
	#[test]
	fn a_consent_is_no_call(
		consent in consents(),
		genesis: [u8; 32],
		account: [u8; 32],
		nonce: u32,
	) {
		let payload = consent.payload(&Hash::from(genesis), &AccountId::new(account), nonce);
		is_nothing_on_the_chain(&payload);
	}

	#[test]
	fn a_delegation_is_no_call(
		genesis: [u8; 32],
		participant: u64,
		epoch: u32,
		from in 0..4_000_000_000_000u64,
		lifetime in 1..86_400_000u64,
	) {
		let delegation = Delegation {
			gatekeeper: "https://mercy.example".parse().expect("it is an origin"),
			genesis: Hash::from(genesis),
			participant,
			epoch,
			session_key: SessionKey::generate().id(),
			from,
			until: from + lifetime,
		};
		is_nothing_on_the_chain(delegation.to_string().as_bytes());
	}
}

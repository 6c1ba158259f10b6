//! Delegating: an account lets a session key act.

use crate::fixtures::*;
use medrec_protocol::{
	account::AccountKey,
	delegation::{Delegation, DelegationError, SignedDelegation, MAX_DELEGATION_LIFETIME},
	signature::{AccountSignature, Scheme},
};
use proptest::prelude::*;

fn text() -> String {
	format!(
		"MedRec session key\nGatekeeper: https://mercy.example\nChain: 0x{}\nParticipant: 42\n\
		 Epoch: 3\nSession key: {}\n\
		 Use: read and manage records\nFrom: 2026-11-22T18:00:00.000Z\n\
		 Until: 2026-11-23T18:00:00.000Z",
		"07".repeat(32),
		session_key().id()
	)
}

#[test]
fn the_text_says_everything_in_fixed_lines() {
	assert_eq!(delegation().to_string(), text());
}

#[test]
fn the_text_is_read_as_written() {
	assert_eq!(delegation().to_string().parse(), Ok(delegation()));
}

#[test]
fn any_other_text_is_refused() {
	let good = delegation().to_string();
	let replaced = |from: &str, to: &str| {
		let bad = good.replace(from, to);
		assert_ne!(bad, good, "{from} is in the text");
		bad
	};
	for bad in [
		String::new(),
		format!("{good}\n"),
		format!("{good}\nNote: more"),
		format!("\n{good}"),
		good.replace('\n', "\r\n"),
		good.to_lowercase(),
		replaced("MedRec session key", "MedRec session key "),
		replaced("https://mercy.example", "https://mercy.example/"),
		replaced("https://mercy.example", "https://Mercy.example"),
		replaced("https://mercy.example", "https://mercy.example:443"),
		replaced("https://mercy.example", "https://user@mercy.example"),
		replaced("https://mercy.example", "mercy.example"),
		replaced("Chain: 0x07", "Chain: 0X07"),
		replaced("Chain: 0x0707", "Chain: 0x07"),
		replaced("Participant: 42", "Participant: +42"),
		replaced("Participant: 42", "Participant: 042"),
		replaced("Participant: 42", "Participant: -42"),
		replaced("Participant: 42", "Participant: 18446744073709551616"),
		replaced("Epoch: 3", "Epoch: 03"),
		replaced("Epoch: 3", "Epoch: 4294967296"),
		replaced("Epoch: 3\n", ""),
		replaced("ed25519:", "sr25519:"),
		replaced("read and manage records", "read records"),
		replaced("From: 2026-11-22T18:00:00.000Z", "From: 2026-11-22T18:00:00Z"),
		replaced("Until: 2026-11-23T18:00:00.000Z", "Until: 2026-11-23"),
	] {
		assert!(
			matches!(bad.parse::<Delegation>(), Err(DelegationError::Text(_))),
			"{bad:?} is read"
		);
	}
}

#[test]
fn accounts_of_every_scheme_sign_it() {
	for key in account_keys() {
		let signed = delegation().sign(&key).unwrap();
		assert_eq!(signed.signature.scheme(), key.scheme());
		assert_eq!(signed.verify(&key.account_id(), 3), Ok(()));
	}
}

#[test]
fn wallets_may_wrap_the_text() {
	for key in account_keys() {
		let wrapped = format!("<Bytes>{}</Bytes>", delegation());
		let signature = AccountSignature::try_from(key.sign(wrapped.as_bytes())).unwrap();
		let signed = SignedDelegation { delegation: delegation(), signature };
		assert_eq!(signed.verify(&key.account_id(), 3), Ok(()));
	}
}

#[test]
fn another_account_or_epoch_is_refused() {
	let [first, second, third] = account_keys();
	let signed = delegation().sign(&first).unwrap();
	for other in [second, third, AccountKey::from_seed(&[0x56; 32], Scheme::Sr25519)] {
		assert_eq!(signed.verify(&other.account_id(), 3), Err(DelegationError::SignatureInvalid));
	}
	assert_eq!(
		signed.verify(&first.account_id(), 4),
		Err(DelegationError::EpochOver { delegated: 3, current: 4 })
	);
}

#[test]
fn a_signature_over_another_delegation_is_refused() {
	let key = identity().account_key;
	let good = signed_delegation();
	let mut others = vec![good.clone(); 7];
	others[0].delegation.gatekeeper = "https://lakeside.example".parse().unwrap();
	others[1].delegation.genesis = medrec_primitives::Hash::repeat_byte(8);
	others[2].delegation.participant = 43;
	others[3].delegation.epoch = 4;
	others[4].delegation.session_key.0[31] ^= 1;
	others[5].delegation.from += 1;
	others[6].delegation.until -= 1;
	for other in others {
		assert_eq!(
			other.verify(&key.account_id(), other.delegation.epoch),
			Err(DelegationError::SignatureInvalid)
		);
	}
}

#[test]
fn it_holds_for_at_most_a_day() {
	let key = identity().account_key;
	let lasting = |until| Delegation { until, ..delegation() };
	assert!(lasting(NOW + MAX_DELEGATION_LIFETIME).sign(&key).is_ok());
	assert_eq!(
		lasting(NOW + MAX_DELEGATION_LIFETIME + 1).sign(&key),
		Err(DelegationError::TooLong)
	);
	assert_eq!(lasting(NOW).sign(&key), Err(DelegationError::Empty));
	assert_eq!(lasting(NOW - 1).sign(&key), Err(DelegationError::Empty));
}

#[test]
fn the_header_is_read_as_written() {
	for key in account_keys() {
		let signed = delegation().sign(&key).unwrap();
		assert_eq!(SignedDelegation::from_header_value(&signed.header_value()), Ok(signed));
	}
}

#[test]
fn headers_in_another_form_are_refused() {
	use base64::{engine::general_purpose::URL_SAFE_NO_PAD, Engine};
	let signed = signed_delegation();
	let good: serde_json::Value =
		serde_json::from_slice(&URL_SAFE_NO_PAD.decode(signed.header_value()).unwrap()).unwrap();
	let read = |json: &serde_json::Value| {
		SignedDelegation::from_header_value(&URL_SAFE_NO_PAD.encode(json.to_string()))
	};
	assert_eq!(read(&good), Ok(signed.clone()));

	let mut cases = Vec::new();
	let mut change = |pointer: &str, value: serde_json::Value| {
		let mut bad = good.clone();
		*bad.pointer_mut(pointer).unwrap() = value;
		cases.push(bad);
	};
	change("/signature/scheme", "eth".into());
	change("/signature/scheme", "Sr25519".into());
	change("/signature/scheme", "ecdsa".into());
	change("/signature/value", "0x".into());
	change("/signature/value", "00".repeat(64).into());
	change("/signature/value", format!("0x{}", "AB".repeat(64)).into());
	change("/signature/value", format!("0x{}", "ab".repeat(65)).into());
	change("/text", "MedRec session key".into());
	change("/text", 7.into());
	for key in ["text", "signature"] {
		let mut bad = good.clone();
		bad.as_object_mut().unwrap().remove(key);
		cases.push(bad);
	}
	let mut bad = good.clone();
	bad["more"] = 1.into();
	cases.push(bad);
	for bad in cases {
		assert!(read(&bad).is_err(), "{bad}");
	}

	assert!(SignedDelegation::from_header_value("").is_err());
	assert!(SignedDelegation::from_header_value(&format!("{}=", signed.header_value())).is_err());
	assert!(SignedDelegation::from_header_value("{}").is_err());
}

#[test]
fn too_long_a_delegation_is_refused_from_a_header() {
	let key = identity().account_key;
	let delegation = Delegation { until: NOW + 2 * DAY, ..delegation() };
	let signature =
		AccountSignature::try_from(key.sign(delegation.to_string().as_bytes())).unwrap();
	let header = SignedDelegation { delegation, signature }.header_value();
	assert_eq!(SignedDelegation::from_header_value(&header), Err(DelegationError::TooLong));
}

proptest! {
	#[test]
	fn every_delegation_is_read_as_written(
		genesis: [u8; 32],
		participant: u64,
		epoch: u32,
		key: [u8; 32],
		from in 0u64..253_402_200_000_000,
		lifetime in 1u64..=MAX_DELEGATION_LIFETIME,
		host in "[a-z]{1,20}\\.example",
		port in proptest::option::of(1024u16..),
	) {
		let port = port.map(|port| format!(":{port}")).unwrap_or_default();
		let delegation = Delegation {
			gatekeeper: format!("https://{host}{port}").parse().unwrap(),
			genesis: genesis.into(),
			participant,
			epoch,
			session_key: medrec_protocol::session::SessionKeyId(key),
			from,
			until: from + lifetime,
		};
		prop_assert_eq!(delegation.to_string().parse(), Ok(delegation));
	}

	/// Whatever text is read, it is the text of what was read.
	#[test]
	fn no_second_text_is_read(position in 0usize..400, byte in 0x0au8..0x7f) {
		let mut text = delegation().to_string().into_bytes();
		let position = position % text.len();
		text[position] = byte;
		let text = String::from_utf8(text).unwrap();
		if let Ok(read) = text.parse::<Delegation>() {
			prop_assert_eq!(read.to_string(), text);
		}
	}
}

//! What accounts sign before their key is put on the chain.

use crate::file::{bytes, bytes32, check, hex, object, parse, read};
use codec::{Decode, Encode};
use medrec_primitives::{AccountId, Consent, Hash, ParticipantKind, Signature, SignedConsent};
use serde_json::{Map, Value};
use sp_core::{ecdsa, ed25519, sr25519, Pair};
use sp_runtime::{traits::IdentifyAccount, MultiSigner};

const FILE: &str = "consents.json";

const SCHEMES: [&str; 3] = ["sr25519", "ed25519", "ecdsa"];

/// A key of one of the three schemes.
#[expect(clippy::large_enum_variant, reason = "there are three of them")]
enum Key {
	Sr25519(sr25519::Pair),
	Ed25519(ed25519::Pair),
	Ecdsa(ecdsa::Pair),
}

impl Key {
	/// The key of a scheme that is in the file.
	fn of(scheme: &str) -> Self {
		let seed = bytes32(&read(FILE)["keys"][scheme]["seed"]);
		match scheme {
			"sr25519" => Self::Sr25519(sr25519::Pair::from_seed(&seed)),
			"ed25519" => Self::Ed25519(ed25519::Pair::from_seed(&seed)),
			"ecdsa" => Self::Ecdsa(ecdsa::Pair::from_seed(&seed)),
			_ => panic!("{scheme} is no scheme of accounts"),
		}
	}

	fn signer(&self) -> MultiSigner {
		match self {
			Self::Sr25519(pair) => pair.public().into(),
			Self::Ed25519(pair) => pair.public().into(),
			Self::Ecdsa(pair) => pair.public().into(),
		}
	}

	fn public(&self) -> Vec<u8> {
		match self {
			Self::Sr25519(pair) => pair.public().0.to_vec(),
			Self::Ed25519(pair) => pair.public().0.to_vec(),
			Self::Ecdsa(pair) => pair.public().0.to_vec(),
		}
	}

	fn account(&self) -> AccountId {
		self.signer().into_account()
	}

	fn sign(&self, message: &[u8]) -> Signature {
		match self {
			Self::Sr25519(pair) => pair.sign(message).into(),
			Self::Ed25519(pair) => pair.sign(message).into(),
			Self::Ecdsa(pair) => pair.sign(message).into(),
		}
	}

	/// The signature of the file if it holds, as sr25519 makes another one every time; else a new one.
	fn signature(&self, message: &[u8], previous: &Value) -> Signature {
		use sp_runtime::traits::Verify;
		let kept = matches!(self, Self::Sr25519(_))
			.then(|| previous.as_str())
			.flatten()
			.and_then(|_| Signature::decode(&mut bytes(previous).as_slice()).ok())
			.filter(|signature| signature.verify(message, &self.account()));
		kept.unwrap_or_else(|| self.sign(message))
	}
}

fn number(value: &Value) -> u64 {
	value.as_u64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn kind(input: &Value) -> ParticipantKind {
	parse(&input["kind"], "kind")
}

fn consent(input: &Value) -> Consent {
	let encryption_key = || bytes32(&input["encryptionKey"]);
	match input["consent"].as_str() {
		Some("enrol") => Consent::Enrol {
			steward: number(&input["steward"]),
			kind: kind(input),
			encryption_key: encryption_key(),
			deadline: number(&input["deadline"]),
		},
		Some("register") => Consent::Register {
			provider: number(&input["provider"]),
			kind: kind(input),
			encryption_key: encryption_key(),
			deadline: number(&input["deadline"]),
		},
		Some("rotate") => Consent::Rotate {
			participant: number(&input["participant"]),
			epoch: parse(&input["epoch"], "epoch"),
		},
		Some("operate") => Consent::Operate { provider: number(&input["provider"]) },
		_ => panic!("{} is no consent", input["consent"]),
	}
}

/// The payload, put together by hand.
fn payload(input: &Value, account: &AccountId) -> Vec<u8> {
	let mut payload =
		format!("medrec/{}/v1", input["consent"].as_str().expect("a consent is named"))
			.into_bytes();
	let nonce: u32 = parse(&input["nonce"], "nonce");
	payload.extend(bytes32(&input["genesis"]));
	payload.extend(account.as_ref() as &[u8]);
	payload.extend(nonce.to_le_bytes());
	for id in ["steward", "provider", "participant"] {
		if let Some(id) = input[id].as_u64() {
			payload.extend(id.to_le_bytes());
		}
	}
	if !input["kind"].is_null() {
		payload.push(kind(input) as u8);
		payload.extend(bytes32(&input["encryptionKey"]));
		payload.extend(number(&input["deadline"]).to_le_bytes());
	}
	if !input["epoch"].is_null() {
		payload.extend(parse::<u32>(&input["epoch"], "epoch").to_le_bytes());
	}
	payload
}

fn expected_of(scheme: &str, input: &Value, previous: &Value) -> Map<String, Value> {
	let key = Key::of(scheme);
	let account = key.account();
	let genesis = Hash::from(bytes32(&input["genesis"]));
	let nonce = parse(&input["nonce"], "nonce");
	let consent = consent(input);
	let payload = payload(input, &account);
	assert_eq!(consent.payload(&genesis, &account, nonce), payload);

	let signature = key.signature(&payload, &previous["signature"]);
	let wrapped = [b"<Bytes>", payload.as_slice(), b"</Bytes>"].concat();
	let wrapped_signature = key.signature(&wrapped, &previous["wrappedSignature"]);
	for signature in [&signature, &wrapped_signature] {
		assert!(consent.verify(&genesis, &account, nonce, signature));
		assert!(!consent.verify(&genesis, &account, nonce + 1, signature));
		assert!(!consent.verify(&Hash::zero(), &account, nonce, signature));
		assert!(!consent.verify(&genesis, &AccountId::new([0; 32]), nonce, signature));
	}

	let mut expected = object([
		("payload", hex(&payload)),
		("signature", hex(signature.encode())),
		("wrappedSignature", hex(wrapped_signature.encode())),
	]);
	if let Consent::Enrol { kind, encryption_key, deadline, .. }
	| Consent::Register { kind, encryption_key, deadline, .. } = consent
	{
		let signed = SignedConsent { account, kind, encryption_key, deadline, signature };
		let scale = signed.encode();
		assert_eq!(
			SignedConsent::<AccountId, Signature>::decode(&mut scale.as_slice()),
			Ok(signed)
		);
		expected.insert("signedConsent".into(), hex(scale));
	}
	expected
}

#[test]
fn payloads_and_signatures() {
	check(FILE, |input, previous| {
		SCHEMES
			.into_iter()
			.map(|scheme| {
				let expected = expected_of(scheme, input, &previous[scheme]);
				(scheme.to_string(), Value::Object(expected))
			})
			.collect()
	});
}

#[test]
fn keys_and_their_accounts() {
	let file = read(FILE);
	for scheme in SCHEMES {
		let key = Key::of(scheme);
		let entry = &file["keys"][scheme];
		assert_eq!(hex(key.public()), entry["public"], "public key of {scheme}");
		assert_eq!(hex(key.account()), entry["account"], "account of {scheme}");
	}
}

#[test]
fn no_consent_can_be_taken_for_another() {
	// The fields differ in number, so equal bytes would need a domain tag that begins another.
	let tags = ["enrol", "register", "rotate", "operate"].map(|name| format!("medrec/{name}/v1"));
	for tag in &tags {
		assert_eq!(tags.iter().filter(|other| other.starts_with(tag.as_str())).count(), 1);
	}
	// A signature for one steward is none for another, and an enrolment no registration.
	let key = Key::of("sr25519");
	let (genesis, account) = (Hash::repeat_byte(7), key.account());
	let enrol = |steward| Consent::Enrol {
		steward,
		kind: ParticipantKind::Patient,
		encryption_key: [1; 32],
		deadline: 1_800_000_000_000,
	};
	let register = Consent::Register {
		provider: 4,
		kind: ParticipantKind::Patient,
		encryption_key: [1; 32],
		deadline: 1_800_000_000_000,
	};
	let signature = key.sign(&enrol(4).payload(&genesis, &account, 0));
	assert!(enrol(4).verify(&genesis, &account, 0, &signature));
	assert!(!enrol(5).verify(&genesis, &account, 0, &signature));
	assert!(!register.verify(&genesis, &account, 0, &signature));
}

//! Saying which of a provider's people asks.

use crate::fixtures::*;
use http::{request::Parts, HeaderValue};
use medrec_primitives::{Hash, Purpose, Purposes};
use medrec_protocol::{
	gatekeeper_key::GatekeeperSecret,
	request::{sign_request, verify_request, RequestError, RequestSigning, SignRequestError},
	session::SessionKey,
	staff::{
		Pseudonym, PseudonymError, Role, SignedStaffCredential, StaffCredential, StaffError,
		MAX_STAFF_LIFETIME,
	},
};
use proptest::prelude::*;

fn asked_with(staff: &SignedStaffCredential) -> Parts {
	let mut parts = get();
	sign_as(&mut parts, b"", &context(), &signed_delegation(), Some(staff));
	as_received(parts)
}

fn another(change: impl FnOnce(&mut StaffCredential)) -> StaffCredential {
	let mut credential = staff_credential();
	change(&mut credential);
	credential
}

#[test]
fn a_credential_goes_with_the_request_and_is_verified_in_two_steps() {
	let signed = signed_staff_credential();
	let parts = asked_with(&signed);
	let input = parts.headers["signature-input"].to_str().unwrap();
	assert!(input.contains("\"medrec-delegation\" \"medrec-staff\" \"accept\""), "{input}");
	let verified = verify_request(&parts, b"", &rules(), NOW).unwrap();
	assert_eq!(verified.staff.as_ref(), Some(&signed));
	assert_eq!(verified.authorize_staff(Some(&gatekeeper_key().public())), Ok(()));
	assert_eq!(
		verified.authorize_staff(None),
		Err(RequestError::Staff(StaffError::NoProvider(PATRON)))
	);
	let other = GatekeeperSecret::from_bytes(&[0x23; 32]).public();
	assert_eq!(
		verified.authorize_staff(Some(&other)),
		Err(RequestError::Staff(StaffError::SignatureInvalid))
	);
}

#[test]
fn a_request_without_one_needs_no_key() {
	let verified = verify_request(&received_get(), b"", &rules(), NOW).unwrap();
	assert_eq!((verified.authorize_staff(None), verified.staff), (Ok(()), None));
}

#[test]
fn a_request_that_is_signed_again_without_one_has_none() {
	let mut parts = get();
	let staff = signed_staff_credential();
	sign_as(&mut parts, b"", &context(), &signed_delegation(), Some(&staff));
	sign(&mut parts, b"");
	assert!(!parts.headers.contains_key("medrec-staff"));
	assert!(verify_request(&as_received(parts), b"", &rules(), NOW).is_ok());
}

#[test]
fn the_signature_covers_it_where_it_is_there() {
	let mut added = received_get();
	let header = signed_staff_credential().header_value().unwrap();
	added.headers.insert("medrec-staff", header.parse().unwrap());
	assert_eq!(
		verify_request(&added, b"", &rules(), NOW),
		Err(RequestError::MissingComponent("\"medrec-staff\"".into()))
	);

	let mut removed = asked_with(&signed_staff_credential());
	removed.headers.remove("medrec-staff");
	assert_eq!(
		verify_request(&removed, b"", &rules(), NOW),
		Err(RequestError::UnexpectedComponent("\"medrec-staff\"".into()))
	);

	let mut changed = asked_with(&signed_staff_credential());
	let other = another(|credential| credential.role = Role::Physician);
	let other = other.sign(&gatekeeper_key()).unwrap().header_value().unwrap();
	changed.headers.insert("medrec-staff", other.parse().unwrap());
	assert_eq!(verify_request(&changed, b"", &rules(), NOW), Err(RequestError::SignatureInvalid));

	let mut doubled = asked_with(&signed_staff_credential());
	doubled.headers.append("medrec-staff", HeaderValue::from_static("AAAA"));
	assert!(matches!(
		verify_request(&doubled, b"", &rules(), NOW),
		Err(RequestError::DuplicateHeader(_))
	));
}

#[test]
fn a_credential_for_another_session_is_not_sent() {
	let key = session_key();
	let refused = |credential: StaffCredential| {
		let staff = credential.sign(&gatekeeper_key()).unwrap();
		let signing = RequestSigning {
			session_key: &key,
			delegation: &signed_delegation(),
			staff: Some(&staff),
			context: &context(),
			created: NOW,
			expires: NOW + 60_000,
			nonce: nonce(),
		};
		sign_request(&mut get(), b"", &signing).unwrap_err()
	};
	let (chain, other_key) = (Hash::repeat_byte(8), SessionKey::from_bytes(&[0x12; 32]).id());
	assert_eq!(
		refused(another(|credential| credential.genesis = chain)),
		SignRequestError::Staff(StaffError::AnotherChain(chain))
	);
	assert_eq!(
		refused(another(|credential| credential.provider = 43)),
		SignRequestError::Staff(StaffError::AnotherProvider { provider: 43, actor: PATRON })
	);
	assert_eq!(
		refused(another(|credential| credential.session_key = other_key)),
		SignRequestError::Staff(StaffError::AnotherKey(other_key))
	);
}

#[test]
fn it_holds_from_and_until_to_the_millisecond() {
	let at = |from, until| {
		let credential = another(|credential| (credential.from, credential.until) = (from, until));
		let parts = asked_with(&credential.sign(&gatekeeper_key()).unwrap());
		verify_request(&parts, b"", &rules(), NOW).map(drop)
	};
	assert_eq!(at(NOW + 10_000, NOW + HOUR), Ok(()));
	assert_eq!(
		at(NOW + 10_001, NOW + HOUR),
		Err(RequestError::Staff(StaffError::NotYetValid(10_001)))
	);
	assert_eq!(at(NOW - HOUR, NOW + 1), Ok(()));
	assert_eq!(at(NOW - HOUR, NOW), Err(RequestError::Staff(StaffError::Expired)));
}

#[test]
fn it_names_a_purpose_and_holds_for_at_most_a_day() {
	let key = gatekeeper_key();
	let lasting = |until| another(|credential| credential.until = until);
	assert!(lasting(NOW + MAX_STAFF_LIFETIME).sign(&key).is_ok());
	for (wrong, error) in [
		(lasting(NOW + MAX_STAFF_LIFETIME + 1), StaffError::TooLong),
		(lasting(NOW), StaffError::Empty),
		(lasting(NOW - 1), StaffError::Empty),
		(another(|credential| credential.purposes = Purposes::NONE), StaffError::NoPurpose),
	] {
		assert_eq!(wrong.clone().sign(&key), Err(error.clone()));
		let signature = signed_staff_credential().signature;
		let header = SignedStaffCredential { credential: wrong, signature }.header_value().unwrap();
		assert_eq!(SignedStaffCredential::from_header_value(&header), Err(error));
	}
}

#[test]
fn the_signature_is_over_everything() {
	let (good, key) = (signed_staff_credential(), gatekeeper_key().public());
	assert_eq!(good.verify(&key), Ok(()));
	let changed = [
		another(|credential| credential.genesis = Hash::repeat_byte(8)),
		another(|credential| credential.provider += 1),
		another(|credential| credential.pseudonym = "n-0418".parse().unwrap()),
		another(|credential| credential.role = Role::Physician),
		another(|credential| credential.purposes = Purposes::ALL),
		another(|credential| credential.session_key.0[31] ^= 1),
		another(|credential| credential.from += 1),
		another(|credential| credential.until -= 1),
	];
	for credential in changed {
		let changed = SignedStaffCredential { credential, ..good.clone() };
		assert_eq!(changed.verify(&key), Err(StaffError::SignatureInvalid), "{changed:?}");
	}
}

#[test]
fn headers_in_another_form_are_refused() {
	use base64::{engine::general_purpose::URL_SAFE_NO_PAD, Engine};
	let good = serde_json::to_value(signed_staff_credential()).unwrap();
	let read = |json: &serde_json::Value| {
		SignedStaffCredential::from_header_value(&URL_SAFE_NO_PAD.encode(json.to_string()))
	};
	assert_eq!(read(&good), Ok(signed_staff_credential()));

	for (pointer, value) in [
		("/credential/role", "surgeon".into()),
		("/credential/role", "Nurse".into()),
		("/credential/pseudonym", "".into()),
		("/credential/pseudonym", "Nora Example".into()),
		("/credential/purposes", serde_json::json!(["fun"])),
		("/credential/sessionKey", "ed25519:".into()),
		("/credential/provider", "42".into()),
		("/signature", "AAAA".into()),
		("/credential", serde_json::json!({})),
	] {
		let mut bad = good.clone();
		*bad.pointer_mut(pointer).unwrap() = value;
		assert!(matches!(read(&bad), Err(StaffError::Header(_))), "{bad}");
	}
	let mut bad = good;
	bad["credential"]["more"] = 1.into();
	assert!(matches!(read(&bad), Err(StaffError::Header(_))), "{bad}");
	assert!(SignedStaffCredential::from_header_value("").is_err());
}

#[test]
fn roles_are_read_as_they_are_written() {
	for role in Role::ALL {
		assert_eq!(role.name().parse(), Ok(role));
		let json = serde_json::to_value(role).unwrap();
		assert_eq!(json, role.name());
		assert_eq!(serde_json::from_value::<Role>(json).unwrap(), role);
	}
	let error = "surgeon".parse::<Role>().unwrap_err().to_string();
	assert!(error.contains("`surgeon`") && error.contains("physician, nurse"), "{error}");
}

#[test]
fn a_credential_is_for_its_purposes() {
	let credential = staff_credential();
	assert!(credential.allows(Purpose::Treatment) && credential.allows(Purpose::Emergency));
	assert!(!credential.allows(Purpose::Payment));
	assert_eq!(credential.member().to_string(), "nurse n-0417");
}

#[test]
fn pseudonyms_are_of_a_safe_alphabet() {
	for good in ["a", "n-0417", "A.b_C-9", "x".repeat(64).as_str()] {
		assert_eq!(good.parse::<Pseudonym>().unwrap().as_str(), good);
	}
	for bad in ["", " ", "a b", "a\n", "ä", "a/b", "<b>", "x".repeat(65).as_str()] {
		assert_eq!(bad.parse::<Pseudonym>(), Err(PseudonymError), "{bad:?}");
	}
}

proptest! {
	#[test]
	fn every_credential_is_read_as_written(
		pseudonym in "[A-Za-z0-9._-]{1,64}",
		role in prop::sample::select(Role::ALL.to_vec()),
		purposes in 1u8..=Purposes::ALL.0,
		provider: u64,
		from: u64,
		lifetime in 1..=MAX_STAFF_LIFETIME,
	) {
		let credential = StaffCredential {
			provider,
			pseudonym: pseudonym.parse().unwrap(),
			role,
			purposes: Purposes(purposes),
			from: from.min(u64::MAX - lifetime),
			until: from.min(u64::MAX - lifetime) + lifetime,
			..staff_credential()
		};
		let signed = credential.sign(&gatekeeper_key()).unwrap();
		let read = SignedStaffCredential::from_header_value(&signed.header_value().unwrap());
		prop_assert_eq!(read, Ok(signed));
	}
}

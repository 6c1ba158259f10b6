//! Consenting to be registered.

use crate::fixtures::*;
use medrec_primitives::{Consent, Hash, ParticipantKind};
use medrec_protocol::registration::{ConsentError, RegistrationConsent};

fn registration() -> RegistrationConsent {
	let viewer = seed().viewer(0);
	RegistrationConsent::sign(&viewer, genesis(), PROVIDER, ParticipantKind::Other, NOW + DAY, 0)
}

#[test]
fn a_consent_holds_for_its_registration() {
	let registration = registration();
	assert_eq!(registration.verify(&genesis(), PROVIDER, NOW), Ok(()));
	let signed = registration.signed_consent();
	let consent = Consent::Register {
		provider: PROVIDER,
		kind: signed.kind,
		encryption_key: signed.encryption_key,
		deadline: signed.deadline,
	};
	assert!(consent.verify(&genesis(), &signed.account, 0, &signed.signature));
}

#[test]
fn a_consent_holds_for_nothing_else() {
	let good = registration();
	let verify = |consent: &RegistrationConsent| consent.verify(&genesis(), PROVIDER, NOW);
	let other = Hash::repeat_byte(8);
	assert_eq!(good.verify(&other, PROVIDER, NOW), Err(ConsentError::AnotherChain(genesis())));
	assert_eq!(good.verify(&genesis(), 2, NOW), Err(ConsentError::AnotherProvider(PROVIDER)));
	assert_eq!(good.verify(&genesis(), PROVIDER, NOW + DAY), Err(ConsentError::Expired));
	let far = RegistrationConsent { deadline: NOW + 8 * DAY, ..good.clone() };
	assert_eq!(verify(&far), Err(ConsentError::DeadlineTooFar));
	let provider = RegistrationConsent { kind: ParticipantKind::Provider, ..good.clone() };
	assert_eq!(verify(&provider), Err(ConsentError::KindNotAllowed));
	let insurer = RegistrationConsent { kind: ParticipantKind::Insurer, ..good.clone() };
	assert_eq!(verify(&insurer), Err(ConsentError::SignatureInvalid));
	let replayed = RegistrationConsent { nonce: 1, ..good };
	assert_eq!(verify(&replayed), Err(ConsentError::SignatureInvalid));
}

#[test]
fn an_enrolment_is_no_registration() {
	let enrolment = crate::enrolment::enrolment();
	let registration = RegistrationConsent {
		genesis: genesis(),
		provider: PROVIDER,
		account: enrolment.account,
		kind: enrolment.kind,
		encryption_key: enrolment.encryption_key,
		deadline: enrolment.deadline,
		nonce: enrolment.nonce,
		signature: enrolment.signature,
	};
	assert_eq!(registration.verify(&genesis(), PROVIDER, NOW), Err(ConsentError::SignatureInvalid));
}

#[test]
fn the_file_is_json() {
	let registration = registration();
	let text = serde_json::to_string_pretty(&registration).unwrap();
	assert_eq!(serde_json::from_str::<RegistrationConsent>(&text).unwrap(), registration);
	let more = text.replacen('{', "{\"more\": 1,", 1);
	assert!(serde_json::from_str::<RegistrationConsent>(&more).is_err());
}

//! Consenting to be a provider's operator account.

use crate::fixtures::*;
use medrec_primitives::{Consent, Hash};
use medrec_protocol::{
	account::AccountKey,
	operator::OperatorConsent,
	registration::{ConsentError, RegistrationConsent},
};

fn signed_by(key: &AccountKey) -> OperatorConsent {
	OperatorConsent::sign(key, genesis(), PROVIDER, 0)
}

fn consent() -> OperatorConsent {
	signed_by(&seed().provider(0).account_key)
}

#[test]
fn a_consent_is_what_the_chain_checks_whatever_scheme_its_account_signs_in() {
	for key in account_keys() {
		let consent = signed_by(&key);
		assert_eq!(consent.verify(&genesis(), PROVIDER), Ok(()), "{}", key.scheme());
		let (account, signature) = consent.operator();
		assert_eq!(account, key.account_id());
		let agreed = Consent::Operate { provider: PROVIDER };
		assert!(agreed.verify(&genesis(), &account, 0, &signature));
	}
}

#[test]
fn a_consent_holds_for_nothing_else() {
	let good = consent();
	let other = Hash::repeat_byte(8);
	assert_eq!(good.verify(&other, PROVIDER), Err(ConsentError::AnotherChain(genesis())));
	assert_eq!(good.verify(&genesis(), 2), Err(ConsentError::AnotherProvider(PROVIDER)));
	let changed = [
		(OperatorConsent { genesis: other, ..good.clone() }, other, PROVIDER),
		(OperatorConsent { provider: 2, ..good.clone() }, genesis(), 2),
		(OperatorConsent { nonce: 1, ..good.clone() }, genesis(), PROVIDER),
		(
			OperatorConsent { account: account_keys()[0].account_id(), ..good.clone() },
			genesis(),
			PROVIDER,
		),
	];
	for (consent, genesis, provider) in changed {
		let refused = Err(ConsentError::SignatureInvalid);
		assert_eq!(consent.verify(&genesis, provider), refused, "{consent:?}");
	}
}

#[test]
fn a_registration_is_no_operator() {
	let viewer = seed().viewer(0);
	let kind = medrec_primitives::ParticipantKind::Other;
	let registration = RegistrationConsent::sign(&viewer, genesis(), PROVIDER, kind, NOW + DAY, 0);
	let operator = OperatorConsent {
		genesis: genesis(),
		provider: PROVIDER,
		account: registration.account,
		nonce: registration.nonce,
		signature: registration.signature,
	};
	assert_eq!(operator.verify(&genesis(), PROVIDER), Err(ConsentError::SignatureInvalid));
}

#[test]
fn the_file_is_json() {
	let consent = consent();
	let text = serde_json::to_string_pretty(&consent).unwrap();
	assert_eq!(serde_json::from_str::<OperatorConsent>(&text).unwrap(), consent);
	let more = text.replacen('{', "{\"more\": 1,", 1);
	assert!(serde_json::from_str::<OperatorConsent>(&more).is_err());
}

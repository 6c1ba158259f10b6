//! Applying to be admitted as a provider.

use crate::fixtures::*;
use codec::Encode;
use medrec_primitives::Hash;
use medrec_protocol::{
	account::AccountKey,
	application::{Application, ApplicationError},
};

pub fn application() -> Application {
	signed_by(&seed().provider(0).account_key)
}

fn signed_by(key: &AccountKey) -> Application {
	let encryption_key = seed().provider(0).encryption_key();
	let gatekeeper_key = gatekeeper_key().public();
	Application::sign(key, genesis(), "Mercy Hospital", ORIGIN, encryption_key, gatekeeper_key)
}

#[test]
fn an_application_holds_whatever_scheme_its_account_signs_in() {
	for key in account_keys() {
		let application = signed_by(&key);
		assert_eq!(application.account, key.account_id());
		assert_eq!(application.verify(&genesis()), Ok(()), "{}", key.scheme());
	}
}

#[test]
fn an_application_holds_as_browser_wallets_sign_it() {
	for key in account_keys() {
		let wrapped = [b"<Bytes>", application().payload().as_slice(), b"</Bytes>"].concat();
		let plain = Application { account: key.account_id(), ..application() };
		assert_eq!(plain.verify(&genesis()), Err(ApplicationError::SignatureInvalid));
		let payload = [b"<Bytes>", plain.payload().as_slice(), b"</Bytes>"].concat();
		let signature = key.sign(&payload).try_into().unwrap();
		assert_eq!(Application { signature, ..plain.clone() }.verify(&genesis()), Ok(()));
		let signature = key.sign(&wrapped).try_into().unwrap();
		let of_another = Application { signature, ..plain };
		assert_eq!(of_another.verify(&genesis()), Err(ApplicationError::SignatureInvalid));
	}
}

#[test]
fn an_application_is_for_one_chain() {
	let other = Hash::repeat_byte(8);
	assert_eq!(application().verify(&other), Err(ApplicationError::AnotherChain(genesis())));
	let moved = Application { genesis: other, ..application() };
	assert_eq!(moved.verify(&genesis()), Err(ApplicationError::AnotherChain(other)));
	assert_eq!(moved.verify(&other), Err(ApplicationError::SignatureInvalid));
}

#[test]
fn nothing_in_an_application_can_be_changed() {
	let good = application();
	let other = account_keys()[0].account_id();
	let changed = [
		Application { name: "Mercy Hospita1".to_owned(), ..good.clone() },
		Application { name: "Mercy Hospitalh".to_owned(), ..good.clone() },
		Application { endpoint: "https://mercy.example:8443".to_owned(), ..good.clone() },
		Application { account: other, ..good.clone() },
		Application { encryption_key: good.gatekeeper_key, ..good.clone() },
		Application { gatekeeper_key: good.encryption_key, ..good.clone() },
		Application { signature: signed_by(&account_keys()[0]).signature, ..good.clone() },
	];
	for application in changed {
		let refused = Err(ApplicationError::SignatureInvalid);
		assert_eq!(application.verify(&genesis()), refused, "{application:?}");
	}
}

/// Where one text ends and the next begins is signed, too.
#[test]
fn name_and_endpoint_are_not_signed_as_one_text() {
	let good = application();
	let shifted = Application {
		name: good.name[..13].to_owned(),
		endpoint: format!("{}{}", &good.name[13..], good.endpoint),
		..good.clone()
	};
	assert_ne!(shifted.payload(), good.payload());
	assert_eq!(shifted.verify(&genesis()), Err(ApplicationError::SignatureInvalid));
}

#[test]
fn what_is_signed_is_the_domain_then_scale() {
	let application = application();
	let fields = (
		application.genesis,
		application.name.as_bytes(),
		application.endpoint.as_bytes(),
		&application.account,
		application.encryption_key,
		application.gatekeeper_key,
	);
	let expected = [b"medrec/application/v1".as_slice(), &fields.encode()].concat();
	assert_eq!(application.payload(), expected);
}

#[test]
fn the_file_is_json() {
	let application = application();
	let text = serde_json::to_string_pretty(&application).unwrap();
	assert!(text.contains("\"gatekeeperKey\": \"0x"), "{text}");
	assert_eq!(serde_json::from_str::<Application>(&text).unwrap(), application);
	let more = text.replacen('{', "{\"more\": 1,", 1);
	assert!(serde_json::from_str::<Application>(&more).is_err());
	let short = text.replacen("\"encryptionKey\": \"0x", "\"encryptionKey\": \"0x00", 1);
	assert!(serde_json::from_str::<Application>(&short).is_err());
}

//! Narrowing policies: what is signed, and what is refused.

use crate::fixtures::*;
use medrec_primitives::Hash;
use medrec_protocol::policy::{Narrowing, Policy, PolicyError, SignedPolicy, MAX_CODES};
use proptest::prelude::*;

pub fn policy() -> Policy {
	let narrowing = Narrowing {
		codes: ["http://loinc.org|4548-4", "http://loinc.org|2339-0"]
			.map(|code| code.parse().unwrap())
			.into(),
		from: Some(NOW - 365 * DAY),
		until: Some(NOW),
		documents: ["Observation/hba1c-2026"].map(|document| document.parse().unwrap()).into(),
	};
	Policy {
		genesis: genesis(),
		provider: PROVIDER,
		relationship: RELATIONSHIP,
		grantee: GRANTEE,
		version: 1,
		narrowing,
	}
}

const TEXT: &str = "MedRec policy
Chain: 0x0707070707070707070707070707070707070707070707070707070707070707
Provider: 1
Relationship: 9
Grantee: 77
Version: 1
Effect: of what a grant shows, only what fits each kind of line below
Code: http://loinc.org|2339-0
Code: http://loinc.org|4548-4
From: 2025-11-22T18:00:00.000Z
Until: 2026-11-22T18:00:00.000Z
Document: Observation/hba1c-2026";

#[test]
fn a_policy_is_a_text_that_people_read() {
	assert_eq!(policy().to_string(), TEXT);
	assert_eq!(TEXT.parse(), Ok(policy()));
}

#[test]
fn texts_in_another_form_are_refused() {
	let changed = [
		TEXT.replace("MedRec policy", "MedRec policies"),
		TEXT.replace("Provider: 1", "Provider: 01"),
		TEXT.replace("Provider: 1", "Provider: +1"),
		TEXT.replace("Version: 1", "Version: 4294967296"),
		TEXT.replace("0x07", "0X07"),
		TEXT.replace("\nVersion: 1", ""),
		TEXT.replace("Effect: of", "Effect: off"),
		TEXT.replace("2339-0", "9-0"),
		TEXT.replace("Code: http://loinc.org|2339-0\n", "Code: http://loinc.org|4548-4\n"),
		TEXT.replace("Until: 2026", "Until: 2025"),
		TEXT.replace("18:00:00.000Z", "18:00:00Z"),
		TEXT.replace("Document: ", "Documents: "),
		TEXT.replace("Observation/", "Observation"),
		format!("{TEXT}\n"),
		format!("{TEXT}\nFrom: 2025-11-22T18:00:00.000Z"),
		TEXT.replace('\n', "\r\n"),
	];
	for text in changed {
		assert!(text.parse::<Policy>().is_err(), "{text}");
	}
}

#[test]
fn a_policy_narrows_and_leaves_something_and_is_short() {
	let with = |narrowing| Policy { narrowing, ..policy() }.sign(&identity().account_key);
	assert_eq!(with(Narrowing::default()), Err(PolicyError::Empty));
	let never = Narrowing { from: Some(5), until: Some(5), ..Narrowing::default() };
	assert_eq!(with(never), Err(PolicyError::Empty));
	let codes = (0..=MAX_CODES).map(|code| format!("|{code}").parse().unwrap()).collect();
	let many = Narrowing { codes, ..Narrowing::default() };
	assert_eq!(with(many), Err(PolicyError::TooLong));
	let codes = (0..MAX_CODES).map(|code| format!("{code:0256}|x").parse().unwrap()).collect();
	let long = Narrowing { codes, ..Narrowing::default() };
	assert_eq!(with(long), Err(PolicyError::TooLong));
	let one = Narrowing { until: Some(5), ..Narrowing::default() };
	assert!(with(one).is_ok());
}

#[test]
fn a_policy_is_signed_in_every_scheme_and_as_wallets_sign() {
	for key in account_keys() {
		let signed = policy().sign(&key).unwrap();
		assert_eq!(signed.verify(&key.account_id()), Ok(()), "{}", key.scheme());
		let wrapped = key.sign(format!("<Bytes>{TEXT}</Bytes>").as_bytes());
		let wrapped = SignedPolicy { signature: wrapped.try_into().unwrap(), ..signed };
		assert_eq!(wrapped.verify(&key.account_id()), Ok(()));
	}
}

#[test]
fn nothing_in_a_policy_can_be_changed_and_nobody_else_signs_it() {
	let account = identity().account_id();
	let good = policy().sign(&identity().account_key).unwrap();
	let narrower = Narrowing { until: Some(NOW - 1), ..policy().narrowing };
	for changed in [
		Policy { genesis: Hash::repeat_byte(8), ..policy() },
		Policy { provider: 2, ..policy() },
		Policy { relationship: 8, ..policy() },
		Policy { grantee: 78, ..policy() },
		Policy { version: 2, ..policy() },
		Policy { narrowing: narrower, ..policy() },
	] {
		assert_ne!(changed.hash(), policy().hash());
		let changed = SignedPolicy { policy: changed, ..good.clone() };
		assert_eq!(changed.verify(&account), Err(PolicyError::SignatureInvalid));
	}
	let other = account_keys()[0].account_id();
	assert_eq!(good.verify(&other), Err(PolicyError::SignatureInvalid));
}

#[test]
fn in_json_it_is_text_and_signature() {
	let signed = policy().sign(&identity().account_key).unwrap();
	let json = serde_json::to_value(&signed).unwrap();
	assert_eq!(json["text"], TEXT);
	assert_eq!(serde_json::from_value::<SignedPolicy>(json.clone()).unwrap(), signed);
	let mut other = json.clone();
	other["text"] = format!("{TEXT} ").into();
	assert!(serde_json::from_value::<SignedPolicy>(other).is_err());
	let mut more = json;
	more["more"] = 1.into();
	assert!(serde_json::from_value::<SignedPolicy>(more).is_err());
}

proptest! {
	/// Whatever is read is written the same, so that a policy has one text and one hash.
	#[test]
	fn a_text_is_read_as_what_it_says(text in "(MedRec policy\n)?([A-Z][a-z]+: [ -~]{0,30}\n?){0,9}") {
		if let Ok(policy) = text.parse::<Policy>() {
			prop_assert_eq!(policy.to_string(), text);
		}
	}

	#[test]
	fn a_line_more_or_less_is_another_policy_or_none(line in 0usize..12, twice: bool) {
		let mut lines: Vec<_> = TEXT.split('\n').collect();
		if twice {
			lines.insert(line, lines[line]);
		} else {
			lines.remove(line);
		}
		if let Ok(read) = lines.join("\n").parse::<Policy>() {
			prop_assert_ne!(read.hash(), policy().hash());
		}
	}

	#[test]
	fn codes_are_read_as_written(text in "[ -~]{0,40}") {
		if let Ok(code) = text.parse::<medrec_protocol::policy::PolicyCode>() {
			prop_assert_eq!(code.to_string(), text);
		}
	}
}

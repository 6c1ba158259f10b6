//! Enrolling with a code.

use crate::fixtures::*;
use medrec_primitives::{Consent, Hash, ParticipantKind, MAX_CONSENT_LIFETIME};
use medrec_protocol::{
	account::fingerprint,
	enrolment::{
		EnrolmentCode, EnrolmentRequest, EnrolmentSecret, EnrolmentState, EnrolmentStatus,
		EnrolmentStatusRequest,
	},
	registration::ConsentError,
};

pub fn code() -> EnrolmentCode {
	EnrolmentCode {
		gatekeeper: origin(),
		genesis: genesis(),
		provider: PROVIDER,
		secret: EnrolmentSecret::from_bytes([0xaa; 16]),
	}
}

pub fn enrolment() -> EnrolmentRequest {
	EnrolmentRequest::sign(&code(), &identity(), ParticipantKind::Patient, NOW + 7 * DAY, 5)
}

#[test]
fn a_code_is_read_as_written() {
	let text = code().to_string();
	assert_eq!(
		text,
		format!(
			"medrec:enrol?gatekeeper=https%3A%2F%2Fmercy.example&genesis=0x{}&provider=1&\
			 secret=qqqqqqqqqqqqqqqqqqqqqg",
			"07".repeat(32)
		)
	);
	assert_eq!(text.parse(), Ok(code()));
}

#[test]
fn other_codes_are_refused() {
	let good = code().to_string();
	for bad in [
		String::new(),
		format!("{good} "),
		format!("{good}&more=1"),
		good.replace("medrec:", "https:"),
		good.replace("enrol", "opening"),
		good.replace("https%3A%2F%2Fmercy.example", "mercy.example"),
		good.replace("mercy.example", "mercy.example%2F"),
		good.replace("provider=1", "provider=%31"),
		good.replace("provider=1", "provider=1&provider=2"),
		good.replace("secret=qq", "secret="),
		good.replace("qqqg", "qqqh"),
		good.replace("&secret=qqqqqqqqqqqqqqqqqqqqqg", ""),
	] {
		assert_ne!(bad, good);
		assert!(bad.parse::<EnrolmentCode>().is_err(), "{bad}");
	}
}

#[test]
fn secrets_are_fresh_hidden_and_stored_as_hashes() {
	let secret = EnrolmentSecret::random();
	assert_ne!(secret, EnrolmentSecret::random());
	assert_ne!(secret.hash(), EnrolmentSecret::random().hash());
	assert_eq!(format!("{secret:?}"), "EnrolmentSecret");
}

#[test]
fn a_consent_holds_for_its_enrolment() {
	let request = enrolment();
	assert_eq!(request.verify(&genesis(), PROVIDER, NOW), Ok(()));
	let signed = request.signed_consent();
	let consent = Consent::Enrol {
		steward: PROVIDER,
		kind: signed.kind,
		encryption_key: signed.encryption_key,
		deadline: signed.deadline,
	};
	assert!(consent.verify(&genesis(), &signed.account, 5, &signed.signature));
	assert!(!consent.verify(&genesis(), &signed.account, 6, &signed.signature));
}

#[test]
fn a_consent_holds_for_nothing_else() {
	let good = enrolment();
	let invalid = Err(ConsentError::SignatureInvalid);
	assert_eq!(good.verify(&Hash::repeat_byte(8), PROVIDER, NOW), invalid);
	assert_eq!(good.verify(&genesis(), 2, NOW), invalid);
	let mut others = vec![good.clone(); 5];
	others[0].account = seed().viewer(0).account_id();
	others[1].kind = ParticipantKind::Other;
	others[2].encryption_key[0] ^= 1;
	others[3].deadline -= 1;
	others[4].nonce += 1;
	for other in others {
		assert_eq!(other.verify(&genesis(), PROVIDER, NOW), invalid, "{other:?}");
	}
}

#[test]
fn a_consent_holds_until_its_deadline() {
	let request = enrolment();
	let deadline = request.deadline;
	assert_eq!(request.verify(&genesis(), PROVIDER, deadline - 1), Ok(()));
	assert_eq!(request.verify(&genesis(), PROVIDER, deadline), Err(ConsentError::Expired));
	let verify = |now| request.verify(&genesis(), PROVIDER, now);
	assert_eq!(verify(deadline - MAX_CONSENT_LIFETIME), Ok(()));
	assert_eq!(verify(deadline - MAX_CONSENT_LIFETIME - 1), Err(ConsentError::DeadlineTooFar));
}

#[test]
fn nobody_enrols_as_a_provider() {
	let request =
		EnrolmentRequest::sign(&code(), &identity(), ParticipantKind::Provider, NOW + DAY, 0);
	assert_eq!(request.verify(&genesis(), PROVIDER, NOW), Err(ConsentError::KindNotAllowed));
}

#[test]
fn bodies_are_json() {
	let request = enrolment();
	let json = serde_json::to_value(&request).unwrap();
	assert_eq!(json["secret"], "qqqqqqqqqqqqqqqqqqqqqg");
	assert_eq!(json["kind"], "patient");
	assert_eq!(json["signature"]["scheme"], "sr25519");
	assert!(json["encryptionKey"].as_str().unwrap().starts_with("0x"));
	assert_eq!(serde_json::from_value::<EnrolmentRequest>(json).unwrap(), request);

	let question = EnrolmentStatusRequest {
		secret: EnrolmentSecret::from_bytes([0xaa; 16]),
		account: request.account.clone(),
	};
	let text = serde_json::to_string(&question).unwrap();
	assert_eq!(serde_json::from_str::<EnrolmentStatusRequest>(&text).unwrap(), question);

	let status = EnrolmentStatus {
		state: EnrolmentState::Pending,
		fingerprint: fingerprint(&request.account),
		deadline: request.deadline,
		participant: None,
		relationship: None,
	};
	let json = serde_json::to_value(&status).unwrap();
	assert_eq!(json["state"], "pending");
	assert!(json.get("relationship").is_none());
	assert_eq!(serde_json::from_value::<EnrolmentStatus>(json).unwrap(), status);
}

//! Fixed keys, times and nonces that the tests and the vectors share.

use http::{request, response};
use medrec_primitives::{
	Hash, Labels, Moment, Opening, ParticipantId, Purpose, Purposes, RecordTypes, RelationshipId,
	Rule, Terms, VOCABULARY_VERSION,
};
use medrec_protocol::{
	account::AccountKey,
	context::RequestContext,
	delegation::{Delegation, SignedDelegation},
	gatekeeper_key::GatekeeperSecret,
	identity::{Identity, Seed},
	origin::Origin,
	request::{sign_request, Nonce, RequestSignature, RequestSigning, Verification},
	session::SessionKey,
	staff::{Role, SignedStaffCredential, StaffCredential},
};
use std::sync::LazyLock;

/// 2026-11-22T18:00:00.000Z
pub const NOW: Moment = 1_795_370_400_000;
pub const HOUR: Moment = 3_600_000;
pub const DAY: Moment = 24 * HOUR;
pub const ORIGIN: &str = "https://mercy.example";
pub const PROVIDER: ParticipantId = 1;
pub const PATRON: ParticipantId = 42;
pub const GRANTEE: ParticipantId = 77;
pub const RELATIONSHIP: RelationshipId = 9;
pub const WORDS: &str =
	"legal winner thank year wave sausage worth useful legal winner thank yellow";

pub fn genesis() -> Hash {
	Hash::repeat_byte(0x07)
}

pub fn origin() -> Origin {
	ORIGIN.parse().unwrap()
}

pub fn seed() -> Seed {
	Seed::from_phrase(WORDS).unwrap()
}

pub fn identity() -> Identity {
	static IDENTITY: LazyLock<Identity> =
		LazyLock::new(|| seed().identity(&genesis(), PROVIDER, 0));
	IDENTITY.clone()
}

pub fn session_key() -> SessionKey {
	SessionKey::from_bytes(&[0x11; 32])
}

pub fn gatekeeper_key() -> GatekeeperSecret {
	GatekeeperSecret::from_bytes(&[0x22; 32])
}

pub fn delegation() -> Delegation {
	Delegation {
		gatekeeper: origin(),
		genesis: genesis(),
		participant: PATRON,
		epoch: 3,
		session_key: session_key().id(),
		from: NOW,
		until: NOW + DAY,
	}
}

/// The same each time, although sr25519 signatures are randomised.
pub fn signed_delegation() -> SignedDelegation {
	static DELEGATION: LazyLock<SignedDelegation> =
		LazyLock::new(|| delegation().sign(&identity().account_key).unwrap());
	DELEGATION.clone()
}

/// A nurse of the one participant with a session here, taken for a provider.
pub fn staff_credential() -> StaffCredential {
	StaffCredential {
		genesis: genesis(),
		provider: PATRON,
		pseudonym: "n-0417".parse().unwrap(),
		role: Role::Nurse,
		purposes: Purposes::TREATMENT.union(Purposes::EMERGENCY),
		session_key: session_key().id(),
		from: NOW,
		until: NOW + 8 * HOUR,
	}
}

pub fn signed_staff_credential() -> SignedStaffCredential {
	staff_credential().sign(&gatekeeper_key()).unwrap()
}

pub fn context() -> RequestContext {
	RequestContext::new(genesis(), PROVIDER, Some(RELATIONSHIP), PATRON, Purpose::Personal)
}

pub fn rules() -> Verification {
	Verification::new(origin(), genesis(), PROVIDER)
}

pub fn nonce() -> Nonce {
	Nonce::new(&[0x33; 16]).unwrap()
}

pub fn opening() -> Opening {
	let rule = Rule {
		types: RecordTypes::MEDICATIONS.union(RecordTypes::ALLERGIES),
		labels: Labels::HIV,
		purposes: Purposes::TREATMENT,
		not_before: NOW,
		not_after: NOW + 30 * DAY,
	};
	Opening {
		grantee: GRANTEE,
		terms: Terms {
			vocabulary: VOCABULARY_VERSION,
			rules: vec![rule].try_into().unwrap(),
			policy: None,
		},
		salt: [0x44; 32],
	}
}

/// The longest opening that there is.
pub fn longest_opening() -> Opening {
	let rule = Rule {
		types: RecordTypes::ALL,
		labels: Labels::ALL,
		purposes: Purposes::ALL,
		not_before: Moment::MAX - 1,
		not_after: Moment::MAX,
	};
	Opening {
		grantee: ParticipantId::MAX,
		terms: Terms {
			vocabulary: VOCABULARY_VERSION,
			rules: vec![rule; 8].try_into().unwrap(),
			policy: Some(Hash::repeat_byte(0xff)),
		},
		salt: [0xff; 32],
	}
}

/// What a client is about to send, before it is signed.
pub fn get() -> request::Parts {
	let uri = format!("{ORIGIN}/fhir/Observation?category=laboratory&date=ge2026");
	http::Request::get(uri)
		.header("accept", "application/fhir+json")
		.body(())
		.unwrap()
		.into_parts()
		.0
}

pub const BODY: &[u8] = br#"{"relationship":9}"#;

/// The same with a body.
pub fn post() -> request::Parts {
	http::Request::post(format!("{ORIGIN}/v1/openings"))
		.header("accept", "application/json")
		.header("content-type", "application/json")
		.body(())
		.unwrap()
		.into_parts()
		.0
}

/// Signs as the fixtures' patron does.
pub fn sign(parts: &mut request::Parts, body: &[u8]) -> RequestSignature {
	sign_with(parts, body, &context(), &signed_delegation())
}

pub fn sign_with(
	parts: &mut request::Parts,
	body: &[u8],
	context: &RequestContext,
	delegation: &SignedDelegation,
) -> RequestSignature {
	sign_as(parts, body, context, delegation, None)
}

/// The same, by a member of staff.
pub fn sign_as(
	parts: &mut request::Parts,
	body: &[u8],
	context: &RequestContext,
	delegation: &SignedDelegation,
	staff: Option<&SignedStaffCredential>,
) -> RequestSignature {
	let signing = RequestSigning {
		session_key: &session_key(),
		delegation,
		staff,
		context,
		created: NOW,
		expires: NOW + 60_000,
		nonce: nonce(),
	};
	sign_request(parts, body, &signing).unwrap()
}

/// The request as a server receives it: target in origin form, `Host` as a header.
pub fn as_received(mut parts: request::Parts) -> request::Parts {
	let authority = parts.uri.authority().unwrap().to_string();
	parts.headers.insert("host", authority.parse().unwrap());
	parts.uri = parts.uri.path_and_query().unwrap().as_str().parse().unwrap();
	parts
}

pub fn received_get() -> request::Parts {
	let mut parts = get();
	sign(&mut parts, b"");
	as_received(parts)
}

pub fn received_post() -> request::Parts {
	let mut parts = post();
	sign(&mut parts, BODY);
	as_received(parts)
}

pub const ANSWER: &[u8] = br#"{"resourceType":"Bundle","type":"searchset","total":0}"#;

/// An answer before it is signed.
pub fn answer() -> response::Parts {
	http::Response::builder()
		.status(200)
		.header("content-type", "application/fhir+json")
		.header("cache-control", "private, no-store")
		.body(())
		.unwrap()
		.into_parts()
		.0
}

pub fn account_keys() -> [AccountKey; 3] {
	use medrec_protocol::signature::Scheme;
	Scheme::ALL.map(|scheme| AccountKey::from_seed(&[0x55; 32], scheme))
}

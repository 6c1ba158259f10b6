//! A participant's client: signs as the library does, and checks that answers are the gatekeeper's.

use super::{
	chain::GENESIS,
	forge::{key_id, Forge, ForgedDelegation},
	raw::{RawRequest, RawResponse},
	world::MERCY,
};
use base64::{engine::general_purpose::URL_SAFE_NO_PAD, Engine};
use http::{request::Parts, Request};
use medrec_gatekeeper::server::intake::now;
use medrec_primitives::{GatekeeperKey, Opening, ParticipantId, Purpose, RelationshipId};
use medrec_protocol::{
	account::AccountKey,
	context::RequestContext,
	delegation::{Delegation, SignedDelegation},
	origin::Origin,
	request::{sign_request, Nonce, RequestSignature, RequestSigning},
	response::{verify_response, VerifiedResponse},
	session::SessionKey,
	staff::SignedStaffCredential,
};
use rand::RngCore;
use serde_json::Value;
use std::net::SocketAddr;

/// A participant with a session.
#[derive(Clone)]
pub struct Client {
	pub participant: ParticipantId,
	pub account: AccountKey,
	pub session: [u8; 32],
	pub delegation: SignedDelegation,
	/// Who of the participant's people asks.
	pub staff: Option<SignedStaffCredential>,
	pub origin: Origin,
	pub gatekeeper_key: GatekeeperKey,
	pub address: SocketAddr,
}

/// What a request asks.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
	pub method: &'a str,
	pub target: &'a str,
	pub relationship: Option<RelationshipId>,
	pub purpose: Purpose,
	pub opening: Option<&'a Opening>,
	pub body: Option<Value>,
	/// Media type that is asked for, where the request says it.
	pub accept: Option<&'a str>,
}

impl<'a> Ask<'a> {
	pub fn get(target: &'a str, relationship: RelationshipId, purpose: Purpose) -> Self {
		let relationship = Some(relationship);
		Self {
			method: "GET",
			target,
			relationship,
			purpose,
			opening: None,
			body: None,
			accept: None,
		}
	}

	pub fn with(self, opening: &'a Opening) -> Self {
		Self { opening: Some(opening), ..self }
	}
}

impl Client {
	pub fn new(
		participant: ParticipantId,
		account: AccountKey,
		origin: Origin,
		gatekeeper_key: GatekeeperKey,
		address: SocketAddr,
	) -> Self {
		let mut session = [0; 32];
		rand::rngs::OsRng.fill_bytes(&mut session);
		let delegation = Delegation {
			gatekeeper: origin.clone(),
			genesis: GENESIS,
			participant,
			epoch: 0,
			session_key: SessionKey::from_bytes(&session).id(),
			from: now() - 1_000,
			until: now() + 3_600_000,
		}
		.sign(&account)
		.unwrap();
		let staff = None;
		Self { participant, account, session, delegation, staff, origin, gatekeeper_key, address }
	}

	/// Sign a request.
	pub fn sign(&self, ask: &Ask) -> (RawRequest, RequestSignature) {
		let uri = format!("{}{}", self.origin, ask.target);
		let mut request = Request::builder().method(ask.method).uri(uri);
		if let Some(accept) = ask.accept {
			request = request.header("accept", accept);
		}
		let body = match &ask.body {
			Some(body) => {
				request = request.header("content-type", "application/json");
				body.to_string().into_bytes()
			},
			None => Vec::new(),
		};
		let (mut parts, ()): (Parts, ()) = request.body(()).unwrap().into_parts();
		let mut context =
			RequestContext::new(GENESIS, MERCY, ask.relationship, self.participant, ask.purpose);
		context.opening = ask.opening.cloned();
		let now = now();
		let signing = RequestSigning {
			session_key: &SessionKey::from_bytes(&self.session),
			delegation: &self.delegation,
			staff: self.staff.as_ref(),
			context: &context,
			created: now,
			expires: now + 60_000,
			nonce: Nonce::random(),
		};
		let signature = sign_request(&mut parts, &body, &signing).unwrap();
		let mut headers = vec![("host".to_owned(), self.origin.authority().to_owned())];
		headers.extend(
			parts.headers.iter().map(|(name, value)| {
				(name.as_str().to_owned(), value.to_str().unwrap().to_owned())
			}),
		);
		let request = RawRequest {
			method: ask.method.to_owned(),
			target: ask.target.to_owned(),
			headers,
			body,
		};
		(request, signature)
	}

	/// Send a request, and check the answer's signature.
	pub async fn ask(&self, ask: &Ask<'_>) -> (RawResponse, VerifiedResponse) {
		let (request, signature) = self.sign(ask);
		let response = request.send(self.address).await;
		let verified = self.verify(&response, &signature);
		(response, verified)
	}

	pub fn verify(&self, response: &RawResponse, signature: &RequestSignature) -> VerifiedResponse {
		let mut parts = http::Response::builder().status(response.status);
		for (name, value) in &response.headers {
			parts = parts.header(name, value);
		}
		let (parts, ()) = parts.body(()).unwrap().into_parts();
		verify_response(&parts, &response.body, signature, &self.gatekeeper_key)
			.unwrap_or_else(|error| panic!("{error} in {response:?}"))
	}

	/// The same request, to be signed by hand.
	pub fn forge(&self, ask: &Ask) -> Forge {
		let now = now();
		let mut nonce = [0; 16];
		rand::rngs::OsRng.fill_bytes(&mut nonce);
		let mut context =
			RequestContext::new(GENESIS, MERCY, ask.relationship, self.participant, ask.purpose);
		context.opening = ask.opening.cloned();
		let mut headers = vec![("accept".to_owned(), "application/fhir+json".to_owned())];
		if ask.body.is_some() {
			headers.push(("content-type".to_owned(), "application/json".to_owned()));
		}
		Forge {
			method: ask.method.to_owned(),
			target: ask.target.to_owned(),
			signed_target: None,
			signed_method: None,
			origin: self.origin.to_string(),
			host: self.origin.authority().to_owned(),
			headers,
			body: ask.body.as_ref().map(|body| body.to_string().into_bytes()).unwrap_or_default(),
			context: serde_json::to_value(&context).unwrap(),
			context_header: None,
			delegation: ForgedDelegation {
				gatekeeper: self.origin.to_string(),
				chain: format!("{GENESIS:?}"),
				participant: self.participant,
				epoch: 0,
				session_key: key_id(&self.session),
				from: now - 1_000,
				until: now + 3_600_000,
				account: self.account.clone(),
				scheme: None,
				wrapped: false,
				appendix: String::new(),
			},
			delegation_header: None,
			session: self.session,
			key_id: None,
			created: now / 1_000,
			expires: Some(now / 1_000 + 50),
			nonce: Some(URL_SAFE_NO_PAD.encode(nonce)),
			algorithm: Some("ed25519".to_owned()),
			tag: Some("medrec-request".to_owned()),
			more_parameters: String::new(),
			components: None,
			label: "medrec".to_owned(),
		}
	}
}

//! Signs requests by hand, so that everything in them can be wrong. Written from RFC 9421 and
//! docs/protocol.md, not from the library that the gatekeeper checks them with.

use super::raw::RawRequest;
use base64::{
	engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
	Engine,
};
use ed25519_dalek::{Signer, SigningKey};
use medrec_primitives::Signature;
use medrec_protocol::account::AccountKey;
use serde_json::{json, Value};
use sha2::{Digest, Sha256};

/// A request before it is signed.
#[derive(Clone)]
pub struct Forge {
	pub method: String,
	/// Path and query.
	pub target: String,
	/// Path and query that the signature covers, if it is another.
	pub signed_target: Option<String>,
	/// Method that the signature covers, if it is another.
	pub signed_method: Option<String>,
	pub origin: String,
	pub host: String,
	pub headers: Vec<(String, String)>,
	pub body: Vec<u8>,
	pub context: Value,
	/// Value of `medrec-context`, if it is not `context` in base64url.
	pub context_header: Option<String>,
	pub delegation: ForgedDelegation,
	/// Value of `medrec-delegation`, if it is not `delegation` in base64url.
	pub delegation_header: Option<String>,
	/// Secret of the session key that signs.
	pub session: [u8; 32],
	/// Value of `keyid`, if it is not the signing key's.
	pub key_id: Option<String>,
	/// Unix seconds.
	pub created: u64,
	/// Unix seconds.
	pub expires: Option<u64>,
	pub nonce: Option<String>,
	pub algorithm: Option<String>,
	pub tag: Option<String>,
	/// Parameters after the usual ones.
	pub more_parameters: String,
	/// Components that are covered, if they are not those that have to be.
	pub components: Option<Vec<String>>,
	pub label: String,
}

/// A delegation before it is signed.
#[derive(Clone)]
pub struct ForgedDelegation {
	pub gatekeeper: String,
	pub chain: String,
	pub participant: u64,
	pub epoch: u32,
	pub session_key: String,
	/// Unix milliseconds.
	pub from: u64,
	/// Unix milliseconds.
	pub until: u64,
	pub account: AccountKey,
	/// Name of the signature's scheme, if it is not the account's.
	pub scheme: Option<String>,
	/// Whether the text is wrapped as browser wallets do.
	pub wrapped: bool,
	/// What is added to the text before it is signed.
	pub appendix: String,
}

/// `ed25519:` and the public key.
pub fn key_id(secret: &[u8; 32]) -> String {
	let public = SigningKey::from_bytes(secret).verifying_key();
	format!("ed25519:{}", URL_SAFE_NO_PAD.encode(public.as_bytes()))
}

impl ForgedDelegation {
	pub fn text(&self) -> String {
		let time = medrec_protocol::format_moment;
		format!(
			"MedRec session key\nGatekeeper: {}\nChain: {}\nParticipant: {}\nEpoch: {}\nSession key: {}\nUse: read and manage records\nFrom: {}\nUntil: {}{}",
			self.gatekeeper,
			self.chain,
			self.participant,
			self.epoch,
			self.session_key,
			time(self.from),
			time(self.until),
			self.appendix,
		)
	}

	pub fn header(&self) -> String {
		let text = self.text();
		let signed = if self.wrapped { format!("<Bytes>{text}</Bytes>") } else { text.clone() };
		let (scheme, value) = match self.account.sign(signed.as_bytes()) {
			Signature::Sr25519(signature) => ("sr25519", signature.0.to_vec()),
			Signature::Ed25519(signature) => ("ed25519", signature.0.to_vec()),
			Signature::Ecdsa(signature) => ("ecdsa", signature.0.to_vec()),
			Signature::Eth(signature) => ("ecdsa", signature.0.to_vec()),
		};
		let scheme = self.scheme.as_deref().unwrap_or(scheme);
		let value = format!("0x{}", hex::encode(value));
		let json = json!({"text": text, "signature": {"scheme": scheme, "value": value}});
		URL_SAFE_NO_PAD.encode(json.to_string())
	}
}

impl Forge {
	pub fn set(&mut self, name: &str, value: impl Into<String>) {
		self.headers.retain(|(known, _)| known != name);
		self.headers.push((name.to_owned(), value.into()));
	}

	/// The request, signed.
	pub fn sign(&self) -> RawRequest {
		let mut headers = vec![("host".to_owned(), self.host.clone())];
		headers.extend(self.headers.iter().cloned());
		let context = self
			.context_header
			.clone()
			.unwrap_or_else(|| URL_SAFE_NO_PAD.encode(self.context.to_string()));
		headers.push(("medrec-context".to_owned(), context));
		let delegation = self.delegation_header.clone().unwrap_or_else(|| self.delegation.header());
		headers.push(("medrec-delegation".to_owned(), delegation));
		if !self.body.is_empty() {
			let digest = STANDARD.encode(Sha256::digest(&self.body));
			headers.push(("content-digest".to_owned(), format!("sha-256=:{digest}:")));
		}

		let components = self.components.clone().unwrap_or_else(|| {
			let mut names = vec!["@method", "@target-uri", "medrec-context", "medrec-delegation"];
			for name in
				["medrec-staff", "content-digest", "content-type", "accept", "if-none-match"]
			{
				if headers.iter().any(|(known, _)| known == name) {
					names.push(name);
				}
			}
			names.into_iter().map(str::to_owned).collect()
		});
		let mut base = String::new();
		for name in &components {
			let target = self.signed_target.as_ref().unwrap_or(&self.target);
			let value = match name.as_str() {
				"@method" => self.signed_method.as_ref().unwrap_or(&self.method).clone(),
				"@target-uri" => format!("{}{target}", self.origin),
				name => headers
					.iter()
					.find(|(known, _)| known == name)
					.map(|(_, value)| value.clone())
					.unwrap_or_default(),
			};
			base.push_str(&format!("\"{name}\": {value}\n"));
		}
		let quoted: Vec<_> = components.iter().map(|name| format!("\"{name}\"")).collect();
		let mut parameters = format!("({});created={}", quoted.join(" "), self.created);
		if let Some(expires) = self.expires {
			parameters.push_str(&format!(";expires={expires}"));
		}
		let key_id = self.key_id.clone().unwrap_or_else(|| key_id(&self.session));
		let texts = [
			("nonce", &self.nonce),
			("keyid", &Some(key_id)),
			("alg", &self.algorithm),
			("tag", &self.tag),
		];
		for (name, value) in texts {
			if let Some(value) = value {
				parameters.push_str(&format!(";{name}=\"{value}\""));
			}
		}
		parameters.push_str(&self.more_parameters);
		base.push_str(&format!("\"@signature-params\": {parameters}"));
		let signature = SigningKey::from_bytes(&self.session).sign(base.as_bytes());
		let label = &self.label;
		headers.push(("signature-input".to_owned(), format!("{label}={parameters}")));
		let value = format!("{label}=:{}:", STANDARD.encode(signature.to_bytes()));
		headers.push(("signature".to_owned(), value));
		RawRequest {
			method: self.method.clone(),
			target: self.target.clone(),
			headers,
			body: self.body.clone(),
		}
	}
}

//! Who asks: a grantee, with requests that are signed beforehand.

use std::sync::Arc;

use anyhow::{Context, Result};
use http::{header, request::Parts, Request};
use medrec_client::{
	clock,
	gatekeeper::{Asking, Gatekeeper},
	store::Session,
};
use medrec_protocol::{
	context::RequestContext,
	headers::{MEDREC_CONTEXT, MEDREC_DELEGATION, SIGNATURE_INPUT},
	request::{sign_request, Nonce, RequestSigning, MAX_REQUEST_LIFETIME},
};
use serde_json::Value;

use crate::load::Prepared;

/// What is asked for.
const FHIR_JSON: &str = "application/fhir+json";

/// A grantee at one gatekeeper.
pub struct Asker {
	/// The gatekeeper, as the client library talks to it.
	pub gatekeeper: Gatekeeper,
	/// Signs.
	pub session: Session,
	/// What about.
	pub context: RequestContext,
}

/// A path with its query, and how the body of the answer has to begin.
pub type Wanted = (String, Arc<[u8]>);

impl Asker {
	const fn asking(&self) -> Asking<'_> {
		Asking { session: &self.session, context: &self.context }
	}

	/// The text of one resource. The answer's signature is verified.
	pub async fn read(&self, resource_type: &str, id: &str) -> Result<String> {
		let (resource, _) = self.gatekeeper.read(self.asking(), resource_type, id).await?;
		Ok(resource.get().to_owned())
	}

	/// A page of a search. The answer's signature is verified.
	pub async fn page(&self, path: &str) -> Result<Value> {
		let answer = self.gatekeeper.get(self.asking(), path, FHIR_JSON).await?;
		serde_json::from_slice(&answer.body).context("a page is JSON")
	}

	/// So many signed requests, of what is wanted in turn. Each is good for once, within a minute.
	pub fn prepare(&self, wanted: &[Wanted], requests: usize) -> Result<Vec<Prepared>> {
		wanted
			.iter()
			.cycle()
			.take(requests)
			.map(|(target, expected)| Ok(Prepared::new(self.raw(target)?, expected.clone())))
			.collect()
	}

	/// What the signature of a request is over (RFC 9421 section 2.5).
	pub fn signature_base(&self, target: &str) -> Result<String> {
		let parts = self.sign(target)?;
		let value = |name: &header::HeaderName| {
			let value = parts.headers.get(name).with_context(|| format!("no {name}"))?;
			value.to_str().with_context(|| format!("{name} is no text"))
		};
		let parameters = value(&SIGNATURE_INPUT)?;
		let parameters = parameters.split_once('=').map_or(parameters, |(_, after)| after);
		let mut base = format!("\"@method\": {}\n\"@target-uri\": {}\n", parts.method, parts.uri);
		for name in [MEDREC_CONTEXT, MEDREC_DELEGATION, header::ACCEPT] {
			base.push_str(&format!("\"{name}\": {}\n", value(&name)?));
		}
		base.push_str(&format!("\"@signature-params\": {parameters}"));
		Ok(base)
	}

	fn sign(&self, target: &str) -> Result<Parts> {
		let uri = self.gatekeeper.origin().target_uri(target);
		let request = Request::get(uri).header(header::ACCEPT, FHIR_JSON).body(())?;
		let (mut parts, ()) = request.into_parts();
		let now = clock::now();
		let signing = RequestSigning {
			session_key: &self.session.key,
			delegation: &self.session.delegation,
			staff: None,
			context: &self.context,
			created: now,
			expires: now + MAX_REQUEST_LIFETIME,
			nonce: Nonce::random(),
		};
		sign_request(&mut parts, b"", &signing)?;
		Ok(parts)
	}

	/// A signed request as it is sent.
	fn raw(&self, target: &str) -> Result<Vec<u8>> {
		let parts = self.sign(target)?;
		let host = self.gatekeeper.origin().authority();
		let mut raw = format!("GET {target} HTTP/1.1\r\nhost: {host}\r\n").into_bytes();
		for (name, value) in &parts.headers {
			for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
				raw.extend_from_slice(part);
			}
		}
		raw.extend_from_slice(b"\r\n");
		Ok(raw)
	}
}

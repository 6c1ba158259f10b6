//! The client's side of a gatekeeper: signs requests, verifies the answers' signatures against the key that
//! the provider has on the chain.

mod answer;
mod error;
mod fhir;
mod notifications;
mod v1;

pub(crate) use answer::printable;
pub use answer::Answer;
pub use error::GatekeeperError;
pub use fhir::Resource;
pub use notifications::Notifications;

use crate::{clock, store::Session};
use http::{header, request::Parts, Method, Uri};
use medrec_chain_client::rpc_api::ParticipantInfo;
use medrec_primitives::{GatekeeperKey, ParticipantId};
use medrec_protocol::{
	context::RequestContext,
	origin::Origin,
	request::{sign_request, Nonce, RequestSignature, RequestSigning, MAX_REQUEST_LIFETIME},
};
use std::{future::Future, time::Duration};
use tokio::time::Instant;

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long an answer may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// How long to ask again a gatekeeper that says "later".
const PATIENCE: Duration = Duration::from_secs(12);

/// How long to wait before asking again, where the gatekeeper does not say.
const DEFAULT_RETRY: Duration = Duration::from_secs(1);

/// An HTTP client as gatekeepers are asked with: no redirects, no cookies, bounded times, and bodies as
/// they were signed.
pub fn http_client() -> Result<reqwest::Client, GatekeeperError> {
	reqwest::Client::builder()
		.redirect(reqwest::redirect::Policy::none())
		.no_gzip()
		.no_brotli()
		.no_zstd()
		.no_deflate()
		.connect_timeout(CONNECT_TIMEOUT)
		.timeout(ANSWER_TIMEOUT)
		.user_agent(concat!("medrec/", env!("CARGO_PKG_VERSION")))
		.build()
		.map_err(|error| GatekeeperError::Http(error.to_string()))
}

/// A provider's gatekeeper.
#[derive(Clone, Debug)]
pub struct Gatekeeper {
	http: reqwest::Client,
	origin: Origin,
	provider: ParticipantId,
	name: String,
	key: GatekeeperKey,
}

/// Who asks, and what about.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
	/// Signs.
	pub session: &'a Session,
	/// What about.
	pub context: &'a RequestContext,
}

impl Gatekeeper {
	/// The gatekeeper of a provider, as the chain describes it. Plain HTTP only to this machine itself.
	pub fn of(provider: &ParticipantInfo, http: reqwest::Client) -> Result<Self, GatekeeperError> {
		let info = provider.provider.as_ref().ok_or(GatekeeperError::NoProvider(provider.id))?;
		let origin: Origin =
			info.endpoint.parse().map_err(|_| GatekeeperError::InvalidEndpoint {
				name: info.name.clone(),
				endpoint: info.endpoint.clone(),
			})?;
		if !origin.is_https() && !origin.is_loopback() {
			return Err(GatekeeperError::Insecure { name: info.name.clone(), origin });
		}
		Ok(Self {
			http,
			origin,
			provider: provider.id,
			name: info.name.clone(),
			key: info.gatekeeper_key.0,
		})
	}

	/// Its origin.
	pub const fn origin(&self) -> &Origin {
		&self.origin
	}

	/// The provider.
	pub const fn provider(&self) -> ParticipantId {
		self.provider
	}

	/// The provider's name.
	pub fn name(&self) -> &str {
		&self.name
	}

	/// A signed `GET`; `path` may have a query.
	pub async fn get(
		&self,
		asking: Asking<'_>,
		path: &str,
		accept: &'static str,
	) -> Result<Answer, GatekeeperError> {
		let request = Outgoing { method: Method::GET, path, accept, body: None };
		self.signed(asking, &request).await
	}

	/// A signed `POST` of JSON.
	pub async fn post(
		&self,
		asking: Asking<'_>,
		path: &str,
		body: &[u8],
	) -> Result<Answer, GatekeeperError> {
		let request = Outgoing { method: Method::POST, path, accept: JSON, body: Some(body) };
		self.signed(asking, &request).await
	}

	/// A `POST` of JSON by who has no session: an enrolment. Its answer is not signed.
	pub async fn post_unsigned(
		&self,
		path: &str,
		body: Vec<u8>,
	) -> Result<Answer, GatekeeperError> {
		patiently(|| async {
			let request = self
				.http
				.post(self.origin.target_uri(path))
				.header(header::ACCEPT, JSON)
				.header(header::CONTENT_TYPE, JSON)
				.body(body.clone())
				.build()
				.map_err(|error| GatekeeperError::Http(error.to_string()))?;
			self.exchange(request, None).await
		})
		.await
	}

	/// Each attempt is signed anew, with a new nonce.
	async fn signed(
		&self,
		asking: Asking<'_>,
		request: &Outgoing<'_>,
	) -> Result<Answer, GatekeeperError> {
		patiently(|| async {
			let (parts, signature) = self.sign(asking, request)?;
			let body = request.body.unwrap_or_default().to_vec();
			let outgoing = reqwest::Request::try_from(http::Request::from_parts(parts, body))
				.map_err(|error| GatekeeperError::Http(error.to_string()))?;
			self.exchange(outgoing, Some(&signature)).await
		})
		.await
	}

	fn sign(
		&self,
		asking: Asking<'_>,
		request: &Outgoing<'_>,
	) -> Result<(Parts, RequestSignature), GatekeeperError> {
		let failed = |error: String| GatekeeperError::Sign(error);
		let uri: Uri = self
			.origin
			.target_uri(request.path)
			.parse()
			.map_err(|error| failed(format!("{error}")))?;
		let mut builder = http::Request::builder()
			.method(request.method.clone())
			.uri(uri)
			.header(header::ACCEPT, request.accept)
			.header(header::ACCEPT_ENCODING, answer::GZIP);
		if request.body.is_some() {
			builder = builder.header(header::CONTENT_TYPE, JSON);
		}
		let (mut parts, ()) =
			builder.body(()).map_err(|error| failed(error.to_string()))?.into_parts();
		let now = clock::now();
		let signing = RequestSigning {
			session_key: &asking.session.key,
			delegation: &asking.session.delegation,
			staff: asking.session.staff.as_ref(),
			context: asking.context,
			created: now,
			expires: now + MAX_REQUEST_LIFETIME,
			nonce: Nonce::random(),
		};
		let signature = sign_request(&mut parts, request.body.unwrap_or_default(), &signing)
			.map_err(|error| failed(error.to_string()))?;
		Ok((parts, signature))
	}

	async fn exchange(
		&self,
		request: reqwest::Request,
		signature: Option<&RequestSignature>,
	) -> Result<Answer, GatekeeperError> {
		let response =
			self.http.execute(request).await.map_err(|error| self.unreachable(&error))?;
		let (parts, body) =
			answer::read(response, &self.name).await.map_err(|error| match error {
				answer::ReadError::Broken(error) => self.unreachable(&error),
				answer::ReadError::Refused(error) => error,
			})?;
		answer::judge(parts, body, signature, &self.key, &self.name)
	}

	fn unreachable(&self, error: &reqwest::Error) -> GatekeeperError {
		// The cause at the end of the chain says more than "error sending request".
		let mut cause: &dyn std::error::Error = error;
		while let Some(deeper) = cause.source() {
			cause = deeper;
		}
		GatekeeperError::Unreachable {
			name: self.name.clone(),
			origin: self.origin.clone(),
			reason: cause.to_string(),
		}
	}
}

/// Try again while the gatekeeper says "later" and patience lasts.
async fn patiently<F>(attempt: impl Fn() -> F) -> Result<Answer, GatekeeperError>
where
	F: Future<Output = Result<Answer, GatekeeperError>>,
{
	let deadline = Instant::now() + PATIENCE;
	loop {
		let result = attempt().await;
		let Err(GatekeeperError::Later { retry_after, .. }) = &result else {
			return result;
		};
		let wait = retry_after.unwrap_or(DEFAULT_RETRY);
		if Instant::now() + wait > deadline {
			return result;
		}
		tokio::time::sleep(wait).await;
	}
}

pub(crate) const JSON: &str = "application/json";
pub(crate) const FHIR_JSON: &str = "application/fhir+json";

struct Outgoing<'a> {
	method: Method,
	path: &'a str,
	accept: &'static str,
	body: Option<&'a [u8]>,
}

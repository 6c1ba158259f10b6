//! Asking a FHIR server: addresses, credential, limits, and errors without anybody's data.

use crate::{
	fhir::{ResourceType, FHIR_JSON},
	records::{config::FhirServerConfig, secret},
};
use reqwest::{header, redirect, Certificate, Response, StatusCode};
use serde::de::DeserializeOwned;
use std::{fs, path::PathBuf, time::Duration};
use url::Url;

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// What went wrong with a FHIR server. Nothing of it tells an address or a record: it is logged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FhirServerError {
	/// It cannot be reached, or breaks off.
	#[error("it does not answer: {0}")]
	Unreachable(String),
	/// The credential cannot be read.
	#[error("its credential: {0}")]
	Credential(String),
	/// It does not accept the credential.
	#[error("it refuses the credential in `token_file` with status {0}")]
	Refused(u16),
	/// It fails.
	#[error("it answers with status {0}")]
	Status(u16),
	/// Its answer is longer than it may be.
	#[error("an answer is longer than `max_answer_bytes`")]
	TooLong,
	/// Its answer is not what FHIR says.
	#[error("its answer is not what FHIR R4 says: {0}")]
	NotFhir(&'static str),
	/// It leads elsewhere.
	#[error(
		"a next link leads to another server or path; is `url` the address that it calls itself?"
	)]
	ForeignLink,
	/// There is no end to it.
	#[error("a search has more than `max_pages` pages")]
	TooManyPages,
}

/// A connection to a FHIR server.
#[derive(Clone, Debug)]
pub(super) struct Client {
	http: reqwest::Client,
	base: Url,
	token_file: Option<PathBuf>,
	page_size: u16,
	max_answer_bytes: usize,
}

impl Client {
	/// The error says what is wrong with the configuration.
	pub fn new(config: &FhirServerConfig) -> Result<Self, String> {
		let mut http = reqwest::Client::builder()
			.use_rustls_tls()
			.redirect(redirect::Policy::none())
			.connect_timeout(CONNECT_TIMEOUT)
			.timeout(Duration::from_secs(config.request_seconds))
			.https_only(config.url.scheme() == "https");
		if let Some(file) = &config.ca_file {
			let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
			let pem = fs::read(file).map_err(|error| failed(&error))?;
			let bundle = Certificate::from_pem_bundle(&pem).map_err(|error| failed(&error))?;
			for certificate in bundle {
				http = http.add_root_certificate(certificate);
			}
		}
		let client = Self {
			http: http.build().map_err(|error| error.to_string())?,
			base: config.url.clone(),
			token_file: config.token_file.clone(),
			page_size: config.page_size,
			max_answer_bytes: config.max_answer_bytes,
		};
		client.token().map_err(|error| error.to_string())?;
		Ok(client)
	}

	/// Base URL without a slash at its end.
	pub fn base(&self) -> String {
		self.base.as_str().trim_end_matches('/').to_owned()
	}

	/// All resources of a type of this patient, or the one of this id among them.
	pub fn search(&self, resource_type: ResourceType, patient: &str, id: Option<&str>) -> Url {
		let mut url = self.address(&[resource_type.name()]);
		let mut query = url.query_pairs_mut();
		match resource_type {
			ResourceType::Patient => query.append_pair("_id", patient),
			_ => query.append_pair("patient", &format!("Patient/{patient}")),
		};
		if let Some(id) = id.filter(|_| resource_type != ResourceType::Patient) {
			query.append_pair("_id", id);
		}
		query.append_pair("_count", &self.page_size.to_string());
		drop(query);
		url
	}

	/// What lies under the base URL.
	pub fn address(&self, segments: &[&str]) -> Url {
		let mut url = self.base.clone();
		// A base that cannot have a path is refused with the configuration.
		if let Ok(mut path) = url.path_segments_mut() {
			path.pop_if_empty().extend(segments);
		}
		url
	}

	/// Where a link of an answer leads, if that is the same server and below the base URL.
	pub fn follow(&self, link: &str) -> Result<Url, FhirServerError> {
		let url = self.base.join(link).map_err(|_| FhirServerError::NotFhir("a link is no URL"))?;
		let base = self.base.path().trim_end_matches('/');
		let below = url
			.path()
			.strip_prefix(base)
			.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
		if url.origin() == self.base.origin() && url.username().is_empty() && below {
			Ok(url)
		} else {
			Err(FhirServerError::ForeignLink)
		}
	}

	/// The answer to a GET; none if there is nothing (404, 410).
	pub async fn get<T: DeserializeOwned>(&self, url: Url) -> Result<Option<T>, FhirServerError> {
		let mut request = self.http.get(url).header(header::ACCEPT, FHIR_JSON);
		if let Some(token) = self.token()? {
			request = request.bearer_auth(token.as_str());
		}
		let response = request.send().await.map_err(unreachable)?;
		match response.status() {
			StatusCode::OK => {},
			StatusCode::NOT_FOUND | StatusCode::GONE => return Ok(None),
			status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
				return Err(FhirServerError::Refused(status.as_u16()));
			},
			status => return Err(FhirServerError::Status(status.as_u16())),
		}
		let body = self.body(response).await?;
		let parsed = serde_json::from_slice(&body);
		parsed.map(Some).map_err(|_| FhirServerError::NotFhir("it is not JSON of the right shape"))
	}

	/// Read anew for each request, so that it can be replaced while the server runs.
	fn token(&self) -> Result<Option<zeroize::Zeroizing<String>>, FhirServerError> {
		let read = self.token_file.as_deref().map(secret::read).transpose();
		read.map_err(FhirServerError::Credential)
	}

	async fn body(&self, mut response: Response) -> Result<Vec<u8>, FhirServerError> {
		let mut body = Vec::new();
		while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
			if body.len().saturating_add(chunk.len()) > self.max_answer_bytes {
				return Err(FhirServerError::TooLong);
			}
			body.extend_from_slice(&chunk);
		}
		Ok(body)
	}
}

/// Addresses hold patients' numbers.
fn unreachable(error: reqwest::Error) -> FhirServerError {
	FhirServerError::Unreachable(error.without_url().to_string())
}

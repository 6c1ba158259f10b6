//! The part of the configuration that says where the records lie.

use serde::Deserialize;
use std::path::{Path, PathBuf};
use url::{Host, Url};

/// Most connections to a database.
const MAX_CONNECTIONS: u32 = 256;
/// Most seconds for the statements of one request: less than a request may take.
const MAX_SECONDS: u64 = 50;

/// Where the records lie (`[records]`).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(tag = "backend", rename_all = "lowercase", deny_unknown_fields)]
pub enum RecordsConfig {
	/// In `records.sqlite` in the data folder, where `import` puts them.
	#[default]
	Embedded,
	/// In the provider's own database.
	Sql(SqlConfig),
	/// On the provider's own FHIR R4 server.
	Fhir(FhirServerConfig),
}

/// Records in the provider's own database.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SqlConfig {
	/// File that holds the database's address with account and password: `postgres://…`,
	/// `mariadb://…` or `sqlite:…`. Mode 0600.
	pub url_file: PathBuf,
	/// File that maps resource types to statements.
	pub mapping: PathBuf,
	/// Channel of PostgreSQL's NOTIFY on which the database names patients whose records changed, so that
	/// they are told at once. Without it the mapping's `changed` is asked every few seconds.
	pub listen: Option<String>,
	/// Connections at most.
	#[serde(default = "default_connections")]
	pub connections: u32,
	/// Seconds that a request waits for a connection.
	#[serde(default = "default_acquire_seconds")]
	pub acquire_seconds: u64,
	/// Seconds that the statements of a request may take.
	#[serde(default = "default_statement_seconds")]
	pub statement_seconds: u64,
}

/// Records on the provider's own FHIR R4 server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FhirServerConfig {
	/// Base URL, as the server calls itself in its links.
	#[serde(deserialize_with = "crate::config::url")]
	pub url: Url,
	/// File that holds the bearer token that the server asks for. Mode 0600. Read for each request.
	pub token_file: Option<PathBuf>,
	/// Certificates (PEM) that the server's may be signed with, besides the public ones.
	pub ca_file: Option<PathBuf>,
	/// Resources that are asked for at once.
	#[serde(default = "default_page_size")]
	pub page_size: u16,
	/// Pages of one search at most.
	#[serde(default = "default_max_pages")]
	pub max_pages: u32,
	/// Bytes of one answer at most.
	#[serde(default = "default_max_answer_bytes")]
	pub max_answer_bytes: usize,
	/// Seconds that a request may take with all of its pages.
	#[serde(default = "default_statement_seconds")]
	pub request_seconds: u64,
}

fn default_page_size() -> u16 {
	200
}

fn default_max_pages() -> u32 {
	100
}

fn default_max_answer_bytes() -> usize {
	32 << 20
}

fn default_connections() -> u32 {
	8
}

fn default_acquire_seconds() -> u64 {
	3
}

fn default_statement_seconds() -> u64 {
	10
}

/// The records lie in the provider's own database, and not where a command looks.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error(
	"the records lie in the provider's own database (`[records]` in the configuration); this command \
	 is for those that were imported"
)]
pub struct NotEmbedded;

impl RecordsConfig {
	/// For what works on `records.sqlite` alone.
	pub fn require_embedded(&self) -> Result<(), NotEmbedded> {
		match self {
			Self::Embedded => Ok(()),
			_ => Err(NotEmbedded),
		}
	}

	/// Make paths absolute that are relative to the configuration's folder.
	pub fn resolve_paths(&mut self, folder: &Path) {
		let paths = match self {
			Self::Embedded => Vec::new(),
			Self::Sql(sql) => vec![&mut sql.url_file, &mut sql.mapping],
			Self::Fhir(server) => server.token_file.iter_mut().chain(&mut server.ca_file).collect(),
		};
		for path in paths {
			*path = folder.join(&path);
		}
	}

	/// The key whose value cannot be used, and what would be right.
	pub fn check(&self) -> Result<(), (&'static str, String)> {
		let between = |key, value: u64, most: u64| match (1..=most).contains(&value) {
			true => Ok(()),
			false => Err((key, format!("between 1 and {most}"))),
		};
		match self {
			Self::Embedded => Ok(()),
			Self::Sql(sql) => {
				let connections = u64::from(sql.connections);
				between("records.connections", connections, MAX_CONNECTIONS.into())?;
				between("records.acquire_seconds", sql.acquire_seconds, MAX_SECONDS)?;
				between("records.statement_seconds", sql.statement_seconds, MAX_SECONDS)
			},
			Self::Fhir(server) => {
				let url = &server.url;
				let local = match url.host() {
					Some(Host::Domain(name)) => name == "localhost",
					Some(Host::Ipv4(address)) => address.is_loopback(),
					Some(Host::Ipv6(address)) => address.is_loopback(),
					None => false,
				};
				if !(url.scheme() == "https" || (url.scheme() == "http" && local)) {
					let problem = "https://…; http:// is for this machine only";
					return Err(("records.url", problem.to_owned()));
				}
				if !url.username().is_empty() || url.query().is_some() || url.fragment().is_some() {
					let problem = "a base URL, without account, query and fragment";
					return Err(("records.url", problem.to_owned()));
				}
				between("records.page_size", server.page_size.into(), 1_000)?;
				between("records.max_pages", server.max_pages.into(), 10_000)?;
				between("records.max_answer_bytes", server.max_answer_bytes as u64, 1 << 30)?;
				between("records.request_seconds", server.request_seconds, MAX_SECONDS)
			},
		}
	}
}

//! The configuration file (TOML): where the gatekeeper listens, whose it is, which node it asks.
//! `gatekeeper/gatekeeper.example.toml` describes every key.

use crate::{keys, records::config::RecordsConfig, staff::StaffConfig};
use medrec_primitives::{GatekeeperKey, ParticipantId};
use medrec_protocol::{origin::Origin, request::DEFAULT_CLOCK_SKEW};
use serde::{de::Error as _, Deserialize, Deserializer};
use std::{
	net::SocketAddr,
	path::{Path, PathBuf},
	time::Duration,
};
use url::Url;

/// Largest configuration file that is read, bytes.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// Least size that the store may be limited to, bytes.
const MIN_STORE_BYTES: u64 = 1 << 20;

/// Most seconds for a request: the log shows one without an outcome as failed after a minute.
const MAX_REQUEST_SECONDS: u64 = 55;

/// Why a configuration cannot be used. Every variant says which key to change.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
	/// The file is not there, or not readable.
	#[error("cannot read the configuration file {path}: {source}")]
	Read {
		/// The file.
		path: PathBuf,
		/// Why.
		source: std::io::Error,
	},
	/// The file is larger than any configuration.
	#[error("{0} is larger than 1 MiB; is it the configuration file?")]
	TooLarge(PathBuf),
	/// The file is not TOML, or has keys that there are not, or lacks some.
	#[error("{path} is not a valid configuration: {source}")]
	Parse {
		/// The file.
		path: PathBuf,
		/// Where and why.
		source: Box<toml::de::Error>,
	},
	/// A key's value cannot be used.
	#[error("`{key}` in the configuration: {problem}")]
	Value {
		/// The key.
		key: &'static str,
		/// What is wrong, and what would be right.
		problem: String,
	},
}

/// Everything that a gatekeeper is told. Paths are absolute once loaded.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
	/// Address that clients connect to.
	pub listen: SocketAddr,
	/// Address of `/metrics`, `/livez` and `/readyz` for the operator. No authentication: keep it on a
	/// network of the operator's own. Not served if absent.
	pub admin_listen: Option<SocketAddr>,
	/// Origin that clients see: scheme, host and port. Requests are signed for it.
	pub public_origin: Origin,
	/// The provider that this gatekeeper belongs to.
	pub provider: ParticipantId,
	/// The provider's own node, `ws://host:port` (or `wss://`).
	#[serde(deserialize_with = "url")]
	pub node: Url,
	/// Folder of `records.sqlite` and `gatekeeper.sqlite`.
	pub data_dir: PathBuf,
	/// Secret of the provider's operator account, which submits enrolments: 0x and 64 hexadecimal
	/// digits, or 12 words, optionally with a derivation path. Mode 0600.
	pub operator_key_file: PathBuf,
	/// Ed25519 secret that answers are signed with: 0x and 64 hexadecimal digits. Mode 0600.
	pub gatekeeper_key_file: PathBuf,
	/// Public keys that this gatekeeper signed with before, 0x and 64 hexadecimal digits each: its log
	/// holds their signatures.
	#[serde(default, deserialize_with = "public_keys")]
	pub former_gatekeeper_keys: Vec<GatekeeperKey>,
	/// File that maps codes to record types and labels, like the `vocabulary.json` that comes with the
	/// program, which is used if this is absent. After it was changed, `import --reclassify` has to run
	/// before the server starts again.
	pub vocabulary: Option<PathBuf>,
	/// Certificate and key for HTTPS. Without it the gatekeeper listens on a loopback address only.
	pub tls: Option<Tls>,
	/// Seconds without a newly finalized block after which nothing is served any more, whatever the
	/// node says of itself. The node keeps to the limit on the chain: a longer one here loosens nothing.
	#[serde(default = "default_staleness")]
	pub staleness: u64,
	/// Hours for which an enrolment code can be redeemed, unless `enrol --hours` says otherwise.
	#[serde(default = "default_code_hours")]
	pub enrolment_code_hours: u32,
	/// Size that `gatekeeper.sqlite` may grow to, bytes; as long as the disk has room if absent.
	pub store_max_bytes: Option<u64>,
	/// Where the records lie.
	#[serde(default)]
	pub records: RecordsConfig,
	/// What becomes of amendments that staff accept.
	#[serde(default)]
	pub amendments: AmendmentMode,
	/// What is asked of providers' people.
	#[serde(default)]
	pub staff: StaffConfig,
	/// Limits on what clients send.
	#[serde(default)]
	pub limits: Limits,
}

/// What becomes of amendments that staff accept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AmendmentMode {
	/// They are written into `records.sqlite`, as a new version of the resource.
	Write,
	/// They are handed over, as FHIR Tasks, to those who keep the records that were imported.
	#[default]
	HandOver,
}

/// Files of the HTTPS certificate.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
	/// Certificate chain, PEM.
	pub cert: PathBuf,
	/// Its private key, PEM.
	pub key: PathBuf,
}

/// Limits on what clients send, and on how long things may take.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
	/// Bytes of all header names and values of a request together.
	pub header_bytes: usize,
	/// Bytes of a request's path and query.
	pub target_bytes: usize,
	/// Bytes of a request's body.
	pub body_bytes: usize,
	/// Connections that are open at once.
	pub connections: usize,
	/// Connections of them that one address may have (of IPv6: one network of 64 bits). Clients behind
	/// one proxy or address translation share it.
	pub connections_per_address: usize,
	/// Requests that are worked on at once; more are answered 503.
	pub concurrent_requests: usize,
	/// Signed requests that one participant may make per minute; more are answered 429.
	pub requests_per_minute: u32,
	/// Requests of one participant per minute that may be denied and logged; more are answered 429 and
	/// counted only. Well above what mistakes need, so that nobody fills a patient's log.
	pub denials_per_minute: u32,
	/// Of them, in one relationship.
	pub relationship_denials_per_minute: u32,
	/// Enrolment requests per minute with each code that was issued, and with codes that were not, from
	/// everyone together.
	pub enrolments_per_minute: u32,
	/// Seconds that a request may take, including reading its body.
	pub request_seconds: u64,
	/// Seconds for which a client may take nothing of its answer before its connection is closed.
	pub write_seconds: u64,
	/// Seconds that the node may take to answer.
	pub node_seconds: u64,
	/// Seconds by which a client's clock may be ahead.
	pub clock_skew_seconds: u64,
	/// Seconds that open requests are given when the server stops.
	pub shutdown_seconds: u64,
}

impl Default for Limits {
	fn default() -> Self {
		Self {
			header_bytes: 32 << 10,
			target_bytes: 4 << 10,
			body_bytes: 64 << 10,
			connections: 512,
			connections_per_address: 256,
			concurrent_requests: 64,
			requests_per_minute: 600,
			denials_per_minute: 60,
			relationship_denials_per_minute: 30,
			enrolments_per_minute: 120,
			request_seconds: 20,
			write_seconds: 20,
			node_seconds: 5,
			clock_skew_seconds: DEFAULT_CLOCK_SKEW / 1_000,
			shutdown_seconds: 15,
		}
	}
}

/// A URL, as text.
pub(crate) fn url<'de, D: Deserializer<'de>>(from: D) -> Result<Url, D::Error> {
	String::deserialize(from)?.parse().map_err(D::Error::custom)
}

fn public_keys<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<GatekeeperKey>, D::Error> {
	let texts = Vec::<String>::deserialize(from)?;
	texts.iter().map(|text| keys::public(text).map_err(D::Error::custom)).collect()
}

fn default_staleness() -> u64 {
	30
}

fn default_code_hours() -> u32 {
	24
}

impl Config {
	/// Read and check a configuration file. Relative paths in it are relative to its folder.
	pub fn load(path: &Path) -> Result<Self, ConfigError> {
		let read = |source| ConfigError::Read { path: path.to_owned(), source };
		if std::fs::metadata(path).map_err(read)?.len() > MAX_FILE_BYTES {
			return Err(ConfigError::TooLarge(path.to_owned()));
		}
		let text = std::fs::read_to_string(path).map_err(read)?;
		let mut config: Self = toml::from_str(&text).map_err(|source| ConfigError::Parse {
			path: path.to_owned(),
			source: Box::new(source),
		})?;
		let absolute = std::path::absolute(path).map_err(read)?;
		config.resolve_paths(absolute.parent().unwrap_or(Path::new("/")));
		config.check()?;
		Ok(config)
	}

	fn resolve_paths(&mut self, folder: &Path) {
		let mut paths =
			vec![&mut self.data_dir, &mut self.operator_key_file, &mut self.gatekeeper_key_file];
		paths.extend(&mut self.vocabulary);
		if let Some(tls) = &mut self.tls {
			paths.extend([&mut tls.cert, &mut tls.key]);
		}
		for path in paths {
			*path = folder.join(&path);
		}
		self.records.resolve_paths(folder);
	}

	/// Check what the types do not: addresses that fit together, limits that let something through.
	pub fn check(&self) -> Result<(), ConfigError> {
		let wrong =
			|key, problem: &str| Err(ConfigError::Value { key, problem: problem.to_owned() });
		if !self.public_origin.is_https() && !self.public_origin.is_loopback() {
			return wrong("public_origin", "plain http is for loopback addresses only; use https");
		}
		if self.tls.is_none() && !self.listen.ip().is_loopback() {
			return wrong(
				"listen",
				"without [tls] only a loopback address is allowed, for example 127.0.0.1:8443",
			);
		}
		if self.tls.is_some() && !self.public_origin.is_https() {
			return wrong("public_origin", "with [tls] the origin begins with https://");
		}
		if !matches!(self.node.scheme(), "ws" | "wss") || !self.node.has_host() {
			return wrong(
				"node",
				"give the node's JSON-RPC address, for example ws://127.0.0.1:9944",
			);
		}
		if self.admin_listen == Some(self.listen) && self.listen.port() != 0 {
			return wrong("admin_listen", "must differ from `listen`");
		}
		if self.staleness == 0 {
			return wrong("staleness", "with 0 seconds nothing would ever be served");
		}
		if self.enrolment_code_hours == 0 || self.enrolment_code_hours > 24 * 30 {
			return wrong("enrolment_code_hours", "between 1 and 720");
		}
		if self.store_max_bytes.is_some_and(|bytes| bytes < MIN_STORE_BYTES) {
			return wrong("store_max_bytes", "at least 1048576 (1 MiB)");
		}
		self.records.check().map_err(|(key, problem)| ConfigError::Value { key, problem })?;
		if self.amendments == AmendmentMode::Write
			&& !matches!(self.records, RecordsConfig::Embedded)
		{
			return wrong(
				"amendments",
				"`write` is for the embedded records; the provider's own database is read only, so \
				 `hand-over` it is",
			);
		}
		self.limits.check()
	}
}

impl Limits {
	fn check(&self) -> Result<(), ConfigError> {
		let at_least = [
			("limits.header_bytes", self.header_bytes as u64, 4 << 10),
			("limits.target_bytes", self.target_bytes as u64, 256),
			("limits.body_bytes", self.body_bytes as u64, 8 << 10),
			("limits.connections", self.connections as u64, 1),
			("limits.connections_per_address", self.connections_per_address as u64, 1),
			("limits.concurrent_requests", self.concurrent_requests as u64, 1),
			("limits.requests_per_minute", self.requests_per_minute.into(), 1),
			("limits.denials_per_minute", self.denials_per_minute.into(), 1),
			(
				"limits.relationship_denials_per_minute",
				self.relationship_denials_per_minute.into(),
				1,
			),
			("limits.enrolments_per_minute", self.enrolments_per_minute.into(), 1),
			("limits.request_seconds", self.request_seconds, 1),
			("limits.write_seconds", self.write_seconds, 1),
			("limits.node_seconds", self.node_seconds, 1),
		];
		for (key, value, least) in at_least {
			if value < least {
				return Err(ConfigError::Value { key, problem: format!("at least {least}") });
			}
		}
		if self.request_seconds > MAX_REQUEST_SECONDS {
			let problem = format!("at most {MAX_REQUEST_SECONDS}");
			return Err(ConfigError::Value { key: "limits.request_seconds", problem });
		}
		if self.clock_skew_seconds > 60 {
			let problem = "at most 60, or requests could be replayed for long".to_owned();
			return Err(ConfigError::Value { key: "limits.clock_skew_seconds", problem });
		}
		Ok(())
	}

	/// How long a request may take.
	pub fn request_time(&self) -> Duration {
		Duration::from_secs(self.request_seconds)
	}

	/// How long the node may take to answer.
	pub fn node_time(&self) -> Duration {
		Duration::from_secs(self.node_seconds)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	const MINIMAL: &str = r#"
		listen = "127.0.0.1:8443"
		public_origin = "http://127.0.0.1:8443"
		provider = 3
		node = "ws://127.0.0.1:9944"
		data_dir = "data"
		operator_key_file = "operator.key"
		gatekeeper_key_file = "/etc/gatekeeper.key"
	"#;

	fn load(text: &str) -> Result<Config, ConfigError> {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("gatekeeper.toml");
		std::fs::write(&path, text).unwrap();
		Config::load(&path)
	}

	fn wrong_key(text: &str) -> &'static str {
		match load(text) {
			Err(ConfigError::Value { key, .. }) => key,
			other => panic!("expected a refused value, got {other:?}"),
		}
	}

	#[test]
	fn paths_are_relative_to_the_file() {
		let config = load(MINIMAL).unwrap();
		assert!(config.data_dir.is_absolute() && config.data_dir.ends_with("data"));
		assert_eq!(config.gatekeeper_key_file, Path::new("/etc/gatekeeper.key"));
		assert_eq!(config.public_origin.to_string(), "http://127.0.0.1:8443");
	}

	#[test]
	fn the_example_file_is_valid() {
		let example = include_str!("../gatekeeper.example.toml");
		load(example).unwrap();
	}

	#[test]
	fn amendments_are_handed_over_unless_they_may_be_written() {
		assert_eq!(load(MINIMAL).unwrap().amendments, AmendmentMode::HandOver);
		let with = |mode: &str| load(&format!("amendments = \"{mode}\"\n{MINIMAL}"));
		assert_eq!(with("write").unwrap().amendments, AmendmentMode::Write);
		let elsewhere = "[records]\nbackend = \"fhir\"\nurl = \"https://fhir.example/r4\"\n";
		let text = format!("amendments = \"write\"\n{MINIMAL}\n{elsewhere}");
		assert_eq!(wrong_key(&text), "amendments");
		assert_eq!(with("hand-over").unwrap().amendments, AmendmentMode::HandOver);
		assert!(matches!(with("maybe"), Err(ConfigError::Parse { .. })));
	}

	#[test]
	fn unknown_keys_are_refused() {
		assert!(matches!(load(&format!("{MINIMAL}\nlissten = 1")), Err(ConfigError::Parse { .. })));
	}

	#[test]
	fn plain_http_stays_on_loopback() {
		let open = MINIMAL.replace("listen = \"127.0.0.1:8443\"", "listen = \"0.0.0.0:8443\"");
		assert_eq!(wrong_key(&open), "listen");
		let remote = MINIMAL.replace("http://127.0.0.1:8443", "http://mercy.example");
		assert_eq!(wrong_key(&remote), "public_origin");
	}

	#[test]
	fn an_origin_has_no_path() {
		let path = MINIMAL.replace("http://127.0.0.1:8443", "http://127.0.0.1:8443/fhir");
		assert!(matches!(load(&path), Err(ConfigError::Parse { .. })));
	}

	#[test]
	fn former_keys_are_keys() {
		let with = |key: &str| load(&format!("former_gatekeeper_keys = [\"{key}\"]\n{MINIMAL}"));
		let key = format!("0x{}", "07".repeat(32));
		assert_eq!(with(&key).unwrap().former_gatekeeper_keys, [[7; 32]]);
		assert!(matches!(with("0x07"), Err(ConfigError::Parse { .. })));
	}

	#[test]
	fn records_lie_in_the_data_folder_or_elsewhere() {
		assert!(matches!(load(MINIMAL).unwrap().records, RecordsConfig::Embedded));
		let sql = |more: &str| {
			load(&format!(
				"{MINIMAL}\n[records]\nbackend = \"sql\"\nurl_file = \"url\"\nmapping = \"m.toml\"\n{more}"
			))
		};
		let RecordsConfig::Sql(config) = sql("").unwrap().records else { panic!("not SQL") };
		assert!(config.url_file.is_absolute() && config.mapping.ends_with("m.toml"));
		assert!(matches!(sql("colour = 1"), Err(ConfigError::Parse { .. })));
		assert!(matches!(
			sql("connections = 0"),
			Err(ConfigError::Value { key: "records.connections", .. })
		));
	}

	#[test]
	fn limits_let_requests_through() {
		let tiny = format!("{MINIMAL}\n[limits]\nbody_bytes = 10");
		assert_eq!(wrong_key(&tiny), "limits.body_bytes");
	}
}

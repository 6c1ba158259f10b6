//! The HTTP server: everything between a connection and the parts that decide, read and log.

pub mod body;
mod code;
mod encoding;
mod fhir_routes;
mod health;
pub mod intake;
pub mod listener;
mod negotiation;
mod openapi;
pub mod rate;
mod refusal;
mod respond;
mod router;
mod running;
pub mod tls;
mod v1_routes;

pub use code::Code;
pub use fhir_routes::{read_answer, read_target};
pub use intake::Exchange;
pub use refusal::{Refusal, CODE_SYSTEM};
pub use respond::{respond, Answer, Streamed};
pub use router::ROUTES;
pub use running::{start, Running};

use crate::{
	access::{chain_pin, Node, NodeError},
	audit::{AuditError, AuditLog, LogKeys, Misfit},
	config::Config,
	fhir::{classify::VocabularyError, Vocabulary},
	keys::{self, KeyFileError},
	metrics::Metrics,
	notifications,
	records::{
		config::{RecordsConfig, SqlConfig},
		FhirServerRecords, RecordBackend, RecordError, SqlRecords, SqliteRecords,
	},
	store::{EnrolmentId, Store, StoreError, StoreOptions},
};
use health::Readiness;
use medrec_primitives::{Hash, ParticipantId, RelationshipId};
use medrec_protocol::gatekeeper_key::GatekeeperSecret;
use rate::RateLimit;
use std::{fmt, io, path::PathBuf, sync::Arc, time::Duration};
use tokio::sync::Semaphore;

/// Name of the records database in the data folder.
pub const RECORDS_FILE: &str = "records.sqlite";

/// Everything that requests share.
pub struct Gatekeeper {
	/// What it was told.
	pub config: Config,
	/// Genesis hash of the chain that its data folder belongs to.
	pub genesis: Hash,
	/// The provider's node.
	pub node: Node,
	/// Bindings, enrolments, nonces, openings.
	pub store: Store,
	/// The log.
	pub audit: AuditLog,
	/// The provider's records.
	pub records: Arc<dyn RecordBackend>,
	/// Signs answers.
	pub key: GatekeeperSecret,
	/// What the operator watches.
	pub metrics: Metrics,
	/// Streams of notifications.
	pub notifications: notifications::Hub,
	/// Requests that each participant may make.
	pub participants: RateLimit<ParticipantId>,
	/// Requests of each participant that may be denied.
	pub denials: RateLimit<ParticipantId>,
	/// Of them, requests in each relationship.
	pub denials_in: RateLimit<(ParticipantId, RelationshipId)>,
	/// Requests with each enrolment code that there is.
	pub codes: RateLimit<EnrolmentId>,
	/// Requests with enrolment codes that there are not, together.
	pub strangers: RateLimit<()>,
	slots: Semaphore,
	readiness: Readiness,
}

impl fmt::Debug for Gatekeeper {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		f.debug_struct("Gatekeeper")
			.field("provider", &self.config.provider)
			.finish_non_exhaustive()
	}
}

/// Why a gatekeeper cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
	/// The data folder cannot be used.
	#[error("the data folder {path}: {source}; `medrec-gatekeeper init` makes it")]
	DataDir {
		/// The folder.
		path: PathBuf,
		/// Why.
		source: io::Error,
	},
	/// A key file cannot be used.
	#[error(transparent)]
	Key(#[from] KeyFileError),
	/// The data folder was never used and the node does not say which chain there is.
	#[error(
		"the data folder belongs to no chain yet, and the node does not say which there is: {0}"
	)]
	ChainUnknown(NodeError),
	/// The node's address cannot be used.
	#[error(transparent)]
	Node(NodeError),
	/// The store cannot be opened.
	#[error(transparent)]
	Store(#[from] StoreError),
	/// The log is signed with a key that is not known.
	#[error(
		"the audit log is signed neither with the key in `gatekeeper_key_file` nor with one of \
		 `former_gatekeeper_keys` in the configuration; after a change of the key put the public key \
		 of before there, otherwise the log was changed: run `medrec-gatekeeper audit verify`"
	)]
	LogKey,
	/// The log cannot be opened.
	#[error(transparent)]
	Audit(#[from] AuditError),
	/// The records cannot be opened.
	#[error(transparent)]
	Records(#[from] RecordError),
	/// The vocabulary cannot be used.
	#[error(transparent)]
	Vocabulary(#[from] VocabularyError),
	/// The metrics clash. A fault of this program.
	#[error("the metrics cannot be set up: {0}")]
	Metrics(String),
	/// A socket cannot be opened, or TLS not be set up.
	#[error(transparent)]
	Listen(#[from] listener::ListenError),
}

/// What the command line needs of a data folder: store and log, of the chain that they belong to.
#[derive(Clone, Debug)]
pub struct Opened {
	/// Genesis hash of the chain.
	pub genesis: Hash,
	/// Bindings, enrolments, nonces, openings.
	pub store: Store,
	/// The log.
	pub audit: AuditLog,
	/// Signs answers and the log.
	pub key: GatekeeperSecret,
}

/// A client of the configured node.
pub fn node(config: &Config) -> Result<Node, StartError> {
	let staleness = Duration::from_secs(config.staleness);
	Node::new(&config.node, config.limits.node_time(), staleness).map_err(StartError::Node)
}

/// Open store and log. A data folder that was never used belongs to the node's chain from then on.
pub async fn open_store(config: &Config) -> Result<Opened, StartError> {
	let data_dir = |source| StartError::DataDir { path: config.data_dir.clone(), source };
	let key = keys::gatekeeper(&config.gatekeeper_key_file)?;
	let genesis = match chain_pin::read(&config.data_dir).map_err(data_dir)? {
		Some(genesis) => genesis,
		None => {
			let genesis = node(config)?.genesis().await.map_err(StartError::ChainUnknown)?;
			chain_pin::claim(&config.data_dir, genesis).map_err(data_dir)?
		},
	};
	let store = Store::open(&config.data_dir, store_options(config)).await?;
	let public = config.former_gatekeeper_keys.clone();
	let keys = LogKeys { genesis, provider: config.provider, public };
	let audit =
		AuditLog::open(store.clone(), key.clone(), keys).await.map_err(|error| match error {
			AuditError::Misfit(Misfit::HeadChanged) => StartError::LogKey,
			other => StartError::Audit(other),
		})?;
	audit.adopt(intake::now()).await?;
	Ok(Opened { genesis, store, audit, key })
}

/// Open the records, to be served as the configured vocabulary classifies them.
pub async fn open_records(config: &Config) -> Result<Arc<dyn RecordBackend>, StartError> {
	match &config.records {
		RecordsConfig::Embedded => Ok(Arc::new(open_embedded(config).await?)),
		RecordsConfig::Sql(sql) => Ok(Arc::new(open_sql(config, sql).await?)),
		RecordsConfig::Fhir(server) => {
			let vocabulary = Vocabulary::load(config.vocabulary.as_deref())?;
			Ok(Arc::new(FhirServerRecords::new(server, vocabulary)?))
		},
	}
}

/// Open the records that were imported.
pub async fn open_embedded(config: &Config) -> Result<SqliteRecords, StartError> {
	let vocabulary = Vocabulary::load(config.vocabulary.as_deref())?;
	Ok(SqliteRecords::open(&config.data_dir.join(RECORDS_FILE), vocabulary.digest()).await?)
}

/// Open the records in the provider's own database.
pub async fn open_sql(config: &Config, sql: &SqlConfig) -> Result<SqlRecords, StartError> {
	let vocabulary = Vocabulary::load(config.vocabulary.as_deref())?;
	Ok(SqlRecords::open(sql, vocabulary).await?)
}

/// How the configuration wants the store to behave.
pub fn store_options(config: &Config) -> StoreOptions {
	StoreOptions { max_bytes: config.store_max_bytes, ..StoreOptions::default() }
}

impl Gatekeeper {
	/// Open everything in the data folder.
	pub async fn open(config: Config) -> Result<Self, StartError> {
		let Opened { genesis, store, audit, key } = open_store(&config).await?;
		let records = open_records(&config).await?;
		records.check().await?;
		Ok(Self {
			genesis,
			node: node(&config)?,
			store,
			audit,
			records,
			key,
			metrics: Metrics::new().map_err(|error| StartError::Metrics(error.to_string()))?,
			notifications: notifications::Hub::default(),
			participants: RateLimit::new(config.limits.requests_per_minute),
			denials: RateLimit::new(config.limits.denials_per_minute),
			denials_in: RateLimit::new(config.limits.relationship_denials_per_minute),
			codes: RateLimit::new(config.limits.enrolments_per_minute),
			strangers: RateLimit::new(config.limits.enrolments_per_minute),
			slots: Semaphore::new(config.limits.concurrent_requests.min(Semaphore::MAX_PERMITS)),
			readiness: Readiness::default(),
			config,
		})
	}
}

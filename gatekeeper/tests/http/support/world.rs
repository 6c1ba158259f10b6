//! Mercy's gatekeeper with two patients, and everybody who may or may not see their records.

use super::{
	chain::{Chain, Facts, GENESIS},
	client::Client,
	node::Node,
	operator::FakeOperator,
	records::CountingRecords,
};
use medrec_gatekeeper::{
	config::{AmendmentMode, Config, Limits},
	fhir::Vocabulary,
	import::{import, ImportOptions},
	keys,
	records::{LocalPatientId, RecordsWriter},
	sample::{write, SampleProvider},
	server::{intake::now, listener, start, Gatekeeper, Running, RECORDS_FILE},
	staff::{RequireCredential, StaffConfig},
};
use medrec_primitives::{
	Labels, Opening, ParticipantId, ParticipantKind, ParticipantStatus, Purposes, RecordTypes,
	RelationshipId, Rule, Tag, Terms, VOCABULARY_VERSION,
};
use medrec_protocol::{account::AccountKey, signature::Scheme};
use serde_json::Value;
use std::{
	net::SocketAddr,
	path::{Path, PathBuf},
	sync::Arc,
};
use tempfile::TempDir;

/// The provider whose gatekeeper it is.
pub const MERCY: ParticipantId = 0;
/// Another provider.
pub const LAKESIDE: ParticipantId = 1;
/// A patient of both.
pub const ALICE: ParticipantId = 10;
/// A patient of Mercy.
pub const BOB: ParticipantId = 11;
/// A pharmacist.
pub const CAROL: ParticipantId = 20;
/// A suspended pharmacist.
pub const DAVE: ParticipantId = 21;

/// Alice's relationship with Mercy.
pub const ALICE_AT_MERCY: RelationshipId = 100;
/// Bob's relationship with Mercy.
pub const BOB_AT_MERCY: RelationshipId = 101;
/// Alice's relationship with Lakeside.
pub const ALICE_AT_LAKESIDE: RelationshipId = 102;

/// Alice's number in Mercy's records.
pub const ALICE_LOCAL: &str = "mercy-alice";
/// Bob's number in Mercy's records.
pub const BOB_LOCAL: &str = "mercy-bob";

/// A running gatekeeper and its surroundings.
pub struct World {
	pub chain: Chain,
	pub node: Option<Node>,
	pub gatekeeper: Arc<Gatekeeper>,
	pub records: Arc<CountingRecords>,
	pub operator: Arc<FakeOperator>,
	pub address: SocketAddr,
	pub admin_address: SocketAddr,
	pub config: Config,
	running: Option<Running>,
	folder: TempDir,
}

/// The account of a participant.
pub fn account(participant: ParticipantId) -> AccountKey {
	let scheme = match participant {
		CAROL => Scheme::Ed25519,
		BOB => Scheme::Ecdsa,
		_ => Scheme::Sr25519,
	};
	AccountKey::from_secret_uri(&format!("//participant//{participant}"), scheme).unwrap()
}

/// What is on the chain at the beginning.
pub fn facts() -> Facts {
	let mut facts = Facts::default();
	let kinds = [
		(MERCY, ParticipantKind::Provider),
		(LAKESIDE, ParticipantKind::Provider),
		(ALICE, ParticipantKind::Patient),
		(BOB, ParticipantKind::Patient),
		(CAROL, ParticipantKind::Other),
		(DAVE, ParticipantKind::Other),
	];
	for (id, kind) in kinds {
		facts.participant(id, kind, account(id).account_id(), [7; 32]);
	}
	facts.participants.get_mut(&DAVE).unwrap().status = ParticipantStatus::Suspended;
	facts.relationship(ALICE_AT_MERCY, ALICE, MERCY);
	facts.relationship(BOB_AT_MERCY, BOB, MERCY);
	facts.relationship(ALICE_AT_LAKESIDE, ALICE, LAKESIDE);
	facts
}

/// An opening of medications for treatment, for a day.
pub fn medications_for(grantee: ParticipantId) -> Opening {
	opening_of(RecordTypes::MEDICATIONS, grantee)
}

/// An opening of records of some types, without labels, for treatment, for a day.
pub fn opening_of(types: RecordTypes, grantee: ParticipantId) -> Opening {
	let rule = Rule {
		types,
		labels: Labels::NONE,
		purposes: Purposes::TREATMENT,
		not_before: now() - 60_000,
		not_after: now() + 86_400_000,
	};
	let rules = vec![rule].try_into().unwrap();
	let terms = Terms { vocabulary: VOCABULARY_VERSION, rules, policy: None };
	let mut salt = [0; 32];
	rand::RngCore::fill_bytes(&mut rand::rngs::OsRng, &mut salt);
	Opening { grantee, terms, salt }
}

impl World {
	pub async fn start() -> Self {
		Self::start_with(|_| {}).await
	}

	/// Start with another configuration.
	pub async fn start_with(configure: impl Fn(&mut Config)) -> Self {
		let folder = tempfile::tempdir().unwrap();
		let chain = Chain::new(facts());
		let node = Node::start(&chain, None).await;
		let mut config = config(folder.path(), &node);
		configure(&mut config);
		config.check().unwrap();
		std::fs::create_dir(&config.data_dir).unwrap();
		keys::generate(&config.gatekeeper_key_file).unwrap();
		keys::generate(&config.operator_key_file).unwrap();
		import_samples(&config, folder.path()).await;
		Self::run(folder, chain, Some(node), config, true).await
	}

	async fn run(
		folder: TempDir,
		chain: Chain,
		node: Option<Node>,
		mut config: Config,
		fresh: bool,
	) -> Self {
		let public = listener::bind(config.listen).unwrap();
		let admin = listener::bind(([127, 0, 0, 1], 0).into()).unwrap();
		config.listen = public.local_addr().unwrap();
		config.public_origin = match config.tls {
			Some(_) => format!("https://localhost:{}", config.listen.port()),
			None => format!("http://{}", config.listen),
		}
		.parse()
		.unwrap();
		let mut gatekeeper = Gatekeeper::open(config.clone()).await.unwrap();
		assert_eq!(gatekeeper.genesis, GENESIS);
		let records = Arc::new(CountingRecords::new(gatekeeper.records.clone()));
		gatekeeper.records = records.clone();
		let gatekeeper = Arc::new(gatekeeper);
		if fresh {
			bind(&gatekeeper, ALICE_AT_MERCY, ALICE, ALICE_LOCAL).await;
			bind(&gatekeeper, BOB_AT_MERCY, BOB, BOB_LOCAL).await;
		}
		let account = keys::operator(&config.operator_key_file).unwrap().account_id();
		let operator = Arc::new(FakeOperator::new(chain.clone(), MERCY, account));
		let running = start(gatekeeper.clone(), operator.clone(), public, Some(admin)).unwrap();
		Self {
			chain,
			node,
			records,
			operator,
			address: running.address,
			admin_address: running.admin_address.unwrap(),
			config,
			gatekeeper,
			running: Some(running),
			folder,
		}
	}

	/// Stop the server, and start another one on the same data folder and address.
	pub async fn restart(self) -> Self {
		self.restart_with(|_| {}).await
	}

	/// As [`Self::restart`], with another configuration.
	pub async fn restart_with(mut self, configure: impl FnOnce(&mut Config)) -> Self {
		self.running.take().unwrap().stop().await;
		let Self { folder, chain, node, mut config, .. } = self;
		configure(&mut config);
		Self::run(folder, chain, node, config, false).await
	}

	/// What SIGHUP does.
	pub fn renew_certificate(&self) {
		self.running.as_ref().unwrap().renew_certificate();
	}

	pub async fn stop(mut self) {
		self.running.take().unwrap().stop().await;
	}

	/// A client of a participant, with a fresh session.
	pub fn client(&self, participant: ParticipantId) -> Client {
		Client::new(
			participant,
			account(participant),
			self.config.public_origin.clone(),
			self.gatekeeper.key.public(),
			self.address,
		)
	}

	/// Import further resources while the gatekeeper runs.
	pub async fn import(&self, resources: &[Value]) {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("more.ndjson");
		let lines: Vec<_> = resources.iter().map(Value::to_string).collect();
		std::fs::write(&path, lines.join("\n")).unwrap();
		import_files(&self.config, &[path]).await;
	}

	/// Change the records database behind everyone's back.
	pub async fn change_records(&self, statement: &str) {
		let options = sqlx::sqlite::SqliteConnectOptions::new()
			.filename(self.config.data_dir.join(RECORDS_FILE))
			.busy_timeout(std::time::Duration::from_secs(10));
		let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
		let done = sqlx::query(statement).execute(&pool).await.unwrap();
		assert!(done.rows_affected() > 0, "{statement}");
		pool.close().await;
	}

	/// Alice grants Carol her medications at Mercy.
	pub fn grant_medications(&self) -> (Opening, Tag) {
		let opening = medications_for(CAROL);
		let tag = self.chain.grant(ALICE_AT_MERCY, &opening);
		(opening, tag)
	}
}

fn config(folder: &Path, node: &Node) -> Config {
	Config {
		listen: ([127, 0, 0, 1], 0).into(),
		admin_listen: None,
		public_origin: "http://127.0.0.1:1".parse().unwrap(),
		provider: MERCY,
		node: format!("ws://{}", node.address).parse().unwrap(),
		data_dir: folder.join("data"),
		operator_key_file: folder.join("operator.key"),
		gatekeeper_key_file: folder.join("gatekeeper.key"),
		former_gatekeeper_keys: Vec::new(),
		vocabulary: None,
		tls: None,
		staleness: 30,
		store_max_bytes: None,
		enrolment_code_hours: 24,
		records: Default::default(),
		amendments: AmendmentMode::HandOver,
		// Tests that are not about staff ask as an institution.
		staff: StaffConfig {
			require_credential: RequireCredential::Never,
			..StaffConfig::default()
		},
		limits: Limits {
			requests_per_minute: 100_000,
			denials_per_minute: 100_000,
			relationship_denials_per_minute: 100_000,
			..Limits::default()
		},
	}
}

async fn import_samples(config: &Config, folder: &Path) {
	let mut paths = Vec::new();
	for patient in [ALICE_LOCAL, BOB_LOCAL] {
		let patient: LocalPatientId = patient.parse().unwrap();
		let to = folder.join(patient.as_str());
		write(SampleProvider::Mercy, &patient, &to).unwrap();
		paths.push(to);
	}
	let database = config.data_dir.join(RECORDS_FILE);
	RecordsWriter::open(&database).await.unwrap().close().await;
	import_files(config, &paths).await;
}

async fn import_files(config: &Config, paths: &[PathBuf]) {
	let database = config.data_dir.join(RECORDS_FILE);
	let options = ImportOptions {
		bases: Vec::new(),
		vocabulary: Vocabulary::builtin().unwrap(),
		progress: false,
	};
	let report = import(paths, &database, &options).await.unwrap();
	assert_eq!(report.problem_count(), 0);
}

async fn bind(
	gatekeeper: &Gatekeeper,
	relationship: RelationshipId,
	patron: ParticipantId,
	local: &str,
) {
	let (store, staff) = (&gatekeeper.store, "test".to_owned());
	let patient = local.parse().unwrap();
	store.bind_pending(relationship, patron, patient, staff.clone(), now()).await.unwrap();
	store.confirm_binding(relationship, staff, now()).await.unwrap();
}

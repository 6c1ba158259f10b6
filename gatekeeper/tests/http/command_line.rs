//! The `medrec-gatekeeper` command as an operator and her staff use it, beside a running server.

use crate::support::{
	chain::{Chain, GENESIS},
	eventually,
	node::Node,
	raw::RawRequest,
	world::{
		account, facts, ALICE, ALICE_AT_LAKESIDE, ALICE_AT_MERCY, ALICE_LOCAL, BOB_AT_MERCY, MERCY,
	},
};
use medrec_gatekeeper::{audit::EntryId, keys, server::intake::now, store::DATABASE_FILE};
use medrec_primitives::{ParticipantKind, RelationshipStatus};
use medrec_protocol::{
	account::fingerprint,
	enrolment::{EnrolmentCode, EnrolmentRequest},
	identity::Seed,
	operator::OperatorConsent,
	session::SessionKey,
	staff::SignedStaffCredential,
};
use medrec_rpc_api::ProviderInfo;
use serde_json::Value;
use sqlx::{sqlite::SqliteConnectOptions, ConnectOptions, Connection};
use std::{
	net::SocketAddr,
	path::{Path, PathBuf},
	process::{Child, Command, Output, Stdio},
};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_medrec-gatekeeper");

struct Operator {
	folder: TempDir,
	address: SocketAddr,
}

impl Operator {
	fn new(node: &Node) -> Self {
		let folder = tempfile::tempdir().unwrap();
		// An address of this process alone, so that the port is free.
		let pid = std::process::id();
		let address = format!("127.{}.{}.1:18443", 1 + pid % 250, 1 + pid / 250 % 250);
		let text = format!(
			"listen = \"{address}\"\npublic_origin = \"http://{address}\"\nprovider = {MERCY}\n\
			 node = \"ws://{}\"\ndata_dir = \"data\"\noperator_key_file = \"operator.key\"\n\
			 gatekeeper_key_file = \"gatekeeper.key\"\n",
			node.address
		);
		std::fs::write(folder.path().join("gatekeeper.toml"), text).unwrap();
		Self { folder, address: address.parse().unwrap() }
	}

	fn path(&self, name: &str) -> PathBuf {
		self.folder.path().join(name)
	}

	fn command(&self, arguments: &[&str]) -> Command {
		let mut command = Command::new(PROGRAM);
		command
			.args(arguments)
			.env("MEDREC_GATEKEEPER_CONFIG", self.path("gatekeeper.toml"))
			.env("MEDREC_STAFF", "Nurse Example");
		command
	}

	/// Run a command while the test's own node goes on answering.
	async fn run(&self, arguments: &[&str]) -> Output {
		let mut command = self.command(arguments);
		tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
	}

	async fn json(&self, arguments: &[&str]) -> Value {
		let output = self.run(&[arguments, &["--json"]].concat()).await;
		assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
		serde_json::from_slice(&output.stdout).unwrap()
	}

	async fn fails(&self, arguments: &[&str]) -> String {
		let output = self.run(arguments).await;
		assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", text(&output.stdout));
		text(&output.stderr)
	}

	async fn request(&self, method: &str, target: &str, body: Vec<u8>) -> (u16, Vec<u8>) {
		let request = RawRequest {
			method: method.into(),
			target: target.into(),
			headers: vec![
				("host".into(), self.address.to_string()),
				("content-type".into(), "application/json".into()),
			],
			body,
		};
		let response = request.send(self.address).await;
		(response.status, response.body)
	}
}

fn text(bytes: &[u8]) -> String {
	String::from_utf8_lossy(bytes).into_owned()
}

/// A server process that does not outlive the test.
struct Served(Child);

impl Served {
	async fn start(operator: &Operator) -> Self {
		let log = std::fs::File::create(operator.path("log")).unwrap();
		let child = operator.command(&["serve"]).stderr(log).stdout(Stdio::null()).spawn().unwrap();
		let address = operator.address;
		eventually("the server listens", || async {
			tokio::net::TcpStream::connect(address).await.is_ok()
		})
		.await;
		eventually("the server is ready", || async {
			operator.request("GET", "/readyz", Vec::new()).await.0 == 200
		})
		.await;
		Self(child)
	}

	/// Ask it to stop, and wait until it has.
	async fn terminate(mut self) -> std::process::ExitStatus {
		let pid = self.0.id().to_string();
		assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
		tokio::task::spawn_blocking(move || self.0.wait().unwrap()).await.unwrap()
	}
}

impl Drop for Served {
	fn drop(&mut self) {
		let _ = self.0.kill();
		let _ = self.0.wait();
	}
}

async fn set_up(operator: &Operator, folder: &Path) -> Value {
	let made = operator.json(&["init"]).await;
	assert_eq!(
		(&made["gatekeeperKeyIsNew"], &made["operatorKeyIsNew"]),
		(&true.into(), &true.into())
	);
	let again = operator.json(&["init"]).await;
	assert_eq!(again["gatekeeperKeyIsNew"], false, "what is there stays");
	assert_eq!(again["gatekeeperKey"], made["gatekeeperKey"]);

	let samples = folder.display().to_string();
	operator.json(&["sample", "--provider", "mercy", "--patient", ALICE_LOCAL, &samples]).await;
	let imported = operator.json(&["import", &samples]).await;
	assert!(imported.as_array().unwrap().iter().any(|row| row["type"] == "Patient"), "{imported}");
	made
}

/// Whether the chain and the gatekeeper agree, which `check-config` tells.
async fn check_configuration(operator: &Operator, chain: &Chain, made: &Value) {
	let output = operator.run(&["check-config", "--json"]).await;
	assert_eq!(output.status.code(), Some(1), "the chain knows no provider yet");
	let key: [u8; 32] =
		hex::decode(made["gatekeeperKey"].as_str().unwrap().strip_prefix("0x").unwrap())
			.unwrap()
			.try_into()
			.unwrap();
	chain.change(|facts| {
		facts.participants.get_mut(&MERCY).unwrap().provider = Some(ProviderInfo {
			name: "Mercy Hospital".to_owned(),
			endpoint: format!("http://{}", operator.address),
			gatekeeper_key: key.into(),
			operator: Some(made["operatorAccount"].as_str().unwrap().parse().unwrap()),
		});
	});
	let rows = operator.json(&["check-config"]).await;
	let rows = rows.as_array().unwrap();
	assert!(rows.iter().all(|row| row["verdict"] == "ok"), "{rows:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_work_beside_the_running_server() {
	let chain = Chain::new(facts());
	let node = Node::start(&chain, None).await;
	let operator = Operator::new(&node);
	let made = set_up(&operator, &operator.path("samples")).await;
	check_configuration(&operator, &chain, &made).await;

	let served = Served::start(&operator).await;
	let second = operator.fails(&["serve"]).await;
	assert!(second.contains("cannot listen"), "{second}");

	let unknown = operator.fails(&["enrol", "--patient", "nobody"]).await;
	assert!(unknown.contains("no patient nobody"), "{unknown}");
	let issued = operator.json(&["enrol", "--patient", ALICE_LOCAL]).await;
	let code: EnrolmentCode = issued["code"].as_str().unwrap().parse().unwrap();
	let id = issued["enrolment"].as_str().unwrap().to_owned();
	let early = operator.fails(&["confirm", &id, "--fingerprint", "X"]).await;
	assert!(early.contains("not redeemed"), "{early}");

	let alice = Seed::generate().identity(&code.genesis, MERCY, 0);
	let deadline = now() + 86_400_000;
	let consent = EnrolmentRequest::sign(&code, &alice, ParticipantKind::Patient, deadline, 0);
	let body = serde_json::to_vec(&consent).unwrap();
	let (status, answer) = operator.request("POST", "/v1/enrolments", body).await;
	assert_eq!(status, 200, "{}", text(&answer));

	let hers = fingerprint(&alice.account_id());
	let pending = operator.json(&["pending"]).await;
	assert_eq!(
		(&pending[0]["status"], &pending[0]["fingerprint"]),
		(&"pending".into(), &hers.as_str().into())
	);
	let wrong = operator.fails(&["confirm", &id, "--fingerprint", "7K2MQ-0ZV9X-HN4PT-C3W8R"]).await;
	assert!(wrong.contains("do not confirm"), "{wrong}");
	let confirmed = operator.json(&["confirm", &id, "--fingerprint", &hers.to_lowercase()]).await;
	assert_eq!(confirmed["status"], "confirmed");
	assert_eq!(operator.json(&["bindings"]).await, Value::Array(Vec::new()));

	let verified = operator.json(&["audit", "verify"]).await;
	assert_eq!(verified["fits"], true);
	// Issued, redeemed, confirmed.
	assert!(verified["entries"].as_u64().unwrap() >= 3, "{verified}");
	let checkpoint = operator.run(&["audit", "checkpoint"]).await;
	std::fs::write(operator.path("checkpoint.json"), checkpoint.stdout).unwrap();

	let status = served.terminate().await;
	assert_eq!(
		status.code(),
		Some(0),
		"{}",
		std::fs::read_to_string(operator.path("log")).unwrap()
	);
	let path = operator.path("checkpoint.json").display().to_string();
	let verified = operator.json(&["audit", "verify", "--checkpoint", &path]).await;
	assert_eq!(verified["fits"], true);
	node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_bind_what_came_about_on_the_chain_and_erase_what_they_must() {
	let chain = Chain::new(facts());
	chain.change(|facts| {
		facts.relationship(103, ALICE, MERCY);
		facts.relationships.get_mut(&103).unwrap().status = RelationshipStatus::Ended;
	});
	let node = Node::start(&chain, None).await;
	let operator = Operator::new(&node);
	set_up(&operator, &operator.path("samples")).await;

	let hers = fingerprint(&account(ALICE).account_id());
	let bind = |relationship: u64, patient: &str, fingerprint: &str| {
		["bind", &relationship.to_string(), "--patient", patient, "--fingerprint", fingerprint]
			.map(str::to_owned)
	};
	for (arguments, expected) in [
		(bind(ALICE_AT_MERCY, "nobody", &hers), "no patient nobody"),
		(bind(ALICE_AT_MERCY, ALICE_LOCAL, "7K2MQ-0ZV9X-HN4PT-C3W8R"), "nothing was bound"),
		(bind(BOB_AT_MERCY, ALICE_LOCAL, &hers), "nothing was bound"),
		(bind(ALICE_AT_LAKESIDE, ALICE_LOCAL, &hers), "not with this one"),
		(bind(103, ALICE_LOCAL, &hers), "not active"),
		(bind(7_777, ALICE_LOCAL, &hers), "not on the chain"),
	] {
		let error = operator.fails(&arguments.each_ref().map(String::as_str)).await;
		assert!(error.contains(expected), "{arguments:?}: {error}");
	}
	let id = ALICE_AT_MERCY.to_string();
	let unasked = operator.fails(&["bind", &id, "--patient", ALICE_LOCAL]).await;
	assert!(unasked.contains("--fingerprint"), "{unasked}");
	assert_eq!(operator.json(&["bindings"]).await, Value::Array(Vec::new()));

	let arguments = bind(ALICE_AT_MERCY, ALICE_LOCAL, &hers.to_lowercase());
	let bound = operator.json(&arguments.each_ref().map(String::as_str)).await;
	assert_eq!((&bound["status"], &bound["patient"]), (&"active".into(), &ALICE_LOCAL.into()));
	let again = operator.fails(&arguments.each_ref().map(String::as_str)).await;
	assert!(again.contains("bound already"), "{again}");
	let verified = operator.json(&["audit", "verify"]).await;
	assert_eq!(verified["entries"], 2, "bound and confirmed, and nothing that was refused");

	let entry = first_entry(&operator).await;
	let erase = ["audit", "erase", "--reason", "order 12/26"];
	let unasked = operator.fails(&[&erase[..], &["--", &entry]].concat()).await;
	assert!(unasked.contains("--yes"), "{unasked}");
	assert_eq!(operator.json(&["audit", "verify"]).await["erased"], 0);
	let mut command = operator.command(&[&erase[..], &["--yes", "--json", "--", &entry]].concat());
	let erased = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
	assert!(erased.status.success(), "{}", text(&erased.stderr));
	let erased: Value = serde_json::from_slice(&erased.stdout).unwrap();
	assert_eq!(erased["erased"], serde_json::json!([entry]));
	let verified = operator.json(&["audit", "verify"]).await;
	assert_eq!((&verified["fits"], &verified["erased"]), (&true.into(), &1.into()));
	node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_staff_credential_is_signed_with_the_gatekeeper_key_and_logged() {
	let chain = Chain::new(facts());
	let node = Node::start(&chain, None).await;
	let operator = Operator::new(&node);
	let made = operator.json(&["init"]).await;
	let session_key = SessionKey::generate().id();
	let (key, file) = (session_key.to_string(), operator.path("staff.json"));
	let issue = [
		"staff-credential",
		"issue",
		"--pseudonym",
		"n-0417",
		"--role",
		"nurse",
		"--session-key",
		&key,
		"--out",
		file.to_str().unwrap(),
	];
	let issued = operator.json(&issue).await;
	assert_eq!(issued["purposes"], "treatment, emergency");

	let signed: SignedStaffCredential =
		serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
	let public = keys::public(made["gatekeeperKey"].as_str().unwrap()).unwrap();
	assert_eq!(signed.verify(&public), Ok(()));
	let credential = signed.credential;
	assert_eq!((credential.provider, credential.genesis), (MERCY, GENESIS));
	assert_eq!(credential.session_key, session_key);
	assert_eq!(credential.until - credential.from, 8 * 3_600_000);
	assert_eq!(operator.json(&["audit", "verify"]).await["entries"], 1);

	let with = |more: &[&'static str]| [&issue[..], more].concat();
	let refused = operator.fails(&with(&["--purposes", "treatment,payment"])).await;
	assert!(refused.contains("no other purposes than: treatment, emergency"), "{refused}");
	for wrong in [["--hours", "25"], ["--hours", "0"], ["--purposes", "fun"]] {
		assert_eq!(operator.run(&with(&wrong)).await.status.code(), Some(2), "{wrong:?}");
	}
	assert_eq!(operator.json(&["audit", "verify"]).await["entries"], 1);
	node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_account_consents_to_what_the_chain_would_take() {
	let chain = Chain::new(facts());
	let node = Node::start(&chain, None).await;
	let operator = Operator::new(&node);
	let consent = &["operator", "consent"][..];
	let keyless = operator.fails(consent).await;
	assert!(keyless.contains("`medrec-gatekeeper init` makes one"), "{keyless}");
	let made = operator.json(&["init"]).await;
	let nobody = operator.fails(consent).await;
	assert!(nobody.contains("is no provider of this chain"), "{nobody}");

	chain.change(|facts| {
		facts.participants.get_mut(&MERCY).unwrap().provider = Some(ProviderInfo {
			name: "Mercy Hospital".to_owned(),
			endpoint: "https://mercy.example".to_owned(),
			gatekeeper_key: medrec_primitives::Hash::zero(),
			operator: None,
		});
	});
	let file = operator.path("consent.json").display().to_string();
	let written = operator.json(&[consent, &["--out", &file]].concat()).await;
	assert_eq!(written["operatorAccount"], made["operatorAccount"]);
	let content = std::fs::read(&file).unwrap();
	let signed: OperatorConsent = serde_json::from_slice(&content).unwrap();
	assert_eq!(signed.verify(&GENESIS, MERCY), Ok(()));
	assert_eq!(signed.account.to_string(), made["operatorAccount"]);
	assert_eq!(written["fingerprint"], fingerprint(&signed.account));
	let again = operator.fails(&[consent, &["--out", &file]].concat()).await;
	assert!(again.contains("was left as it is"), "{again}");
	let printed: OperatorConsent = serde_json::from_value(operator.json(consent).await).unwrap();
	assert_eq!(printed.verify(&GENESIS, MERCY), Ok(()), "what is printed is the file");

	chain.change(|facts| {
		facts.nonces.insert(signed.account.clone(), 1);
	});
	let replaced = operator.fails(consent).await;
	assert!(replaced.contains("is never usable again; move "), "{replaced}");
	chain.change(|facts| {
		facts.participants.get_mut(&ALICE).unwrap().account = signed.account.clone();
	});
	let taken = operator.fails(consent).await;
	assert!(taken.contains("is the account of participant"), "{taken}");
	node.stop().await;
}

/// Name of the log's first entry.
async fn first_entry(operator: &Operator) -> String {
	let mut store = SqliteConnectOptions::new()
		.filename(operator.path("data").join(DATABASE_FILE))
		.connect()
		.await
		.unwrap();
	let id: Vec<u8> = sqlx::query_scalar("SELECT id FROM audit_entries WHERE number = 0")
		.fetch_one(&mut store)
		.await
		.unwrap();
	store.close().await.unwrap();
	EntryId(id.try_into().unwrap()).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_usage_and_wrong_configuration_say_what_to_do() {
	let folder = tempfile::tempdir().unwrap();
	let run = |arguments: &[&str]| {
		Command::new(PROGRAM)
			.args(arguments)
			.current_dir(folder.path())
			.env_remove("MEDREC_GATEKEEPER_CONFIG")
			.output()
			.unwrap()
	};
	assert_eq!(run(&["fly"]).status.code(), Some(2));
	let absent = run(&["pending"]);
	assert_eq!(absent.status.code(), Some(1));
	assert!(text(&absent.stderr).contains("gatekeeper.toml"), "{}", text(&absent.stderr));
	std::fs::write(folder.path().join("gatekeeper.toml"), "listen = 5").unwrap();
	let malformed = run(&["check-config"]);
	assert!(text(&malformed.stderr).contains("listen"), "{}", text(&malformed.stderr));
}

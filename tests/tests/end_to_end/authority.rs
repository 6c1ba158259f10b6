//! A fifth provider joins a running network of four: its operator applies, the council admits it, its node
//! makes session keys, the council gives it authority, and it makes blocks. At each step `medrec authority
//! status` says what is missing. Then it names its operator account, replaces its gatekeeper's key, and moves
//! to a new account.

use std::{fs, path::Path, time::Duration};

use anyhow::{ensure, Context, Result};
use medrec_chain_client::{rpc_api::ProviderInfo, ChainClient};
use medrec_primitives::AccountId;
use medrec_protocol::{application::Application, identity::Seed};
use medrec_tests::{
	authorship::authors,
	council,
	gatekeeper::free_port,
	host::Host,
	json::text,
	network::{Network, Node, Ports, CHAIN},
	person::{Person, DENIED, INCOMPLETE, USAGE},
	provider::{Provider, PROVIDERS},
	wait::until,
};
use serde_json::Value;

/// The fifth. Its key is its own, and nobody's published one.
const HILLSIDE: Provider = Provider { participant: 4, name: "Hillside Surgery", key: "hillside" };

/// Where its gatekeeper is to be reached. Nobody does.
const ENDPOINT: &str = "https://hillside.example";

/// How long blocks, rotations of the session and finality may take.
const SOON: Duration = Duration::from_secs(90);

/// Three of four: more than half, and two thirds.
const MEMBERS: &[Provider] = &[PROVIDERS[0], PROVIDERS[1], PROVIDERS[2]];

/// The operator of the fifth provider.
struct Operator {
	/// With its own node, as everybody may use it.
	person: Person,
	/// The same at the door for operators.
	at_door: Person,
	/// The account that the provider is to have.
	account: AccountId,
}

impl Operator {
	fn new(folder: &Path, node: &Node, door: u16) -> Result<Self> {
		let person = Person::new("operator", folder, &node.url)?;
		let made = person.run(&["key", "new"])?;
		let account = Seed::from_phrase(text(&made, "/words")?)?.provider(0).account_id();
		let at_door = person.asking(&format!("ws://127.0.0.1:{door}"));
		Ok(Self { person, at_door, account })
	}

	/// Write the gatekeeper's configuration.
	fn configure_gatekeeper(&self, provider: u64, node: &str, former_keys: &[&str]) -> Result<()> {
		fs::write(
			self.person.file("gatekeeper.toml"),
			format!(
				"listen = \"127.0.0.1:0\"\n\
				 public_origin = \"{ENDPOINT}\"\n\
				 provider = {provider}\n\
				 node = \"{node}\"\n\
				 data_dir = \"data\"\n\
				 operator_key_file = \"operator.key\"\n\
				 gatekeeper_key_file = \"gatekeeper.key\"\n\
				 former_gatekeeper_keys = {former_keys:?}\n"
			),
		)
		.context("the configuration cannot be written")
	}

	/// Run a command of the gatekeeper; gives what it printed, as JSON.
	fn gatekeeper(&self, arguments: &[&str]) -> Result<Value> {
		let output = Host::this()
			.command("medrec-gatekeeper")?
			.env_remove("MEDREC_GATEKEEPER_CONFIG")
			.arg("--config")
			.arg(self.person.file("gatekeeper.toml"))
			.arg("--json")
			.args(arguments)
			.output()?;
		let said = String::from_utf8_lossy(&output.stderr).into_owned();
		ensure!(output.status.success(), "medrec-gatekeeper {arguments:?}: {said}");
		serde_json::from_slice(&output.stdout).context(said)
	}

	/// Make what the gatekeeper keeps, as far as it can be made with what is known.
	fn init_gatekeeper(&self, provider: u64, node: &str) -> Result<Value> {
		self.configure_gatekeeper(provider, node, &[])?;
		let init = self.gatekeeper(&["init"])?;
		fs::write(self.person.file("init.json"), init.to_string())?;
		Ok(init)
	}

	/// Have the operator account agree, and put it on the chain.
	fn name_operator(&self) -> Result<String> {
		let file = self.person.file("consent.json");
		let file = file.to_str().context("a path is text")?;
		let consent = self.gatekeeper(&["operator", "consent", "--out", file])?;
		let set = self.person.run(&["authority", "operator", file])?;
		ensure!(set["replaced"].is_null(), "{set}");
		let operator = text(&set, "/operator")?;
		ensure!(operator == text(&consent, "/operatorAccount")?, "{set} {consent}");
		Ok(operator.to_owned())
	}

	/// Make another key for the gatekeeper, and put it on the chain in the place of `former`.
	fn replace_gatekeeper_key(&self, node: &str, former: &str) -> Result<String> {
		self.configure_gatekeeper(HILLSIDE.participant, node, &[former])?;
		fs::remove_file(self.person.file("gatekeeper.key"))?;
		let init = self.gatekeeper(&["init"])?;
		ensure!(init["gatekeeperKeyIsNew"] == true && !init["chain"].is_null(), "{init}");
		let key = text(&init, "/gatekeeperKey")?;
		let set = self.person.run(&["authority", "gatekeeper-key", key])?;
		ensure!(text(&set, "/replaced")? == former, "{set}");
		Ok(key.to_owned())
	}

	/// Move to the account of a new key.
	fn rotate(&self) -> Result<AccountId> {
		let made = self.person.run(&["--key", "next", "key", "new"])?;
		let account = Seed::from_phrase(text(&made, "/words")?)?.provider(0).account_id();
		let rotated = self.person.run(&["authority", "rotate", "--to", "next"])?;
		ensure!(text(&rotated, "/account")? == account.to_string(), "{rotated}");
		ensure!(text(&rotated, "/replaced")? == self.account.to_string(), "{rotated}");
		ensure!(rotated["holdsAuthority"] == true, "{rotated}");
		Ok(account)
	}

	/// Apply with the key of a gatekeeper that knows of no node yet.
	fn apply(&self, chain: &ChainClient) -> Result<Application> {
		let init = self.init_gatekeeper(0, "ws://127.0.0.1:1")?;
		ensure!(init["chain"].is_null(), "{init}");
		let (file, init_file) =
			(self.person.file("application.json"), self.person.file("init.json"));
		let applied = self.person.run(&[
			"authority",
			"apply",
			"--name",
			HILLSIDE.name,
			"--endpoint",
			ENDPOINT,
			"--gatekeeper-init",
			init_file.to_str().context("a path is text")?,
			"--out",
			file.to_str().context("a path is text")?,
		])?;
		let application: Application = serde_json::from_slice(&fs::read(&file)?)?;
		application.verify(&chain.genesis())?;
		ensure!(application.account == self.account, "{applied}");
		ensure!(text(&applied, "/application/gatekeeperKey")? == text(&init, "/gatekeeperKey")?);
		Ok(application)
	}

	/// How it stands: the exit status, and the verdicts of the lines that are named.
	fn status<const N: usize>(
		&self,
		person: &Person,
		items: [&str; N],
	) -> Result<(i32, [String; N])> {
		let account = self.account.to_string();
		let output = person.output(&["authority", "status", "--account", &account])?;
		let said = String::from_utf8_lossy(&output.stderr).into_owned();
		let view: Value = serde_json::from_slice(&output.stdout).context(said)?;
		let verdict = |item: &str| -> Result<String> {
			let checks = view["checks"].as_array().context("a check-list")?;
			let check = checks.iter().find(|check| check["item"] == item);
			Ok(text(check.with_context(|| format!("no line {item}"))?, "/verdict")?.to_owned())
		};
		let verdicts = items.map(verdict).into_iter().collect::<Result<Vec<_>>>()?;
		let verdicts = verdicts.try_into().ok().context("as many as were asked for")?;
		Ok((output.status.code().context("it ended by itself")?, verdicts))
	}

	#[track_caller]
	fn stands<const N: usize>(&self, code: i32, expected: [(&str, &str); N]) {
		let (found, verdicts) =
			self.status(&self.at_door, expected.map(|(item, _)| item)).expect("a check-list");
		assert_eq!(verdicts, expected.map(|(_, verdict)| verdict), "{expected:?}");
		assert_eq!(found, code, "{expected:?}");
	}

	/// Run a command that is refused with this exit status; gives what it said.
	fn refused(person: &Person, code: i32, arguments: &[&str]) -> Result<String> {
		let output = person.output(arguments)?;
		let said = String::from_utf8_lossy(&output.stderr).into_owned();
		ensure!(output.status.code() == Some(code), "{arguments:?}: {} {said}", output.status);
		Ok(said)
	}
}

/// Wait until what the chain says of the fifth provider is so.
async fn on_chain(chain: &ChainClient, what: &str, is_so: impl Fn(&ProviderInfo) -> bool) {
	until(what, SOON, async || {
		let found = chain.participant(HILLSIDE.participant).await?;
		let info = found.and_then(|participant| participant.provider);
		Ok(info.filter(&is_so).map(drop))
	})
	.await
	.expect("it is on the chain");
}

#[tokio::test]
async fn a_fifth_provider_joins_a_running_network() {
	let _alone = crate::ALONE.lock().await;
	let folder = tempfile::tempdir().expect("a temporary folder");
	let mut network = Network::start(folder.path()).await.expect("four nodes finalize");
	let chain = network.nodes[0].chain().await.expect("a node of the four");
	let bootnodes: Vec<_> = network.nodes.iter().map(|node| node.peer_address.clone()).collect();
	let door = free_port().expect("a free port");
	let (host, free) = (Host::this(), Ports { rpc: 0, peers: 0 });
	let node = Node::start_joining(CHAIN, HILLSIDE, folder.path(), &host, free, door, &bootnodes)
		.await
		.expect("the fifth node");
	let operator = Operator::new(folder.path(), &node, door).expect("an operator with a key");

	operator.stands(INCOMPLETE, [("certified", "missing"), ("sessionKeys", "waiting")]);
	let own = operator.person.output(&["authority", "status"]).expect("with the key, too");
	assert_eq!(own.status.code(), Some(INCOMPLETE), "{own:?}");
	assert!(String::from_utf8_lossy(&own.stdout).contains(&operator.account.to_string()));

	let application = operator.apply(&chain).expect("an application");
	let account = operator.account.clone();
	council::decide(&chain, council::certify(&application), MEMBERS).await.expect("certified");
	until("the fifth node to know of it", SOON, async || {
		node.chain().await?.participant_of(account.clone()).await.map_err(Into::into)
	})
	.await
	.expect("it follows the chain");
	operator.stands(
		INCOMPLETE,
		[
			("certified", "ok"),
			("active", "ok"),
			("sessionKeys", "missing"),
			("authority", "waiting"),
		],
	);

	let said = Operator::refused(&operator.person, DENIED, &["authority", "keys"]).unwrap();
	assert!(said.contains("for its operator only") && said.contains("--node"), "{said}");
	let init =
		operator.init_gatekeeper(HILLSIDE.participant, &node.url).expect("an initialisation");
	assert_eq!(init["chain"], format!("{:?}", chain.genesis()));
	assert_eq!(init["gatekeeperKeyIsNew"], false);

	let made = operator.at_door.run(&["authority", "keys"]).expect("session keys");
	assert_eq!(made["participant"], HILLSIDE.participant);
	assert_eq!(made["holdsAuthority"], false);
	let again = Operator::refused(&operator.at_door, USAGE, &["authority", "keys"]).unwrap();
	assert!(again.contains("--rotate replaces them"), "{again}");
	operator.stands(
		INCOMPLETE,
		[("sessionKeys", "ok"), ("keysInNode", "ok"), ("node", "ok"), ("authority", "missing")],
	);
	let (_, elsewhere) = operator.status(&operator.person, ["keysInNode"]).unwrap();
	assert_eq!(elsewhere, ["unknown"], "nobody but the operator is told");

	let peer_id = node.peer_address.rsplit('/').next().expect("an address ends with the peer id");
	let named = operator.person.run(&["authority", "nodes", peer_id]).expect("its node is named");
	assert_eq!(named["peerIds"], serde_json::json!([peer_id]));
	let wrong = Operator::refused(&operator.person, USAGE, &["authority", "nodes", "0"]).unwrap();
	assert!(wrong.contains("a peer id is written in base58"), "{wrong}");

	let addition = council::add_authority(HILLSIDE.participant);
	council::decide(&chain, addition, MEMBERS).await.expect("added");
	until("the provider to validate", SOON, async || {
		let (code, [authority, validating]) =
			operator.status(&operator.at_door, ["authority", "validating"])?;
		// Nothing says that it validates before it does.
		ensure!((code == 0) == (validating == "ok"), "{code} {validating}");
		Ok((code == 0 && authority == "ok").then_some(()))
	})
	.await
	.expect("two rotations later it validates");
	authors(&chain, &account, SOON).await.expect("it makes blocks");

	let rotated = operator.at_door.run(&["authority", "keys", "--rotate"]).expect("new keys");
	assert_eq!(rotated["holdsAuthority"], true);
	assert_eq!(rotated["replaced"], made["keys"]);
	assert_ne!(rotated["keys"], made["keys"]);
	let registered = chain.registered_keys(&account).await.expect("an answer").expect("keys");
	assert_eq!(serde_json::to_value(registered).unwrap(), rotated["keys"]);
	operator.stands(0, [("keysInNode", "ok"), ("validating", "ok")]);

	// Whether patients can be enrolled has nothing to do with validating.
	operator.stands(0, [("validating", "ok"), ("operator", "missing")]);
	let named = operator.name_operator().expect("an operator account");
	on_chain(&chain, "its operator account", |info| {
		info.operator.as_ref().is_some_and(|account| account.to_string() == named)
	})
	.await;
	operator.stands(0, [("validating", "ok"), ("operator", "ok")]);

	let former = text(&init, "/gatekeeperKey").expect("a key");
	let key = operator.replace_gatekeeper_key(&node.url, former).expect("another key");
	assert_ne!(key, former);
	on_chain(&chain, "its gatekeeper's key", |info| format!("{:?}", info.gatekeeper_key) == key)
		.await;

	let next = operator.rotate().expect("a new account");
	until("the new account to be the provider's", SOON, async || {
		chain.participant_of(next.clone()).await.map_err(Into::into)
	})
	.await
	.expect("the chain knows it");
	// The set of a session knows it by the keys and the account that it had when the session was planned.
	until("the provider to validate with its new account", SOON, async || {
		let account = next.to_string();
		let output = operator.at_door.output(&["authority", "status", "--account", &account])?;
		Ok(output.status.success().then_some(()))
	})
	.await
	.expect("it goes on validating");
	let gone = ["--key", "default", "authority", "keys", "--rotate"];
	let said = Operator::refused(&operator.at_door, DENIED, &gone).unwrap();
	assert!(said.contains("is nobody on this chain"), "{said}");

	node.process.stop().expect("the node ends when asked");
	for node in network.nodes.drain(..) {
		node.process.stop().expect("the node ends when asked");
	}
}

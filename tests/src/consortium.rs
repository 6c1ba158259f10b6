//! A network of four providers with keys and a chain spec of their own, made with the commands of
//! `docs/deployment.md` and run as `deploy/systemd/medrec-node.service` runs a node.

use std::{
	fs,
	path::{Path, PathBuf},
	process::Command,
	time::Duration,
};

use anyhow::{Context, Result};
use medrec_chain_client::ChainClient;
use medrec_protocol::{account::AccountKey, signature::Scheme};
use serde_json::{json, Value};

use crate::{
	exposition::{scrape, value},
	gatekeeper::free_port,
	node_command,
	process::Process,
	programs,
	wait::until,
};

/// The unit that a node is run as.
pub const NODE_UNIT: &str =
	concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/systemd/medrec-node.service");

/// Names of the providers.
pub const NAMES: [&str; 4] =
	["Elmwood Hospital", "Riverside Clinic", "Hilltop Practice", "Saint Clare Hospital"];

/// Age of the finalized block from which on these nodes decide nothing, seconds. Short, so that a test need
/// not wait for the default.
pub const STALENESS_LIMIT: u64 = 12;

/// The member whose node takes only peers that it was told of, where all name each other.
pub const PRIVATE: usize = 0;

/// The member whose node takes everybody, where the others are private and know only that one.
pub const ENTRY: usize = 0;

/// Whom the members' nodes know and take as peers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peering {
	/// All name each other as boot nodes. The node of [`PRIVATE`] takes nobody else, the others do.
	Named,
	/// All but [`ENTRY`] are private and name that one alone: whom they take beside it the chain says.
	OnChain,
}

/// How long a node may take to answer, and a network to finalize.
const START: Duration = Duration::from_secs(90);

/// How long something may take to show in the metrics.
const NOTICE: Duration = Duration::from_secs(90);

/// Session keys: role, scheme, and name in the chain spec.
const SESSION_KEYS: [(&str, &str, &str); 3] = [
	("aura", "sr25519", "aura"),
	("gran", "ed25519", "grandpa"),
	("audi", "sr25519", "authority_discovery"),
];

/// A key, as `medrec-node key generate` makes it.
struct Key {
	secret: PathBuf,
	address: String,
}

/// A provider with its node.
pub struct Member {
	/// Its name on the chain.
	pub name: &'static str,
	/// Address of the node's JSON-RPC.
	pub url: String,
	/// Address of the node's metrics.
	pub metrics: String,
	rpc: u16,
	metrics_port: u16,
	base_path: PathBuf,
	listen: String,
	peer_id: String,
	process: Option<Process>,
}

/// The network.
pub struct Consortium {
	/// The providers.
	pub members: Vec<Member>,
	/// The members' accounts, in the same order.
	pub accounts: Vec<AccountKey>,
	/// The chain spec, raw.
	pub chain_spec: PathBuf,
	peering: Peering,
}

/// Arguments of the program in a unit's `ExecStart`, the program's path first.
pub fn exec_start(unit: &str) -> Result<Vec<String>> {
	let joined = unit.replace("\\\n", " ");
	let line = joined.lines().find_map(|line| line.strip_prefix("ExecStart="));
	Ok(line.context("the unit has no ExecStart")?.split_whitespace().map(str::to_owned).collect())
}

fn text(path: &Path) -> String {
	path.display().to_string()
}

async fn generate(folder: &Path, name: &str, scheme: &str) -> Result<Key> {
	let printed =
		node_command::succeed(["key", "generate", "--scheme", scheme, "--output-type", "json"])
			.await?;
	let key: Value = serde_json::from_str(&printed)?;
	let text =
		|field: &str| key[field].as_str().map(str::to_owned).with_context(|| printed.clone());
	let secret = folder.join(format!("{name}.secret"));
	fs::write(&secret, text("secretPhrase")?)?;
	Ok(Key { secret, address: text("ss58Address")? })
}

impl Consortium {
	/// Make keys and chain spec, start all nodes, and wait until they finalize.
	pub async fn start(folder: &Path, peering: Peering) -> Result<Self> {
		let exported = node_command::succeed(["export-chain-spec", "--chain", "local"]).await?;
		let mut spec: Value = serde_json::from_str(&exported)?;
		spec["name"] = "MedRec test consortium".into();
		spec["id"] = "medrec_consortium".into();
		spec["protocolId"] = "medrec-consortium".into();
		spec["chainType"] = "Live".into();

		let (mut keys, mut accounts) = (Vec::new(), Vec::new());
		for (number, name) in NAMES.iter().enumerate() {
			let own = folder.join(number.to_string());
			fs::create_dir_all(&own)?;
			let account = generate(&own, "account", "sr25519").await?;
			let operator = generate(&own, "operator", "sr25519").await?;
			let gatekeeper = generate(&own, "gatekeeper", "ed25519").await?;
			let mut session = Vec::new();
			for (role, scheme, _) in SESSION_KEYS {
				session.push(generate(&own, role, scheme).await?);
			}
			let patch = &mut spec["genesis"]["runtimeGenesis"]["patch"];
			let provider = &mut patch["registrar"]["providers"][number];
			provider["name"] = (*name).into();
			provider["account"] = account.address.as_str().into();
			provider["operator"] = operator.address.as_str().into();
			provider["gatekeeperKey"] = public_key(&gatekeeper).await?;
			patch["authorities"]["authorities"][number] = json!([number, account.address]);
			let session_keys: serde_json::Map<_, _> = SESSION_KEYS
				.iter()
				.zip(&session)
				.map(|((.., field), key)| ((*field).to_owned(), key.address.as_str().into()))
				.collect();
			patch["session"]["keys"][number] =
				json!([account.address, account.address, session_keys]);
			keys.push(session);
			let words = fs::read_to_string(&account.secret)?;
			accounts.push(AccountKey::from_secret_uri(&words, Scheme::Sr25519)?);
		}

		let plain = folder.join("chain-spec.plain.json");
		let chain_spec = folder.join("chain-spec.json");
		fs::write(&plain, spec.to_string())?;
		let plain = plain.display().to_string();
		let raw = node_command::succeed(["export-chain-spec", "--raw", "--chain", plain.as_str()])
			.await?;
		fs::write(&chain_spec, raw)?;

		let mut consortium = Self { members: Vec::new(), accounts, chain_spec, peering };
		for (number, session) in keys.into_iter().enumerate() {
			let own = folder.join(number.to_string());
			let mut member = Member::new(NAMES[number], &own, &consortium.chain_spec).await?;
			member.insert(session, &consortium.chain_spec).await?;
			consortium.members.push(member);
		}
		for number in 0..consortium.members.len() {
			consortium.start_member(number).await?;
		}
		consortium.finalizes().await?;
		Ok(consortium)
	}

	/// Arguments of a member's node: those of the unit, and as options those of `node.env` and what a test
	/// on one machine needs.
	fn arguments(&self, number: usize) -> Result<Vec<String>> {
		let member = &self.members[number];
		let mut options = member.options();
		let others = self.members.iter().enumerate().filter(|(other, _)| *other != number);
		let (known, is_private): (Vec<_>, _) = match self.peering {
			Peering::Named => (others.collect(), number == PRIVATE),
			Peering::OnChain => {
				(others.filter(|(other, _)| *other == ENTRY).collect(), number != ENTRY)
			},
		};
		if !known.is_empty() {
			options.push("--bootnodes".into());
			options.extend(known.into_iter().map(|(_, other)| other.address()));
		}
		if is_private {
			options.push("--private-peering".into());
		}
		let mut arguments = Vec::new();
		for argument in exec_start(&fs::read_to_string(NODE_UNIT)?)?.into_iter().skip(1) {
			match argument.as_str() {
				"/etc/medrec/chain-spec.json" => arguments.push(text(&self.chain_spec)),
				"/var/lib/medrec-node" => arguments.push(text(&member.base_path)),
				"9944" => arguments.push(member.rpc.to_string()),
				"9615" => arguments.push(member.metrics_port.to_string()),
				"$MEDREC_NODE_OPTIONS" => arguments.append(&mut options),
				_ => arguments.push(argument),
			}
		}
		Ok(arguments)
	}

	/// Start a member's node, and wait until it answers.
	pub async fn start_member(&mut self, number: usize) -> Result<()> {
		let arguments = self.arguments(number)?;
		self.members[number].start(&arguments).await
	}

	/// Start the node of somebody whom the chain does not know, as a full node that looks for peers at all
	/// members.
	pub async fn start_stranger(&self, folder: &Path) -> Result<Member> {
		let mut stranger = Member::new("a stranger", folder, &self.chain_spec).await?;
		let mut arguments = stranger.options();
		arguments.extend(["--chain".into(), text(&self.chain_spec)]);
		arguments.extend(["--base-path".into(), text(&stranger.base_path)]);
		arguments.extend(["--rpc-port".into(), stranger.rpc.to_string()]);
		arguments.extend(["--prometheus-port".into(), stranger.metrics_port.to_string()]);
		arguments.extend(["--no-mdns", "--no-telemetry", "--bootnodes"].map(str::to_owned));
		arguments.extend(self.members.iter().map(Member::address));
		stranger.start(&arguments).await?;
		Ok(stranger)
	}

	/// Wait until every node that runs has finalized a block beyond those that are final now.
	pub async fn finalizes(&self) -> Result<()> {
		for member in self.members.iter().filter(|member| member.process.is_some()) {
			let chain = member.chain().await?;
			let before = chain.status().await?.finalized.number;
			until("a new finalized block", START, async || {
				let now = chain.status().await?.finalized.number;
				Ok((now > before).then_some(()))
			})
			.await?;
		}
		Ok(())
	}
}

impl Member {
	/// Make a node's network key and choose its ports.
	async fn new(name: &'static str, folder: &Path, chain_spec: &Path) -> Result<Self> {
		let base_path = folder.join("node");
		let (base, chain) = (text(&base_path), text(chain_spec));
		let generate = ["key", "generate-node-key", "--chain", &chain, "--base-path", &base];
		node_command::succeed(generate).await?;
		let file = text(&base_path.join("chains/medrec_consortium/network/secret_ed25519"));
		let peer_id = node_command::succeed(["key", "inspect-node-key", "--file", &file]).await?;
		let (rpc, metrics_port) = (free_port()?, free_port()?);
		Ok(Self {
			name,
			url: format!("ws://127.0.0.1:{rpc}"),
			metrics: format!("127.0.0.1:{metrics_port}"),
			rpc,
			metrics_port,
			base_path,
			listen: format!("/ip4/127.0.0.1/tcp/{}", free_port()?),
			peer_id: peer_id.trim().to_owned(),
			process: None,
		})
	}

	/// Put the session keys into the node's keystore.
	async fn insert(&mut self, session: Vec<Key>, chain_spec: &Path) -> Result<()> {
		let (base, chain) = (text(&self.base_path), text(chain_spec));
		for ((role, scheme, _), key) in SESSION_KEYS.iter().zip(&session) {
			let secret = text(&key.secret);
			let what = ["key", "insert", "--key-type", role, "--scheme", scheme, "--suri", &secret];
			let on_chain = ["--chain", chain.as_str(), "--base-path", base.as_str()];
			node_command::succeed(what.iter().chain(&on_chain)).await?;
		}
		Ok(())
	}

	/// What differs from node to node, and what a test on one machine needs.
	fn options(&self) -> Vec<String> {
		let limit = STALENESS_LIMIT.to_string();
		["--name", &self.peer_id[self.peer_id.len() - 8..], "--public-addr", &self.listen]
			.into_iter()
			.chain(["--listen-addr", &self.listen, "--allow-private-ip", "--discover-local"])
			.chain(["--staleness-limit", &limit])
			.map(str::to_owned)
			.collect()
	}

	/// Address for other nodes.
	fn address(&self) -> String {
		format!("{}/p2p/{}", self.listen, self.peer_id)
	}

	async fn start(&mut self, arguments: &[String]) -> Result<()> {
		let mut command = Command::new(programs::find("medrec-node")?);
		let log = self.base_path.with_extension("log");
		let name = format!("node of {}", self.name);
		let mut process = Process::start(&name, command.args(arguments), &log)?;
		let answers = until("the node's JSON-RPC", START, async || {
			process.ensure_running()?;
			Ok(Some(ChainClient::connect(&self.url).await?))
		});
		answers.await?;
		self.process = Some(process);
		Ok(())
	}

	/// A client of this node.
	pub async fn chain(&self) -> Result<ChainClient> {
		ChainClient::connect(&self.url)
			.await
			.with_context(|| format!("the node of {} does not answer", self.name))
	}

	/// Wait until the node's metric for which an expression of one selector asks is as wanted.
	pub async fn becomes(&self, expression: &str, wanted: impl Fn(f64) -> bool) -> Result<f64> {
		until(&format!("{expression} of {}", self.name), NOTICE, async || {
			let samples = scrape(&self.metrics).await?;
			Ok(value(&samples, expression).filter(|value| wanted(*value)))
		})
		.await
	}

	/// Identity of the node's network key.
	pub fn peer_id(&self) -> &str {
		&self.peer_id
	}

	/// Kill the node as a power cut would.
	pub fn kill(&mut self) -> Result<()> {
		self.process.take().context("the node is running")?.kill()
	}

	/// Ask the node to end, and wait until it has.
	pub fn stop(&mut self) -> Result<()> {
		self.process.take().map_or(Ok(()), Process::stop)
	}
}

/// The public key of an Ed25519 key, in hexadecimal digits.
async fn public_key(key: &Key) -> Result<Value> {
	let secret = text(&key.secret);
	let inspect =
		["key", "inspect", "--scheme", "ed25519", "--output-type", "json", secret.as_str()];
	let found: Value = serde_json::from_str(&node_command::succeed(inspect).await?)?;
	Ok(found["publicKey"].clone())
}

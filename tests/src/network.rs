//! The provider nodes of the `local` chain.

use std::{
	path::{Path, PathBuf},
	time::Duration,
};

use anyhow::{Context, Result};
use medrec_chain_client::ChainClient;

use crate::{
	host::Host,
	process::Process,
	provider::{Provider, MERCY, PROVIDERS},
	wait::until,
};

/// The chain of four providers.
pub const CHAIN: &str = "local";

/// How long a node may take to answer, and a network to finalize.
const START: Duration = Duration::from_secs(180);

/// A running node.
#[derive(Debug)]
pub struct Node {
	/// Whose it is.
	pub provider: Provider,
	/// Where it runs.
	pub host: Host,
	/// Address of its JSON-RPC.
	pub url: String,
	/// Address for other nodes.
	pub peer_address: String,
	/// Its process.
	pub process: Process,
}

/// The provider nodes.
#[derive(Debug)]
pub struct Network {
	/// Running nodes, in the order of their providers.
	pub nodes: Vec<Node>,
	folder: PathBuf,
}

/// What is needed to start a node again.
#[derive(Debug)]
pub struct Stopped {
	provider: Provider,
	host: Host,
	ports: Ports,
	peer_address: String,
}

/// Ports that a node listens on; 0 lets the system choose.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
	/// JSON-RPC.
	pub rpc: u16,
	/// Other nodes.
	pub peers: u16,
}

impl Node {
	/// Start a node of the `dev` chain, which works alone.
	pub async fn start_dev(folder: &Path) -> Result<Self> {
		let free = Ports { rpc: 0, peers: 0 };
		Self::start("dev", MERCY, folder, &Host::this(), free, &[]).await
	}

	/// Start a node of a chain (the name of a preset, or a file) and wait until it answers.
	///
	/// Its database and its log, `node.log`, are in a folder of the provider's inside `folder`. On a host
	/// other than this machine its JSON-RPC listens on all of that host's addresses.
	pub async fn start(
		chain: &str,
		provider: Provider,
		folder: &Path,
		host: &Host,
		ports: Ports,
		bootnodes: &[String],
	) -> Result<Self> {
		let mut role = vec![provider.node_flag(), "--rpc-port".to_owned(), ports.rpc.to_string()];
		if !host.is_this() {
			let open = ["--unsafe-rpc-external", "--rpc-methods", "safe", "--rpc-cors", "all"];
			role.extend(open.map(str::to_owned));
		}
		Self::launch(chain, provider, &role, folder, host, ports.peers, bootnodes).await
	}

	/// Start the node of a provider that joins a running network: a validator without session keys, whose
	/// JSON-RPC is for everybody at [`url`](Self::url), and for its operator on the host itself, at the
	/// port `door`.
	pub async fn start_joining(
		chain: &str,
		provider: Provider,
		folder: &Path,
		host: &Host,
		ports: Ports,
		door: u16,
		bootnodes: &[String],
	) -> Result<Self> {
		let role = [
			"--validator".to_owned(),
			"--experimental-rpc-endpoint".to_owned(),
			// Where origins are named, hosts other than this one are turned away.
			format!("listen-addr={}:{},methods=safe", host.operator, ports.rpc),
			format!("listen-addr=127.0.0.1:{door},methods=unsafe"),
		];
		Self::launch(chain, provider, &role, folder, host, ports.peers, bootnodes).await
	}

	/// Start a node with arguments that say what it is and where its JSON-RPC listens.
	async fn launch(
		chain: &str,
		provider: Provider,
		role: &[String],
		folder: &Path,
		host: &Host,
		peers: u16,
		bootnodes: &[String],
	) -> Result<Self> {
		let base_path = Self::base_path(folder, provider);
		std::fs::create_dir_all(&base_path)?;
		let log = base_path.join("node.log");
		let mut command = host.command("medrec-node")?;
		command
			.args(["--chain", chain, "--no-prometheus", "--no-telemetry"])
			.args(["--no-mdns", "--allow-private-ip"])
			.args(role)
			.args(["--listen-addr", &format!("/ip4/{}/tcp/{peers}", host.peers)])
			.args(["--node-key", &provider.node_key()])
			.arg("--base-path")
			.arg(&base_path);
		if !bootnodes.is_empty() {
			command.arg("--bootnodes").args(bootnodes);
		}
		let already = std::fs::metadata(&log).map_or(0, |file| file.len() as usize);
		let mut process =
			Process::start(&format!("node of {}", provider.name), &mut command, &log)?;

		let url = wait_in_output(&mut process, |output| {
			let new = output.get(already..).unwrap_or_default();
			let line = new.lines().find(|line| line.contains("Running JSON-RPC server"))?;
			let address = line.split("addr=").nth(1)?.split([',', ' ']).next()?;
			Some(format!("ws://{}:{}", host.operator, address.rsplit(':').next()?))
		})
		.await?;
		let chain = until("the node's JSON-RPC", START, async || {
			Ok(Some(ChainClient::connect(&url).await?))
		})
		.await?;
		let own = format!("/{}/tcp/", host.peers);
		let peer_address = until("the node's address for peers", START, async || {
			let addresses: Vec<String> =
				chain.request("system_localListenAddresses", Vec::new()).await?;
			Ok(addresses.into_iter().find(|address| address.contains(&own)))
		})
		.await?;
		Ok(Self { provider, host: host.clone(), url, peer_address, process })
	}

	/// Folder of a provider's node inside `folder`.
	pub fn base_path(folder: &Path, provider: Provider) -> PathBuf {
		folder.join(provider.key.to_lowercase())
	}

	/// Address of its JSON-RPC for programs on its own host.
	pub fn local_url(&self) -> Result<String> {
		Ok(format!("ws://127.0.0.1:{}", self.ports()?.rpc))
	}

	/// A client of this node.
	pub async fn chain(&self) -> Result<ChainClient> {
		ChainClient::connect(&self.url)
			.await
			.with_context(|| format!("the node of {} does not answer", self.provider.name))
	}

	fn ports(&self) -> Result<Ports> {
		let last = |address: &str, separator: char| -> Option<u16> {
			address.rsplit(separator).next()?.parse().ok()
		};
		let peers = self.peer_address.split("/p2p/").next().unwrap_or_default();
		Ok(Ports {
			rpc: last(&self.url, ':').context("a port in the node's JSON-RPC address")?,
			peers: last(peers, '/').context("a port in the node's address for peers")?,
		})
	}
}

async fn wait_in_output<T>(process: &mut Process, find: impl Fn(&str) -> Option<T>) -> Result<T> {
	let start = std::time::Instant::now();
	loop {
		process.ensure_running()?;
		if let Some(found) = find(&process.output()) {
			return Ok(found);
		}
		anyhow::ensure!(start.elapsed() < START, "the node did not start:\n{}", process.output());
		tokio::time::sleep(Duration::from_millis(50)).await;
	}
}

impl Network {
	/// Start all providers' nodes and wait until they finalize blocks. Ports are given by the system.
	pub async fn start(folder: &Path) -> Result<Self> {
		let mut nodes: Vec<Node> = Vec::new();
		for provider in PROVIDERS {
			let bootnodes: Vec<_> = nodes.iter().map(|node| node.peer_address.clone()).collect();
			let free = Ports { rpc: 0, peers: 0 };
			let host = Host::this();
			nodes.push(Node::start(CHAIN, provider, folder, &host, free, &bootnodes).await?);
		}
		let network = Self { nodes, folder: folder.to_owned() };
		network.finalizes().await?;
		Ok(network)
	}

	/// The node of a provider.
	pub fn node(&self, provider: Provider) -> &Node {
		&self.nodes[provider.participant as usize]
	}

	/// Wait until every node has finalized a block beyond those that are final now.
	pub async fn finalizes(&self) -> Result<()> {
		for node in &self.nodes {
			let chain = node.chain().await?;
			let before = chain.status().await?.finalized.number;
			until("a new finalized block", START, async || {
				let now = chain.status().await?.finalized.number;
				Ok((now > before).then_some(()))
			})
			.await?;
		}
		Ok(())
	}

	/// Stop a provider's node.
	pub fn stop(&mut self, provider: Provider) -> Result<Stopped> {
		let at = self.nodes.iter().position(|node| node.provider == provider);
		let node = self.nodes.remove(at.context("the node runs")?);
		let ports = node.ports()?;
		let Node { provider, host, peer_address, process, .. } = node;
		process.stop()?;
		Ok(Stopped { provider, host, ports, peer_address })
	}

	/// Start a node again, on the same ports and the same database. It knows where the nodes of `peers`
	/// listen.
	pub async fn start_again(&mut self, stopped: Stopped, peers: &[String]) -> Result<()> {
		let Stopped { provider, host, ports, peer_address } = stopped;
		let others: Vec<_> = peers.iter().filter(|peer| **peer != peer_address).cloned().collect();
		let node = Node::start(CHAIN, provider, &self.folder, &host, ports, &others).await?;
		let at =
			self.nodes.partition_point(|other| other.provider.participant < provider.participant);
		self.nodes.insert(at, node);
		Ok(())
	}

	/// Addresses of the nodes that run, for other nodes.
	pub fn peer_addresses(&self) -> Vec<String> {
		self.nodes.iter().map(|node| node.peer_address.clone()).collect()
	}

	/// Stop all nodes and start them again on the same ports and databases.
	pub async fn restart(&mut self) -> Result<()> {
		let peers = self.peer_addresses();
		let providers: Vec<_> = self.nodes.iter().map(|node| node.provider).collect();
		let stopped: Vec<_> =
			providers.into_iter().map(|provider| self.stop(provider)).collect::<Result<_>>()?;
		for one in stopped {
			self.start_again(one, &peers).await?;
		}
		self.finalizes().await
	}
}

//! The provider nodes of the `local` chain.

use std::{
	path::{Path, PathBuf},
	process::Command,
	time::Duration,
};

use anyhow::{Context, Result};
use medrec_chain_client::ChainClient;

use crate::{
	process::Process,
	programs,
	provider::{Provider, MERCY, PROVIDERS},
	wait::until,
};

/// The chain of four providers.
const CHAIN: &str = "local";

/// How long a node may take to answer, and a network to finalize.
const START: Duration = Duration::from_secs(90);

/// A running node.
#[derive(Debug)]
pub struct Node {
	/// Whose it is.
	pub provider: Provider,
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

/// What a node is started with.
struct Ports {
	rpc: u16,
	peers: u16,
}

impl Node {
	/// Start a node of the `dev` chain, which works alone.
	pub async fn start_dev(folder: &Path) -> Result<Self> {
		let free = Ports { rpc: 0, peers: 0 };
		Self::start("dev", MERCY, folder, free, &[]).await
	}

	async fn start(
		chain: &str,
		provider: Provider,
		folder: &Path,
		ports: Ports,
		bootnodes: &[String],
	) -> Result<Self> {
		let base_path = folder.join(provider.key.to_lowercase());
		std::fs::create_dir_all(&base_path)?;
		let log = base_path.join("node.log");
		let mut command = Command::new(programs::find("medrec-node")?);
		command
			.args(["--chain", chain, &provider.node_flag(), "--no-prometheus", "--no-telemetry"])
			.args(["--no-mdns", "--allow-private-ip", "--rpc-port", &ports.rpc.to_string()])
			.args(["--listen-addr", &format!("/ip4/127.0.0.1/tcp/{}", ports.peers)])
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
			Some(format!("ws://{address}"))
		})
		.await?;
		let chain = until("the node's JSON-RPC", START, async || {
			Ok(Some(ChainClient::connect(&url).await?))
		})
		.await?;
		let peer_address = until("the node's address for peers", START, async || {
			let addresses: Vec<String> =
				chain.request("system_localListenAddresses", Vec::new()).await?;
			Ok(addresses.into_iter().find(|address| address.contains("/127.0.0.1/tcp/")))
		})
		.await?;
		Ok(Self { provider, url, peer_address, process })
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
			nodes.push(Node::start(CHAIN, provider, folder, free, &bootnodes).await?);
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

	/// Stop all nodes and start them again on the same ports and databases.
	pub async fn restart(&mut self) -> Result<()> {
		let stopped: Vec<_> = self
			.nodes
			.drain(..)
			.map(|node| {
				let ports = node.ports()?;
				let Node { provider, peer_address, process, .. } = node;
				process.stop()?;
				Ok((provider, ports, peer_address))
			})
			.collect::<Result<_>>()?;
		let peers: Vec<_> = stopped.iter().map(|(_, _, address)| address.clone()).collect();
		for (provider, ports, own) in stopped {
			let others: Vec<_> = peers.iter().filter(|peer| **peer != own).cloned().collect();
			self.nodes.push(Node::start(CHAIN, provider, &self.folder, ports, &others).await?);
		}
		self.finalizes().await
	}
}

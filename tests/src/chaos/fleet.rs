//! All machines of a scenario, from start to tear-down.

use std::{
	fs,
	path::{Path, PathBuf},
	time::{Duration, Instant},
};

use anyhow::{anyhow, ensure, Context, Result};
use futures::future::try_join_all;
use tempfile::TempDir;
use tokio::runtime::Handle;

use super::{
	chain_spec,
	clock::Clock,
	disk::Disk,
	machine::{Machine, PORTS},
	namespaces::{require_root, Lab},
	observe::Observer,
	report::Report,
	system,
};
use crate::{
	network::CHAIN,
	programs,
	provider::{Provider, CANDIDATE, MORE_PROVIDERS, PROVIDERS},
};

/// What names of folders begin with; the process id follows.
const PREFIX: &str = "medrec-chaos-";

/// How long a network may take to finalize its first blocks, or to finalize again.
pub const RECOVERY: Duration = Duration::from_secs(180);

/// What differs from four like machines.
#[derive(Clone, Copy, Debug, Default)]
pub struct Special {
	/// Seven machines with authorities, and an eighth whose provider has none.
	pub seven: bool,
	/// The machine whose clock can be set.
	pub clock: Option<usize>,
	/// The machine whose database lies on a small disk, and its size in megabytes.
	pub disk: Option<(usize, u32)>,
}

/// All machines. What is first here ends first.
#[derive(Debug)]
pub struct Fleet {
	/// What the nodes say.
	pub observer: Observer,
	/// The machines, in the order of their providers.
	pub machines: Vec<Machine>,
	/// The clock that can be set.
	pub clock: Option<Clock>,
	/// The small disk.
	pub disk: Option<Disk>,
	/// The network.
	pub lab: Lab,
	folder: TempDir,
}

impl Fleet {
	/// Make the machines, start nodes and gatekeepers, enrol a patient at each; wait until every patient is
	/// served.
	pub async fn start(special: Special, report: &Report) -> Result<Self> {
		require_root()?;
		sweep()?;
		let prefix = format!("{PREFIX}{}-", std::process::id());
		let folder = tempfile::Builder::new().prefix(&prefix).tempdir()?;
		let mut providers = PROVIDERS.to_vec();
		let mut chain = CHAIN.to_owned();
		if special.seven {
			providers.extend(MORE_PROVIDERS);
			providers.push(CANDIDATE);
			chain = chain_spec::with_more_providers(folder.path(), &MORE_PROVIDERS, &CANDIDATE)?;
		}
		let lab = Lab::new(providers.len())?;
		let clock = special.clock.map(|_| Clock::new(folder.path())).transpose()?;
		let addresses = peer_addresses(&providers, &lab, folder.path())?;
		let mut machines = Vec::new();
		for (at, provider) in providers.into_iter().enumerate() {
			let mut host = lab.host(at);
			if let Some(clock) = clock.as_ref().filter(|_| special.clock == Some(at)) {
				host = clock.on(host);
			}
			let others = addresses.iter().enumerate().filter(|(other, _)| *other != at);
			let bootnodes = others.map(|(_, address)| address.clone()).collect();
			let own = folder.path().join(format!("machine-{at}"));
			machines.push(Machine::new(provider, host, &chain, own, bootnodes)?);
		}
		let disk = match special.disk {
			None => None,
			Some((at, megabytes)) => {
				// The database's folder; logs and keys are elsewhere, so that it can say what is wrong.
				let place = machines[at].node_folder().join("chains");
				Some(Disk::mount(&place, megabytes)?)
			},
		};
		report.note(&format!("{} nodes start", machines.len()));
		try_join_all(machines.iter_mut().map(Machine::start_node)).await?;
		let observer = Observer::start(machines.iter().map(Machine::url).collect());
		let mut fleet = Self { observer, machines, clock, disk, lab, folder };
		fleet.observer.advance(&fleet.all(), 1, RECOVERY).await?;
		fleet.start_gatekeepers(report).await?;
		Ok(fleet)
	}

	async fn start_gatekeepers(&mut self, report: &Report) -> Result<()> {
		report.note("gatekeepers are set up");
		self.each_at_once(async |machine| machine.set_up_gatekeeper().await)?;
		let gatekeepers = self.machines.iter_mut().filter_map(|one| one.gatekeeper.as_mut());
		try_join_all(gatekeepers.map(|gatekeeper| gatekeeper.start())).await?;
		report.note("a patient is enrolled at each");
		self.each_at_once(async |machine| machine.enrol_patient().await)
	}

	/// Do the same at all machines at once, each on a thread of its own.
	///
	/// Processes that are started there end with their thread.
	fn each_at_once(
		&mut self,
		action: impl AsyncFn(&mut Machine) -> Result<()> + Sync,
	) -> Result<()> {
		let runtime = Handle::current();
		std::thread::scope(|scope| {
			let (runtime, action) = (&runtime, &action);
			let threads: Vec<_> = self
				.machines
				.iter_mut()
				.map(|machine| scope.spawn(move || runtime.block_on(action(machine))))
				.collect();
			// All are waited for, whatever one of them says.
			let results: Vec<_> =
				threads.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
			results.into_iter().try_for_each(|result| {
				result.unwrap_or_else(|_| Err(anyhow!("a thread of the set-up panicked")))
			})
		})
	}

	/// Numbers of all machines.
	pub fn all(&self) -> Vec<usize> {
		(0..self.machines.len()).collect()
	}

	/// Addresses of all nodes' JSON-RPC.
	pub fn urls(&self) -> Vec<String> {
		self.machines.iter().map(Machine::url).collect()
	}

	/// Start the nodes of several machines at once, with the databases that are there.
	pub async fn start_nodes(&mut self, which: &[usize]) -> Result<()> {
		let chosen = self.machines.iter_mut().enumerate().filter(|(at, _)| which.contains(at));
		try_join_all(chosen.map(|(_, machine)| machine.start_node())).await?;
		Ok(())
	}

	/// Wait until all nodes have finalized the same newest block that any had, and some more; then compare
	/// their chains. Gives what was seen.
	pub async fn all_agree(&self) -> Result<String> {
		self.agree_at(&self.all()).await
	}

	/// The same of some of the nodes.
	pub async fn agree_at(&self, nodes: &[usize]) -> Result<String> {
		let took = self.observer.advance(nodes, 2, RECOVERY).await?;
		let blocks = self.observer.agree(nodes).await?;
		Ok(format!(
			"all {} finalize again {:.0} s later; all {blocks} blocks that any of them ever called final \
			 are the same at each",
			nodes.len(),
			took.as_secs_f64()
		))
	}

	/// End and remove everything, and see that nothing is left.
	pub fn tear_down(self, report: &mut Report) {
		let seen = self.remove();
		report.promise(
			"everything is ended and removed",
			"no process, namespace, mount or folder is left",
			seen.map(|()| "none".to_owned()),
		);
	}

	fn remove(self) -> Result<()> {
		let Self { observer, mut machines, clock, disk, mut lab, folder } = self;
		drop(observer);
		for machine in &mut machines {
			machine.kill_node()?;
			if let Some(gatekeeper) = &mut machine.gatekeeper {
				gatekeeper.kill()?;
			}
		}
		drop((machines, clock));
		lab.remove()?;
		if let Some(mut disk) = disk {
			disk.unmount()?;
		}
		let path = folder.path().to_owned();
		folder.close()?;
		ensure!(!path.exists(), "{} is still there", path.display());
		let mounts = fs::read_to_string("/proc/mounts")?;
		let path = path.to_string_lossy();
		ensure!(!mounts.contains(&*path), "something is still mounted in {path}");
		Ok(())
	}

	/// Keep the folder with all logs, for whoever wants to know why. Gives its path.
	pub fn keep_folder(&mut self) -> PathBuf {
		self.folder.disable_cleanup(true);
		self.folder.path().to_owned()
	}
}

/// The addresses under which nodes will find each other.
fn peer_addresses(providers: &[Provider], lab: &Lab, folder: &Path) -> Result<Vec<String>> {
	let program = programs::find("medrec-node")?;
	let program = program.to_str().context("a path is text")?;
	let file = folder.join("node-key");
	let path = file.to_str().context("a path is text")?;
	let mut addresses = Vec::new();
	for (at, provider) in providers.iter().enumerate() {
		fs::write(&file, provider.node_key())?;
		let id = system::run(&[program, "key", "inspect-node-key", "--file", path])?;
		let address = lab.host(at).peers;
		addresses.push(format!("/ip4/{address}/tcp/{}/p2p/{}", PORTS.peers, id.trim()));
	}
	Ok(addresses)
}

/// Remove folders, and what is mounted in them, of runs that were killed.
fn sweep() -> Result<()> {
	for entry in fs::read_dir(std::env::temp_dir())? {
		let entry = entry?;
		let name = entry.file_name().to_string_lossy().into_owned();
		let Some(rest) = name.strip_prefix(PREFIX) else { continue };
		let owner = rest.split('-').next().and_then(|digits| digits.parse().ok());
		if owner.is_none_or(system::is_alive) {
			continue;
		}
		let path = entry.path();
		let inside = format!("{}/", path.display());
		let mounts = fs::read_to_string("/proc/mounts")?;
		for mount in mounts.lines().filter_map(|line| line.split(' ').nth(1)) {
			if mount.starts_with(&inside) {
				system::run(&["umount", mount])?;
			}
		}
		fs::remove_dir_all(&path)
			.with_context(|| format!("leftovers of an earlier run in {}", path.display()))?;
	}
	Ok(())
}

/// How long ago something was, in seconds, for reports.
pub fn seconds(since: Instant) -> String {
	format!("{:.0} s", since.elapsed().as_secs_f64())
}

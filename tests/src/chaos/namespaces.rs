//! Machines of a network of their own: one network namespace each, joined by bridges.
//!
//! Every machine has two links. `peers` leads to a bridge on which only nodes talk: conditions are put on
//! it, and partitions move it to another bridge. `operator` leads to a bridge that has an address on this
//! machine, so that JSON-RPC and health can be asked whatever happens to the other.

use std::{
	net::{IpAddr, Ipv4Addr},
	time::{Duration, Instant},
};

use anyhow::{bail, ensure, Context, Result};

use super::{system, wire::Wire};
use crate::host::Host;

/// What names of namespaces and devices begin with; the process id follows. A device's name has room for
/// 15 characters.
const PREFIX: &str = "mrc";

/// What machines with a node are set to, where their kernel knows it.
const SETTINGS: &str = include_str!("../../../deploy/sysctl.d/90-medrec.conf");

/// How long the kernel may take to remove namespaces and devices.
const REMOVAL: Duration = Duration::from_secs(20);

/// Name of both ends inside a machine.
const PEERS: &str = "peers";
/// See [`PEERS`].
const OPERATOR: &str = "operator";

/// Machines and the network between them. Everything is removed when this is dropped.
#[derive(Debug)]
pub struct Lab {
	/// What all names begin with.
	prefix: String,
	machines: usize,
	/// First two numbers after 10 of the operator's network.
	operator: [u8; 2],
	/// Frames that are delayed by this process, by machine.
	pub(super) wires: Vec<Option<Wire>>,
	removed: bool,
}

/// Fails unless this process may make network namespaces.
pub fn require_root() -> Result<()> {
	let id = system::run(&["id", "-u"])?;
	if id.trim() != "0" {
		bail!(
			"network namespaces, mounts and traffic control need root, and this runs as user {}; run it \
			 as root (sudo --preserve-env cargo xtask chaos)",
			id.trim()
		);
	}
	Ok(())
}

impl Lab {
	/// Make the machines and connect them all.
	pub fn new(machines: usize) -> Result<Self> {
		require_root()?;
		sweep()?;
		let process = std::process::id();
		// Two runs at a time must not have the same addresses on this machine.
		let operator = [128 + (process % 100) as u8, (process / 100 % 256) as u8];
		let prefix = format!("{PREFIX}{process}");
		let wires = (0..machines).map(|_| None).collect();
		let lab = Self { prefix, machines, operator, wires, removed: false };
		lab.make_bridge(&lab.bridge(0))?;
		lab.make_bridge(&lab.operator_bridge())?;
		let own = format!("{}/24", lab.operator_address(254));
		system::run(&["ip", "address", "add", &own, "dev", &lab.operator_bridge()])?;
		for machine in 0..machines {
			lab.make_machine(machine)?;
		}
		Ok(lab)
	}

	/// Number of machines.
	pub fn machines(&self) -> usize {
		self.machines
	}

	/// Where programs of a machine run.
	pub fn host(&self, machine: usize) -> Host {
		let last = machine as u8 + 1;
		Host::namespace(
			&self.namespace(machine),
			IpAddr::V4(self.operator_address(last)),
			IpAddr::V4(Ipv4Addr::new(10, 77, 0, last)),
		)
	}

	/// Name of a machine's namespace.
	pub fn namespace(&self, machine: usize) -> String {
		format!("{}n{machine}", self.prefix)
	}

	/// This end of a machine's link to its peers.
	pub fn peer_link(&self, machine: usize) -> String {
		format!("{}p{machine}", self.prefix)
	}

	/// The machine's end of that link.
	pub fn peer_device(&self) -> &'static str {
		PEERS
	}

	/// The bridge that a side of the network has to itself; all are on 0 while there is no partition.
	pub fn bridge(&self, side: usize) -> String {
		format!("{}b{side}", self.prefix)
	}

	/// A name for something else of a machine's link.
	pub(super) fn extra(&self, machine: usize, what: &str) -> String {
		format!("{}{what}{machine}", self.prefix)
	}

	fn operator_bridge(&self) -> String {
		format!("{}ob", self.prefix)
	}

	fn operator_address(&self, last: u8) -> Ipv4Addr {
		Ipv4Addr::new(10, self.operator[0], self.operator[1], last)
	}

	/// Make a bridge, if there is none of that name.
	pub(super) fn make_bridge(&self, name: &str) -> Result<()> {
		if system::run(&["ip", "link", "show", name]).is_ok() {
			return Ok(());
		}
		system::run(&["ip", "link", "add", name, "type", "bridge"])?;
		system::run(&["ip", "link", "set", name, "up"])?;
		Ok(())
	}

	fn make_machine(&self, machine: usize) -> Result<()> {
		let namespace = self.namespace(machine);
		let host = self.host(machine);
		system::run(&["ip", "netns", "add", &namespace])?;
		system::run(&["ip", "-n", &namespace, "link", "set", "lo", "up"])?;
		let ends = [
			(self.peer_link(machine), PEERS, self.bridge(0), host.peers),
			(self.extra(machine, "o"), OPERATOR, self.operator_bridge(), host.operator),
		];
		for (link, device, bridge, address) in ends {
			let end = ["peer", "name", device, "netns", &namespace];
			system::run(&[&["ip", "link", "add", &link, "type", "veth"][..], &end].concat())?;
			system::run(&["ip", "link", "set", &link, "master", &bridge, "up"])?;
			let address = format!("{address}/24");
			let own = ["ip", "-n", &namespace];
			system::run(&[&own[..], &["address", "add", &address, "dev", device]].concat())?;
			system::run(&[&own[..], &["link", "set", device, "up"]].concat())?;
		}
		let settings = SETTINGS.lines().filter(|line| !line.starts_with('#'));
		for (name, value) in settings.filter_map(|line| line.split_once(" = ")) {
			let file = name.trim_start_matches('-').replace('.', "/");
			let write = format!("echo {value} > /proc/sys/{file}");
			if let Err(error) =
				system::run(&["ip", "netns", "exec", &namespace, "sh", "-c", &write])
			{
				eprintln!("this kernel does not know the setting {name}: {error:#}");
			}
		}
		Ok(())
	}

	/// Remove everything. An error names what was still running, which is ended.
	pub fn remove(&mut self) -> Result<()> {
		if std::mem::replace(&mut self.removed, true) {
			return Ok(());
		}
		self.wires.clear();
		remove_all(std::process::id())
	}
}

impl Drop for Lab {
	fn drop(&mut self) {
		if let Err(error) = self.remove() {
			eprintln!("while removing network namespaces: {error:#}");
		}
	}
}

/// Names of namespaces and of devices for which this holds.
fn named(ours: impl Fn(&str) -> bool) -> Result<(Vec<String>, Vec<String>)> {
	let word = |line: &str, at: usize| {
		line.split([' ', '@', ':']).filter(|word| !word.is_empty()).nth(at).map(str::to_owned)
	};
	let namespaces = system::run(&["ip", "netns", "list"])?;
	let devices = system::run(&["ip", "-o", "link", "show"])?;
	let collect = |lines: &str, at: usize| {
		lines.lines().filter_map(|line| word(line, at)).filter(|name| ours(name)).collect()
	};
	Ok((collect(&namespaces, 0), collect(&devices, 1)))
}

/// Number of the process that a name tells of.
fn process_of(name: &str) -> Option<u32> {
	let rest = name.strip_prefix(PREFIX)?;
	rest.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}

/// Remove the namespaces and devices of a process.
fn remove_all(process: u32) -> Result<()> {
	let (namespaces, devices) = named(|name| process_of(name) == Some(process))?;
	let mut running = Vec::new();
	for namespace in &namespaces {
		for process in system::run(&["ip", "netns", "pids", namespace])?.split_whitespace() {
			running.push(format!("process {process} in {namespace}"));
			// It may end by itself meanwhile.
			let _ = system::run(&["kill", "-9", process]);
		}
		system::run(&["ip", "netns", "delete", namespace])?;
	}
	for device in &devices {
		// The kernel removes a pair's other end, and the devices of a namespace, by itself.
		let _ = system::run(&["ip", "link", "delete", device]);
	}
	let gone = || {
		let (namespaces, devices) = named(|name| process_of(name) == Some(process))?;
		Ok::<_, anyhow::Error>(namespaces.into_iter().chain(devices).next())
	};
	let start = Instant::now();
	while let Some(left) = gone()? {
		ensure!(start.elapsed() < REMOVAL, "{left} was not removed within {REMOVAL:?}");
		std::thread::sleep(Duration::from_millis(50));
	}
	ensure!(running.is_empty(), "still running at the end: {}", running.join(", "));
	Ok(())
}

/// Remove what a run that was killed left behind.
fn sweep() -> Result<()> {
	let (namespaces, devices) = named(|name| process_of(name).is_some())?;
	let mut dead: Vec<u32> = namespaces
		.iter()
		.chain(&devices)
		.filter_map(|name| process_of(name))
		.filter(|process| !system::is_alive(*process))
		.collect();
	dead.sort_unstable();
	dead.dedup();
	for process in dead {
		remove_all(process).with_context(|| format!("leftovers of process {process}"))?;
	}
	Ok(())
}

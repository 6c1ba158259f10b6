//! A machine that programs of the harness run on: this one, or a network namespace that plays another.

use std::{
	net::{IpAddr, Ipv4Addr},
	process::Command,
};

use anyhow::Result;

use crate::programs;

/// A machine that programs run on.
#[derive(Clone, Debug)]
pub struct Host {
	/// Address under which this process reaches what listens there for its operator: JSON-RPC, health.
	pub operator: IpAddr,
	/// Address under which other nodes reach the node there.
	pub peers: IpAddr,
	/// What command lines begin with; empty on this machine itself.
	wrapper: Vec<String>,
}

impl Host {
	/// This machine, on its loopback device.
	pub fn this() -> Self {
		let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
		Self { operator: loopback, peers: loopback, wrapper: Vec::new() }
	}

	/// A network namespace with these addresses.
	pub fn namespace(name: &str, operator: IpAddr, peers: IpAddr) -> Self {
		let wrapper = ["ip", "netns", "exec", name].map(str::to_owned).to_vec();
		Self { operator, peers, wrapper }
	}

	/// The same machine, whose programs are started with these environment variables.
	#[must_use]
	pub fn with_environment(mut self, variables: &[(&str, String)]) -> Self {
		self.wrapper.push("env".to_owned());
		self.wrapper.extend(variables.iter().map(|(name, value)| format!("{name}={value}")));
		self
	}

	/// Whether only programs of this machine itself reach what listens there.
	pub fn is_this(&self) -> bool {
		self.wrapper.is_empty()
	}

	/// A program of the workspace, to be run there.
	///
	/// The programs in front replace themselves by it (`ip netns exec` and `env` do), so that the process
	/// started is the program.
	pub fn command(&self, program: &str) -> Result<Command> {
		let path = programs::find(program)?;
		Ok(match self.wrapper.split_first() {
			None => Command::new(path),
			Some((first, rest)) => {
				let mut command = Command::new(first);
				command.args(rest).arg(path);
				command
			},
		})
	}
}

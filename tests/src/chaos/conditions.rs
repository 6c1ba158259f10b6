//! What is done to the network between machines: partitions, links that go down, delay and loss.

use std::{fmt, time::Duration};

use anyhow::Result;

use super::{namespaces::Lab, system, wire::Wire};

/// What made frames late and lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
	/// The kernel's network emulator.
	Netem,
	/// TAP devices that this process reads and writes, because the kernel has no netem.
	Tap,
}

impl fmt::Display for Means {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(match self {
			Self::Netem => "tc netem",
			Self::Tap => "frames through TAP devices, as this kernel has no sch_netem",
		})
	}
}

impl Lab {
	/// Give each group of machines a bridge of its own. Machines that are named nowhere stay with the
	/// first.
	pub fn partition(&self, groups: &[&[usize]]) -> Result<()> {
		for (side, group) in groups.iter().enumerate() {
			let bridge = self.bridge(side);
			self.make_bridge(&bridge)?;
			for machine in *group {
				system::run(&["ip", "link", "set", &self.peer_link(*machine), "master", &bridge])?;
			}
		}
		Ok(())
	}

	/// Put all machines on one bridge again.
	pub fn heal(&self) -> Result<()> {
		let all: Vec<usize> = (0..self.machines()).collect();
		self.partition(&[&all])
	}

	/// Take a machine's link to its peers down, or up. Its own end loses and regains the carrier.
	pub fn set_link(&self, machine: usize, up: bool) -> Result<()> {
		let state = if up { "up" } else { "down" };
		system::run(&["ip", "link", "set", &self.peer_link(machine), state])?;
		Ok(())
	}

	/// Make everything that machines send to their peers late, and lose some of it. `loss` is a
	/// probability.
	pub fn impair(&mut self, delay: Duration, loss: f64) -> Result<Means> {
		let mut means = Means::Netem;
		for machine in 0..self.machines() {
			if means == Means::Netem && !self.netem(machine, delay, loss)? {
				means = Means::Tap;
			}
			if means == Means::Tap {
				self.insert_wire(machine, delay, loss)?;
			}
		}
		Ok(means)
	}

	/// Take the delay and the loss away again.
	pub fn restore(&mut self, means: Means) -> Result<()> {
		for machine in 0..self.machines() {
			match means {
				Means::Netem => {
					let namespace = self.namespace(machine);
					let device = self.peer_device();
					system::run(&[
						"tc", "-n", &namespace, "qdisc", "delete", "dev", device, "root",
					])?;
				},
				Means::Tap => {
					let link = self.peer_link(machine);
					system::run(&["ip", "link", "set", &link, "master", &self.bridge(0)])?;
					// The devices go with the files that the wire holds open.
					self.wires[machine] = None;
					system::run(&["ip", "link", "delete", &self.extra(machine, "w")])?;
				},
			}
		}
		Ok(())
	}

	/// Whether the kernel could do it.
	fn netem(&self, machine: usize, delay: Duration, loss: f64) -> Result<bool> {
		let namespace = self.namespace(machine);
		let delay = format!("{}ms", delay.as_millis());
		let loss = format!("{}%", loss * 100.0);
		let device = self.peer_device();
		let words = ["tc", "-n", &namespace, "qdisc", "add", "dev", device, "root", "netem"];
		let conditions = ["delay", &delay, "loss", &loss];
		match system::run(&[&words[..], &conditions].concat()) {
			Ok(_) => Ok(true),
			Err(error) if error.to_string().contains("qdisc kind is unknown") => Ok(false),
			Err(error) => Err(error),
		}
	}

	/// Between the machine's link and the bridge: a bridge of its own, a wire, the bridge.
	fn insert_wire(&mut self, machine: usize, delay: Duration, loss: f64) -> Result<()> {
		let own_bridge = self.extra(machine, "w");
		let (near, far) = (self.extra(machine, "tn"), self.extra(machine, "tf"));
		self.make_bridge(&own_bridge)?;
		self.wires[machine] = Some(Wire::new(&near, &far, delay, loss)?);
		system::run(&["ip", "link", "set", &near, "master", &own_bridge, "up"])?;
		system::run(&["ip", "link", "set", &far, "master", &self.bridge(0), "up"])?;
		system::run(&["ip", "link", "set", &self.peer_link(machine), "master", &own_bridge])?;
		Ok(())
	}
}

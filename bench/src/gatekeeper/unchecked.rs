//! The baseline, as a process: `medrec-gatekeeper-unchecked`.

use std::{
	net::{Ipv4Addr, SocketAddr},
	process::Command,
	time::Duration,
};

use anyhow::Result;
use medrec_tests::{
	gatekeeper::{free_port, Gatekeeper},
	process::Process,
	programs,
	wait::until,
};
use tokio::net::TcpStream;

use super::records::PATIENT;
use crate::measured::Server;

/// Its name.
const PROGRAM: &str = "medrec-gatekeeper-unchecked";

/// How long it may take to start.
const START: Duration = Duration::from_secs(60);

/// It while it runs.
pub struct Unchecked {
	/// Where it listens.
	pub server: Server,
	process: Process,
}

impl Unchecked {
	/// Start it on the configuration and the records of a gatekeeper.
	pub async fn start(gatekeeper: &Gatekeeper) -> Result<Self> {
		let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
		let config = gatekeeper.config_file();
		let mut command = Command::new(programs::find(PROGRAM)?);
		command.arg("--config").arg(&config);
		command.args(["--listen", &address.to_string(), "--patient", PATIENT]);
		let log = config.with_file_name("unchecked.log");
		let mut process = Process::start(PROGRAM, &mut command, &log)?;
		let listens =
			until(PROGRAM, START, async || Ok(Some(TcpStream::connect(address).await?))).await;
		process.ensure_running()?;
		listens?;
		Ok(Self { server: Server { address, process: process.id() }, process })
	}

	/// Stop it.
	pub fn stop(self) -> Result<()> {
		self.process.stop()
	}
}

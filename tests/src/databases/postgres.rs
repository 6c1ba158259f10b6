//! PostgreSQL.

use std::{fs, path::PathBuf};

use anyhow::Result;
use sqlx::PgPool;
use tempfile::TempDir;

use super::{find, folder, program, succeed, unprivileged, ServerProcess, Signal, PATIENCE};
use crate::{gatekeeper::free_port, wait::until};

/// What it consists of, as far as it is needed here.
const PROGRAMS: [&str; 2] = ["initdb", "postgres"];

/// A server with an account `admin` that may do everything and an account `reader` that may log in.
#[derive(Debug)]
pub struct Postgres {
	process: Option<ServerProcess>,
	port: u16,
	// Last, so that it goes when nothing writes into it any more.
	folder: TempDir,
}

/// Where Debian has the programs, newest version first.
fn programs() -> Vec<PathBuf> {
	let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
	let mut folders: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
	folders.sort();
	folders.reverse();
	folders
}

impl Postgres {
	/// Whether this machine has it.
	pub fn is_installed() -> bool {
		PROGRAMS.iter().all(|name| find(name, &programs()).is_some())
	}

	/// Make an empty server, and start it.
	pub async fn start() -> Result<Self> {
		let folder = folder()?;
		let data = folder.path().join("data");
		succeed(
			unprivileged(&program(PROGRAMS[0], &programs())?, folder.path())?
				.args(["--username=admin", "--auth=trust", "--no-sync", "--encoding=UTF8"])
				.args(["--locale=C", "--pgdata"])
				.arg(data),
		)?;
		let mut server = Self { process: None, port: free_port()?, folder };
		server.resume().await?;
		let admin = server.admin("postgres").await?;
		sqlx::query("CREATE ROLE reader LOGIN").execute(&admin).await?;
		Ok(server)
	}

	/// Stop the server; what it holds stays.
	pub fn stop(&mut self) {
		self.process = None;
	}

	/// Start it again.
	pub async fn resume(&mut self) -> Result<()> {
		let folder = self.folder.path();
		let mut command = unprivileged(&program(PROGRAMS[1], &programs())?, folder)?;
		command.arg("-D").arg(folder.join("data"));
		for setting in [
			format!("port={}", self.port),
			"listen_addresses=127.0.0.1".into(),
			"unix_socket_directories=".into(),
			"fsync=off".into(),
		] {
			command.args(["-c", &setting]);
		}
		let log = folder.join("log");
		let process = ServerProcess::start("PostgreSQL", &mut command, &log, Signal::SIGINT)?;
		self.process = Some(process);
		let connect =
			until("PostgreSQL", PATIENCE, async || Ok(Some(self.admin("postgres").await?)));
		connect.await?.close().await;
		Ok(())
	}

	/// Address of a database for an account.
	pub fn url(&self, account: &str, database: &str) -> String {
		format!("postgres://{account}@127.0.0.1:{}/{database}", self.port)
	}

	/// Connections that may do everything in a database.
	pub async fn admin(&self, database: &str) -> Result<PgPool> {
		Ok(PgPool::connect(&self.url("admin", database)).await?)
	}

	/// Make a database.
	pub async fn create(&self, database: &str) -> Result<PgPool> {
		let admin = self.admin("postgres").await?;
		sqlx::raw_sql(&format!("CREATE DATABASE {database}")).execute(&admin).await?;
		self.admin(database).await
	}
}

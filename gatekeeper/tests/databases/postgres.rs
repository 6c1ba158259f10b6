//! PostgreSQL.

use super::{folder, free_port, program, succeed, unprivileged, wait_for, Process};
use sqlx::PgPool;
use std::{fs, path::PathBuf};
use tempfile::TempDir;

/// A server with an account `admin` that may do everything and an account `reader` that may log in.
pub struct Postgres {
	folder: TempDir,
	port: u16,
	process: Option<Process>,
}

fn programs() -> Vec<PathBuf> {
	let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
	let mut folders: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
	folders.sort();
	folders.reverse();
	folders
}

impl Postgres {
	pub async fn start() -> Self {
		let folder = folder();
		let data = folder.path().join("data");
		succeed(
			unprivileged(&program("initdb", &programs()), folder.path())
				.args(["--username=admin", "--auth=trust", "--no-sync", "--encoding=UTF8"])
				.args(["--locale=C", "--pgdata"])
				.arg(data),
		);
		let mut server = Self { folder, port: free_port(), process: None };
		server.resume().await;
		sqlx::query("CREATE ROLE reader LOGIN")
			.execute(&server.admin("postgres").await)
			.await
			.unwrap();
		server
	}

	/// Stop the server; what it holds stays.
	pub fn stop(&mut self) {
		self.process = None;
	}

	/// Start it again.
	pub async fn resume(&mut self) {
		let folder = self.folder.path();
		let mut command = unprivileged(&program("postgres", &programs()), folder);
		command.arg("-D").arg(folder.join("data"));
		for setting in [
			format!("port={}", self.port),
			"listen_addresses=127.0.0.1".into(),
			"unix_socket_directories=".into(),
			"fsync=off".into(),
		] {
			command.args(["-c", &setting]);
		}
		self.process = Some(Process::start(command, &folder.join("log"), "INT"));
		let url = self.url("admin", "postgres");
		wait_for(|| PgPool::connect(&url)).await.close().await;
	}

	pub fn url(&self, account: &str, database: &str) -> String {
		format!("postgres://{account}@127.0.0.1:{}/{database}", self.port)
	}

	/// Connections that may do everything in a database.
	pub async fn admin(&self, database: &str) -> sqlx::PgPool {
		PgPool::connect(&self.url("admin", database)).await.unwrap()
	}

	/// Make a database.
	pub async fn create(&self, database: &str) -> PgPool {
		let admin = self.admin("postgres").await;
		sqlx::raw_sql(&format!("CREATE DATABASE {database}")).execute(&admin).await.unwrap();
		self.admin(database).await
	}
}

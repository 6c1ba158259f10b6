//! MariaDB.

use crate::databases::{folder, free_port, program, succeed, unprivileged, wait_for, Process};
use sqlx::MySqlPool;
use std::path::PathBuf;
use tempfile::TempDir;

/// A server with an account `admin` that may do everything and an account `reader` that may log in.
pub struct MariaDb {
	folder: TempDir,
	port: u16,
	process: Option<Process>,
}

fn programs() -> [PathBuf; 2] {
	["/usr/sbin".into(), "/usr/bin".into()]
}

impl MariaDb {
	pub async fn start() -> Self {
		let folder = folder();
		let setup = folder.path().join("accounts.sql");
		std::fs::write(
			&setup,
			"CREATE USER admin@localhost IDENTIFIED BY '';\n\
			 GRANT ALL ON *.* TO admin@localhost WITH GRANT OPTION;\n\
			 CREATE USER reader@localhost IDENTIFIED BY '';\n",
		)
		.unwrap();
		succeed(
			unprivileged(&program("mariadb-install-db", &programs()), folder.path())
				.args([
					"--no-defaults",
					"--auth-root-authentication-method=normal",
					"--skip-test-db",
				])
				.arg(format!("--datadir={}", folder.path().join("data").display())),
		);
		let mut server = Self { folder, port: free_port(), process: None };
		server.run(Some(&setup)).await;
		server
	}

	/// Stop the server; what it holds stays.
	pub fn stop(&mut self) {
		self.process = None;
	}

	/// Start it again.
	pub async fn resume(&mut self) {
		self.run(None).await;
	}

	async fn run(&mut self, setup: Option<&PathBuf>) {
		let folder = self.folder.path();
		let mut command = unprivileged(&program("mariadbd", &programs()), folder);
		command
			.args(["--no-defaults", "--bind-address=127.0.0.1", "--skip-log-bin"])
			.arg(format!("--port={}", self.port))
			.arg(format!("--datadir={}", folder.join("data").display()))
			.arg(format!("--socket={}", folder.join("socket").display()))
			.arg(format!("--pid-file={}", folder.join("pid").display()))
			.args(setup.map(|file| format!("--init-file={}", file.display())));
		self.process = Some(Process::start(command, &folder.join("log"), "TERM"));
		let url = self.url("admin", "");
		wait_for(|| MySqlPool::connect(&url)).await.close().await;
	}

	pub fn url(&self, account: &str, database: &str) -> String {
		format!("mysql://{account}@127.0.0.1:{}/{database}", self.port)
	}

	/// Make a database.
	pub async fn create(&self, database: &str) -> MySqlPool {
		let admin = MySqlPool::connect(&self.url("admin", "")).await.unwrap();
		sqlx::raw_sql(&format!("CREATE DATABASE {database} CHARACTER SET utf8mb4"))
			.execute(&admin)
			.await
			.unwrap();
		MySqlPool::connect(&self.url("admin", database)).await.unwrap()
	}
}

//! MariaDB.

use medrec_tests::{
	databases::{folder, program, succeed, unprivileged, ServerProcess, Signal, PATIENCE},
	gatekeeper::free_port,
	wait::until,
};
use sqlx::MySqlPool;
use std::path::PathBuf;
use tempfile::TempDir;

/// A server with an account `admin` that may do everything and an account `reader` that may log in.
pub struct MariaDb {
	process: Option<ServerProcess>,
	port: u16,
	// Last, so that it goes when nothing writes into it any more.
	folder: TempDir,
}

fn programs() -> [PathBuf; 2] {
	["/usr/sbin".into(), "/usr/bin".into()]
}

impl MariaDb {
	pub async fn start() -> Self {
		let folder = folder().unwrap();
		let setup = folder.path().join("accounts.sql");
		std::fs::write(
			&setup,
			"CREATE USER admin@localhost IDENTIFIED BY '';\n\
			 GRANT ALL ON *.* TO admin@localhost WITH GRANT OPTION;\n\
			 CREATE USER reader@localhost IDENTIFIED BY '';\n",
		)
		.unwrap();
		succeed(
			unprivileged(&program("mariadb-install-db", &programs()).unwrap(), folder.path())
				.unwrap()
				.args([
					"--no-defaults",
					"--auth-root-authentication-method=normal",
					"--skip-test-db",
				])
				.arg(format!("--datadir={}", folder.path().join("data").display())),
		)
		.unwrap();
		let mut server = Self { process: None, port: free_port().unwrap(), folder };
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
		let mut command = unprivileged(&program("mariadbd", &programs()).unwrap(), folder).unwrap();
		command
			.args(["--no-defaults", "--bind-address=127.0.0.1", "--skip-log-bin"])
			.arg(format!("--port={}", self.port))
			.arg(format!("--datadir={}", folder.join("data").display()))
			.arg(format!("--socket={}", folder.join("socket").display()))
			.arg(format!("--pid-file={}", folder.join("pid").display()))
			.args(setup.map(|file| format!("--init-file={}", file.display())));
		let log = folder.join("log");
		let process = ServerProcess::start("MariaDB", &mut command, &log, Signal::SIGTERM);
		self.process = Some(process.unwrap());
		let url = self.url("admin", "");
		let connect =
			until("MariaDB", PATIENCE, async || Ok(Some(MySqlPool::connect(&url).await?)));
		connect.await.unwrap().close().await;
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

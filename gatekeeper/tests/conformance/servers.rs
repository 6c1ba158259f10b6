//! Databases that a test can make, fill and have read.

use crate::mariadb::MariaDb;
use medrec_gatekeeper::{
	fhir::Vocabulary,
	records::{config::SqlConfig, RecordError, SqlRecords},
};
use medrec_tests::{databases::Postgres, gatekeeper::write_secret};
use sqlx::{
	sqlite::{SqliteConnectOptions, SqlitePool},
	MySqlPool, PgPool,
};
use std::{
	future::Future,
	sync::atomic::{AtomicU32, Ordering},
};
use tempfile::TempDir;

/// A server, or a folder of files.
pub struct Server {
	pub kind: Kind,
	folder: TempDir,
	databases: AtomicU32,
}

pub enum Kind {
	Postgres(Postgres),
	MariaDb(MariaDb),
	Sqlite,
}

/// An empty database, open for everything.
pub struct Database {
	pub name: String,
	admin: Admin,
}

enum Admin {
	Postgres(PgPool),
	MariaDb(MySqlPool),
	Sqlite(SqlitePool),
}

impl Server {
	pub fn new(kind: Kind) -> Self {
		Self { kind, folder: tempfile::tempdir().unwrap(), databases: AtomicU32::new(0) }
	}

	/// Make a database that the account `reader` may only read.
	pub async fn create(&self) -> Database {
		let name = format!("records{}", self.databases.fetch_add(1, Ordering::SeqCst));
		let admin = match &self.kind {
			Kind::Postgres(server) => Admin::Postgres(server.create(&name).await.unwrap()),
			Kind::MariaDb(server) => Admin::MariaDb(server.create(&name).await),
			Kind::Sqlite => {
				let file = self.folder.path().join(&name);
				let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
				Admin::Sqlite(SqlitePool::connect_with(options).await.unwrap())
			},
		};
		let database = Database { name, admin };
		match &self.kind {
			Kind::Postgres(_) => {
				let grant = "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader";
				database.execute(grant).await;
			},
			Kind::MariaDb(_) => {
				database
					.execute(&format!("GRANT SELECT ON {}.* TO reader@localhost", database.name))
					.await;
			},
			Kind::Sqlite => {},
		}
		database
	}

	/// Stop the server and start it again, and do something between.
	pub async fn while_away(&mut self, between: impl Future<Output = ()>) {
		match &mut self.kind {
			Kind::Postgres(server) => server.stop(),
			Kind::MariaDb(server) => server.stop(),
			Kind::Sqlite => panic!("there is no server"),
		}
		between.await;
		match &mut self.kind {
			Kind::Postgres(server) => server.resume().await.unwrap(),
			Kind::MariaDb(server) => server.resume().await,
			Kind::Sqlite => {},
		}
	}

	/// Address of a database for an account.
	pub fn url(&self, account: &str, database: &str) -> String {
		match &self.kind {
			Kind::Postgres(server) => server.url(account, database),
			Kind::MariaDb(server) => server.url(account, database),
			Kind::Sqlite => format!("sqlite:{}", self.folder.path().join(database).display()),
		}
	}

	/// A configuration with this mapping.
	pub fn config(&self, account: &str, database: &str, mapping: &str) -> SqlConfig {
		let number = self.databases.fetch_add(1, Ordering::SeqCst);
		let url_file = self.folder.path().join(format!("url{number}"));
		let mapping_file = self.folder.path().join(format!("mapping{number}.toml"));
		write_secret(&url_file, &self.url(account, database)).unwrap();
		std::fs::write(&mapping_file, mapping).unwrap();
		SqlConfig {
			listen: None,
			url_file,
			mapping: mapping_file,
			connections: 4,
			acquire_seconds: 3,
			statement_seconds: 20,
		}
	}

	/// Open a database for reading, as the gatekeeper does.
	pub async fn open(
		&self,
		database: &Database,
		mapping: &str,
	) -> Result<SqlRecords, RecordError> {
		let config = self.config("reader", &database.name, mapping);
		SqlRecords::open(&config, Vocabulary::builtin().unwrap()).await
	}
}

impl Database {
	/// Run statements that bring no values.
	pub async fn execute(&self, statements: &str) {
		let done = match &self.admin {
			Admin::Postgres(pool) => sqlx::raw_sql(statements).execute(pool).await.map(drop),
			Admin::MariaDb(pool) => sqlx::raw_sql(statements).execute(pool).await.map(drop),
			Admin::Sqlite(pool) => sqlx::raw_sql(statements).execute(pool).await.map(drop),
		};
		done.unwrap_or_else(|error| panic!("{error}: {statements}"));
	}
}

/// A text as a literal.
pub fn literal(text: Option<&str>) -> String {
	text.map_or("NULL".to_owned(), |text| format!("'{}'", text.replace('\'', "''")))
}

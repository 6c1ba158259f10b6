//! The databases: how each is opened so that nothing can be written, how long a statement may take,
//! and what its values are.

mod mariadb;
mod postgres;
mod sqlite;

use super::{
	cell::{Cell, Row},
	statement::{Bound, Parameter, Statement},
};
use futures::{future::BoxFuture, stream::BoxStream, FutureExt, StreamExt, TryStreamExt};
use sqlparser::dialect::{Dialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlx::{
	query::Query, Column, Database, Encode, Executor, IntoArguments, Pool, Row as _, Transaction,
	Type,
};
use std::{fmt, time::Duration};
use time::OffsetDateTime;

/// Kinds of databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
	/// PostgreSQL.
	Postgres,
	/// MariaDB, and MySQL as far as it is the same.
	MariaDb,
	/// SQLite.
	Sqlite,
}

impl Kind {
	/// How its SQL is taken apart.
	pub fn dialect(self) -> Box<dyn Dialect> {
		match self {
			Self::Postgres => Box::new(PostgreSqlDialect {}),
			Self::MariaDb => Box::new(MySqlDialect {}),
			Self::Sqlite => Box::new(SQLiteDialect {}),
		}
	}

	/// Its placeholder for the parameter at this place, counted from 1.
	pub fn placeholder(self, place: usize, parameter: Parameter) -> String {
		match (self, parameter) {
			// PostgreSQL does not find out the type of `:since IS NULL` by itself.
			(Self::Postgres, Parameter::Since | Parameter::Until) => {
				format!("${place}::timestamptz")
			},
			(Self::Postgres, Parameter::Patient | Parameter::Id) => format!("${place}"),
			(Self::MariaDb | Self::Sqlite, _) => "?".to_owned(),
		}
	}
}

/// Limits on the use of a database.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
	/// Connections at most.
	pub connections: u32,
	/// How long a request waits for one.
	pub acquire: Duration,
	/// How long a statement may take.
	pub statement: Duration,
}

/// A database that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum EngineError {
	/// Its address cannot be used.
	#[error("its address cannot be used: {0}")]
	Address(String),
	/// It does not answer, or refuses.
	#[error(transparent)]
	Database(#[from] sqlx::Error),
	/// The account can write.
	#[error(
		"its account can write ({0}); give it SELECT on the tables of the mapping and no more"
	)]
	CanWrite(String),
}

/// What a database tells; `None` whenever something may have been missed.
pub(super) type Told<'a> = BoxStream<'a, Result<Option<String>, sqlx::Error>>;

/// A database that is open for reading.
pub(super) trait Engine: Send + Sync {
	/// What it is.
	fn kind(&self) -> Kind;

	/// A view of one state of the database, in which nothing can be written.
	fn snapshot(&self) -> BoxFuture<'_, Result<Box<dyn Snapshot>, sqlx::Error>>;

	/// Whether it can tell by itself that something changed.
	fn can_listen(&self) -> bool;

	/// What is told on a channel, as it comes; `None` whenever something may have been missed.
	fn listen<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<Told<'a>, sqlx::Error>>;

	/// Refuse an account that can write.
	fn check_account(&self) -> BoxFuture<'_, Result<(), EngineError>>;
}

impl fmt::Debug for dyn Engine {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		self.kind().fmt(f)
	}
}

/// One state of a database.
pub(super) trait Snapshot: Send {
	/// The rows of a statement, as they come.
	fn rows<'a>(
		&'a mut self,
		statement: &'a Statement,
		values: Vec<Bound>,
	) -> BoxStream<'a, Result<Row, sqlx::Error>>;

	/// Names of the columns of a statement, without running it.
	fn columns<'a>(
		&'a mut self,
		statement: &'a Statement,
	) -> BoxFuture<'a, Result<Vec<String>, sqlx::Error>>;
}

/// Open the database at an address whose scheme says what it is.
pub(super) async fn open(url: &str, limits: Limits) -> Result<Box<dyn Engine>, EngineError> {
	let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
	match scheme {
		"postgres" | "postgresql" => Ok(Box::new(postgres::open(url, limits).await?)),
		"mariadb" | "mysql" => Ok(Box::new(mariadb::open(url, limits).await?)),
		"sqlite" => Ok(Box::new(sqlite::open(url, limits).await?)),
		_ => Err(EngineError::Address("it begins with postgres:, mariadb: or sqlite:".to_owned())),
	}
}

/// Refuse to send a password and records over a network without knowing to whom.
fn check_encryption(local: bool, verified: bool) -> Result<(), EngineError> {
	if local || verified {
		return Ok(());
	}
	Err(EngineError::Address(
		"the database is on another machine: use TLS and check whom it belongs to \
		 (PostgreSQL: `?sslmode=verify-full&sslrootcert=FILE`, MariaDB: \
		 `?ssl-mode=VERIFY_IDENTITY&ssl-ca=FILE`)"
			.to_owned(),
	))
}

/// Whether a host is this machine.
fn is_local(host: &str) -> bool {
	let host = host.trim_matches(['[', ']']);
	host == "localhost"
		|| host.starts_with('/')
		|| host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What differs between the databases.
trait Source: Database + Sized {
	const KIND: Kind;
	/// Whether it can tell by itself that something changed.
	const CAN_LISTEN: bool = false;
	/// Begins a transaction in which nothing can be written and everything is of one state.
	const BEGIN: &'static str;

	/// The value in this column.
	fn cell(row: &Self::Row, column: usize) -> Result<Cell, sqlx::Error>;

	/// Do what a connection needs before a statement.
	fn prepare(
		connection: &mut Self::Connection,
		limits: Limits,
	) -> BoxFuture<'_, Result<(), sqlx::Error>>;

	/// What is told on a channel.
	fn listen<'a>(_: &'a Pool<Self>, _: &'a str) -> BoxFuture<'a, Result<Told<'a>, sqlx::Error>> {
		async { Ok(futures::stream::pending().boxed()) }.boxed()
	}

	/// What the account can do besides reading; none is right.
	fn excess(pool: &Pool<Self>) -> BoxFuture<'_, Result<Option<String>, sqlx::Error>>;
}

/// A pool of connections to one of the databases.
struct Pooled<S: Source> {
	pool: Pool<S>,
	limits: Limits,
}

impl<S> Engine for Pooled<S>
where
	S: Source,
	for<'c> &'c mut S::Connection: Executor<'c, Database = S>,
	for<'q> S::Arguments<'q>: IntoArguments<'q, S>,
	for<'q> String: Encode<'q, S> + Type<S>,
	for<'q> i64: Encode<'q, S> + Type<S>,
	for<'q> Option<OffsetDateTime>: Encode<'q, S> + Type<S>,
{
	fn kind(&self) -> Kind {
		S::KIND
	}

	fn snapshot(&self) -> BoxFuture<'_, Result<Box<dyn Snapshot>, sqlx::Error>> {
		async move {
			let mut transaction = self.pool.begin_with(S::BEGIN).await?;
			S::prepare(&mut transaction, self.limits).await?;
			Ok(Box::new(transaction) as Box<dyn Snapshot>)
		}
		.boxed()
	}

	fn can_listen(&self) -> bool {
		S::CAN_LISTEN
	}

	fn listen<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<Told<'a>, sqlx::Error>> {
		S::listen(&self.pool, channel)
	}

	fn check_account(&self) -> BoxFuture<'_, Result<(), EngineError>> {
		async move {
			match S::excess(&self.pool).await? {
				Some(excess) => Err(EngineError::CanWrite(excess)),
				None => Ok(()),
			}
		}
		.boxed()
	}
}

impl<S> Snapshot for Transaction<'static, S>
where
	S: Source,
	for<'c> &'c mut S::Connection: Executor<'c, Database = S>,
	for<'q> S::Arguments<'q>: IntoArguments<'q, S>,
	for<'q> String: Encode<'q, S> + Type<S>,
	for<'q> i64: Encode<'q, S> + Type<S>,
	for<'q> Option<OffsetDateTime>: Encode<'q, S> + Type<S>,
{
	fn rows<'a>(
		&'a mut self,
		statement: &'a Statement,
		values: Vec<Bound>,
	) -> BoxStream<'a, Result<Row, sqlx::Error>> {
		let query: Query<'a, S, S::Arguments<'a>> =
			values.into_iter().fold(sqlx::query::<S>(&statement.sql), |query, value| match value {
				Bound::Text(text) => query.bind(text),
				Bound::Integer(number) => query.bind(number),
				Bound::Moment(moment) => query.bind(moment),
			});
		query.fetch(&mut **self).and_then(|row| std::future::ready(read_row::<S>(&row))).boxed()
	}

	fn columns<'a>(
		&'a mut self,
		statement: &'a Statement,
	) -> BoxFuture<'a, Result<Vec<String>, sqlx::Error>> {
		async move {
			let described = (&mut **self).describe(&statement.sql).await?;
			Ok(described.columns().iter().map(|column| column.name().to_owned()).collect())
		}
		.boxed()
	}
}

fn read_row<S: Source>(row: &S::Row) -> Result<Row, sqlx::Error> {
	let cells = row
		.columns()
		.iter()
		.map(|column| Ok((column.name().to_owned(), S::cell(row, column.ordinal())?)))
		.collect::<Result<_, sqlx::Error>>()?;
	Ok(Row { cells })
}

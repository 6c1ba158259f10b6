//! SQLite.

use super::{EngineError, Kind, Limits, Pooled, Source};
use crate::records::sql::cell::Cell;
use futures::{future::BoxFuture, FutureExt};
use sqlx::{
	sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteRow},
	Pool, Row, Sqlite, SqliteConnection, TypeInfo, ValueRef,
};
use std::{str::FromStr, time::Instant};

/// Steps of SQLite's machine between two looks at the clock.
const STEPS: i32 = 10_000;

/// Open a pool of connections that can only read.
pub(super) async fn open(url: &str, limits: Limits) -> Result<Pooled<Sqlite>, EngineError> {
	let options = SqliteConnectOptions::from_str(url)
		.map_err(|error| EngineError::Address(error.to_string()))?
		.create_if_missing(false)
		.read_only(true)
		.pragma("query_only", "ON")
		.busy_timeout(limits.acquire);
	let pool = SqlitePoolOptions::new()
		.max_connections(limits.connections)
		.acquire_timeout(limits.acquire)
		.connect_with(options)
		.await?;
	Ok(Pooled { pool, limits })
}

impl Source for Sqlite {
	const KIND: Kind = Kind::Sqlite;
	const BEGIN: &'static str = "BEGIN";

	fn cell(row: &SqliteRow, column: usize) -> Result<Cell, sqlx::Error> {
		let value = row.try_get_raw(column)?;
		if value.is_null() {
			return Ok(Cell::Null);
		}
		// The type of the value: columns of SQLite hold values of any.
		let name = value.type_info().name().to_owned();
		Ok(match name.as_str() {
			"TEXT" => Cell::Text(row.try_get_unchecked(column)?),
			"INTEGER" => Cell::Number(row.try_get_unchecked::<i64, _>(column)?.to_string()),
			"REAL" => Cell::float(row.try_get_unchecked::<f64, _>(column)?),
			"BLOB" => Cell::Bytes(row.try_get_unchecked(column)?),
			_ => Cell::Unsupported(name),
		})
	}

	fn prepare(
		connection: &mut SqliteConnection,
		limits: Limits,
	) -> BoxFuture<'_, Result<(), sqlx::Error>> {
		async move {
			let end = Instant::now() + limits.statement;
			let mut handle = connection.lock_handle().await?;
			handle.set_progress_handler(STEPS, move || Instant::now() < end);
			Ok(())
		}
		.boxed()
	}

	/// The file is open for reading, whatever the account may do.
	fn excess(_: &Pool<Self>) -> BoxFuture<'_, Result<Option<String>, sqlx::Error>> {
		async { Ok(None) }.boxed()
	}
}

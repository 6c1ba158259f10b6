//! PostgreSQL.

use super::{check_encryption, is_local, EngineError, Kind, Limits, Pooled, Source, Told};
use crate::records::sql::cell::Cell;
use futures::{future::BoxFuture, stream, FutureExt, StreamExt};
use rust_decimal::Decimal;
use serde_json::value::RawValue;
use sqlx::{
	postgres::{PgConnectOptions, PgListener, PgPoolOptions, PgRow, PgSslMode, PgTypeKind},
	types::{Json, Uuid},
	PgConnection, Pool, Postgres, Row, TypeInfo, ValueRef,
};
use std::str::FromStr;
use time::{Date, OffsetDateTime, PrimitiveDateTime};

/// Open a pool of sessions that can only read, and whose statements end in time.
pub(super) async fn open(url: &str, limits: Limits) -> Result<Pooled<Postgres>, EngineError> {
	let options =
		PgConnectOptions::from_str(url).map_err(|error| EngineError::Address(error.to_string()))?;
	let local = options.get_socket().is_some() || is_local(options.get_host());
	check_encryption(local, matches!(options.get_ssl_mode(), PgSslMode::VerifyFull))?;
	let timeout = limits.statement.as_millis().to_string();
	let options = options.application_name("medrec-gatekeeper").options([
		("default_transaction_read_only", "on"),
		("statement_timeout", &timeout),
		("idle_in_transaction_session_timeout", &timeout),
	]);
	let pool = PgPoolOptions::new()
		.max_connections(limits.connections)
		.acquire_timeout(limits.acquire)
		.connect_with(options)
		.await?;
	Ok(Pooled { pool, limits })
}

/// Tables that the role can change, or that it owns, or that it is a superuser.
const EXCESS: &str = "
	SELECT 'it is a superuser' FROM pg_roles WHERE rolname = current_user AND rolsuper
	UNION ALL
	SELECT 'it may change ' || n.nspname || '.' || c.relname
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE c.relkind IN ('r', 'p', 'v', 'f')
		AND n.nspname NOT IN ('pg_catalog', 'information_schema')
		AND n.nspname NOT LIKE 'pg\\_%'
		AND (pg_has_role(c.relowner, 'USAGE')
			OR has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE'))
	LIMIT 1";

impl Source for Postgres {
	const KIND: Kind = Kind::Postgres;
	const CAN_LISTEN: bool = true;
	const BEGIN: &'static str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

	fn cell(row: &PgRow, column: usize) -> Result<Cell, sqlx::Error> {
		let value = row.try_get_raw(column)?;
		if value.is_null() {
			return Ok(Cell::Null);
		}
		let name = value.type_info().name().to_owned();
		let is_enumeration = matches!(value.type_info().kind(), PgTypeKind::Enum(_));
		Ok(match name.as_str() {
			"TEXT" | "VARCHAR" | "CHAR" | "NAME" | "citext" => Cell::Text(row.try_get(column)?),
			"UUID" => Cell::Text(row.try_get::<Uuid, _>(column)?.to_string()),
			"BOOL" => Cell::Boolean(row.try_get(column)?),
			"INT2" => Cell::Number(row.try_get::<i16, _>(column)?.to_string()),
			"INT4" => Cell::Number(row.try_get::<i32, _>(column)?.to_string()),
			"INT8" => Cell::Number(row.try_get::<i64, _>(column)?.to_string()),
			"FLOAT4" => Cell::float(row.try_get::<f32, _>(column)?),
			"FLOAT8" => Cell::float(row.try_get::<f64, _>(column)?),
			// Decimals keep their scale. Those that are too long for it are no measurements.
			"NUMERIC" => match row.try_get::<Decimal, _>(column) {
				Ok(number) => Cell::Number(number.to_string()),
				Err(_) => Cell::Unsupported("NUMERIC with more than 28 digits".to_owned()),
			},
			"DATE" => Cell::Date(row.try_get::<Date, _>(column)?),
			"TIMESTAMPTZ" => Cell::Instant(row.try_get::<OffsetDateTime, _>(column)?),
			"TIMESTAMP" => Cell::Local(row.try_get::<PrimitiveDateTime, _>(column)?),
			"JSON" | "JSONB" => {
				let Json(json) = row.try_get::<Json<Box<RawValue>>, _>(column)?;
				Cell::Json(json.get().to_owned())
			},
			"BYTEA" => Cell::Bytes(row.try_get(column)?),
			// Enumerations are texts whose type has a name of its own.
			_ => match row.try_get_unchecked::<String, _>(column) {
				Ok(text) if is_enumeration => Cell::Text(text),
				_ => Cell::Unsupported(name),
			},
		})
	}

	fn prepare(_: &mut PgConnection, _: Limits) -> BoxFuture<'_, Result<(), sqlx::Error>> {
		async { Ok(()) }.boxed()
	}

	fn listen<'a>(
		pool: &'a Pool<Self>,
		channel: &'a str,
	) -> BoxFuture<'a, Result<Told<'a>, sqlx::Error>> {
		async move {
			// A connection of its own, which waits for as long as the server runs.
			let options = (*pool.connect_options()).clone();
			let waiting = PgPoolOptions::new().max_connections(1).connect_with(options).await?;
			let mut listener = PgListener::connect_with(&waiting).await?;
			listener.listen(channel).await?;
			let told = stream::try_unfold(listener, |mut listener| async {
				// `None` after the connection was lost and is there again.
				let told = listener.try_recv().await?;
				Ok(Some((told.map(|told| told.payload().to_owned()), listener)))
			});
			Ok(told.boxed())
		}
		.boxed()
	}

	fn excess(pool: &Pool<Self>) -> BoxFuture<'_, Result<Option<String>, sqlx::Error>> {
		sqlx::query_scalar(EXCESS).fetch_optional(pool).boxed()
	}
}

//! MariaDB.

use super::{check_encryption, is_local, EngineError, Kind, Limits, Pooled, Source};
use crate::records::sql::cell::Cell;
use futures::{future::BoxFuture, FutureExt};
use rust_decimal::Decimal;
use sqlx::{
	mysql::{MySqlConnectOptions, MySqlPoolOptions, MySqlRow, MySqlSslMode},
	Executor, MySql, MySqlConnection, Pool, Row, TypeInfo, ValueRef,
};
use std::str::FromStr;
use time::{Date, OffsetDateTime, PrimitiveDateTime};

/// Open a pool of sessions that can only read, and whose statements end in time.
pub(super) async fn open(url: &str, limits: Limits) -> Result<Pooled<MySql>, EngineError> {
	// The driver knows the scheme under the older name.
	let url = url.replacen("mariadb:", "mysql:", 1);
	let options = MySqlConnectOptions::from_str(&url)
		.map_err(|error| EngineError::Address(error.to_string()))?;
	let local = options.get_socket().is_some() || is_local(options.get_host());
	check_encryption(local, matches!(options.get_ssl_mode(), MySqlSslMode::VerifyIdentity))?;
	let pool = MySqlPoolOptions::new()
		.max_connections(limits.connections)
		.acquire_timeout(limits.acquire)
		.after_connect(move |connection, _| {
			async move {
				connection.execute("SET SESSION TRANSACTION READ ONLY").await?;
				let seconds = limits.statement.as_secs_f64();
				sqlx::query("SET SESSION max_statement_time = ?")
					.bind(seconds)
					.execute(connection)
					.await?;
				Ok(())
			}
			.boxed()
		})
		.connect_with(options)
		.await?;
	Ok(Pooled { pool, limits })
}

/// Privileges of the account besides reading.
const EXCESS: &str = "
	SELECT concat('it has ', privilege_type) FROM (
		SELECT grantee, privilege_type FROM information_schema.user_privileges
		UNION ALL SELECT grantee, privilege_type FROM information_schema.schema_privileges
		UNION ALL SELECT grantee, privilege_type FROM information_schema.table_privileges
		UNION ALL SELECT grantee, privilege_type FROM information_schema.column_privileges
	) p
	WHERE grantee = concat('''', replace(current_user(), '@', '''@'''), '''')
		AND privilege_type NOT IN ('USAGE', 'SELECT', 'SHOW VIEW', 'SHOW DATABASES', 'PROCESS')
	LIMIT 1";

impl Source for MySql {
	const KIND: Kind = Kind::MariaDb;
	const BEGIN: &'static str = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";

	fn cell(row: &MySqlRow, column: usize) -> Result<Cell, sqlx::Error> {
		let value = row.try_get_raw(column)?;
		if value.is_null() {
			return Ok(Cell::Null);
		}
		let name = value.type_info().name().to_owned();
		Ok(match name.as_str() {
			"CHAR" | "VARCHAR" | "TINYTEXT" | "TEXT" | "MEDIUMTEXT" | "LONGTEXT" | "ENUM" => {
				Cell::Text(row.try_get(column)?)
			},
			"BOOLEAN" => Cell::Boolean(row.try_get(column)?),
			"TINYINT" | "SMALLINT" | "MEDIUMINT" | "INT" | "BIGINT" => {
				Cell::Number(row.try_get::<i64, _>(column)?.to_string())
			},
			"TINYINT UNSIGNED" | "SMALLINT UNSIGNED" | "MEDIUMINT UNSIGNED" | "INT UNSIGNED"
			| "BIGINT UNSIGNED" | "YEAR" => {
				Cell::Number(row.try_get_unchecked::<u64, _>(column)?.to_string())
			},
			"FLOAT" => Cell::float(row.try_get::<f32, _>(column)?),
			"DOUBLE" => Cell::float(row.try_get::<f64, _>(column)?),
			// Decimals keep their scale. Those that are too long for it are no measurements.
			"DECIMAL" => match row.try_get::<Decimal, _>(column) {
				Ok(number) => Cell::Number(number.to_string()),
				Err(_) => Cell::Unsupported("DECIMAL with more than 28 digits".to_owned()),
			},
			"DATE" => Cell::Date(row.try_get::<Date, _>(column)?),
			"TIMESTAMP" => Cell::Instant(row.try_get::<OffsetDateTime, _>(column)?),
			"DATETIME" => Cell::Local(row.try_get::<PrimitiveDateTime, _>(column)?),
			"JSON" => Cell::Json(row.try_get_unchecked(column)?),
			"BINARY" | "VARBINARY" | "TINYBLOB" | "BLOB" | "MEDIUMBLOB" | "LONGBLOB" => {
				Cell::Bytes(row.try_get(column)?)
			},
			_ => Cell::Unsupported(name),
		})
	}

	fn prepare(_: &mut MySqlConnection, _: Limits) -> BoxFuture<'_, Result<(), sqlx::Error>> {
		async { Ok(()) }.boxed()
	}

	fn excess(pool: &Pool<Self>) -> BoxFuture<'_, Result<Option<String>, sqlx::Error>> {
		sqlx::query_scalar(EXCESS).fetch_optional(pool).boxed()
	}
}

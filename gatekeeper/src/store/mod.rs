//! The gatekeeper's own state, in one SQLite file (`gatekeeper.sqlite`): nonces, enrolments, bindings,
//! merges, holds, sealed openings, and the tables of the audit log ([`crate::audit`]).
//!
//! Everything is written by one task, which shares one transaction, and one flush to the disk, among
//! all writes that wait. When a function here returns `Ok`, its effect survives a crash. When it
//! returns an error, the caller has to refuse whatever needed the effect. What the log has to tell is
//! written together with its entry ([`Change::logged`]). Other processes (the command
//! line beside the server) may use the same file.

mod amendments;
mod bindings;
mod change;
pub(crate) mod column;
mod enrolments;
mod error;
mod holds;
mod merges;
mod nonces;
mod notifications;
mod openings;
mod submission;
mod writer;

pub use amendments::{
	AmendmentStoreError, Settlement, StoredAmendment, Verdict, MAX_AMENDMENTS, MAX_OPEN_AMENDMENTS,
};
pub use bindings::{Binding, BindingError, BindingStatus, EndOnChain};
pub use change::{Change, LoggedError};
pub use enrolments::{
	Enrolment, EnrolmentError, EnrolmentId, EnrolmentStatus, NewCode, StoredConsent,
	MAX_CONSENT_RENEWAL,
};
pub use error::StoreError;
pub use holds::{Hold, HoldError, HoldNumber, Lifted, NewHold, MAX_HOLDS_PER_RELATIONSHIP};
pub use merges::{Merge, MergeError, MergeNumber, MergeStatus, MergeStep, Resolution};
pub use nonces::NonceError;
pub(crate) use notifications::notify_of_other;
pub use notifications::{
	QueuePlace, StoredNotification, MAX_NOTIFICATIONS, NOTIFICATION_AGE, QUEUE_BEGINNING,
};
pub use openings::{
	Deposit, InvalidOpeningCursor, OpeningCursor, OpeningError, StoredOpening,
	MAX_OPENINGS_PER_GRANTEE, MAX_OPENINGS_PER_RELATIONSHIP,
};
pub use submission::Submission;

use crate::files::private_file;
use futures::future::BoxFuture;
use sqlx::{
	sqlite::{
		SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
	},
	ConnectOptions, Connection, SqliteConnection,
};
use std::{
	fs::{File, TryLockError},
	path::{Path, PathBuf},
	sync::{Arc, Mutex, PoisonError},
	time::{Duration, Instant},
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use writer::Writer;

/// Name of the database in the data folder.
pub const DATABASE_FILE: &str = "gatekeeper.sqlite";

/// Name of the file that is locked while a process brings the database's tables up to date.
const LOCK_FILE: &str = "gatekeeper.lock";

/// Most rows that one reading call returns.
pub const MAX_PAGE: u32 = 1_000;

/// Connections that read at the same time.
const READERS: u32 = 4;

/// Time between two looks at something that another process holds.
const POLL: Duration = Duration::from_millis(20);

const PAGE_BYTES: u32 = 4_096;

/// Size down to which the write-ahead log is cut when it was emptied.
const IDLE_LOG_BYTES: u32 = 16 * 1024 * 1024;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/store");

/// How the store behaves.
#[derive(Clone, Debug)]
pub struct StoreOptions {
	/// How long to wait for another process that holds the database.
	pub busy_timeout: Duration,
	/// Size that the database may grow to, in bytes; as long as the disk has room if `None`.
	pub max_bytes: Option<u64>,
}

impl Default for StoreOptions {
	fn default() -> Self {
		Self { busy_timeout: Duration::from_secs(5), max_bytes: None }
	}
}

/// Handle to the store; clones share it.
#[derive(Clone, Debug)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
	path: PathBuf,
	options: StoreOptions,
	connect: SqliteConnectOptions,
	readers: SqlitePool,
	writer: Writer,
	stop: CancellationToken,
	task: Mutex<Option<JoinHandle<()>>>,
}

impl Store {
	/// Open the store in a folder that exists; make it there if there is none. The file is readable by
	/// its owner only.
	pub async fn open(data_dir: &Path, options: StoreOptions) -> Result<Self, StoreError> {
		let path = data_dir.join(DATABASE_FILE);
		let refuse = |reason: String| StoreError::Open { path: path.clone(), reason };
		// Read and write: SQLite needs both, and this is where a lack of either is told best.
		private_file(&path).map_err(|error| refuse(error.to_string()))?;

		let connect = SqliteConnectOptions::new()
			.filename(&path)
			.create_if_missing(false)
			.journal_mode(SqliteJournalMode::Wal)
			.synchronous(SqliteSynchronous::Full)
			.foreign_keys(true)
			.busy_timeout(options.busy_timeout)
			.page_size(PAGE_BYTES)
			.disable_statement_logging();
		let mut writing = connect
			.clone()
			// Erased keys and purged openings leave no copy in free pages.
			.pragma("secure_delete", "ON")
			.pragma("journal_size_limit", IDLE_LOG_BYTES.to_string());
		if let Some(bytes) = options.max_bytes {
			let pages = (bytes / u64::from(PAGE_BYTES)).clamp(1, u64::from(u32::MAX - 1));
			writing = writing.pragma("max_page_count", pages.to_string());
		}

		let lock = lock_file(&data_dir.join(LOCK_FILE), options.busy_timeout).await?;
		let mut connection = writing.connect().await.map_err(|error| refuse(error.to_string()))?;
		// `run` asks for more of the connection's lifetime than a future that is sent between threads has.
		MIGRATIONS.run_direct(&mut connection).await.map_err(|error| refuse(error.to_string()))?;
		connection.close().await?;
		drop(lock);

		let stop = CancellationToken::new();
		let (writer, task) = Writer::start(writing.clone(), stop.clone()).await?;
		let readers = SqlitePoolOptions::new()
			.max_connections(READERS)
			.acquire_timeout(options.busy_timeout)
			.connect_with(connect.read_only(true))
			.await?;
		let task = Mutex::new(Some(task));
		Ok(Self(Arc::new(Inner { path, options, connect: writing, readers, writer, stop, task })))
	}

	/// The database file.
	pub fn path(&self) -> &Path {
		&self.0.path
	}

	/// Write something that means nothing, to see whether writing works.
	pub async fn check_writable(&self) -> Result<(), StoreError> {
		self.write(|connection| {
			Box::pin(async move {
				sqlx::query("UPDATE write_probe SET writes = writes + 1")
					.execute(connection)
					.await?;
				Ok(())
			})
		})
		.await
	}

	/// Move everything from the write-ahead log into the database and empty the log, so that what was
	/// deleted is gone from the disk. Fails with [`StoreError::Busy`] if somebody reads for too long.
	pub async fn scrub(&self) -> Result<(), StoreError> {
		let deadline = Instant::now() + self.0.options.busy_timeout;
		let mut connection = self.0.connect.connect().await?;
		loop {
			let busy: i64 = sqlx::query_scalar("PRAGMA wal_checkpoint(TRUNCATE)")
				.fetch_one(&mut connection)
				.await?;
			if busy == 0 {
				break;
			}
			if Instant::now() >= deadline {
				return Err(StoreError::Busy);
			}
			tokio::time::sleep(POLL).await;
		}
		connection.close().await?;
		Ok(())
	}

	/// Finish what waits to be written and close the database. Every later use fails with
	/// [`StoreError::Closed`].
	pub async fn close(&self) {
		// Readers first: the last connection moves the write-ahead log into the database, and only the
		// writer can.
		self.0.readers.close().await;
		self.0.stop.cancel();
		let task = self.0.task.lock().unwrap_or_else(PoisonError::into_inner).take();
		if let Some(task) = task {
			if let Err(error) = task.await {
				tracing::error!(%error, "the store's writer ended badly");
			}
		}
	}

	/// Do `work` in a transaction that is on the disk when this returns `Ok`. `work` must return every
	/// error of the database that it meets.
	pub(crate) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
	where
		T: Send + 'static,
		E: From<StoreError> + Send + 'static,
		F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
	{
		self.0.writer.run(work).await
	}

	/// Connections for reading.
	pub(crate) fn readers(&self) -> &SqlitePool {
		&self.0.readers
	}
}

/// Lock a file until the result is dropped, so that two processes do not make the tables at once.
async fn lock_file(path: &Path, timeout: Duration) -> Result<File, StoreError> {
	let refuse =
		|reason: std::io::Error| StoreError::Open { path: path.into(), reason: reason.to_string() };
	let file = private_file(path).map_err(refuse)?;
	let deadline = Instant::now() + timeout;
	loop {
		match file.try_lock() {
			Ok(()) => return Ok(file),
			Err(TryLockError::Error(error)) => return Err(refuse(error)),
			Err(TryLockError::WouldBlock) if Instant::now() >= deadline => {
				return Err(StoreError::Busy)
			},
			Err(TryLockError::WouldBlock) => tokio::time::sleep(POLL).await,
		}
	}
}

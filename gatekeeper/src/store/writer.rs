//! The one task that writes. Jobs that wait at the same moment share one transaction, and with it one
//! flush to the disk; a job is acknowledged only after that.

use super::StoreError;
use futures::future::BoxFuture;
use sqlx::{sqlite::SqliteConnectOptions, ConnectOptions, Connection, SqliteConnection};
use tokio::{
	sync::{mpsc, oneshot},
	task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

/// Most jobs that share a transaction.
const MAX_BATCH: usize = 256;

/// Most jobs that wait.
const MAX_WAITING: usize = 4096;

/// Work inside the shared transaction. Must return every error of the database that it meets, because
/// SQLite may have rolled the transaction back.
pub(super) type Work<T, E> =
	Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, E>> + Send>;

/// Something to write, whatever its caller expects back.
trait Job: Send {
	/// Do the work. `Err` if the job refused; what it wrote until then has to be undone.
	fn run<'c>(&'c mut self, connection: &'c mut SqliteConnection)
		-> BoxFuture<'c, Result<(), ()>>;
	/// Tell the caller the outcome of [`Job::run`].
	fn acknowledge(self: Box<Self>);
	/// Tell the caller that nothing was written.
	fn fail(self: Box<Self>, error: StoreError);
}

struct Pending<T, E> {
	work: Option<Work<T, E>>,
	outcome: Option<Result<T, E>>,
	reply: oneshot::Sender<Result<T, E>>,
}

impl<T: Send, E: From<StoreError> + Send> Job for Pending<T, E> {
	fn run<'c>(
		&'c mut self,
		connection: &'c mut SqliteConnection,
	) -> BoxFuture<'c, Result<(), ()>> {
		Box::pin(async move {
			let Some(work) = self.work.take() else { return Err(()) };
			let outcome = work(connection).await;
			let result = if outcome.is_ok() { Ok(()) } else { Err(()) };
			self.outcome = Some(outcome);
			result
		})
	}

	fn acknowledge(self: Box<Self>) {
		if let Some(outcome) = self.outcome {
			// A caller that went away does not need to know.
			let _ = self.reply.send(outcome);
		}
	}

	fn fail(self: Box<Self>, error: StoreError) {
		let outcome = match self.outcome {
			// The job's own reason is the better one.
			Some(Err(own)) => Err(own),
			_ => Err(E::from(error)),
		};
		let _ = self.reply.send(outcome);
	}
}

/// Handle to the writing task.
#[derive(Debug)]
pub(crate) struct Writer {
	jobs: mpsc::Sender<Box<dyn Job>>,
}

impl Writer {
	/// Start the task on a connection of its own. After `stop` it does what waits already and ends.
	pub(crate) async fn start(
		options: SqliteConnectOptions,
		stop: CancellationToken,
	) -> Result<(Self, JoinHandle<()>), StoreError> {
		let connection = options.connect().await?;
		let (jobs, waiting) = mpsc::channel(MAX_WAITING);
		let task = tokio::spawn(Task { options, connection: Some(connection) }.run(waiting, stop));
		Ok((Self { jobs }, task))
	}

	/// Do `work` in a transaction. `Ok` means that it is on the disk; after `Err` the caller has to act
	/// as if nothing of it were.
	///
	/// A caller that stops waiting does not stop the work.
	pub(crate) async fn run<T, E, F>(&self, work: F) -> Result<T, E>
	where
		T: Send + 'static,
		E: From<StoreError> + Send + 'static,
		F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
	{
		let (reply, answer) = oneshot::channel();
		let job = Box::new(Pending { work: Some(Box::new(work)), outcome: None, reply });
		self.jobs.try_send(job).map_err(|refused| match refused {
			mpsc::error::TrySendError::Full(_) => StoreError::Overloaded,
			mpsc::error::TrySendError::Closed(_) => StoreError::Closed,
		})?;
		answer.await.map_err(|_| StoreError::Closed)?
	}
}

struct Task {
	options: SqliteConnectOptions,
	/// `None` after a failure that leaves its state unknown.
	connection: Option<SqliteConnection>,
}

impl Task {
	async fn run(mut self, mut waiting: mpsc::Receiver<Box<dyn Job>>, stop: CancellationToken) {
		loop {
			let next = tokio::select! {
				next = waiting.recv() => next,
				() = stop.cancelled(), if !waiting.is_closed() => {
					waiting.close();
					continue;
				},
			};
			let Some(first) = next else { break };
			let mut batch = vec![first];
			let outcome = self.transact(&mut batch, &mut waiting).await;
			match outcome {
				Ok(()) => batch.into_iter().for_each(|job| job.acknowledge()),
				Err(error) => {
					// Who waits meanwhile would meet the same, each after the busy timeout.
					while let Ok(job) = waiting.try_recv() {
						batch.push(job);
					}
					tracing::error!(%error, jobs = batch.len(), "could not write to the store");
					for job in batch {
						job.fail(error.clone());
					}
					self.discard().await;
				},
			}
		}
		self.discard().await;
	}

	async fn transact(
		&mut self,
		batch: &mut Vec<Box<dyn Job>>,
		waiting: &mut mpsc::Receiver<Box<dyn Job>>,
	) -> Result<(), StoreError> {
		let connection = match &mut self.connection {
			Some(connection) => connection,
			none => none.insert(self.options.connect().await?),
		};
		// Immediate: a transaction that has read already is refused at once when it wants to write
		// beside another process, without waiting.
		let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
		let mut next = 0;
		while next < MAX_BATCH {
			if next == batch.len() {
				match waiting.try_recv() {
					Ok(job) => batch.push(job),
					Err(_) => break,
				}
			}
			let mut savepoint = transaction.begin().await?;
			match batch.get_mut(next) {
				Some(job) => match job.run(&mut savepoint).await {
					Ok(()) => savepoint.commit().await?,
					// Fails when SQLite itself rolled everything back: then nothing of this batch
					// may be acknowledged.
					Err(()) => savepoint.rollback().await?,
				},
				None => break,
			}
			next = next.saturating_add(1);
		}
		transaction.commit().await?;
		Ok(())
	}

	async fn discard(&mut self) {
		if let Some(connection) = self.connection.take() {
			if let Err(error) = connection.close().await {
				tracing::warn!(%error, "the store's connection did not close cleanly");
			}
		}
	}
}

//! Changes that happen when they are awaited: by themselves, or together with the log's entry about
//! them.

use super::{writer::Work, Store, StoreError};
use crate::audit::{AuditError, AuditLog, Event};
use futures::future::BoxFuture;
use sqlx::SqliteConnection;
use std::{fmt, future::IntoFuture};

/// A change of the store that has not happened yet. Await it, or [`Change::logged`].
#[must_use = "a change happens when it is awaited"]
pub struct Change<T, E> {
	store: Store,
	work: Work<T, E>,
}

/// Why a change that has to be logged did not happen. Neither it nor its entry was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoggedError<E> {
	/// The change was refused.
	#[error(transparent)]
	Change(E),
	/// The log takes no entry.
	#[error(transparent)]
	Log(AuditError),
}

impl<E: From<StoreError>> From<StoreError> for LoggedError<E> {
	fn from(error: StoreError) -> Self {
		Self::Change(error.into())
	}
}

impl<T, E> fmt::Debug for Change<T, E> {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		f.debug_struct("Change").finish_non_exhaustive()
	}
}

impl<T, E> Change<T, E>
where
	T: Send + 'static,
	E: From<StoreError> + Send + 'static,
{
	/// Do the change and log the event that it is, if it is one: both or neither, in one transaction
	/// that is on the disk when this returns `Ok`. The log has to be that of the store.
	pub async fn logged<F>(self, log: &AuditLog, event: F) -> Result<T, LoggedError<E>>
	where
		F: FnOnce(&T) -> Option<Event> + Send + 'static,
	{
		let Self { store, work } = self;
		let log = log.clone();
		store
			.write(move |connection| {
				Box::pin(async move {
					let changed = work(connection).await.map_err(LoggedError::Change)?;
					if let Some(event) = event(&changed) {
						log.record_in(connection, event).await.map_err(LoggedError::Log)?;
					}
					Ok(changed)
				})
			})
			.await
	}
}

impl<T, E> IntoFuture for Change<T, E>
where
	T: Send + 'static,
	E: From<StoreError> + Send + 'static,
{
	type Output = Result<T, E>;
	type IntoFuture = BoxFuture<'static, Result<T, E>>;

	fn into_future(self) -> Self::IntoFuture {
		let Self { store, work } = self;
		Box::pin(async move { store.write(work).await })
	}
}

impl Store {
	/// Something to be done in a transaction. `work` must return every error of the database that it
	/// meets.
	pub(super) fn change<T, E, F>(&self, work: F) -> Change<T, E>
	where
		F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
	{
		Change { store: self.clone(), work: Box::new(work) }
	}
}

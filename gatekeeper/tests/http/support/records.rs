//! The real records, with a count of what left them.

use futures::{future::BoxFuture, FutureExt};
use medrec_gatekeeper::{
	fhir::{search::SearchQuery, ResourceType},
	records::{
		Changes, LocalPatientId, RecordBackend, RecordError, SearchPage, StoredResource, Visibility,
	},
};
use std::sync::{
	atomic::{AtomicBool, AtomicU64, Ordering},
	Arc,
};

pub struct CountingRecords {
	inner: Arc<dyn RecordBackend>,
	read: AtomicU64,
	/// Whether the database pretends not to answer.
	pub broken: AtomicBool,
}

impl CountingRecords {
	pub fn new(inner: Arc<dyn RecordBackend>) -> Self {
		Self { inner, read: AtomicU64::new(0), broken: AtomicBool::new(false) }
	}

	/// How many records left the database so far.
	pub fn read(&self) -> u64 {
		self.read.load(Ordering::SeqCst)
	}

	fn count(&self, records: usize) {
		self.read.fetch_add(records as u64, Ordering::SeqCst);
	}

	fn check_broken(&self) -> Result<(), RecordError> {
		match self.broken.load(Ordering::SeqCst) {
			true => Err(RecordError::Unavailable(sqlx::Error::PoolTimedOut)),
			false => Ok(()),
		}
	}
}

impl RecordBackend for CountingRecords {
	fn read<'a>(
		&'a self,
		patient: &'a LocalPatientId,
		visibility: &'a Visibility,
		resource_type: ResourceType,
		id: &'a str,
	) -> BoxFuture<'a, Result<Option<StoredResource>, RecordError>> {
		async move {
			self.check_broken()?;
			let found = self.inner.read(patient, visibility, resource_type, id).await?;
			self.count(found.iter().count());
			Ok(found)
		}
		.boxed()
	}

	fn search<'a>(
		&'a self,
		patient: &'a LocalPatientId,
		visibility: &'a Visibility,
		query: &'a SearchQuery,
	) -> BoxFuture<'a, Result<SearchPage, RecordError>> {
		async move {
			self.check_broken()?;
			let page = self.inner.search(patient, visibility, query).await?;
			self.count(page.resources.len());
			Ok(page)
		}
		.boxed()
	}

	fn knows<'a>(
		&'a self,
		patient: &'a LocalPatientId,
	) -> BoxFuture<'a, Result<bool, RecordError>> {
		self.inner.knows(patient)
	}

	fn last_change<'a>(
		&'a self,
		patient: &'a LocalPatientId,
	) -> BoxFuture<'a, Result<Option<i64>, RecordError>> {
		self.inner.last_change(patient)
	}

	fn changes(&self) -> Option<BoxFuture<'_, Result<Changes<'_>, RecordError>>> {
		self.inner.changes()
	}

	fn check(&self) -> BoxFuture<'_, Result<(), RecordError>> {
		self.inner.check()
	}
}

//! Records in the provider's own database, over its own schema.
//!
//! The operator maps each type of resource to a statement with named parameters, and its rows to
//! resources. A request brings values for parameters and nothing else. Rows are read as they come:
//! each is built, its subject is checked, it is classified, and then it is kept for the page, counted,
//! or dropped. At no time is more held than a page and one row.

mod cell;
mod changes;
mod check;
mod conversion;
mod engine;
mod mapping;
mod statement;
mod template;
mod window;

pub use check::Finding;

use super::{
	candidate::{Candidate, Intake, Medications, Sieve, Unfit},
	config::SqlConfig,
	page::{PageBuilder, CAME_TWICE},
	secret, Changes, LocalPatientId, RecordBackend, RecordError, SearchPage, StoredResource,
	Visibility,
};
use crate::fhir::{search::SearchQuery, ResourceType, Vocabulary};
use cell::Row;
use engine::{Engine, EngineError, Limits, Snapshot};
use futures::{future::BoxFuture, FutureExt, TryStreamExt};
use mapping::{IdType, Mapping, Shape, Source};
use statement::{Bound, Parameter, Statement};
use std::{fmt, future::Future, time::Duration};
use window::Window;

/// Records over the provider's own schema, in PostgreSQL, MariaDB or SQLite.
#[derive(Debug)]
pub struct SqlRecords {
	engine: Box<dyn Engine>,
	mapping: Mapping,
	intake: Intake,
	/// How long a request may take with all of its statements.
	time: Duration,
	/// Channel on which the database names patients whose records changed.
	listen: Option<String>,
}

/// What a statement is asked for.
#[derive(Clone, Copy)]
struct Asked<'a> {
	patient: &'a LocalPatientId,
	id: Option<&'a str>,
	window: Window,
}

impl SqlRecords {
	/// Open the database and read the mapping. The account must not be able to write.
	pub async fn open(config: &SqlConfig, vocabulary: Vocabulary) -> Result<Self, RecordError> {
		fn fail(path: impl fmt::Display, reason: impl fmt::Display) -> RecordError {
			RecordError::Open { path: path.to_string(), reason: reason.to_string() }
		}
		let place = config.url_file.display().to_string();
		let url = secret::read(&config.url_file).map_err(|reason| fail(&place, reason))?;
		let time = Duration::from_secs(config.statement_seconds);
		let limits = Limits {
			connections: config.connections,
			acquire: Duration::from_secs(config.acquire_seconds),
			statement: time,
		};
		let opened = async {
			let engine = engine::open(&url, limits).await?;
			engine.check_account().await?;
			Ok::<_, EngineError>(engine)
		};
		let engine =
			opened.await.map_err(|reason| fail(format_args!("the database of {place}"), reason))?;
		let mapping = Mapping::load(&config.mapping, engine.kind())
			.map_err(|reason| fail(config.mapping.display(), reason))?;
		let listen = config.listen.clone();
		if listen.is_some() && mapping.changed.is_none() {
			return Err(fail(
				config.mapping.display(),
				"`records.listen` needs `changed` in the mapping",
			));
		}
		if listen.is_some() && !engine.can_listen() {
			return Err(fail(place, "`records.listen` is for PostgreSQL"));
		}
		let intake = Intake { vocabulary, bases: Vec::new() };
		Ok(Self { engine, mapping, intake, time, listen })
	}

	/// Give up what takes too long.
	async fn in_time<T>(
		&self,
		work: impl Future<Output = Result<T, RecordError>>,
	) -> Result<T, RecordError> {
		tokio::time::timeout(self.time, work).await.unwrap_or(Err(RecordError::TooSlow))
	}

	/// Values for the parameters of a statement; none if an id has not the form that ids have here, so
	/// that there is nothing to be found.
	fn bind(&self, statement: &Statement, id: IdType, asked: Asked) -> Option<Vec<Bound>> {
		let value = |parameter: &Parameter| match parameter {
			Parameter::Patient => bound(self.mapping.patient_id, asked.patient.as_str()),
			Parameter::Id => bound(id, asked.id?),
			Parameter::Since => Some(Bound::Moment(asked.window.since())),
			Parameter::Until => Some(Bound::Moment(asked.window.until())),
		};
		statement.parameters.iter().map(value).collect()
	}

	/// Do something with each resource that a statement yields, in the order of its rows. What cannot
	/// be read is passed over for those who do not see everything.
	async fn each(
		&self,
		snapshot: &mut dyn Snapshot,
		(resource_type, source): (ResourceType, &Source),
		statement: &Statement,
		asked: Asked<'_>,
		visibility: &Visibility,
		mut take: impl FnMut(Candidate) -> Result<(), RecordError> + Send,
	) -> Result<(), RecordError> {
		let Some(values) = self.bind(statement, source.id, asked) else { return Ok(()) };
		let medications = match resource_type {
			ResourceType::MedicationRequest => self.medications(snapshot, asked).await?,
			_ => Medications::new(),
		};
		let mut sieve = Sieve::new(&self.intake, resource_type, asked.patient, visibility);
		let mut rows = snapshot.rows(statement, values);
		while let Some(row) = rows.try_next().await? {
			if let Some(candidate) = sieve.sift(source.shape.text(&row), &medications)? {
				take(candidate)?;
			}
		}
		Ok(())
	}

	/// Labels of the Medications that a patient's orders refer to. One that cannot be read is unknown,
	/// and so are its orders.
	async fn medications(
		&self,
		snapshot: &mut dyn Snapshot,
		asked: Asked<'_>,
	) -> Result<Medications, RecordError> {
		let mut medications = Medications::new();
		let Some(source) = &self.mapping.medications else { return Ok(medications) };
		let asked = Asked { window: Window::ALWAYS, ..asked };
		let Some(values) = self.bind(&source.search, source.id, asked) else {
			return Ok(medications);
		};
		let mut rows = snapshot.rows(&source.search, values);
		while let Some(row) = rows.try_next().await? {
			let read = source.shape.text(&row).and_then(|text| self.intake.medication(&text));
			medications.extend(read.ok());
		}
		Ok(medications)
	}

	async fn read_one(
		&self,
		patient: &LocalPatientId,
		visibility: &Visibility,
		resource_type: ResourceType,
		id: &str,
	) -> Result<Option<StoredResource>, RecordError> {
		let Some(source) = self.mapping.resources.get(&resource_type) else { return Ok(None) };
		let statement = source.read.as_ref().unwrap_or(&source.search);
		let asked = Asked { patient, id: Some(id), window: Window::ALWAYS };
		let mut found: Option<Candidate> = None;
		let take = |candidate: Candidate| {
			// Databases that compare without regard to case find others, too.
			if candidate.resource.id != id {
				return Ok(());
			}
			match found.replace(candidate) {
				Some(_) => Err(Unfit::Unreadable(CAME_TWICE).into_error(resource_type)),
				None => Ok(()),
			}
		};
		let mut snapshot = self.engine.snapshot().await?;
		let from = (resource_type, source);
		self.each(&mut *snapshot, from, statement, asked, visibility, take).await?;
		let shown = found.filter(|candidate| candidate.is_shown(visibility));
		Ok(shown.map(|candidate| candidate.resource))
	}

	async fn search_page(
		&self,
		patient: &LocalPatientId,
		visibility: &Visibility,
		query: &SearchQuery,
	) -> Result<SearchPage, RecordError> {
		let mut page = PageBuilder::new(visibility, query);
		let resource_type = query.resource_type();
		if let Some(source) = self.mapping.resources.get(&resource_type) {
			let asked = Asked { patient, id: None, window: Window::of(query) };
			let mut snapshot = self.engine.snapshot().await?;
			let (from, take) = ((resource_type, source), |candidate| page.offer(candidate));
			self.each(&mut *snapshot, from, &source.search, asked, visibility, take).await?;
		}
		page.finish()
	}
}

impl Shape {
	/// The resource of a row, as JSON text.
	fn text(&self, row: &Row) -> Result<String, Unfit> {
		match self {
			Self::Document(column) => template::document(row, column),
			Self::Template(template) => template.build(row),
		}
		.map_err(|_| Unfit::Unreadable("a column does not fit the mapping; run `check-config`"))
	}
}

/// An id as a value of its type.
fn bound(id_type: IdType, id: &str) -> Option<Bound> {
	match id_type {
		IdType::Text => Some(Bound::Text(id.to_owned())),
		// Only as the number itself is written: `007` is not 7.
		IdType::Integer => {
			let number = id.parse::<i64>().ok().filter(|number| number.to_string() == id);
			number.map(Bound::Integer)
		},
	}
}

impl RecordBackend for SqlRecords {
	fn read<'a>(
		&'a self,
		patient: &'a LocalPatientId,
		visibility: &'a Visibility,
		resource_type: ResourceType,
		id: &'a str,
	) -> BoxFuture<'a, Result<Option<StoredResource>, RecordError>> {
		self.in_time(self.read_one(patient, visibility, resource_type, id)).boxed()
	}

	fn search<'a>(
		&'a self,
		patient: &'a LocalPatientId,
		visibility: &'a Visibility,
		query: &'a SearchQuery,
	) -> BoxFuture<'a, Result<SearchPage, RecordError>> {
		self.in_time(self.search_page(patient, visibility, query)).boxed()
	}

	fn knows<'a>(
		&'a self,
		patient: &'a LocalPatientId,
	) -> BoxFuture<'a, Result<bool, RecordError>> {
		async move {
			let everything = Visibility::Everything;
			let id = patient.as_str();
			let found = self.read(patient, &everything, ResourceType::Patient, id).await?;
			Ok(found.is_some())
		}
		.boxed()
	}

	fn last_change<'a>(
		&'a self,
		patient: &'a LocalPatientId,
	) -> BoxFuture<'a, Result<Option<i64>, RecordError>> {
		self.in_time(self.changed(patient)).boxed()
	}

	fn changes(&self) -> Option<BoxFuture<'_, Result<Changes<'_>, RecordError>>> {
		let channel = self.listen.as_deref()?;
		Some(async { Ok(self.engine.listen(channel).await?) }.boxed())
	}

	fn check(&self) -> BoxFuture<'_, Result<(), RecordError>> {
		self.in_time(async { Ok(self.engine.snapshot().await.map(drop)?) }).boxed()
	}
}

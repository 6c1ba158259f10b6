//! Records on the provider's own FHIR R4 server.
//!
//! What clients search for never reaches it: it is asked for all of one patient's resources of a type,
//! or for one of them by its id, and what it answers is checked, classified and filtered here.

mod client;

pub use client::FhirServerError;

use super::{
	candidate::{Candidate, Intake, Medications, Sieve, Unfit},
	config::FhirServerConfig,
	page::{PageBuilder, CAME_TWICE},
	LocalPatientId, RecordBackend, RecordError, SearchPage, StoredResource, Visibility,
};
use crate::fhir::{is_id, search::SearchQuery, ResourceType, Vocabulary, FHIR_VERSION};
use client::Client;
use futures::{future::BoxFuture, FutureExt};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::{future::Future, time::Duration};
use url::Url;

/// Medications that are looked up for one request at most; orders of others are not mapped.
const MAX_MEDICATIONS: usize = 200;

/// Records on a FHIR R4 server.
#[derive(Clone, Debug)]
pub struct FhirServerRecords {
	client: Client,
	intake: Intake,
	max_pages: u32,
	/// How long a request may take with all of its pages.
	time: Duration,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bundle {
	resource_type: String,
	#[serde(default)]
	entry: Vec<Entry>,
	#[serde(default)]
	link: Vec<Link>,
}

#[derive(Deserialize)]
struct Entry {
	resource: Option<Box<RawValue>>,
	search: Option<Search>,
}

#[derive(Deserialize)]
struct Search {
	mode: Option<String>,
}

#[derive(Deserialize)]
struct Link {
	relation: String,
	url: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CapabilityStatement {
	fhir_version: String,
}

impl Entry {
	/// What matches; the server also sends hints, and what it thinks belongs to it.
	fn into_match(self) -> Option<Box<RawValue>> {
		let mode = self.search.and_then(|search| search.mode);
		self.resource.filter(|_| mode.is_none_or(|mode| mode == "match"))
	}
}

impl FhirServerRecords {
	/// Get ready to ask a server; it need not be there yet.
	pub fn new(config: &FhirServerConfig, vocabulary: Vocabulary) -> Result<Self, RecordError> {
		let client = Client::new(config)
			.map_err(|reason| RecordError::Open { path: config.url.to_string(), reason })?;
		let intake = Intake { vocabulary, bases: vec![client.base()] };
		let time = Duration::from_secs(config.request_seconds);
		Ok(Self { client, intake, max_pages: config.max_pages, time })
	}

	async fn in_time<T>(
		&self,
		work: impl Future<Output = Result<T, RecordError>>,
	) -> Result<T, RecordError> {
		tokio::time::timeout(self.time, work).await.unwrap_or(Err(RecordError::TooSlow))
	}

	/// Do something with each resource of a patient, page by page. What cannot be read is passed over
	/// for those who do not see everything.
	async fn each(
		&self,
		patient: &LocalPatientId,
		visibility: &Visibility,
		(resource_type, id): (ResourceType, Option<&str>),
		mut take: impl FnMut(Candidate) -> Result<(), RecordError> + Send,
	) -> Result<(), RecordError> {
		let mut medications = Medications::new();
		let mut sieve = Sieve::new(&self.intake, resource_type, patient, visibility);
		let mut next = Some(self.client.search(resource_type, patient.as_str(), id));
		let mut pages = 0;
		while let Some(url) = next.take() {
			pages += 1;
			if pages > self.max_pages {
				return Err(FhirServerError::TooManyPages.into());
			}
			let bundle = self.bundle(url).await?;
			if let Some(link) = bundle.link.iter().find(|link| link.relation == "next") {
				next = Some(self.client.follow(&link.url)?);
			}
			for resource in bundle.entry.into_iter().filter_map(Entry::into_match) {
				let text = Box::<str>::from(resource).into_string();
				if resource_type == ResourceType::MedicationRequest {
					self.look_up(&text, &mut medications).await?;
				}
				if let Some(candidate) = sieve.sift(Ok(text), &medications)? {
					take(candidate)?;
				}
			}
		}
		Ok(())
	}

	async fn bundle(&self, url: Url) -> Result<Bundle, FhirServerError> {
		let bundle: Option<Bundle> = self.client.get(url).await?;
		bundle
			.filter(|bundle| bundle.resource_type == "Bundle")
			.ok_or(FhirServerError::NotFhir("a search is answered with a Bundle"))
	}

	/// Learn the labels of the Medication that an order refers to.
	async fn look_up(
		&self,
		order: &str,
		medications: &mut Medications,
	) -> Result<(), FhirServerError> {
		let Some(id) = self.intake.ordered(order) else { return Ok(()) };
		if medications.contains_key(&id) || medications.len() == MAX_MEDICATIONS {
			return Ok(());
		}
		let url = self.client.address(&["Medication", &id]);
		let found: Option<Box<RawValue>> = self.client.get(url).await?;
		let read = found.and_then(|text| self.intake.medication(text.get()).ok());
		let labels = read.filter(|(of, _)| *of == id).and_then(|(_, labels)| labels);
		medications.insert(id, labels);
		Ok(())
	}

	async fn read_one(
		&self,
		patient: &LocalPatientId,
		visibility: &Visibility,
		resource_type: ResourceType,
		id: &str,
	) -> Result<Option<StoredResource>, RecordError> {
		if !is_id(id) {
			return Ok(None);
		}
		let mut found: Option<Candidate> = None;
		let take = |candidate: Candidate| {
			// Of a server that does not know the parameter.
			if candidate.resource.id != id {
				return Ok(());
			}
			match found.replace(candidate) {
				Some(_) => Err(Unfit::Unreadable(CAME_TWICE).into_error(resource_type)),
				None => Ok(()),
			}
		};
		self.each(patient, visibility, (resource_type, Some(id)), take).await?;
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
		let asked = (query.resource_type(), None);
		self.each(patient, visibility, asked, |candidate| page.offer(candidate)).await?;
		page.finish()
	}

	async fn check_version(&self) -> Result<(), RecordError> {
		let statement: Option<CapabilityStatement> =
			self.client.get(self.client.address(&["metadata"])).await?;
		match statement {
			Some(statement) if statement.fhir_version == FHIR_VERSION => Ok(()),
			Some(_) => Err(FhirServerError::NotFhir("it speaks another version").into()),
			None => Err(FhirServerError::NotFhir("there is no `metadata` under `url`").into()),
		}
	}
}

impl RecordBackend for FhirServerRecords {
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

	fn check(&self) -> BoxFuture<'_, Result<(), RecordError>> {
		self.in_time(self.check_version()).boxed()
	}
}

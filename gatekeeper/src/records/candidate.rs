//! A resource as a database of somebody else's gives it: read, checked, classified.

use super::{LocalPatientId, RecordError, StoredResource, Visibility};
use crate::{
	fhir::{
		date::Millis,
		index::Index,
		is_id, json,
		resource::{is_subset, last_updated, target, version, version_of_text, OrderedDrug},
		search, Classification, ResourceType, Vocabulary,
	},
	policies::fits,
};
use medrec_primitives::Labels;
use serde_json::{value::RawValue, Value};
use std::collections::HashMap;
use time::OffsetDateTime;

/// Bytes of one resource at most.
pub(super) const MAX_RESOURCE_BYTES: usize = 16 * 1024 * 1024;

/// A resource of the patient who was asked for, and what searches look at in it.
#[derive(Debug)]
pub(super) struct Candidate {
	pub resource: StoredResource,
	pub last_updated: Option<Millis>,
	pub index: Index,
}

impl Candidate {
	/// Whether it may be seen.
	pub fn is_shown(&self, visibility: &Visibility) -> bool {
		let StoredResource { resource_type, id, record_types, labels, .. } = &self.resource;
		visibility.shows(*record_types, *labels, |narrowing| {
			fits(narrowing, *resource_type, id, &self.index)
		})
	}

	/// As a search sees it.
	pub fn searched(&self) -> search::Candidate<'_> {
		search::Candidate {
			id: &self.resource.id,
			patient: self.resource.subject.as_str(),
			last_updated: self.last_updated,
			index: &self.index,
		}
	}
}

/// Why a text is not served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfit {
	/// It is about somebody else: what fetched it is wrong.
	#[error("it is another patient's")]
	OtherPatient,
	/// It is not what it should be.
	#[error("{0}")]
	Unreadable(&'static str),
}

impl Unfit {
	/// What becomes of the answer. Rows of somebody else are as if they were not there, so that no
	/// answer tells of them. What cannot be read counts like what cannot be classified: it does not
	/// exist for a grantee, and who may see everything is not given an answer that lacks it.
	fn spoils(&self, visibility: &Visibility) -> bool {
		match self {
			Self::OtherPatient => false,
			Self::Unreadable(_) => *visibility == Visibility::Everything,
		}
	}

	/// As an error about a resource of this type.
	pub fn into_error(self, resource_type: ResourceType) -> RecordError {
		let reason = match self {
			Self::OtherPatient => "it is another patient's",
			Self::Unreadable(reason) => reason,
		};
		RecordError::Inconsistent { resource: resource_type.to_string(), reason }
	}
}

/// Labels that Medications give their orders, by their ids; `None` if one cannot be mapped.
pub(super) type Medications = HashMap<String, Option<Labels>>;

/// Takes what a database gives for one request, text by text, and lets through what is the patient's.
pub(super) struct Sieve<'a> {
	intake: &'a Intake,
	resource_type: ResourceType,
	patient: &'a LocalPatientId,
	visibility: &'a Visibility,
	/// How many were another patient's.
	misfiled: u64,
}

impl<'a> Sieve<'a> {
	pub fn new(
		intake: &'a Intake,
		resource_type: ResourceType,
		patient: &'a LocalPatientId,
		visibility: &'a Visibility,
	) -> Self {
		Self { intake, resource_type, patient, visibility, misfiled: 0 }
	}

	/// What a text is, if it has a part in the answer; an error if there must be no answer.
	pub fn sift(
		&mut self,
		text: Result<String, Unfit>,
		medications: &Medications,
	) -> Result<Option<Candidate>, RecordError> {
		let candidate = text.and_then(|text| {
			self.intake.candidate(self.resource_type, self.patient, text, medications)
		});
		match candidate {
			Ok(candidate) => Ok(Some(candidate)),
			Err(unfit) if unfit.spoils(self.visibility) => {
				Err(unfit.into_error(self.resource_type))
			},
			Err(unfit) => {
				self.misfiled += u64::from(unfit == Unfit::OtherPatient);
				Ok(None)
			},
		}
	}
}

/// Tells the operator of rows that should not have come. Of nobody else's answer do they change a byte.
impl Drop for Sieve<'_> {
	fn drop(&mut self) {
		if self.misfiled > 0 {
			tracing::error!(
				resource_type = %self.resource_type,
				rows = self.misfiled,
				"the records database gave resources of other patients than the one asked for; they \
				 were not served; `medrec-gatekeeper check-config --patient` shows the statement"
			);
		}
	}
}

/// How texts become candidates.
#[derive(Clone, Debug)]
pub(super) struct Intake {
	/// Maps them to record types and labels.
	pub vocabulary: Vocabulary,
	/// Base URLs that references to this provider's own resources may begin with.
	pub bases: Vec<String>,
}

impl Intake {
	/// A resource of this type and patient.
	pub fn candidate(
		&self,
		resource_type: ResourceType,
		patient: &LocalPatientId,
		text: String,
		medications: &Medications,
	) -> Result<Candidate, Unfit> {
		let resource = open(&text)?;
		if resource["resourceType"] != resource_type.name() {
			return Err(Unfit::Unreadable("it is of another type"));
		}
		let id = resource["id"].as_str().filter(|id| is_id(id));
		let id = id.ok_or(Unfit::Unreadable("its `id` is not a FHIR id"))?.to_owned();
		self.check_subject(resource_type, patient, &id, &resource)?;

		let classification = self.classify(resource_type, &resource, medications);
		let index = Index::of(resource_type, &resource)
			.map_err(|_| Unfit::Unreadable("a date or period in it is not one of FHIR"))?;
		let version = version(&resource).map_err(Unfit::Unreadable)?;
		let last_updated = last_updated(&resource).map_err(Unfit::Unreadable)?;
		let stored = StoredResource {
			resource_type,
			id,
			version: version.unwrap_or_else(|| version_of_text(&text)),
			last_updated: last_updated.map(moment).transpose()?,
			record_types: classification.record_types,
			labels: classification.labels,
			subject: patient.clone(),
			json: RawValue::from_string(text).map_err(|_| NOT_JSON)?,
		};
		Ok(Candidate { resource: stored, last_updated, index })
	}

	/// Id of a Medication, and the labels that it gives its orders.
	pub fn medication(&self, text: &str) -> Result<(String, Option<Labels>), Unfit> {
		let resource = open(text)?;
		let id = resource["id"].as_str().filter(|id| is_id(id));
		match id {
			Some(id) if resource["resourceType"] == "Medication" => {
				Ok((id.to_owned(), self.vocabulary.labels(&resource)))
			},
			_ => Err(Unfit::Unreadable("it is not a Medication with an id")),
		}
	}

	/// Id of the Medication that the text of an order refers to, if it does.
	pub fn ordered(&self, text: &str) -> Option<String> {
		let OrderedDrug::Reference(reference) = OrderedDrug::of(&open(text).ok()?) else {
			return None;
		};
		let medication = target(&reference, &self.bases)?;
		(medication.resource_type == "Medication").then(|| medication.id.to_owned())
	}

	fn check_subject(
		&self,
		resource_type: ResourceType,
		patient: &LocalPatientId,
		id: &str,
		resource: &Value,
	) -> Result<(), Unfit> {
		let Some(element) = resource_type.subject_element() else {
			return if id == patient.as_str() { Ok(()) } else { Err(Unfit::OtherPatient) };
		};
		let reference = resource[element]["reference"].as_str();
		let reference = reference.ok_or(Unfit::Unreadable("it does not say whose it is"))?;
		match target(reference, &self.bases) {
			Some(subject) if subject.resource_type != ResourceType::Patient.name() => {
				Err(Unfit::Unreadable("its subject is not a patient"))
			},
			Some(subject) if subject.id == patient.as_str() => Ok(()),
			Some(_) => Err(Unfit::OtherPatient),
			None => Err(Unfit::Unreadable("its subject is not `Patient/` and an id")),
		}
	}

	fn classify(
		&self,
		resource_type: ResourceType,
		resource: &Value,
		medications: &Medications,
	) -> Classification {
		let own = self.vocabulary.classify(resource);
		if resource_type != ResourceType::MedicationRequest {
			return own;
		}
		let labels = match OrderedDrug::of(resource) {
			OrderedDrug::Here => return own,
			OrderedDrug::Nowhere => None,
			OrderedDrug::Reference(reference) => target(&reference, &self.bases)
				.filter(|medication| medication.resource_type == "Medication")
				.and_then(|medication| *medications.get(medication.id)?),
		};
		// An order of a drug that nobody knows, or that is not mapped, is not mapped either.
		match labels {
			Some(labels) => Classification { labels: own.labels.union(labels), ..own },
			None => own.without_types(),
		}
	}
}

const NOT_JSON: Unfit =
	Unfit::Unreadable("it is not JSON, names a member of an object twice, or is too deep");

fn open(text: &str) -> Result<Value, Unfit> {
	if text.len() > MAX_RESOURCE_BYTES {
		return Err(Unfit::Unreadable("it is longer than 16 MiB"));
	}
	let resource = json::parse(text).map_err(|_| NOT_JSON)?;
	if is_subset(&resource) {
		return Err(Unfit::Unreadable("it is a part of a resource only"));
	}
	Ok(resource)
}

/// A time in Unix milliseconds.
pub(super) fn moment(millis: Millis) -> Result<OffsetDateTime, Unfit> {
	OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000)
		.map_err(|_| Unfit::Unreadable("its time of last update is out of range"))
}

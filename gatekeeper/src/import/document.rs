//! One JSON text: a resource, or a Bundle of resources, taken apart into what is stored.

use super::{ImportOptions, LeftOutReason};
use crate::{
	fhir::{
		index::Index,
		is_id, json,
		other_patient::references,
		reference::{Reference, Target},
		resource::{is_subset, last_updated, version, OrderedDrug},
		ResourceType,
	},
	records::{LocalPatientId, NewRecord, SupportingMedication},
};
use serde::Deserialize;
use serde_json::{value::RawValue, Value};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Bytes of one resource at most.
const MAX_RESOURCE_BYTES: usize = 16 * 1024 * 1024;
/// Bundles inside Bundles, as answers to batches hold them, at most.
const MAX_BUNDLE_DEPTH: usize = 4;

/// What a text holds.
pub(super) enum Item {
	/// A resource to store.
	Record(Box<NewRecord>),
	/// A Medication that orders may refer to.
	Medication(SupportingMedication),
	/// A resource of a type that is not served.
	OtherType,
	/// A resource of a type that is served that does not belong here.
	LeftOut { resource: String, reason: LeftOutReason },
	/// Something that cannot be understood.
	Problem { resource: Option<String>, reason: String },
}

/// What every resource says first.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
	resource_type: String,
	id: Option<String>,
}

#[derive(Deserialize)]
struct Bundle {
	#[serde(default)]
	entry: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
	full_url: Option<String>,
	resource: Option<Box<RawValue>>,
	request: Option<Request>,
}

#[derive(Deserialize)]
struct Request {
	method: Option<String>,
	url: Option<String>,
}

/// Where a resource stands: what its references are relative to.
#[derive(Default)]
struct Place<'a> {
	/// `fullUrl` of its entry.
	full_url: Option<&'a str>,
	/// Base URL of the server that its Bundle speaks for.
	home: Option<&'a str>,
	/// Type and id of what the Bundle holds, by `fullUrl`.
	by_url: HashMap<&'a str, (String, String)>,
}

/// Takes texts apart.
pub(super) struct Document<'a> {
	options: &'a ImportOptions,
	items: Vec<Item>,
}

/// What comes of one resource: it, or why not.
enum Obstacle {
	LeftOut(LeftOutReason),
	Problem(String),
}

impl Obstacle {
	fn problem(reason: &'static str) -> Self {
		Self::Problem(reason.to_owned())
	}
}

impl<'a> Document<'a> {
	pub fn new(options: &'a ImportOptions) -> Self {
		Self { options, items: Vec::new() }
	}

	/// Everything that a text holds, in its order.
	pub fn items(mut self, text: &str) -> Vec<Item> {
		self.resource(text.trim(), &Place::default(), 0);
		self.items
	}

	fn problem(&mut self, resource: Option<String>, reason: impl ToString) {
		self.items.push(Item::Problem { resource, reason: reason.to_string() });
	}

	fn resource(&mut self, text: &str, place: &Place, depth: usize) {
		let head = match head(text) {
			Ok(head) => head,
			Err(reason) => return self.problem(place.full_url.map(str::to_owned), reason),
		};
		if head.resource_type == "Bundle" {
			return self.bundle(text, depth);
		}
		let served = head.resource_type.parse::<ResourceType>();
		if served.is_err() && head.resource_type != "Medication" {
			return self.items.push(Item::OtherType);
		}
		let id = match logical_id(&head, place.full_url, text) {
			Ok(id) => id,
			Err(reason) => return self.problem(Some(head.resource_type), reason),
		};
		let name = format!("{}/{id}", head.resource_type);
		let item = match served {
			Ok(resource_type) => self
				.record(resource_type, id, text, place)
				.map(|record| Item::Record(Box::new(record))),
			Err(_) => self.medication(id, text, place).map(Item::Medication),
		};
		self.items.push(item.unwrap_or_else(|obstacle| match obstacle {
			Obstacle::LeftOut(_) if served.is_err() => Item::OtherType,
			Obstacle::LeftOut(reason) => Item::LeftOut { resource: name, reason },
			Obstacle::Problem(reason) => Item::Problem { resource: Some(name), reason },
		}));
	}

	fn bundle(&mut self, text: &str, depth: usize) {
		if depth == MAX_BUNDLE_DEPTH {
			let reason = format!("more than {MAX_BUNDLE_DEPTH} Bundles inside each other");
			return self.problem(Some("Bundle".into()), reason);
		}
		let bundle: Bundle = match serde_json::from_str(text) {
			Ok(bundle) => bundle,
			Err(error) => return self.problem(Some("Bundle".into()), error),
		};
		let base = |entry: &'_ Entry| match entry.full_url.as_deref().and_then(Reference::parse) {
			Some(Reference::Absolute { base, .. }) => Some(base.to_owned()),
			_ => None,
		};
		let home = bundle.entry.iter().find_map(base);
		let home = home.as_deref();
		let mut by_url = HashMap::new();
		for entry in &bundle.entry {
			let (Some(url), Some(resource)) = (entry.full_url.as_deref(), &entry.resource) else {
				continue;
			};
			if let Ok(head) = head(resource.get()) {
				if let Ok(id) = logical_id(&head, Some(url), resource.get()) {
					by_url.insert(url, (head.resource_type, id));
				}
			}
		}
		let mut place = Place { full_url: None, home, by_url };
		for entry in &bundle.entry {
			place.full_url = entry.full_url.as_deref();
			match (&entry.resource, &entry.request) {
				(Some(resource), _) => self.resource(resource.get(), &place, depth + 1),
				(None, Some(request)) if request.method.as_deref() == Some("DELETE") => {
					self.deletion(request)
				},
				(None, _) => {},
			}
		}
	}

	fn deletion(&mut self, request: &Request) {
		let url = request.url.as_deref().unwrap_or_default();
		let resource_type = url.split(['/', '?']).next().unwrap_or_default();
		self.items.push(match resource_type.parse::<ResourceType>() {
			Ok(_) => Item::LeftOut { resource: url.to_owned(), reason: LeftOutReason::Deletion },
			Err(_) => Item::OtherType,
		});
	}

	fn record(
		&self,
		resource_type: ResourceType,
		id: String,
		text: &str,
		place: &Place,
	) -> Result<NewRecord, Obstacle> {
		let resource = self.open(text, place)?;
		let patient = self.patient(resource_type, &id, &resource, place)?;
		let mut classification = self.options.vocabulary.classify(&resource);
		let mut medication = None;
		if resource_type == ResourceType::MedicationRequest {
			match self.ordered(&resource, place) {
				Ordered::Here => {},
				Ordered::Medication(id) => medication = Some(id),
				Ordered::Unknown => classification = classification.without_types(),
			}
		}
		let names_other_patient = references(&resource).into_iter().any(|reference| {
			self.resolve(reference, place).is_ok_and(|(resource_type, id)| {
				resource_type == ResourceType::Patient.name() && id != patient.as_str()
			})
		});
		let index = Index::of(resource_type, &resource)
			.map_err(|error| Obstacle::Problem(error.to_string()))?;
		Ok(NewRecord {
			resource_type,
			id,
			patient,
			version: version(&resource).map_err(Obstacle::problem)?,
			last_updated: last_updated(&resource).map_err(Obstacle::problem)?,
			classification,
			medication,
			names_other_patient,
			index,
			json: text.to_owned(),
		})
	}

	fn medication(
		&self,
		id: String,
		text: &str,
		place: &Place,
	) -> Result<SupportingMedication, Obstacle> {
		let resource = self.open(text, place)?;
		let labels = self.options.vocabulary.labels(&resource);
		let last_updated = last_updated(&resource).map_err(Obstacle::problem)?;
		Ok(SupportingMedication { id, last_updated, labels, json: text.to_owned() })
	}

	/// Read a resource that is whole and this provider's.
	fn open(&self, text: &str, place: &Place) -> Result<Value, Obstacle> {
		if text.len() > MAX_RESOURCE_BYTES {
			let reason = format!("longer than {MAX_RESOURCE_BYTES} bytes");
			return Err(Obstacle::Problem(reason));
		}
		let resource = json::parse(text).map_err(|error| Obstacle::Problem(error.to_string()))?;
		if let Some(Reference::Absolute { base, .. }) = place.full_url.and_then(Reference::parse) {
			if !self.is_own(base, place) {
				return Err(Obstacle::LeftOut(LeftOutReason::OtherServer));
			}
		}
		if is_subset(&resource) {
			return Err(Obstacle::LeftOut(LeftOutReason::Subsetted));
		}
		Ok(resource)
	}

	/// Whether a base URL is this provider's own server, as far as one can know.
	fn is_own(&self, base: &str, place: &Place) -> bool {
		let bases = &self.options.bases;
		if bases.is_empty() {
			place.home == Some(base)
		} else {
			bases.iter().any(|own| own.trim_end_matches('/') == base)
		}
	}

	/// Type and id of what a reference means on this server.
	fn resolve(&self, reference: &str, place: &Place) -> Result<(String, String), LeftOutReason> {
		let owned =
			|Target { resource_type, id }: Target| (resource_type.to_owned(), id.to_owned());
		match Reference::parse(reference) {
			None => Err(LeftOutReason::SubjectUnresolved),
			Some(Reference::Contained(_)) => Err(LeftOutReason::SubjectContained),
			Some(Reference::Relative(target)) => Ok(owned(target)),
			Some(Reference::Urn(urn)) => {
				place.by_url.get(urn).cloned().ok_or(LeftOutReason::SubjectUnresolved)
			},
			Some(Reference::Absolute { base, .. }) if !self.is_own(base, place) => {
				Err(LeftOutReason::OtherServer)
			},
			Some(Reference::Absolute { target, .. }) => {
				Ok(place.by_url.get(reference).cloned().unwrap_or_else(|| owned(target)))
			},
		}
	}

	/// Whose record it is.
	fn patient(
		&self,
		resource_type: ResourceType,
		id: &str,
		resource: &Value,
		place: &Place,
	) -> Result<LocalPatientId, Obstacle> {
		let Some(element) = resource_type.subject_element() else { return local(id) };
		let reference = resource[element]["reference"]
			.as_str()
			.ok_or(Obstacle::LeftOut(LeftOutReason::NoSubject))?;
		let (subject_type, subject) = self.resolve(reference, place).map_err(Obstacle::LeftOut)?;
		if subject_type != ResourceType::Patient.name() {
			return Err(Obstacle::LeftOut(LeftOutReason::SubjectNotPatient));
		}
		local(&subject)
	}

	/// Where it stands which drug is ordered.
	fn ordered(&self, resource: &Value, place: &Place) -> Ordered {
		let reference = match OrderedDrug::of(resource) {
			OrderedDrug::Here => return Ordered::Here,
			OrderedDrug::Nowhere => return Ordered::Unknown,
			OrderedDrug::Reference(reference) => reference,
		};
		match self.resolve(&reference, place) {
			Ok((resource_type, id)) if resource_type == "Medication" => Ordered::Medication(id),
			_ => Ordered::Unknown,
		}
	}
}

/// Where it stands which drug is ordered.
enum Ordered {
	/// In the order.
	Here,
	/// In a Medication of this id.
	Medication(String),
	/// Nowhere that can be looked up.
	Unknown,
}

fn head(text: &str) -> Result<Head, String> {
	if !text.starts_with('{') {
		return Err("not a JSON object".into());
	}
	serde_json::from_str(text).map_err(|error| error.to_string())
}

/// The id of a resource: its own, or else what its `fullUrl` ends in, or else the hash of its text,
/// so that it is the same each time.
fn logical_id(head: &Head, full_url: Option<&str>, text: &str) -> Result<String, String> {
	if let Some(id) = &head.id {
		return if is_id(id) { Ok(id.clone()) } else { Err("its `id` is not a FHIR id".into()) };
	}
	let from_url = match full_url.and_then(Reference::parse) {
		Some(Reference::Urn(urn)) => urn.rsplit(':').next().filter(|id| is_id(id)),
		Some(Reference::Absolute { target, .. }) => Some(target.id),
		_ => None,
	};
	Ok(from_url.map_or_else(|| hex::encode(Sha256::digest(text)), str::to_owned))
}

fn local(id: &str) -> Result<LocalPatientId, Obstacle> {
	id.parse().map_err(|error| Obstacle::Problem(format!("its patient: {error}")))
}

#[cfg(test)]
mod tests;

//! The mapping file (TOML): which statements yield a provider's records, and how their rows become
//! FHIR resources. `docs/backends.md` describes every key.

use super::{
	conversion::Zone,
	engine::Kind,
	statement::{Parameter, Statement, StatementError},
	template::{Template, TemplateError},
};
use crate::fhir::ResourceType;
use serde::Deserialize;
use std::{
	collections::BTreeMap,
	fs,
	path::{Path, PathBuf},
};

/// Largest mapping file that is read, bytes.
const MAX_FILE_BYTES: u64 = 1 << 20;
/// Name of the resources that orders of medications refer to.
const MEDICATION: &str = "Medication";

/// A mapping that is understood, for one kind of database.
#[derive(Clone, Debug)]
pub(super) struct Mapping {
	/// Type of `:patient`.
	pub patient_id: IdType,
	/// Yields something that grows whenever a patient's records change, if the operator has that.
	pub changed: Option<Statement>,
	/// What each type of resource is made of. What is not here, the provider has none of.
	pub resources: BTreeMap<ResourceType, Source>,
	/// Medications that a patient's orders refer to.
	pub medications: Option<Source>,
}

/// What a type of resource is made of.
#[derive(Clone, Debug)]
pub(super) struct Source {
	/// Its name in the mapping.
	pub name: String,
	/// Yields all of a patient's resources of the type.
	pub search: Statement,
	/// Yields one of them.
	pub read: Option<Statement>,
	/// Type of `:id`.
	pub id: IdType,
	/// How a row becomes a resource.
	pub shape: Shape,
}

/// How a row becomes a resource.
#[derive(Clone, Debug)]
pub(super) enum Shape {
	/// The column of this name holds it, as JSON.
	Document(String),
	/// It is built.
	Template(Template),
}

/// Type of a parameter that is an id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum IdType {
	/// Text.
	#[default]
	Text,
	/// A whole number.
	Integer,
}

/// Why a mapping cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum MappingError {
	/// It cannot be read.
	#[error("cannot read the mapping {path}: {source}")]
	Read {
		/// The file.
		path: PathBuf,
		/// Why.
		source: std::io::Error,
	},
	/// It is larger than any.
	#[error("{0} is larger than 1 MiB; is it the mapping?")]
	TooLarge(PathBuf),
	/// It is not TOML of the right shape.
	#[error("{path} is not a valid mapping: {source}")]
	Parse {
		/// The file.
		path: PathBuf,
		/// Where and why.
		source: Box<toml::de::Error>,
	},
	/// The statement for changes cannot be used.
	#[error("`changed` in the mapping: {0}")]
	Changed(StatementError),
	/// It is not about one patient.
	#[error("`changed` in the mapping asks for :patient and for nothing else")]
	ChangedParameters,
	/// A statement cannot be used.
	#[error("`resources.{name}.{key}` in the mapping: {source}")]
	Statement {
		/// Type of resource.
		name: String,
		/// `search` or `read`.
		key: &'static str,
		/// Why.
		source: StatementError,
	},
	/// A resource cannot be built so.
	#[error("`resources.{name}.resource` in the mapping: {source}")]
	Template {
		/// Type of resource.
		name: String,
		/// Why.
		source: TemplateError,
	},
	/// Something else is wrong.
	#[error("`resources.{name}` in the mapping: {reason}")]
	Resource {
		/// Type of resource.
		name: String,
		/// What is wrong.
		reason: &'static str,
	},
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
	#[serde(default)]
	patient_id: IdType,
	timestamps_without_zone: Option<Zone>,
	changed: Option<String>,
	resources: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
	search: String,
	read: Option<String>,
	#[serde(default)]
	id: IdType,
	document: Option<String>,
	resource: Option<String>,
}

impl Mapping {
	/// Read the mapping in a file.
	pub fn load(path: &Path, kind: Kind) -> Result<Self, MappingError> {
		let read = |source| MappingError::Read { path: path.to_owned(), source };
		if fs::metadata(path).map_err(read)?.len() > MAX_FILE_BYTES {
			return Err(MappingError::TooLarge(path.to_owned()));
		}
		let text = fs::read_to_string(path).map_err(read)?;
		let file: File = toml::from_str(&text).map_err(|source| MappingError::Parse {
			path: path.to_owned(),
			source: Box::new(source),
		})?;
		Self::of(file, kind)
	}

	fn of(file: File, kind: Kind) -> Result<Self, MappingError> {
		let changed = file.changed.as_deref().map(|text| changed(text, kind)).transpose()?;
		let mut mapping = Self {
			patient_id: file.patient_id,
			changed,
			resources: BTreeMap::new(),
			medications: None,
		};
		for (name, entry) in file.resources {
			let source = entry.source(name.clone(), kind, file.timestamps_without_zone)?;
			if name == MEDICATION {
				mapping.medications = Some(source);
				continue;
			}
			let reason = "not a resource type that is served";
			let resource_type =
				name.parse().map_err(|_| MappingError::Resource { name, reason })?;
			mapping.resources.insert(resource_type, source);
		}
		if !mapping.resources.contains_key(&ResourceType::Patient) {
			let reason = "it has to be there: nobody is enrolled without it";
			return Err(MappingError::Resource { name: "Patient".to_owned(), reason });
		}
		Ok(mapping)
	}
}

fn changed(text: &str, kind: Kind) -> Result<Statement, MappingError> {
	let statement = Statement::parse(text, kind).map_err(MappingError::Changed)?;
	let parameters = &statement.parameters;
	if parameters.is_empty() || parameters.iter().any(|asked| *asked != Parameter::Patient) {
		return Err(MappingError::ChangedParameters);
	}
	Ok(statement)
}

impl Entry {
	fn source(self, name: String, kind: Kind, zone: Option<Zone>) -> Result<Source, MappingError> {
		let wrong = |reason| MappingError::Resource { name: name.clone(), reason };
		let parse = |key, text: &str| {
			Statement::parse(text, kind).map_err(|source| MappingError::Statement {
				name: name.clone(),
				key,
				source,
			})
		};
		let search = parse("search", &self.search)?;
		let read = self.read.as_deref().map(|text| parse("read", text)).transpose()?;
		if !search.parameters.contains(&Parameter::Patient) {
			return Err(wrong("`search` does not ask for :patient"));
		}
		if search.parameters.contains(&Parameter::Id) {
			return Err(wrong("`search` has no :id; that is for `read`"));
		}
		if let Some(read) = &read {
			if ![Parameter::Patient, Parameter::Id].iter().all(|p| read.parameters.contains(p)) {
				return Err(wrong("`read` asks for :patient and for :id"));
			}
		}
		let shape = match (self.document, self.resource) {
			(Some(column), None) => Shape::Document(column),
			(None, Some(text)) => Shape::Template(
				Template::parse(&text, zone)
					.map_err(|source| MappingError::Template { name: name.clone(), source })?,
			),
			_ => return Err(wrong("either `document` or `resource` says what a row holds")),
		};
		Ok(Source { search, read, id: self.id, shape, name })
	}
}

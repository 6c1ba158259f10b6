//! How resources map to the vocabulary of grants: record types and sensitivity labels.
//!
//! The mapping is data, in `vocabulary.json` or a file of the operator's. It errs on the side of
//! hiding: a resource of which one part cannot be mapped has no record type, and only patron and
//! steward see it. So does one that holds content which cannot be read, such as a scanned letter or
//! one that lies elsewhere, unless the resource itself says how sensitive it is; and one that names
//! another patient than its own.

use super::{
	index::list,
	inline::{Inline, MAX_DEPTH},
	other_patient::names_other_patient,
	ResourceType,
};
use medrec_primitives::{Labels, RecordTypes, VOCABULARY_VERSION};
use serde::Deserialize;
use serde_json::Value;
use std::{
	collections::{BTreeMap, BTreeSet, HashMap},
	path::{Path, PathBuf},
};

/// Longest beginning of a code that can imply a label.
const MAX_PREFIX_LENGTH: usize = 12;

/// Names the rules in this file, which are part of [`Vocabulary::digest`]. To be changed with them.
const RULES: &[u8] = b"medrec/classification/v3";

/// What a resource counts as, with all that it contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Classification {
	/// Its record types; all of them have to be granted. Empty: it could not be mapped.
	pub record_types: RecordTypes,
	/// Its sensitivity labels; all of them have to be granted.
	pub labels: Labels,
}

impl Classification {
	/// What nothing is known of: for patron and steward only.
	pub const UNKNOWN: Self = Self { record_types: RecordTypes::NONE, labels: Labels::ALL };

	/// The same labels without a record type: for patron and steward only.
	pub const fn without_types(self) -> Self {
		Self { record_types: RecordTypes::NONE, ..self }
	}
}

/// The mapping from FHIR to record types and labels.
#[derive(Clone, Debug)]
pub struct Vocabulary {
	types: HashMap<ResourceType, TypeRule>,
	supporting: BTreeSet<String>,
	security: HashMap<(String, String), Labels>,
	codes: HashMap<(String, String), Labels>,
	prefixes: HashMap<String, BTreeMap<String, Labels>>,
	words: HashMap<String, Labels>,
	digest: [u8; 32],
}

/// A vocabulary file is not usable.
#[derive(Debug, thiserror::Error)]
pub enum VocabularyError {
	/// The file cannot be read.
	#[error("cannot read the vocabulary {path}: {source}")]
	Read {
		/// The file.
		path: PathBuf,
		/// Why.
		source: std::io::Error,
	},
	/// The file is not usable.
	#[error("{path} is not a usable vocabulary: {source}")]
	File {
		/// The file.
		path: PathBuf,
		/// Why.
		source: Box<Self>,
	},
	/// It is no JSON of the right shape.
	#[error("the vocabulary cannot be read: {0}")]
	Malformed(#[from] serde_json::Error),
	/// It is for another version of the lists of types and labels.
	#[error("the vocabulary has version {found}; this program knows version {VOCABULARY_VERSION}")]
	Version {
		/// The version that it says.
		found: u8,
	},
	/// A name is not what it should be.
	#[error("the vocabulary is wrong at `{at}`: {reason}")]
	Wrong {
		/// The name.
		at: String,
		/// What is wrong.
		reason: &'static str,
	},
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum TypeRule {
	/// All resources of the type.
	Always(RecordTypes),
	/// By the codings of its `category`.
	ByCategory { category: Vec<CategoryCodes> },
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CategoryCodes {
	system: String,
	codes: HashMap<String, RecordTypes>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LabelCodes {
	system: String,
	#[serde(default)]
	codes: HashMap<String, Labels>,
	#[serde(default)]
	prefixes: BTreeMap<String, Labels>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
	#[serde(rename = "description")]
	_description: String,
	version: u8,
	resource_types: HashMap<String, TypeRule>,
	supporting_types: BTreeSet<String>,
	security_labels: Vec<LabelCodes>,
	implying_codes: Vec<LabelCodes>,
	implying_words: HashMap<String, Labels>,
}

impl Vocabulary {
	/// The vocabulary that comes with the program.
	pub fn builtin() -> Result<Self, VocabularyError> {
		Self::from_json(include_str!("../../vocabulary.json"))
	}

	/// Read the vocabulary in a file, or the one that comes with the program.
	pub fn load(path: Option<&Path>) -> Result<Self, VocabularyError> {
		let Some(path) = path else { return Self::builtin() };
		let path = path.to_owned();
		match std::fs::read_to_string(&path) {
			Ok(text) => Self::from_json(&text)
				.map_err(|source| VocabularyError::File { path, source: Box::new(source) }),
			Err(source) => Err(VocabularyError::Read { path, source }),
		}
	}

	/// Read the text of a vocabulary.
	pub fn from_json(text: &str) -> Result<Self, VocabularyError> {
		use sha2::{Digest, Sha256};

		// Through the strict parser: a code that stands twice would have two meanings.
		let file: File = serde_json::from_value(super::json::parse(text)?)?;
		if file.version != VOCABULARY_VERSION {
			return Err(VocabularyError::Version { found: file.version });
		}
		let types = file
			.resource_types
			.into_iter()
			.map(|(name, rule)| {
				let reason = "not a resource type that is served";
				let resource_type =
					name.parse().map_err(|_| VocabularyError::Wrong { at: name, reason })?;
				Ok((resource_type, rule))
			})
			.collect::<Result<_, VocabularyError>>()?;
		let (security, security_prefixes) = flatten(file.security_labels)?;
		if let Some(system) = security_prefixes.into_keys().next() {
			let reason = "security labels have no prefixes";
			return Err(VocabularyError::Wrong { at: system, reason });
		}
		let (codes, prefixes) = flatten(file.implying_codes)?;
		for word in file.implying_words.keys() {
			if words(word).collect::<Vec<_>>() != [word.as_str()] {
				let reason = "a single word of small letters and digits";
				return Err(VocabularyError::Wrong { at: word.clone(), reason });
			}
		}
		Ok(Self {
			types,
			supporting: file.supporting_types,
			security,
			codes,
			prefixes,
			words: file.implying_words,
			digest: Sha256::new().chain_update(RULES).chain_update(text).finalize().into(),
		})
	}

	/// Names the file and the rules by which it is used: what was classified by another one has to be
	/// classified again.
	pub fn digest(&self) -> &[u8; 32] {
		&self.digest
	}

	/// What a resource of a type that is served counts as.
	pub fn classify(&self, resource: &Value) -> Classification {
		let record_types = self.record_types(resource);
		let labels = self.labels(resource);
		match (record_types, labels) {
			(_, None) => Classification::UNKNOWN,
			(None, Some(labels)) => Classification { record_types: RecordTypes::NONE, labels },
			(Some(record_types), Some(labels)) => Classification { record_types, labels },
		}
	}

	/// Labels of a resource and all that it contains. `None` if they cannot be known: a security label
	/// is not in the vocabulary, or there is content that cannot be read and no security label.
	pub fn labels(&self, resource: &Value) -> Option<Labels> {
		let declared = with_contained(resource).into_iter().flat_map(security_labels).try_fold(
			Labels::NONE,
			|labels, coding| {
				let key =
					(coding["system"].as_str()?.to_owned(), coding["code"].as_str()?.to_owned());
				Some(labels.union(*self.security.get(&key)?))
			},
		)?;
		let mut implied = Implied { labels: declared, opaque: false };
		self.implied(resource, 0, &mut implied);
		// A label of something contained does not speak for the rest.
		let vouched = !implied.opaque || security_labels(resource).next().is_some();
		vouched.then_some(implied.labels)
	}

	fn record_types(&self, resource: &Value) -> Option<RecordTypes> {
		if names_other_patient(resource) {
			return None;
		}
		with_contained(resource)
			.into_iter()
			.enumerate()
			.try_fold(RecordTypes::NONE, |types, (place, resource)| {
				Some(types.union(self.types_of_one(resource, place > 0)?))
			})
	}

	fn types_of_one(&self, resource: &Value, contained: bool) -> Option<RecordTypes> {
		let name = resource["resourceType"].as_str()?;
		if contained && self.supporting.contains(name) {
			return Some(RecordTypes::NONE);
		}
		match self.types.get(&name.parse().ok()?)? {
			TypeRule::Always(types) => Some(*types),
			TypeRule::ByCategory { category } => {
				let concepts = list(&resource["category"]);
				let mapped = concepts.iter().try_fold(RecordTypes::NONE, |types, concept| {
					Some(types.union(types_of_concept(category, concept)?))
				});
				mapped.filter(|types| !types.is_empty())
			},
		}
	}

	/// Labels that codes and words anywhere in a value imply. `depth` is the number of texts that it
	/// stands in.
	fn implied(&self, value: &Value, depth: usize, found: &mut Implied) {
		match value {
			Value::Object(members) => {
				if let (Some(system), Some(code)) = (
					members.get("system").and_then(Value::as_str),
					members.get("code").and_then(Value::as_str),
				) {
					found.labels = found.labels.union(self.implied_by_code(system, code));
				}
				for (name, member) in members {
					match Inline::of(members, name, member) {
						Inline::No => self.implied(member, depth, found),
						Inline::Text(text) => self.implied_by_words(&text, found),
						Inline::Json(inner) if depth < MAX_DEPTH => {
							self.implied(&inner, depth + 1, found)
						},
						Inline::Json(_) | Inline::Opaque => found.opaque = true,
					}
				}
			},
			Value::Array(items) => items.iter().for_each(|item| self.implied(item, depth, found)),
			Value::String(text) => self.implied_by_words(text, found),
			Value::Null | Value::Bool(_) | Value::Number(_) => {},
		}
	}

	fn implied_by_words(&self, text: &str, found: &mut Implied) {
		for word in words(text) {
			if let Some(implied) = self.words.get(&word) {
				found.labels = found.labels.union(*implied);
			}
		}
	}

	fn implied_by_code(&self, system: &str, code: &str) -> Labels {
		let key = (system.to_owned(), code.to_owned());
		let mut labels = self.codes.get(&key).copied().unwrap_or_default();
		if let Some(prefixes) = self.prefixes.get(system) {
			for (end, character) in code.char_indices().take(MAX_PREFIX_LENGTH) {
				let prefix = code.get(..end + character.len_utf8()).unwrap_or(code);
				labels = labels.union(prefixes.get(prefix).copied().unwrap_or_default());
			}
		}
		labels
	}
}

/// What is found on the way through a resource.
struct Implied {
	labels: Labels,
	/// Whether there is content that cannot be read.
	opaque: bool,
}

/// Codings by which a resource says itself how sensitive it is: `meta.security`, and `securityLabel`
/// of DocumentReferences. A concept without a coding is one that is not known.
fn security_labels(resource: &Value) -> impl Iterator<Item = &Value> {
	let of_document = list(&resource["securityLabel"]).iter().flat_map(|concept| {
		match list(&concept["coding"]) {
			[] => std::slice::from_ref(concept),
			codings => codings,
		}
	});
	list(&resource["meta"]["security"]).iter().chain(of_document)
}

/// A resource and all that it contains, itself first. FHIR contains one level deep; who goes deeper
/// hides nothing by that.
fn with_contained(resource: &Value) -> Vec<&Value> {
	let mut all = vec![resource];
	let mut next = 0;
	while let Some(resource) = all.get(next).copied() {
		all.extend(list(&resource["contained"]));
		next += 1;
	}
	all
}

/// Types of one category; `None` if none of its codings is known. Several codings of one category
/// say the same in several systems, so that one that is known is enough.
fn types_of_concept(category: &[CategoryCodes], concept: &Value) -> Option<RecordTypes> {
	let types = list(&concept["coding"])
		.iter()
		.filter_map(|coding| {
			let (system, code) = (coding["system"].as_str()?, coding["code"].as_str()?);
			category.iter().find(|known| known.system == system)?.codes.get(code)
		})
		.fold(RecordTypes::NONE, |types, mapped| types.union(*mapped));
	(!types.is_empty()).then_some(types)
}

/// Words of a text in small letters.
fn words(text: &str) -> impl Iterator<Item = String> + '_ {
	text.split(|c: char| !c.is_alphanumeric())
		.filter(|word| !word.is_empty())
		.map(str::to_lowercase)
}

type Codes = HashMap<(String, String), Labels>;
type Prefixes = HashMap<String, BTreeMap<String, Labels>>;

fn flatten(systems: Vec<LabelCodes>) -> Result<(Codes, Prefixes), VocabularyError> {
	let (mut codes, mut prefixes) = (Codes::new(), Prefixes::new());
	for LabelCodes { system, codes: of_system, prefixes: of_prefix } in systems {
		for (code, labels) in of_system {
			if codes.insert((system.clone(), code.clone()), labels).is_some() {
				let reason = "stands twice for one system";
				return Err(VocabularyError::Wrong { at: code, reason });
			}
		}
		if let Some(prefix) = of_prefix.keys().find(|prefix| prefix.len() > MAX_PREFIX_LENGTH) {
			let reason = "longer than a prefix may be";
			return Err(VocabularyError::Wrong { at: prefix.clone(), reason });
		}
		if !of_prefix.is_empty() {
			prefixes.entry(system).or_default().extend(of_prefix);
		}
	}
	Ok((codes, prefixes))
}

#[cfg(test)]
mod tests;

//! Cursors of next links: opaque to clients, bound to the search that they continue.
//!
//! A cursor is a place in an order, not a permission: every page is filtered anew. The hash of the
//! search in it only catches mistakes, such as a cursor that is put into another search.

use super::Place;
use crate::fhir::{date::Millis, is_id, ResourceType};
use base64::{engine::general_purpose::URL_SAFE_NO_PAD, Engine};
use sha2::{Digest, Sha256};

const SEARCH: u8 = 1;
const EVERYTHING: u8 = 2;
const BINDING_LENGTH: usize = 16;

/// The resource after which a page begins, in the order of its search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
	/// What counted as now on the first page, so that all pages agree on approximate dates; zero where
	/// there are none.
	pub now: Millis,
	/// Time by which the resource is sorted.
	pub date: Millis,
	/// Its id.
	pub id: String,
}

impl Position {
	pub(super) fn encode(
		&self,
		resource_type: ResourceType,
		parameters: &[(String, String)],
	) -> String {
		let mut bytes = vec![SEARCH];
		bytes.extend(binding(resource_type.name(), parameters));
		self.write(&mut bytes);
		URL_SAFE_NO_PAD.encode(bytes)
	}

	pub(super) fn decode(
		cursor: &str,
		resource_type: ResourceType,
		parameters: &[(String, String)],
	) -> Option<Self> {
		let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
		let rest = bytes.strip_prefix(&[SEARCH])?;
		Self::read(rest.strip_prefix(&binding(resource_type.name(), parameters))?)
	}

	fn write(&self, bytes: &mut Vec<u8>) {
		bytes.extend(self.now.to_be_bytes());
		bytes.extend(self.date.to_be_bytes());
		bytes.extend(self.id.bytes());
	}

	fn read(bytes: &[u8]) -> Option<Self> {
		let (now, rest) = bytes.split_first_chunk()?;
		let (date, id) = rest.split_first_chunk()?;
		let id = String::from_utf8(id.to_vec()).ok().filter(|id| is_id(id))?;
		Some(Self { now: Millis::from_be_bytes(*now), date: Millis::from_be_bytes(*date), id })
	}
}

impl Place {
	pub(super) fn encode(&self, patient: Option<&str>, parameters: &[(String, String)]) -> String {
		let mut bytes = vec![EVERYTHING];
		bytes.extend(binding(patient.unwrap_or_default(), parameters));
		let number = ResourceType::ALL.iter().position(|known| *known == self.resource_type);
		bytes.extend(number.and_then(|number| u8::try_from(number).ok()));
		if let Some(after) = &self.after {
			after.write(&mut bytes);
		}
		URL_SAFE_NO_PAD.encode(bytes)
	}

	pub(super) fn decode(
		cursor: &str,
		patient: Option<&str>,
		parameters: &[(String, String)],
	) -> Option<Self> {
		let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
		let rest = bytes.strip_prefix(&[EVERYTHING])?;
		let rest = rest.strip_prefix(&binding(patient.unwrap_or_default(), parameters))?;
		let (number, rest) = rest.split_first()?;
		let resource_type = *ResourceType::ALL.get(usize::from(*number))?;
		let after = if rest.is_empty() { None } else { Some(Position::read(rest)?) };
		Some(Self { resource_type, after })
	}
}

fn binding(what: &str, parameters: &[(String, String)]) -> [u8; BINDING_LENGTH] {
	let mut hasher = Sha256::new();
	for text in [what]
		.into_iter()
		.chain(parameters.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]))
	{
		hasher.update((text.len() as u64).to_be_bytes());
		hasher.update(text);
	}
	let mut binding = [0; BINDING_LENGTH];
	binding.copy_from_slice(hasher.finalize().split_at(BINDING_LENGTH).0);
	binding
}

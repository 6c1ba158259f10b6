//! Cursors of next links: opaque to clients, bound to the search that they continue.
//!
//! A cursor is a place in an order, not a permission: every page is filtered anew. The hash of the
//! search in it only catches mistakes, such as a cursor that is put into another search.

use crate::fhir::{date::Millis, is_id, ResourceType};
use base64::{engine::general_purpose::URL_SAFE_NO_PAD, Engine};
use sha2::{Digest, Sha256};

const FORMAT: u8 = 1;
const BINDING_LENGTH: usize = 16;

/// The resource after which a page begins, in the order of searches: latest first, then by id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
	/// What counted as now on the first page, so that all pages agree on approximate dates.
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
		let mut bytes = vec![FORMAT];
		bytes.extend(binding(resource_type, parameters));
		bytes.extend(self.now.to_be_bytes());
		bytes.extend(self.date.to_be_bytes());
		bytes.extend(self.id.bytes());
		URL_SAFE_NO_PAD.encode(bytes)
	}

	pub(super) fn decode(
		cursor: &str,
		resource_type: ResourceType,
		parameters: &[(String, String)],
	) -> Option<Self> {
		let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
		let rest = bytes.strip_prefix(&[FORMAT])?;
		let rest = rest.strip_prefix(&binding(resource_type, parameters))?;
		let (now, rest) = rest.split_first_chunk()?;
		let (date, id) = rest.split_first_chunk()?;
		let id = String::from_utf8(id.to_vec()).ok().filter(|id| is_id(id))?;
		Some(Self { now: Millis::from_be_bytes(*now), date: Millis::from_be_bytes(*date), id })
	}
}

fn binding(resource_type: ResourceType, parameters: &[(String, String)]) -> [u8; BINDING_LENGTH] {
	let mut hasher = Sha256::new();
	for text in [resource_type.name()]
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

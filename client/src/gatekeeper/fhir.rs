//! FHIR R4 searches, page by page.

use super::{Asking, Gatekeeper, GatekeeperError, FHIR_JSON};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Resources that are asked for at once.
const PAGE_SIZE: usize = 200;

/// Most pages that are read of one search, so that a gatekeeper cannot keep a client busy for ever.
const MAX_PAGES: usize = 1000;

/// A resource as the gatekeeper sent it, character by character.
pub type Resource = Box<RawValue>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bundle {
	resource_type: String,
	#[serde(default)]
	link: Vec<Link>,
	#[serde(default)]
	entry: Vec<Entry>,
}

#[derive(Deserialize)]
struct Link {
	relation: String,
	url: String,
}

#[derive(Deserialize)]
struct Entry {
	resource: Option<Resource>,
	search: Option<Search>,
}

#[derive(Deserialize)]
struct Search {
	mode: Option<String>,
}

impl Gatekeeper {
	/// All resources of a type that the asker may see in the relationship of the context, in the
	/// gatekeeper's order.
	pub async fn search(
		&self,
		asking: Asking<'_>,
		resource_type: &str,
	) -> Result<Vec<Resource>, GatekeeperError> {
		let mut found = Vec::new();
		let mut path = format!("/fhir/{resource_type}?_count={PAGE_SIZE}");
		for _ in 0..MAX_PAGES {
			let answer = self.get(asking, &path, FHIR_JSON).await?;
			let bundle: Bundle = answer.json(self.name())?;
			if bundle.resource_type != "Bundle" {
				return Err(self.malformed("it is no Bundle"));
			}
			found.extend(
				bundle
					.entry
					.into_iter()
					.filter(|entry| {
						let mode = entry.search.as_ref().and_then(|search| search.mode.as_deref());
						mode != Some("outcome")
					})
					.filter_map(|entry| entry.resource),
			);
			let next = bundle.link.into_iter().find(|link| link.relation == "next");
			match next {
				None => return Ok(found),
				Some(link) => path = self.path_of(&link.url)?,
			}
		}
		Err(self.malformed("the search has no end"))
	}

	/// One resource, character by character, and its version.
	pub async fn read(
		&self,
		asking: Asking<'_>,
		resource_type: &str,
		id: &str,
	) -> Result<(Resource, String), GatekeeperError> {
		let path = format!("/fhir/{resource_type}/{id}");
		let answer = self.get(asking, &path, FHIR_JSON).await?;
		let version =
			answer.version.clone().ok_or_else(|| self.malformed("it names no version"))?;
		Ok((answer.json(self.name())?, version))
	}

	/// Path and query of a link, which must not lead elsewhere.
	fn path_of(&self, url: &str) -> Result<String, GatekeeperError> {
		let path = url.strip_prefix(&self.origin().to_string()).unwrap_or(url);
		if path.starts_with("/fhir/") {
			Ok(path.to_owned())
		} else {
			Err(self.malformed("its next page is somewhere else"))
		}
	}

	pub(crate) fn malformed(&self, reason: &str) -> GatekeeperError {
		GatekeeperError::Malformed { name: self.name().to_owned(), reason: reason.to_owned() }
	}
}

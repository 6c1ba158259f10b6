//! Bundle: the answer to a search.

use super::search::SearchQuery;
use crate::records::SearchPage;
use serde::Serialize;
use serde_json::value::RawValue;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bundle<'a> {
	resource_type: &'static str,
	#[serde(rename = "type")]
	kind: &'static str,
	total: u64,
	link: Vec<Link>,
	#[serde(skip_serializing_if = "Vec::is_empty")]
	entry: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Link {
	relation: &'static str,
	url: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
	full_url: String,
	resource: &'a RawValue,
	search: Search,
}

#[derive(Serialize)]
struct Search {
	mode: &'static str,
}

/// A searchset as JSON text. `base` is where FHIR is served, without a trailing slash, such as
/// `https://gatekeeper.example/fhir`.
pub fn searchset(base: &str, query: &SearchQuery, page: &SearchPage) -> String {
	let mut link = vec![Link { relation: "self", url: query.url(base) }];
	if let Some(cursor) = &page.next {
		link.push(Link { relation: "next", url: query.url_of_page(base, cursor) });
	}
	let entry = page
		.resources
		.iter()
		.map(|stored| Entry {
			full_url: format!("{base}/{}/{}", stored.resource_type, stored.id),
			resource: &stored.json,
			search: Search { mode: "match" },
		})
		.collect();
	let bundle =
		Bundle { resource_type: "Bundle", kind: "searchset", total: page.total, link, entry };
	serde_json::to_string(&bundle).expect("strings, numbers and valid JSON serialize as JSON; qed")
}

//! Bundle: the answer to a search.

use super::{
	notice,
	search::{EverythingQuery, SearchQuery},
	OperationOutcome,
};
use crate::records::{EverythingPage, SearchPage, StoredResource};
use serde::Serialize;
use serde_json::value::RawValue;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bundle<'a> {
	resource_type: &'static str,
	#[serde(rename = "type")]
	kind: &'static str,
	#[serde(skip_serializing_if = "Option::is_none")]
	total: Option<u64>,
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
	#[serde(skip_serializing_if = "Option::is_none")]
	full_url: Option<String>,
	resource: Content<'a>,
	search: Search,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Content<'a> {
	Stored(&'a RawValue),
	Outcome(OperationOutcome),
}

#[derive(Serialize)]
struct Search {
	mode: &'static str,
}

/// A searchset as JSON text. `base` is where FHIR is served, without a trailing slash, such as
/// `https://gatekeeper.example/fhir`. `notice`: whether it says that it may be incomplete.
pub fn searchset(base: &str, query: &SearchQuery, page: &SearchPage, notice: bool) -> String {
	let next = page.next.as_ref().map(|cursor| query.url_of_page(base, cursor));
	write(base, Some(page.total), query.url(base), next, &page.resources, notice)
}

/// A page of `$everything` as JSON text, as [`searchset`]. It tells no total.
pub fn everything(
	base: &str,
	query: &EverythingQuery,
	page: &EverythingPage,
	notice: bool,
) -> String {
	let next = page.next.as_ref().map(|place| query.url_of_page(base, place));
	write(base, None, query.url(base), next, &page.resources, notice)
}

fn write(
	base: &str,
	total: Option<u64>,
	own: String,
	next: Option<String>,
	resources: &[StoredResource],
	notice: bool,
) -> String {
	let next = next.map(|url| Link { relation: "next", url });
	let link = [Link { relation: "self", url: own }].into_iter().chain(next).collect();
	let matches = resources.iter().map(|stored| Entry {
		full_url: Some(format!("{base}/{}/{}", stored.resource_type, stored.id)),
		resource: Content::Stored(&stored.json),
		search: Search { mode: "match" },
	});
	let notice = notice.then(|| Entry {
		full_url: None,
		resource: Content::Outcome(notice::outcome()),
		search: Search { mode: "outcome" },
	});
	let entry = matches.chain(notice).collect();
	let bundle = Bundle { resource_type: "Bundle", kind: "searchset", total, link, entry };
	serde_json::to_string(&bundle).expect("strings, numbers and valid JSON serialize as JSON; qed")
}

//! In which form an answer is wanted, and whether the client has it already.

use super::{Code, Exchange, Refusal};
use crate::{
	fhir::{IssueType, FHIR_JSON},
	records::StoredResource,
};
use axum::http::{header, HeaderMap};
use headers::{ETag, HeaderMapExt, IfNoneMatch, LastModified};
use mime::Mime;
use std::time::SystemTime;
use time::OffsetDateTime;
use url::form_urlencoded;

/// The parameter by which clients that cannot set headers say what they accept.
const FORMAT: &str = "_format";

/// Names of FHIR JSON: of R4, of before, and short. A plus in an address is a space.
const FORMATS: [&str; 5] =
	["json", FHIR_JSON, "application/fhir json", "application/json", "application/json+fhir"];

/// FHIR JSON of R4 is all that there is. What `_format` says counts more than `accept` (FHIR R4,
/// content types).
pub fn check_accept(exchange: &Exchange) -> Result<(), Refusal> {
	let format = form_urlencoded::parse(exchange.query().as_bytes())
		.find(|(name, _)| name == FORMAT)
		.map(|(_, value)| value);
	let accepted = match format {
		Some(format) => {
			let essence = format.split(';').next().unwrap_or_default().trim();
			FORMATS.iter().any(|known| known.eq_ignore_ascii_case(essence)) && is_r4(&format)
		},
		None => match exchange.head().headers.get(header::ACCEPT) {
			Some(accept) => accept.to_str().is_ok_and(accepts),
			None => true,
		},
	};
	if accepted {
		Ok(())
	} else {
		Err(Refusal::new(
			Code::NotAcceptable,
			IssueType::NotSupported,
			"only application/fhir+json of FHIR 4.0 is served",
		))
	}
}

/// Whether no other version of FHIR is asked for.
fn is_r4(media_type: &str) -> bool {
	media_type.split(';').skip(1).all(|parameter| match parameter.trim().split_once('=') {
		Some((name, version)) if name.eq_ignore_ascii_case("fhirVersion") => {
			version.trim_matches('"').starts_with("4.0")
		},
		_ => true,
	})
}

/// Whether an `accept` takes FHIR JSON, by the range that names it most exactly (RFC 9110 section
/// 12.5.1). Who takes plain JSON takes it too.
fn accepts(accept: &str) -> bool {
	let weight_of = |range: &str| {
		accept
			.split(',')
			.filter_map(|text| text.trim().parse::<Mime>().ok())
			.filter(|found| found.essence_str() == range && is_r4(found.as_ref()))
			.map(|found| {
				found.get_param("q").map_or(1.0, |q| q.as_str().parse().unwrap_or(0.0_f32))
			})
			.reduce(f32::max)
	};
	let exact = [FHIR_JSON, "application/json", "application/json+fhir"];
	let named: Vec<_> = exact.into_iter().filter_map(weight_of).collect();
	match named.is_empty() {
		false => named.iter().any(|weight| *weight > 0.0),
		true => ["application/*", "*/*"]
			.into_iter()
			.find_map(weight_of)
			.is_some_and(|weight| weight > 0.0),
	}
}

/// A read takes no parameter but the one that says its format.
pub fn check_only_format(exchange: &Exchange) -> Result<(), Refusal> {
	let parameters = form_urlencoded::parse(exchange.query().as_bytes());
	match parameters.into_iter().find(|(name, _)| name != FORMAT) {
		None => Ok(()),
		Some(_) => {
			let text = "a read takes no parameters but `_format`";
			Err(Refusal::malformed(Code::ParameterUnknown, text))
		},
	}
}

/// `etag` and `last-modified` of a resource.
pub fn version_headers(resource: &StoredResource) -> HeaderMap {
	let mut headers = HeaderMap::new();
	if let Some(etag) = etag(resource) {
		headers.typed_insert(etag);
	}
	// What a header can say begins in 1970 and ends before the year 10000.
	let sayable = |moment: &OffsetDateTime| (0..253_402_300_800).contains(&moment.unix_timestamp());
	if let Some(moment) = resource.last_updated.filter(sayable) {
		headers.typed_insert(LastModified::from(SystemTime::from(moment)));
	}
	headers
}

/// Whether the client has this version already: `if-none-match`, a list of tags of which each is
/// compared weakly, or a star (RFC 9110 section 13.1.2). What is no such list is ignored.
pub fn is_known(exchange: &Exchange, resource: &StoredResource) -> bool {
	let asked = exchange.head().headers.typed_get::<IfNoneMatch>();
	match (asked, etag(resource)) {
		(Some(asked), Some(etag)) => !asked.precondition_passes(&etag),
		_ => false,
	}
}

fn etag(resource: &StoredResource) -> Option<ETag> {
	format!("W/\"{}\"", resource.version).parse().ok()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn json_of_r4_is_accepted() {
		for accept in [
			"application/fhir+json",
			"application/fhir+json; fhirVersion=4.0",
			"application/json",
			"text/html, application/xhtml+xml, */*;q=0.8",
			"application/*",
			"application/fhir+xml, application/fhir+json;q=0.1",
			"APPLICATION/FHIR+JSON",
		] {
			assert!(accepts(accept), "{accept}");
		}
		for accept in [
			"application/fhir+xml",
			"text/html",
			"text/*",
			"application/fhir+json; fhirVersion=3.0",
			"application/fhir+json;q=0, */*",
			"*/*;q=0",
			"application/fhir+turtle, text/turtle",
			"json",
		] {
			assert!(!accepts(accept), "{accept}");
		}
	}
}

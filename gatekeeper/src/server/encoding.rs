//! Bodies in gzip, for who asks for it. Signed like all others: `content-digest` is of what is sent.
//!
//! The length of a compressed body tells an eavesdropper something about it. That becomes an attack
//! (BREACH) where somebody else can have requests sent in a victim's name and put text of his into
//! their answers; here each request is signed, with what it asks, by a key that no browser sends along,
//! and nothing of a request is in its answer but the address in the links of a Bundle. What may not be
//! seen is left out before: it has no share in the length.

use super::intake::Exchange;
use axum::http::{header, response::Parts, HeaderValue, StatusCode};
use bytes::Bytes;
use flate2::{write::GzEncoder, Compression};
use std::io::Write;

/// Shorter bodies gain nothing.
const SHORTEST: usize = 1_024;

/// The body as it is sent, with the headers that say how.
pub async fn encode(exchange: &Exchange, parts: &mut Parts, body: Bytes) -> Bytes {
	let head = exchange.head();
	let is_fhir = head.uri.path().starts_with("/fhir/");
	if !is_fhir || parts.status != StatusCode::OK || body.len() < SHORTEST {
		return body;
	}
	parts.headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
	let accepted = head.headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
	if !accepted.is_some_and(accepts_gzip) {
		return body;
	}
	let plain = body.clone();
	match tokio::task::spawn_blocking(move || gzip(&plain)).await {
		Ok(Ok(encoded)) => {
			parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
			encoded.into()
		},
		// Compressing in memory does not fail; the plain body is as good.
		_ => body,
	}
}

fn gzip(body: &[u8]) -> std::io::Result<Vec<u8>> {
	let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
	encoder.write_all(body)?;
	encoder.finish()
}

/// Whether an `accept-encoding` names gzip with a weight above zero (RFC 9110 section 12.5.3). A star
/// is not enough: who wants gzip says so.
fn accepts_gzip(value: &str) -> bool {
	value.split(',').any(|coding| {
		let mut parts = coding.split(';').map(str::trim);
		let named = parts.next().is_some_and(|name| {
			name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip")
		});
		let refused = parts.any(|parameter| {
			let weight = parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q="));
			weight.is_some_and(|weight| weight.parse::<f32>().is_ok_and(|weight| weight <= 0.0))
		});
		named && !refused
	})
}

#[cfg(test)]
mod tests {
	use super::accepts_gzip;

	#[test]
	fn gzip_is_sent_to_who_names_it() {
		for value in ["gzip", "deflate, gzip;q=0.5", "GZIP", "br,x-gzip , identity;q=0"] {
			assert!(accepts_gzip(value), "{value}");
		}
		for value in ["", "identity", "*", "gzip;q=0", "gzip; q=0.0, br", "gzipped"] {
			assert!(!accepts_gzip(value), "{value}");
		}
	}
}

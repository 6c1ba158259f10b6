//! What a request has to be like before anything else looks at it: limits, no doubled headers, its
//! body in memory.

use super::{code::Code, refusal::Refusal};
use crate::{config::Limits, fhir::IssueType};
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use http::{header, request::Parts, HeaderMap, HeaderName, Method};
use medrec_primitives::Moment;
use medrec_protocol::{
	receipt::Receipt,
	request::{RequestError, RequestSignature},
	response::DecisionBlocks,
};
use std::{
	collections::HashSet,
	sync::{Arc, OnceLock},
	time::{SystemTime, UNIX_EPOCH},
};

/// One request with all that becomes known of it on its way. Clones share it.
#[derive(Clone, Debug)]
pub struct Exchange(Arc<ExchangeParts>);

#[derive(Debug)]
struct ExchangeParts {
	head: Parts,
	body: Bytes,
	arrived: Moment,
	signature: OnceLock<RequestSignature>,
	blocks: OnceLock<DecisionBlocks>,
	receipt: OnceLock<Receipt>,
	may_be_incomplete: OnceLock<()>,
}

impl Exchange {
	/// A request that passed [`check_head`], with its whole body.
	pub fn new(head: Parts, body: Bytes) -> Self {
		Self(Arc::new(ExchangeParts {
			head,
			body,
			arrived: now(),
			signature: OnceLock::new(),
			blocks: OnceLock::new(),
			receipt: OnceLock::new(),
			may_be_incomplete: OnceLock::new(),
		}))
	}

	/// Method, target and headers, as received.
	pub fn head(&self) -> &Parts {
		&self.0.head
	}

	/// The body, as received.
	pub fn body(&self) -> &Bytes {
		&self.0.body
	}

	/// When it was received completely.
	pub fn arrived(&self) -> Moment {
		self.0.arrived
	}

	/// The path's segments after a prefix such as `/fhir/`, as they were sent.
	pub fn segments(&self, prefix: &str) -> Vec<&str> {
		self.0.head.uri.path().strip_prefix(prefix).unwrap_or_default().split('/').collect()
	}

	/// The query, as it was sent; empty if there is none.
	pub fn query(&self) -> &str {
		self.0.head.uri.query().unwrap_or_default()
	}

	/// Signature of a request that was verified; the answer is bound to it. The first one counts, as
	/// for the other two.
	pub fn set_signature(&self, signature: RequestSignature) {
		let _ = self.0.signature.set(signature);
	}

	/// See [`Self::set_signature`].
	pub fn signature(&self) -> Option<&RequestSignature> {
		self.0.signature.get()
	}

	/// Blocks of the decision that the answer rests on.
	pub fn set_blocks(&self, blocks: DecisionBlocks) {
		let _ = self.0.blocks.set(blocks);
	}

	/// See [`Self::set_blocks`].
	pub fn blocks(&self) -> Option<&DecisionBlocks> {
		self.0.blocks.get()
	}

	/// Receipt of the log entry about the answer.
	pub fn set_receipt(&self, receipt: Receipt) {
		let _ = self.0.receipt.set(receipt);
	}

	/// See [`Self::set_receipt`].
	pub fn receipt(&self) -> Option<&Receipt> {
		self.0.receipt.get()
	}
}

impl Exchange {
	/// The answer, whatever it is, says that it may be incomplete.
	pub fn set_may_be_incomplete(&self) {
		let _ = self.0.may_be_incomplete.set(());
	}

	/// See [`Self::set_may_be_incomplete`].
	pub fn may_be_incomplete(&self) -> bool {
		self.0.may_be_incomplete.get().is_some()
	}
}

/// The time of this machine, Unix milliseconds.
pub fn now() -> Moment {
	let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
	u64::try_from(since_epoch.as_millis()).unwrap_or(Moment::MAX)
}

/// Check target and headers against the limits.
pub fn check_head(head: &Parts, limits: &Limits) -> Result<(), Refusal> {
	let target = head.uri.path_and_query().map_or(0, |target| target.as_str().len());
	if target > limits.target_bytes {
		return Err(Refusal::new(
			Code::TargetTooLong,
			IssueType::TooLong,
			format!("path and query are longer than {} bytes", limits.target_bytes),
		));
	}
	let headers = head.headers.iter().fold(0_usize, |sum, (name, value)| {
		sum.saturating_add(name.as_str().len()).saturating_add(value.len())
	});
	if headers > limits.header_bytes {
		return Err(Refusal::new(
			Code::HeadersTooLarge,
			IssueType::TooLong,
			format!("the headers are longer than {} bytes", limits.header_bytes),
		));
	}
	if let Some(name) = doubled(&head.headers) {
		return Err(RequestError::DuplicateHeader(name.clone()).into());
	}
	if head.headers.contains_key(header::CONTENT_ENCODING) {
		return Err(Refusal::new(
			Code::ContentEncodingUnsupported,
			IssueType::NotSupported,
			"send bodies as they are, without content-encoding",
		));
	}
	Ok(())
}

/// A header that is there more than once: what one reader takes from it another may not.
fn doubled(headers: &HeaderMap) -> Option<&HeaderName> {
	let mut seen = HashSet::new();
	// The map's iterator names every value's header, so a name that comes back is a doubled header.
	headers.iter().map(|(name, _)| name).find(|name| !seen.insert(name.as_str()))
}

/// Read the whole body, up to the limit.
pub async fn read_body(head: &Parts, body: Body, limits: &Limits) -> Result<Bytes, Refusal> {
	let too_large = || {
		Refusal::new(
			Code::BodyTooLarge,
			IssueType::TooLong,
			format!("the body is longer than {} bytes", limits.body_bytes),
		)
	};
	let announced = head
		.headers
		.get(header::CONTENT_LENGTH)
		.and_then(|length| length.to_str().ok())
		.and_then(|length| length.parse::<u64>().ok());
	if announced.is_some_and(|length| length > limits.body_bytes as u64) {
		return Err(too_large());
	}
	let reading = async {
		let mut whole = BytesMut::new();
		let mut chunks = body.into_data_stream();
		while let Some(chunk) = chunks.next().await {
			let chunk = chunk.map_err(|_| {
				Refusal::malformed(Code::BodyIncomplete, "the body broke off before its end")
			})?;
			if whole.len().saturating_add(chunk.len()) > limits.body_bytes {
				return Err(too_large());
			}
			whole.extend_from_slice(&chunk);
		}
		Ok(whole.freeze())
	};
	let body = tokio::time::timeout(limits.request_time(), reading).await.map_err(|_| {
		Refusal::new(Code::BodyTooSlow, IssueType::Timeout, "the body did not arrive in time")
	})??;
	if !body.is_empty() && head.method != Method::POST {
		return Err(Refusal::malformed(Code::BodyUnexpected, "only POST requests have a body"));
	}
	Ok(body)
}

#[cfg(test)]
mod tests {
	use super::*;
	use http::Request;

	fn head(request: http::request::Builder) -> Parts {
		request.body(()).unwrap().into_parts().0
	}

	fn code(request: http::request::Builder) -> &'static str {
		check_head(&head(request), &Limits::default()).unwrap_err().code
	}

	#[test]
	fn heads_within_the_limits_pass() {
		let request = Request::get("/fhir/Condition").header("accept", "*/*");
		assert_eq!(check_head(&head(request), &Limits::default()), Ok(()));
	}

	#[test]
	fn each_limit_has_its_code() {
		assert_eq!(code(Request::get(format!("/{}", "a".repeat(5_000)))), "target-too-long");
		assert_eq!(code(Request::get("/").header("x", "a".repeat(40_000))), "headers-too-large");
		assert_eq!(code(Request::get("/").header("x", "a").header("X", "a")), "duplicate-header");
		let encoded = Request::get("/").header("content-encoding", "gzip");
		assert_eq!(code(encoded), "content-encoding-unsupported");
	}

	#[tokio::test]
	async fn bodies_over_the_limit_are_refused_announced_or_not() {
		let limits = Limits { body_bytes: 10, ..Limits::default() };
		let announced = head(Request::post("/").header("content-length", "11"));
		let refused = read_body(&announced, Body::from("short"), &limits).await.unwrap_err();
		assert_eq!(refused.code, "body-too-large");
		let silent = head(Request::post("/"));
		let refused = read_body(&silent, Body::from("eleven byte"), &limits).await.unwrap_err();
		assert_eq!(refused.code, "body-too-large");
		assert_eq!(read_body(&silent, Body::from("ten bytes."), &limits).await.unwrap().len(), 10);
	}

	#[tokio::test]
	async fn only_posts_have_a_body() {
		let get = head(Request::get("/"));
		let refused = read_body(&get, Body::from("x"), &Limits::default()).await.unwrap_err();
		assert_eq!(refused.code, "body-unexpected");
	}
}

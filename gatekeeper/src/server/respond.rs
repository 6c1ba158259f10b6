//! The frame around every request: limits before it, and the signature, headers, metrics and log line
//! of its answer after it.

use super::{
	code::Code,
	encoding,
	intake::{self, Exchange},
	refusal::Refusal,
	Gatekeeper,
};
use crate::fhir::{notice, IssueType};
use axum::{
	body::Body,
	extract::{MatchedPath, Request, State},
	http::{header, HeaderMap, HeaderValue, Method, StatusCode},
	middleware::Next,
	response::{IntoResponse, Response},
};
use bytes::Bytes;
use medrec_protocol::{
	headers::MEDREC_NOTICE,
	response::{sign_response, ResponseSigning},
};
use std::{sync::Arc, time::Instant};

/// An answer to a request that was allowed.
#[derive(Clone, Debug)]
pub struct Answer {
	/// Its status.
	pub status: StatusCode,
	/// Type of the body.
	pub content_type: &'static str,
	/// The body.
	pub body: Bytes,
	/// What else is in its head, such as the version of the resource in it.
	pub headers: HeaderMap,
}

/// Media type of the bodies under `/v1`.
pub const JSON: &str = "application/json";

/// Marks a response whose body is made while it is sent, and has no end that could be waited for. Its
/// digest is not known when it begins, so the answer as a whole is not signed; what it is made of is.
#[derive(Clone, Copy, Debug)]
pub struct Streamed;

impl Answer {
	/// A body of this type, status 200.
	pub fn of(content_type: &'static str, body: impl Into<Bytes>) -> Self {
		Self { status: StatusCode::OK, content_type, body: body.into(), headers: HeaderMap::new() }
	}

	/// A value as JSON, status 200.
	pub fn json(value: &impl serde::Serialize) -> Result<Self, Refusal> {
		let body = serde_json::to_vec(value).map_err(|error| {
			tracing::error!(%error, "an answer cannot be written as JSON");
			Refusal::internal()
		})?;
		Ok(Self::of(JSON, body))
	}
}

impl IntoResponse for Answer {
	fn into_response(self) -> Response {
		let mut response = Response::new(Body::from(self.body.clone()));
		*response.status_mut() = self.status;
		let headers = response.headers_mut();
		*headers = self.headers;
		if !self.body.is_empty() {
			headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
		}
		response
	}
}

/// Work on a request within the limits, and finish its answer.
pub async fn respond(
	State(gatekeeper): State<Arc<Gatekeeper>>,
	request: Request,
	next: Next,
) -> Response {
	let started = Instant::now();
	let method = request.method().clone();
	let path = request.uri().path().to_owned();
	let route =
		request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
	let (exchange, response) = match admit(&gatekeeper, request, next).await {
		Ok((exchange, response)) => (Some(exchange), response),
		Err(refusal) => (None, refusal.into_response()),
	};
	let code = response.extensions().get::<Refusal>().map(|refusal| refusal.code);
	let response = finish(&gatekeeper, &path, exchange.as_ref(), response).await;

	let status = response.status().as_u16();
	if let Some(code) = code {
		gatekeeper.metrics.refused(code);
	}
	gatekeeper.metrics.answered(&route, status, started.elapsed());
	tracing::info!(
		%method, route, status, code, micros = started.elapsed().as_micros() as u64, "answered"
	);
	response
}

async fn admit(
	gatekeeper: &Gatekeeper,
	request: Request,
	next: Next,
) -> Result<(Exchange, Response), Refusal> {
	let limits = &gatekeeper.config.limits;
	// The router would answer it as a GET whose body is cut off, which no signature survives.
	if request.method() == Method::HEAD {
		return Err(Refusal::method_not_allowed());
	}
	let (head, body) = request.into_parts();
	intake::check_head(&head, limits)?;
	let body = intake::read_body(&head, body, limits).await?;
	// Taken once the body is there, so that slow senders block nobody.
	let _slot = gatekeeper.slots.try_acquire().map_err(|_| {
		Refusal::unavailable(
			Code::Overloaded,
			IssueType::Throttled,
			"the gatekeeper has too much to do; try again",
		)
	})?;
	let exchange = Exchange::new(head.clone(), body);
	let mut request = Request::from_parts(head, Body::empty());
	request.extensions_mut().insert(exchange.clone());
	let response =
		tokio::time::timeout(limits.request_time(), next.run(request)).await.unwrap_or_else(|_| {
			Refusal::unavailable(
				Code::TooSlow,
				IssueType::Timeout,
				"the request took too long and was given up; nothing was served",
			)
			.into_response()
		});
	Ok((exchange, response))
}

/// Write the body of a refusal, set the headers that every answer has, and sign the answer if its
/// request was verified.
async fn finish(
	gatekeeper: &Gatekeeper,
	path: &str,
	exchange: Option<&Exchange>,
	response: Response,
) -> Response {
	let (mut parts, body) = response.into_parts();
	if parts.extensions.get::<Streamed>().is_some() {
		set_headers(&mut parts.headers, gatekeeper.config.public_origin.is_https());
		return Response::from_parts(parts, body);
	}
	let body = match parts.extensions.remove::<Refusal>() {
		Some(refusal) => {
			let (content_type, body) = refusal.body(path);
			parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
			Bytes::from(body)
		},
		// Bodies are made in memory, so reading them cannot fail or be too long.
		None => axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default(),
	};
	set_headers(&mut parts.headers, gatekeeper.config.public_origin.is_https());
	let body = match exchange {
		Some(exchange) => {
			if exchange.may_be_incomplete() {
				let words = HeaderValue::from_static(notice::WORDS);
				parts.headers.insert(MEDREC_NOTICE, words);
			}
			encoding::encode(exchange, &mut parts, body).await
		},
		None => body,
	};
	let Some((exchange, signature)) =
		exchange.and_then(|exchange| Some((exchange, exchange.signature()?)))
	else {
		return Response::from_parts(parts, Body::from(body));
	};
	let signing = ResponseSigning {
		key: &gatekeeper.key,
		created: intake::now(),
		blocks: exchange.blocks(),
		receipt: exchange.receipt(),
	};
	match sign_response(&mut parts, &body, signature, &signing) {
		Ok(()) => Response::from_parts(parts, Body::from(body)),
		Err(error) => {
			tracing::error!(%error, "an answer cannot be signed");
			StatusCode::INTERNAL_SERVER_ERROR.into_response()
		},
	}
}

fn set_headers(headers: &mut HeaderMap, https: bool) {
	headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
	headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
	if https {
		let year = HeaderValue::from_static("max-age=31536000");
		headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
	}
}

//! Signs what it is sent, and sends it on to the gatekeeper: who generates requests from the API's
//! description needs no keys.

use crate::support::{
	chain::GENESIS,
	client::Client,
	world::{World, ALICE, ALICE_AT_MERCY, CAROL, MERCY},
};
use axum::{
	body::{to_bytes, Body},
	extract::{MatchedPath, Request, State},
	http::{header, request::Parts, HeaderMap, Method, StatusCode},
	response::{IntoResponse, Response},
	routing::any,
	Router,
};
use bytes::Bytes;
use medrec_gatekeeper::server::{intake::now, ROUTES};
use medrec_primitives::{Opening, Purpose, RelationshipId};
use medrec_protocol::{
	context::RequestContext,
	request::{sign_request, Nonce, RequestSigning},
	session::SessionKey,
};
use reqwest::{redirect::Policy, Url};
use serde_json::Value;
use std::{
	collections::{BTreeMap, BTreeSet},
	net::SocketAddr,
	sync::{
		atomic::{AtomicUsize, Ordering},
		Arc, Mutex,
	},
	time::Duration,
};
use tokio::{net::TcpListener, task::JoinHandle};
use url::form_urlencoded;

/// Longest wait for an event of a stream, which begins with one.
const PATIENCE: Duration = Duration::from_secs(10);

/// One for each connection, and not signed.
const OF_THE_CONNECTION: [header::HeaderName; 4] =
	[header::HOST, header::CONNECTION, header::CONTENT_LENGTH, header::TRANSFER_ENCODING];

/// Method, in lower case, and path of an operation, as in the document.
pub type Operation = (String, String);

/// Runs until it is dropped.
pub struct Forwarder {
	pub address: SocketAddr,
	signer: Arc<Signer>,
	task: JoinHandle<()>,
}

struct Signer {
	alice: Client,
	carol: Client,
	/// What Alice granted Carol.
	opening: Opening,
	http: reqwest::Client,
	sent: AtomicUsize,
	answered: Mutex<BTreeMap<Operation, BTreeSet<u16>>>,
}

impl Forwarder {
	/// For requests of Alice and, every fourth under `/fhir`, of Carol.
	pub async fn start(world: &World, opening: Opening) -> Self {
		let http = reqwest::Client::builder()
			.redirect(Policy::none())
			.no_proxy()
			// Bodies are handed back as they were sent.
			.no_gzip()
			// One that the gatekeeper closes meanwhile would look like a failure.
			.pool_max_idle_per_host(0)
			.build()
			.unwrap();
		let signer = Arc::new(Signer {
			alice: world.client(ALICE),
			carol: world.client(CAROL),
			opening,
			http,
			sent: AtomicUsize::new(0),
			answered: Mutex::default(),
		});
		let paths: BTreeSet<_> = ROUTES.iter().map(|(path, _)| *path).collect();
		let router = paths
			.into_iter()
			.fold(Router::new(), |router, path| router.route(path, any(forward)))
			.fallback(forward)
			.with_state(signer.clone());
		let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
		let address = listener.local_addr().unwrap();
		let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
		Self { address, signer, task }
	}

	/// With which statuses each operation was answered.
	pub fn answered(&self) -> BTreeMap<Operation, BTreeSet<u16>> {
		self.signer.answered.lock().unwrap().clone()
	}
}

impl Drop for Forwarder {
	fn drop(&mut self) {
		self.task.abort();
	}
}

async fn forward(State(signer): State<Arc<Signer>>, request: Request) -> Response {
	let (parts, body) = request.into_parts();
	let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
	let operation = parts
		.extensions
		.get::<MatchedPath>()
		.map(|path| (parts.method.as_str().to_ascii_lowercase(), path.as_str().to_owned()));
	let response = match signer.exchange(parts, body).await {
		Ok(response) => response,
		Err(error) => (StatusCode::BAD_GATEWAY, format!("{error:?}")).into_response(),
	};
	if let Some(operation) = operation {
		let mut answered = signer.answered.lock().unwrap();
		answered.entry(operation).or_default().insert(response.status().as_u16());
	}
	response
}

impl Signer {
	async fn exchange(&self, parts: Parts, body: Bytes) -> reqwest::Result<Response> {
		let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
		// The client writes an address in its own way; what is written is signed.
		let url: Url = format!("{}{target}", self.alice.origin).parse().unwrap();
		let mut headers = parts.headers;
		for name in OF_THE_CONNECTION {
			headers.remove(name);
		}
		let headers = self.signed(&parts.method, &url, headers, &body);
		let mut request = reqwest::Request::new(parts.method, url);
		*request.headers_mut() = headers;
		if !body.is_empty() {
			*request.body_mut() = Some(body.into());
		}

		let mut answer = self.http.execute(request).await?;
		let mut response = Response::new(Body::empty());
		*response.status_mut() = answer.status();
		*response.headers_mut() = answer.headers().clone();
		for name in OF_THE_CONNECTION {
			response.headers_mut().remove(name);
		}
		let is_stream = answer
			.headers()
			.get(header::CONTENT_TYPE)
			.is_some_and(|content_type| content_type == "text/event-stream");
		let body = match is_stream {
			true => Bytes::from(first_event(&mut answer).await?),
			false => answer.bytes().await?,
		};
		*response.body_mut() = body.into();
		Ok(response)
	}

	/// The headers of the signed request. What cannot be signed is left as it is: the gatekeeper says why.
	fn signed(&self, method: &Method, url: &Url, headers: HeaderMap, body: &[u8]) -> HeaderMap {
		let count = self.sent.fetch_add(1, Ordering::SeqCst);
		let is_carol = url.path().starts_with("/fhir/") && count % 4 == 3;
		let (client, purpose, opening) = match is_carol {
			true => (&self.carol, Purpose::Treatment, Some(self.opening.clone())),
			false => (&self.alice, Purpose::Personal, None),
		};
		let relationship = match url.path() {
			// What waits for the asker is asked for without a relationship.
			"/v1/openings"
				if method == Method::GET && (count.is_multiple_of(2) || url.query().is_some()) =>
			{
				None
			},
			_ => Some(named(url, body).unwrap_or(ALICE_AT_MERCY)),
		};
		let mut context =
			RequestContext::new(GENESIS, MERCY, relationship, client.participant, purpose);
		context.opening = opening;

		let request = http::Request::builder().method(method).uri(url.as_str());
		let (mut parts, ()) = request.body(()).unwrap().into_parts();
		parts.headers = headers.clone();
		let created = now();
		let signing = RequestSigning {
			session_key: &SessionKey::from_bytes(&client.session),
			delegation: &client.delegation,
			staff: None,
			context: &context,
			created,
			expires: created + 60_000,
			nonce: Nonce::random(),
		};
		match sign_request(&mut parts, body, &signing) {
			Ok(_) => parts.headers,
			Err(_) => headers,
		}
	}
}

/// The relationship that a request names itself, which its context has to name, too.
fn named(url: &Url, body: &[u8]) -> Option<RelationshipId> {
	let query = url.query().unwrap_or_default();
	let parameter = form_urlencoded::parse(query.as_bytes())
		.find(|(name, _)| name == "relationship")
		.and_then(|(_, value)| value.parse().ok());
	let member = || serde_json::from_slice::<Value>(body).ok()?.get("relationship")?.as_u64();
	parameter.or_else(member)
}

/// What comes of a stream until the end of an event.
async fn first_event(answer: &mut reqwest::Response) -> reqwest::Result<Vec<u8>> {
	let mut received = Vec::new();
	let reading = async {
		while let Some(chunk) = answer.chunk().await? {
			received.extend_from_slice(&chunk);
			if received.ends_with(b"\n\n") {
				break;
			}
		}
		Ok(())
	};
	tokio::time::timeout(PATIENCE, reading).await.expect("a stream begins with an event")?;
	Ok(received)
}

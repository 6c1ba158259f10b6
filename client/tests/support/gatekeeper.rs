//! A gatekeeper that verifies requests and signs answers as real ones do, with records in memory.

use super::chain::{Chain, BEST, FINALIZED, GENESIS};
use axum::{
	body::{to_bytes, Body},
	extract::{Request, State as AppState},
	response::Response,
	Router,
};
use http::{header, HeaderValue, StatusCode};
use medrec_client::clock;
use medrec_primitives::{Decision, Hash, Moment, ParticipantId, RecordTypes};
use medrec_protocol::{
	access_log::{AccessLogEntry, AccessLogPage, AccessOutcome, Interaction},
	account::fingerprint,
	amendments::{Amendment, AmendmentId, AmendmentList, AmendmentRequest, AmendmentState},
	context::RequestContext,
	enrolment::{EnrolmentRequest, EnrolmentState, EnrolmentStatus, EnrolmentStatusRequest},
	gatekeeper_key::GatekeeperSecret,
	notifications::{Notification, NotificationKind},
	openings::{DepositedOpening, OpeningList, PatronCopy, WaitingOpening},
	origin::Origin,
	receipt::EntryId,
	request::{verify_request, Verification, VerifiedRequest},
	response::{sign_response, DecisionBlocks, ResponseSigning},
};
use serde_json::{json, Value};
use std::sync::{Arc, Mutex};

#[derive(Default)]
pub struct Holdings {
	/// Type of record and FHIR resource (as text).
	pub records: Vec<(RecordTypes, String)>,
	pub waiting: Vec<(ParticipantId, WaitingOpening)>,
	pub deposited: Vec<PatronCopy>,
	pub log: Vec<AccessLogEntry>,
	/// Every redeemed consent, and how far it is.
	pub enrolments: Vec<(EnrolmentRequest, EnrolmentState)>,
	/// Session keys of all requests, in their order.
	pub session_keys: Vec<String>,
	/// What a patron is told, one event for each connection, so that clients are seen to go on.
	pub news: Vec<Notification>,
	/// Amendments that were asked for.
	pub amendments: Vec<Amendment>,
	/// How many of the next requests are answered with 503.
	pub unavailable: usize,
	/// Whether bodies are changed after they were signed.
	pub tampers: bool,
	/// What becomes of an enrolment that staff look at.
	pub confirms: bool,
}

#[derive(Clone)]
pub struct Gatekeeper {
	pub origin: Origin,
	pub provider: ParticipantId,
	key: GatekeeperSecret,
	chain: Chain,
	holdings: Arc<Mutex<Holdings>>,
}

impl Gatekeeper {
	/// Start it, and put it on the chain as a provider.
	pub async fn start(chain: &Chain, provider: ParticipantId, name: &str) -> Self {
		let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
		let origin = format!("http://{}", listener.local_addr().unwrap());
		let key = GatekeeperSecret::from_bytes(&[provider as u8; 32]);
		chain.add_provider(provider, name, &origin, &key);
		let gatekeeper = Self {
			origin: origin.parse().unwrap(),
			provider,
			key,
			chain: chain.clone(),
			holdings: Arc::default(),
		};
		let router = Router::new().fallback(answer).with_state(gatekeeper.clone());
		tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
		gatekeeper
	}

	pub fn holdings(&self) -> std::sync::MutexGuard<'_, Holdings> {
		self.holdings.lock().unwrap()
	}

	/// Something happens in a relationship.
	pub fn notify(&self, relationship: u64, kind: NotificationKind) {
		let news = self.sign(relationship, EntryId::random(), kind);
		self.holdings().news.push(news);
	}

	fn sign(&self, relationship: u64, event: EntryId, kind: NotificationKind) -> Notification {
		let provider = self.provider;
		Notification::sign(&self.key, &GENESIS, provider, relationship, event, kind, clock::now())
	}

	/// The next event after the one that a client saw last, and where the stream begins.
	fn events(&self, parts: &http::request::Parts) -> String {
		let holdings = self.holdings();
		let seen = parts.headers.get("last-event-id").map(|id| id.to_str().unwrap().to_owned());
		let place = |news: &Notification| Some(news.event.to_string()) == seen;
		let next = holdings.news.iter().position(place).map_or(0, |place| place + 1);
		let mut text = match seen {
			None => block(&self.sign(20, EntryId([0; 16]), NotificationKind::Begin)),
			Some(_) => ": still here\n\n".to_owned(),
		};
		text.extend(holdings.news.get(next).map(block));
		text
	}

	fn amend(&self, body: &[u8]) -> (StatusCode, Value) {
		let request: AmendmentRequest = serde_json::from_slice(body).unwrap();
		let amendment = Amendment {
			amendment: AmendmentId([self.holdings().amendments.len() as u8; 16]),
			request,
			requested_at: clock::now(),
			state: AmendmentState::Requested,
			answer: None,
			answered_at: None,
			settled_at: None,
			new_version: None,
		};
		self.holdings().amendments.push(amendment.clone());
		(StatusCode::CREATED, json!(amendment))
	}

	pub fn add_record(&self, record_type: RecordTypes, json: &str) {
		self.holdings().records.push((record_type, json.to_owned()));
	}

	fn route(
		&self,
		parts: &http::request::Parts,
		body: &[u8],
	) -> (StatusCode, Value, Option<VerifiedRequest>) {
		match parts.uri.path() {
			"/v1/enrolments" => return self.enrol(body),
			"/v1/enrolments/status" => return self.enrolment_status(body),
			_ => {},
		}
		let rules = Verification::new(self.origin.clone(), GENESIS, self.provider);
		let request = match verify_request(parts, body, &rules, clock::now()) {
			Ok(request) => request,
			Err(error) => return (StatusCode::UNAUTHORIZED, outcome(&error.to_string()), None),
		};
		let actor = request.context.actor;
		let known = self.chain.lock().participants.get(&actor).cloned();
		let authorized = known.is_some_and(|participant| {
			request.authorize(&participant.account, participant.epoch).is_ok()
		});
		if !authorized {
			return (StatusCode::UNAUTHORIZED, outcome("not authorized"), None);
		}
		self.holdings().session_keys.push(request.session_key.to_string());
		let (status, body) = self.serve(parts, body, &request);
		(status, body, Some(request))
	}

	fn serve(
		&self,
		parts: &http::request::Parts,
		body: &[u8],
		request: &VerifiedRequest,
	) -> (StatusCode, Value) {
		let context = &request.context;
		if self.holdings().unavailable > 0 {
			self.holdings().unavailable -= 1;
			return (StatusCode::SERVICE_UNAVAILABLE, outcome("the chain does not move"));
		}
		let path = parts.uri.path();
		if path == "/v1/openings" && context.relationship.is_none() {
			return (StatusCode::OK, json!(self.waiting(parts, context.actor)));
		}
		let relationship = context.relationship.unwrap();
		let opening = context.opening.as_ref();
		let decision =
			self.chain.decide(context.actor, relationship, context.purpose, opening, clock::now());
		let (allowed, logged) = match decision {
			Decision::Allowed(allowed) => {
				(Some(allowed.clone()), AccessOutcome::Allowed { basis: allowed.basis })
			},
			Decision::Denied(reason) => (None, AccessOutcome::Denied { reason }),
		};
		self.log(request, relationship, logged);
		let Some(allowed) = allowed else {
			return (StatusCode::FORBIDDEN, outcome("no access"));
		};
		match path {
			"/v1/openings" if parts.method == http::Method::POST => {
				let opening: DepositedOpening = serde_json::from_slice(body).unwrap();
				let DepositedOpening { relationship, grantee, tag, .. } = opening;
				let policy = opening.policy.clone();
				let provider = self.provider;
				let sealed = opening.sealed_to_patron.clone();
				let copy = PatronCopy { provider, relationship, grantee, tag, sealed, policy };
				self.holdings().deposited.push(copy);
				(StatusCode::CREATED, json!(opening))
			},
			"/v1/openings" => {
				let deposited = self.holdings().deposited.clone();
				(StatusCode::OK, json!(OpeningList { deposited, ..OpeningList::default() }))
			},
			"/v1/notifications" => (StatusCode::OK, self.events(parts).into()),
			"/v1/amendments" if parts.method == http::Method::POST => self.amend(body),
			"/v1/amendments" => {
				let amendments = self.holdings().amendments.iter().rev().cloned().collect();
				(StatusCode::OK, json!(AmendmentList { amendments }))
			},
			"/v1/access-log" => {
				let entries = self.holdings().log.iter().rev().cloned().collect();
				(StatusCode::OK, json!(AccessLogPage { entries, next: None }))
			},
			_ => {
				let resource_type = path.strip_prefix("/fhir/").unwrap();
				if let Some((_, id)) = resource_type.split_once('/') {
					return self.read(id);
				}
				let visible = |record_type| {
					allowed.visible.iter().any(|visible| visible.types.contains(record_type))
				};
				let holdings = self.holdings();
				let found: Vec<_> = holdings
					.records
					.iter()
					.filter(|(record_type, _)| visible(*record_type))
					.map(|(_, json)| json)
					.filter(|json| json.contains(&format!(r#""resourceType":"{resource_type}""#)))
					.collect();
				(StatusCode::OK, self.page(parts, &found))
			},
		}
	}

	fn read(&self, id: &str) -> (StatusCode, Value) {
		let found = self.holdings().records.iter().find_map(|(_, json)| {
			let resource: Value = serde_json::from_str(json).unwrap();
			(resource["id"] == id).then_some(resource)
		});
		found.map_or((StatusCode::NOT_FOUND, outcome("no such record")), |found| {
			(StatusCode::OK, found)
		})
	}

	/// Bundles of two, so that clients are seen to follow links.
	fn page(&self, parts: &http::request::Parts, found: &[&String]) -> Value {
		let query = parts.uri.query().unwrap_or_default();
		let from: usize = query
			.split('&')
			.find_map(|pair| pair.strip_prefix("_page="))
			.map_or(0, |page| page.parse().unwrap());
		let entries: Vec<Value> = found
			.iter()
			.skip(from)
			.take(2)
			.map(|json| json!({ "resource": serde_json::from_str::<Value>(json).unwrap() }))
			.collect();
		let mut links = vec![json!({ "relation": "self", "url": parts.uri.to_string() })];
		if found.len() > from + 2 {
			let url = format!("{}{}?_page={}", self.origin, parts.uri.path(), from + 2);
			links.push(json!({ "relation": "next", "url": url }));
		}
		json!({ "resourceType": "Bundle", "type": "searchset", "link": links, "entry": entries })
	}

	/// One opening a page, so that clients are seen to go on.
	fn waiting(&self, parts: &http::request::Parts, actor: ParticipantId) -> OpeningList {
		let query = parts.uri.query().unwrap_or_default();
		let from: usize = query.strip_prefix("after=").map_or(0, |after| after.parse().unwrap());
		let holdings = self.holdings();
		let mine = holdings.waiting.iter().filter(|(grantee, _)| *grantee == actor);
		let mut left = mine.map(|(_, waiting)| waiting.clone()).skip(from);
		OpeningList {
			waiting: left.next().into_iter().collect(),
			next: left.next().map(|_| (from + 1).to_string()),
			..OpeningList::default()
		}
	}

	fn log(&self, request: &VerifiedRequest, relationship: u64, outcome: AccessOutcome) {
		let RequestContext { actor, purpose, .. } = request.context;
		let mut holdings = self.holdings();
		let at: Moment = clock::now();
		holdings.log.push(AccessLogEntry {
			entry: EntryId::random(),
			at,
			relationship,
			actor,
			on_behalf_of: actor,
			session_key: None,
			staff: request.staff.as_ref().map(|staff| staff.credential.member()),
			purpose,
			emergency: None,
			interaction: Interaction::Search,
			types: RecordTypes::NONE,
			resource_count: 0,
			resources: Vec::new(),
			outcome,
			blocks: None,
			leaf: Hash::zero(),
		});
	}

	fn enrol(&self, body: &[u8]) -> (StatusCode, Value, Option<VerifiedRequest>) {
		let request: EnrolmentRequest = serde_json::from_slice(body).unwrap();
		if let Err(error) = request.verify(&GENESIS, self.provider, clock::now()) {
			return (StatusCode::BAD_REQUEST, error_body(&error.to_string()), None);
		}
		let status = self.status(&request, EnrolmentState::Pending);
		self.holdings().enrolments.push((request, EnrolmentState::Pending));
		(StatusCode::OK, json!(status), None)
	}

	fn enrolment_status(&self, body: &[u8]) -> (StatusCode, Value, Option<VerifiedRequest>) {
		let asked: EnrolmentStatusRequest = serde_json::from_slice(body).unwrap();
		let mut holdings = self.holdings();
		let found =
			holdings.enrolments.iter().find(|(request, _)| request.account == asked.account);
		let Some((request, _)) = found.cloned() else {
			return (StatusCode::NOT_FOUND, error_body("no such code"), None);
		};
		let state =
			if holdings.confirms { EnrolmentState::Active } else { EnrolmentState::Refused };
		holdings.enrolments.clear();
		(StatusCode::OK, json!(self.status(&request, state)), None)
	}

	fn status(&self, request: &EnrolmentRequest, state: EnrolmentState) -> EnrolmentStatus {
		EnrolmentStatus {
			state,
			fingerprint: fingerprint(&request.account),
			deadline: request.deadline,
			participant: None,
			relationship: None,
		}
	}
}

fn block(news: &Notification) -> String {
	let data = serde_json::to_string(news).unwrap();
	format!("id: {}\nevent: {}\ndata: {data}\n\n", news.event, news.kind)
}

fn outcome(text: &str) -> Value {
	json!({ "resourceType": "OperationOutcome",
		"issue": [{ "severity": "error", "code": "processing", "diagnostics": text }] })
}

fn error_body(text: &str) -> Value {
	json!({ "error": { "code": "refused", "message": text } })
}

async fn answer(AppState(gatekeeper): AppState<Gatekeeper>, request: Request) -> Response {
	let (parts, body) = request.into_parts();
	let body = to_bytes(body, 1 << 20).await.unwrap();
	let (status, value, verified) = gatekeeper.route(&parts, &body);
	if parts.uri.path() == "/v1/notifications" && status == StatusCode::OK {
		let text = value.as_str().unwrap().to_owned();
		let mut response = Response::new(Body::from(text));
		let event_stream = HeaderValue::from_static("text/event-stream");
		response.headers_mut().insert(header::CONTENT_TYPE, event_stream);
		return response;
	}
	let is_read = parts.uri.path().matches('/').count() == 3;
	let mut body = serde_json::to_vec(&value).unwrap();
	let (mut parts, ()) = http::Response::new(()).into_parts();
	parts.status = status;
	parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/fhir+json"));
	if is_read && status == StatusCode::OK {
		parts.headers.insert(header::ETAG, HeaderValue::from_static("W/\"3\""));
	}
	if status == StatusCode::SERVICE_UNAVAILABLE {
		parts.headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
	}
	if let Some(request) = verified {
		let blocks = DecisionBlocks { best: BEST.hash, finalized: FINALIZED.hash };
		let signing = ResponseSigning {
			key: &gatekeeper.key,
			created: clock::now(),
			blocks: Some(&blocks),
			receipt: None,
		};
		sign_response(&mut parts, &body, &request.signature, &signing).unwrap();
	}
	if gatekeeper.holdings().tampers {
		body.push(b' ');
	}
	Response::from_parts(parts, Body::from(body))
}

//! The server under test, and how tests ask it.

use std::{sync::Arc, time::Duration};

use futures::{future, future::BoxFuture, FutureExt};
use jsonrpsee::{
	core::{client::Error, ClientError},
	http_client::{HttpClient, HttpClientBuilder},
	server::{Server, ServerHandle},
};
use medrec_generated_state::{Grant, Population};
use medrec_primitives::{AccessRequest, Decision, Moment, ParticipantKind, Purpose};
use medrec_rpc::{Freshness, Medrec, MedrecApiServer, MedrecChangesApiServer, SyncView};
use medrec_rpc_api::{CheckAccess, MedrecApiClient};

use crate::chain::Chain;

/// Messages that wait for a connection: as many as the node lets wait.
const MESSAGE_BUFFER: u32 = 64;

/// What the server believes of its peers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Peers {
	pub is_major_syncing: bool,
	pub best_seen: Option<u32>,
	pub clock_difference: Option<i64>,
}

impl SyncView for Peers {
	fn is_major_syncing(&self) -> bool {
		self.is_major_syncing
	}

	fn best_seen(&self) -> Option<u32> {
		self.best_seen
	}

	fn clock_difference(&self, _: Moment) -> Option<i64> {
		self.clock_difference
	}

	fn refresh(&self) -> BoxFuture<'_, ()> {
		future::ready(()).boxed()
	}
}

/// How a server is set up.
#[derive(Clone, Copy, Debug)]
pub struct Options {
	/// Age of the finalized block from which on the operator wants nothing decided.
	pub staleness_limit: Option<Duration>,
	/// What it believes of its peers.
	pub peers: Peers,
	/// Whether it follows which keys each block changes. It has to answer the same without.
	pub tracks_changes: bool,
}

impl Default for Options {
	fn default() -> Self {
		Self { staleness_limit: None, peers: Peers::default(), tracks_changes: true }
	}
}

/// A running server and a client of it.
pub struct Running {
	pub http: HttpClient,
	/// Where it takes WebSockets.
	pub socket: String,
	handle: ServerHandle,
	tracker: Option<tokio::task::JoinHandle<()>>,
}

impl Running {
	/// Serve a chain.
	pub async fn start(chain: &Chain) -> Self {
		Self::start_with(chain, Options::default()).await
	}

	/// Serve a chain, set up in a particular way.
	pub async fn start_with(chain: &Chain, options: Options) -> Self {
		let medrec = Medrec::with_view(
			chain.client.clone(),
			chain.backend.clone(),
			Arc::new(options.peers),
			Freshness { staleness_limit: options.staleness_limit },
		);
		let tracker = options.tracks_changes.then(|| tokio::spawn(medrec.track_heads()));
		let server = Server::builder()
			.set_message_buffer_capacity(MESSAGE_BUFFER)
			.build("127.0.0.1:0")
			.await
			.unwrap();
		let address = server.local_addr().unwrap();
		let mut module = MedrecApiServer::into_rpc(medrec.clone());
		module.merge(MedrecChangesApiServer::into_rpc(medrec)).unwrap();
		let handle = server.start(module);
		let http = HttpClientBuilder::default().build(format!("http://{address}")).unwrap();
		Self { http, socket: format!("ws://{address}"), handle, tracker }
	}

	/// The decision on a question.
	pub async fn decide(&self, question: CheckAccess) -> Decision {
		self.http.check_access(question).await.unwrap().decision
	}

	/// The decision on what a grant is for, asked more than once: whether the server has already heard
	/// which keys changed must make no difference.
	pub async fn decide_by(&self, population: &Population, grant: &Grant) -> Decision {
		let question = question_by(population, grant);
		let first = self.decide(question.clone()).await;
		for _ in 0..20 {
			assert_eq!(self.decide(question.clone()).await, first);
		}
		first
	}
}

impl Drop for Running {
	fn drop(&mut self) {
		if let Some(tracker) = &self.tracker {
			tracker.abort();
		}
		// It fails where the server has stopped already, which is what is wanted.
		let _ = self.handle.stop();
	}
}

/// The question that a grant's grantee asks.
pub fn question_by(population: &Population, grant: &Grant) -> CheckAccess {
	let grantee = grant.opening.grantee;
	let purpose = match population.party(grantee).unwrap().kind {
		ParticipantKind::Insurer => Purpose::Payment,
		ParticipantKind::Researcher => Purpose::Research,
		_ => Purpose::Treatment,
	};
	CheckAccess {
		actor: grantee,
		on_behalf_of: grantee,
		relationship: grant.relationship,
		purpose,
		opening: Some(grant.opening.clone()),
		include_block: None,
	}
}

/// The same question for the runtime API.
pub fn request(question: &CheckAccess) -> AccessRequest {
	question.clone().into()
}

/// Code and data of an error answer.
pub fn refusal(error: ClientError) -> (i32, serde_json::Value) {
	match error {
		Error::Call(error) => {
			let data = error
				.data()
				.map_or(serde_json::Value::Null, |data| serde_json::from_str(data.get()).unwrap());
			(error.code(), data)
		},
		other => panic!("no answer: {other}"),
	}
}

//! What every command that talks to the network works with: an opened key, a node, gatekeepers.

use crate::{
	clock,
	gatekeeper::{self, Asking, Gatekeeper},
	identities::Acting,
	output::Progress,
	store::{
		KeptOpening, Key, KeystoreError, OpeningStore, PlaceStore, Session, SessionError,
		SessionScope, SessionStore,
	},
	ClientError,
};
use medrec_chain_client::{rpc_api::ParticipantInfo, ChainClient};
use medrec_primitives::{Hash, ParticipantId, Purpose, RelationshipId};
use medrec_protocol::{context::RequestContext, receipt::EntryId, staff::SignedStaffCredential};
use std::{
	path::PathBuf,
	sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::OnceCell;

/// Where everything is.
#[derive(Clone, Debug)]
pub struct Settings {
	/// WebSocket address of the node.
	pub node: String,
	/// Directory with keys, sessions, openings.
	pub home: PathBuf,
	/// Whether to wait for finality after each transaction, instead of the first block.
	pub wait_for_finality: bool,
}

/// An opened key with a connection to a node.
pub struct Workspace {
	/// The node.
	pub chain: ChainClient,
	/// The key.
	pub key: Key,
	/// Told what is going on.
	pub progress: Arc<dyn Progress>,
	settings: Settings,
	http: reqwest::Client,
	sessions: Mutex<SessionStore>,
	openings: Mutex<OpeningStore>,
	places: Mutex<PlaceStore>,
	providers: OnceCell<Vec<ParticipantInfo>>,
}

impl Workspace {
	/// Connect to the node.
	pub async fn open(
		settings: Settings,
		key: Key,
		progress: Arc<dyn Progress>,
	) -> Result<Self, ClientError> {
		let chain = ChainClient::connect(&settings.node).await?;
		let sessions = SessionStore::open(&settings.home, &key, clock::now());
		let openings = OpeningStore::open(&settings.home, &key)?;
		let places = PlaceStore::open(&settings.home, &key);
		Ok(Self {
			chain,
			key,
			progress,
			http: gatekeeper::http_client()?,
			sessions: Mutex::new(sessions),
			openings: Mutex::new(openings),
			places: Mutex::new(places),
			providers: OnceCell::new(),
			settings,
		})
	}

	/// All providers of the chain; asked for once.
	pub async fn providers(&self) -> Result<&[ParticipantInfo], ClientError> {
		let providers =
			self.providers.get_or_try_init(|| async { self.chain.providers().await }).await?;
		Ok(providers)
	}

	/// A provider.
	pub async fn provider(&self, id: ParticipantId) -> Result<&ParticipantInfo, ClientError> {
		self.providers().await?.iter().find(|provider| provider.id == id).ok_or_else(|| {
			ClientError::Usage(format!("participant {id} is no provider of this chain"))
		})
	}

	/// Name of a participant for people: that of a provider, else its number.
	pub async fn name_of(&self, participant: ParticipantId) -> Result<String, ClientError> {
		Ok(self
			.providers()
			.await?
			.iter()
			.find(|provider| provider.id == participant)
			.and_then(provider_name)
			.unwrap_or_else(|| format!("participant {participant}")))
	}

	/// The gatekeeper of a provider.
	pub async fn gatekeeper(&self, provider: ParticipantId) -> Result<Gatekeeper, ClientError> {
		Ok(Gatekeeper::of(self.provider(provider).await?, self.http.clone())?)
	}

	/// A session for an identity at a gatekeeper.
	pub fn session(
		&self,
		acting: &Acting,
		gatekeeper: &Gatekeeper,
	) -> Result<Session, ClientError> {
		let scope = SessionScope {
			gatekeeper: gatekeeper.origin().clone(),
			genesis: self.chain.genesis(),
			participant: acting.id(),
			epoch: acting.participant.epoch,
		};
		lock(&self.sessions)
			.session(&self.key, &acting.identity.account_key, &scope, clock::now())
			.map_err(ClientError::from)
	}

	/// Keep a staff credential with the session that it is for.
	pub fn keep_staff_credential(&self, staff: SignedStaffCredential) -> Result<(), ClientError> {
		Ok(lock(&self.sessions).keep_staff(&self.key, staff)?)
	}

	/// Context of a request of an identity that acts for itself.
	pub fn context(
		&self,
		acting: &Acting,
		gatekeeper: &Gatekeeper,
		relationship: Option<RelationshipId>,
		purpose: Purpose,
	) -> RequestContext {
		RequestContext::new(
			self.chain.genesis(),
			gatekeeper.provider(),
			relationship,
			acting.id(),
			purpose,
		)
	}

	/// Openings that this device knows, for this chain, oldest first.
	pub fn kept_openings(&self) -> Vec<KeptOpening> {
		lock(&self.openings).of_chain(self.chain.genesis()).cloned().collect()
	}

	/// Keep openings on this device.
	pub fn keep_openings(
		&self,
		openings: impl IntoIterator<Item = KeptOpening>,
	) -> Result<(), ClientError> {
		Ok(lock(&self.openings).keep(&self.key, openings)?)
	}

	/// The last notification of a relationship that this device saw.
	pub fn place_in_notifications(&self, relationship: RelationshipId) -> Option<EntryId> {
		lock(&self.places).last(self.chain.genesis(), relationship)
	}

	/// Keep which notification of a relationship this device saw last.
	pub fn keep_place_in_notifications(
		&self,
		relationship: RelationshipId,
		event: EntryId,
	) -> Result<(), ClientError> {
		Ok(lock(&self.places).keep(&self.key, self.chain.genesis(), relationship, event)?)
	}

	/// Whether transactions are waited for until they are final.
	pub(crate) const fn waits_for_finality(&self) -> bool {
		self.settings.wait_for_finality
	}

	/// Genesis hash of the chain.
	pub fn genesis(&self) -> Hash {
		self.chain.genesis()
	}
}

/// Who asks a gatekeeper, and what about.
pub(crate) const fn asking<'a>(session: &'a Session, context: &'a RequestContext) -> Asking<'a> {
	Asking { session, context }
}

/// Name of a provider.
pub(crate) fn provider_name(participant: &ParticipantInfo) -> Option<String> {
	participant.provider.as_ref().map(|provider| gatekeeper::printable(&provider.name))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
	mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl From<KeystoreError> for ClientError {
	fn from(error: KeystoreError) -> Self {
		match error {
			KeystoreError::Name(_)
			| KeystoreError::Exists(_)
			| KeystoreError::Absent { .. }
			| KeystoreError::Ambiguous(_)
			| KeystoreError::ShortPassword
			| KeystoreError::WrongPassword(_) => Self::Usage(error.to_string()),
			error => Self::Failed(error.to_string()),
		}
	}
}

impl From<SessionError> for ClientError {
	fn from(error: SessionError) -> Self {
		match error {
			SessionError::NoSession | SessionError::Staff(_) => Self::Usage(error.to_string()),
			error => Self::Failed(error.to_string()),
		}
	}
}

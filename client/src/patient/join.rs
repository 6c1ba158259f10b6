//! Redeeming an enrolment code.

use crate::{clock, gatekeeper::Gatekeeper, identities, ClientError, Workspace};
use medrec_primitives::{
	Moment, ParticipantId, ParticipantKind, ParticipantStatus, RelationshipId, RelationshipRole,
	RelationshipStatus, MILLISECONDS_PER_DAY,
};
use medrec_protocol::{
	account,
	enrolment::{
		EnrolmentCode, EnrolmentRequest, EnrolmentState, EnrolmentStatus, EnrolmentStatusRequest,
	},
	identity::Identity,
};
use serde::Serialize;
use std::time::Duration;
use tokio::time::Instant;

/// For how long a consent holds: as long as staff may take to confirm.
const CONSENT_LIFETIME: Moment = 7 * MILLISECONDS_PER_DAY;

/// How often to ask whether staff confirmed.
const POLL: Duration = Duration::from_secs(2);

/// How often a gatekeeper may fail to answer in a row while it is waited for.
const MAX_FAILURES: u32 = 30;

/// A code that was redeemed.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Joining {
	/// The provider.
	pub provider: ParticipantId,
	/// Its name.
	pub provider_name: String,
	/// What staff compare with her.
	pub fingerprint: String,
	/// How far it is.
	pub state: EnrolmentState,
	/// When her consent ends.
	pub deadline: Moment,
	/// Her participant, once active.
	pub participant: Option<ParticipantId>,
	/// The relationship, once active.
	pub relationship: Option<RelationshipId>,
	#[serde(skip)]
	identity: Identity,
	#[serde(skip)]
	status_request: EnrolmentStatusRequest,
}

/// Redeem a code: sign her consent with an identity of hers for this provider, and send it to the
/// provider's gatekeeper. Nothing is on the chain before staff confirmed that the key is hers.
pub async fn join(
	workspace: &Workspace,
	code: &EnrolmentCode,
	new_identity: bool,
) -> Result<Joining, ClientError> {
	if code.genesis != workspace.genesis() {
		return Err(ClientError::Usage(format!(
			"the code is for the chain {:?}, but the node is on {:?}; connect to a node of the code's chain with --node",
			code.genesis,
			workspace.genesis()
		)));
	}
	workspace.progress.step("looking up the provider");
	let provider = workspace.provider(code.provider).await?;
	let gatekeeper = workspace.gatekeeper(code.provider).await?;
	if *gatekeeper.origin() != code.gatekeeper {
		return Err(ClientError::Failed(format!(
			"the code sends you to {}, but {} is at {} on the chain; do not use this code, and ask the provider",
			code.gatekeeper,
			gatekeeper.name(),
			gatekeeper.origin()
		)));
	}
	if provider.status != ParticipantStatus::Active {
		return Err(ClientError::Failed(format!(
			"{} is not active on the chain and cannot enrol anyone now",
			gatekeeper.name()
		)));
	}

	let identity = choose_identity(workspace, &gatekeeper, new_identity).await?;
	let account = identity.account_id();
	let nonce = workspace.chain.next_nonce(&account).await?;
	let deadline = clock::now() + CONSENT_LIFETIME;
	let request =
		EnrolmentRequest::sign(code, &identity, ParticipantKind::Patient, deadline, nonce);
	workspace.progress.step(&format!("sending your consent to {}", gatekeeper.name()));
	let status = gatekeeper.enrol(&request).await?;
	workspace.progress.finish();

	let mut joining = Joining {
		provider: code.provider,
		provider_name: gatekeeper.name().to_owned(),
		fingerprint: account::fingerprint(&account),
		state: status.state,
		deadline,
		participant: None,
		relationship: None,
		identity,
		status_request: EnrolmentStatusRequest { secret: code.secret.clone(), account },
	};
	joining.take(&status)?;
	Ok(joining)
}

/// Wait until staff confirmed and the chain knows her, at most for `patience`.
pub async fn wait_until_active(
	workspace: &Workspace,
	joining: &mut Joining,
	patience: Duration,
) -> Result<(), ClientError> {
	let gatekeeper = workspace.gatekeeper(joining.provider).await?;
	let deadline = Instant::now() + patience;
	let mut failures = 0;
	loop {
		match joining.state {
			EnrolmentState::Active => break,
			EnrolmentState::Expired => {
				return Err(ClientError::Failed(
					"the consent is over; redeem the code again, or ask for a new one".to_owned(),
				))
			},
			EnrolmentState::Refused => {
				return Err(ClientError::Denied(format!(
					"{} refused the enrolment; ask its staff",
					joining.provider_name
				)))
			},
			EnrolmentState::Pending => workspace.progress.step(&format!(
				"waiting for the staff of {} to confirm the fingerprint {}",
				joining.provider_name, joining.fingerprint
			)),
			EnrolmentState::Confirmed | EnrolmentState::Submitted => {
				workspace.progress.step("confirmed; waiting for the chain")
			},
		}
		if Instant::now() >= deadline {
			return Err(ClientError::Unavailable(format!(
				"the staff of {} did not confirm in time; the code stays redeemed, run the same command again to go on waiting",
				joining.provider_name
			)));
		}
		tokio::time::sleep(POLL).await;
		match gatekeeper.enrolment_status(&joining.status_request).await {
			Ok(status) => {
				failures = 0;
				joining.take(&status)?;
			},
			Err(error) if error.is_unavailable() && failures < MAX_FAILURES => failures += 1,
			Err(error) => return Err(error.into()),
		}
	}
	workspace.progress.step("checking the chain");
	confirm_on_chain(workspace, joining).await?;
	workspace.progress.finish();
	Ok(())
}

impl Joining {
	fn take(&mut self, status: &EnrolmentStatus) -> Result<(), ClientError> {
		if status.fingerprint != self.fingerprint {
			return Err(ClientError::Failed(format!(
				"{} holds another key for this code than yours; do not confirm anything, and ask its staff",
				self.provider_name
			)));
		}
		self.state = status.state;
		self.participant = status.participant;
		self.relationship = status.relationship;
		Ok(())
	}
}

/// Nothing that the gatekeeper says is believed before the chain says it too.
async fn confirm_on_chain(workspace: &Workspace, joining: &mut Joining) -> Result<(), ClientError> {
	let participant = identities::principal(&workspace.chain, &joining.identity).await?;
	let entry = match &participant {
		None => None,
		Some(participant) => {
			let entries = workspace.chain.summary(participant.id).await?;
			entries.into_iter().find(|entry| {
				entry.steward == joining.provider
					&& entry.role == RelationshipRole::Patron
					&& entry.status == RelationshipStatus::Active
			})
		},
	};
	match (participant, entry) {
		(Some(participant), Some(entry)) => {
			joining.participant = Some(participant.id);
			joining.relationship = Some(entry.relationship);
			Ok(())
		},
		_ => Err(ClientError::Failed(format!(
			"{} says that you are enrolled, but the chain does not show it; ask its staff",
			joining.provider_name
		))),
	}
}

/// The identity to enrol: the one that she has with this provider already, unless it is enrolled, or a new
/// one.
async fn choose_identity(
	workspace: &Workspace,
	gatekeeper: &Gatekeeper,
	new_identity: bool,
) -> Result<Identity, ClientError> {
	let provider = gatekeeper.provider();
	let seed = &workspace.key.seed;
	let (found, free) = identities::find_towards(&workspace.chain, seed, provider).await?;
	if new_identity || found.is_empty() {
		return Ok(seed.identity(&workspace.genesis(), provider, free));
	}
	let mut unused = None;
	for acting in found {
		let entries = workspace.chain.summary(acting.id()).await?;
		let active = entries
			.iter()
			.find(|entry| entry.steward == provider && entry.status != RelationshipStatus::Ended);
		if let Some(entry) = active {
			return Err(ClientError::Usage(format!(
				"you are with {} already (relationship {}); to be enrolled a second time under another identity, add --new-identity",
				gatekeeper.name(),
				entry.relationship
			)));
		}
		if acting.participant.status == ParticipantStatus::Active {
			unused = Some(acting.identity);
		}
	}
	Ok(unused.unwrap_or_else(|| seed.identity(&workspace.genesis(), provider, free)))
}

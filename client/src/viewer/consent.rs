//! The consent with which a provider can register a viewer.

use crate::{clock, ClientError, Workspace};
use medrec_primitives::{Moment, ParticipantId, ParticipantKind, MILLISECONDS_PER_DAY};
use medrec_protocol::{account, registration::RegistrationConsent};

/// For how long a consent holds.
const LIFETIME: Moment = 7 * MILLISECONDS_PER_DAY;

/// A consent, and what staff compare with the person who hands it in.
#[derive(Clone, Debug)]
pub struct Registration {
	/// The file's content.
	pub consent: RegistrationConsent,
	/// Fingerprint of the account.
	pub fingerprint: String,
	/// Name of the provider.
	pub provider_name: String,
}

/// Sign a consent to being registered by a provider.
pub async fn consent(
	workspace: &Workspace,
	provider: ParticipantId,
	kind: ParticipantKind,
	n: u32,
) -> Result<Registration, ClientError> {
	if matches!(kind, ParticipantKind::Provider | ParticipantKind::Patient) {
		return Err(ClientError::Usage(
			"providers are admitted by the council, and patients join with an enrolment code; choose delegate, insurer, researcher or other".to_owned(),
		));
	}
	let identity = workspace.key.seed.viewer(n);
	let account = identity.account_id();
	if let Some(participant) = workspace.chain.participant_of(account.clone()).await? {
		return Err(ClientError::Usage(format!(
			"this key is registered already, as participant {}",
			participant.id
		)));
	}
	let provider_name = workspace.provider(provider).await.map(crate::workspace::provider_name)?;
	let nonce = workspace.chain.next_nonce(&account).await?;
	let deadline = clock::now() + LIFETIME;
	let genesis = workspace.genesis();
	Ok(Registration {
		consent: RegistrationConsent::sign(&identity, genesis, provider, kind, deadline, nonce),
		fingerprint: account::fingerprint(&account),
		provider_name: provider_name.unwrap_or_default(),
	})
}

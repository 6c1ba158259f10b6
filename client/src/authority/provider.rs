//! Who acts for a provider, and who could.

use crate::ClientError;
use medrec_chain_client::{
	rpc_api::{AccountRoleName, ParticipantInfo},
	ChainClient,
};
use medrec_primitives::{AccountId, ParticipantKind, ParticipantStatus};

/// The provider whose own account it is, in good standing or suspended: what is to be done, such as "session
/// keys are set", nobody else can do.
pub(super) fn own_provider(
	participant: Option<ParticipantInfo>,
	account: &AccountId,
	what: &str,
) -> Result<ParticipantInfo, ClientError> {
	let participant = participant.ok_or_else(|| {
		ClientError::Denied(format!(
			"{account} is nobody on this chain yet: the council has to certify the provider first. `medrec authority apply` writes the application"
		))
	})?;
	let id = participant.id;
	let refuse = |why: String| Err(ClientError::Denied(why));
	if participant.role == Some(AccountRoleName::Operator) {
		return refuse(format!(
			"{account} is the operator account of provider {id}; {what} by the provider's own account"
		));
	}
	if participant.kind != ParticipantKind::Provider {
		return refuse(format!("participant {id} is no provider"));
	}
	match participant.status {
		ParticipantStatus::Active | ParticipantStatus::Suspended => Ok(participant),
		ParticipantStatus::Retired => {
			refuse(format!("provider {id} has retired for good; apply with another account"))
		},
	}
}

/// The same, in good standing only.
pub(super) fn active_provider(
	participant: Option<ParticipantInfo>,
	account: &AccountId,
	what: &str,
) -> Result<ParticipantInfo, ClientError> {
	let provider = own_provider(participant, account, what)?;
	if provider.status == ParticipantStatus::Suspended {
		return Err(ClientError::Denied(format!(
			"provider {} is suspended; the council has to reinstate it first",
			provider.id
		)));
	}
	Ok(provider)
}

/// A provider's operator account.
pub(super) fn operator_of(provider: &ParticipantInfo) -> Option<&AccountId> {
	provider.provider.as_ref()?.operator.as_ref()
}

/// The nonce, to which a consent is bound, of an account that is nobody's yet. The chain takes no other
/// account for what it does not act as already; `instead` says what to do where it is somebody's.
pub(super) async fn vacant_nonce(
	chain: &ChainClient,
	account: &AccountId,
	instead: &str,
) -> Result<u32, ClientError> {
	let (participant, nonce) =
		futures::try_join!(chain.participant_of(account.clone()), chain.included_nonce(account))?;
	if let Some(participant) = participant {
		let as_what = match participant.role {
			Some(AccountRoleName::Operator) => "the operator account of",
			_ => "the account of",
		};
		return Err(ClientError::Usage(format!(
			"{account} is {as_what} participant {} already; {instead}",
			participant.id
		)));
	}
	// Nobody's account does not transact, and what it consents to makes it somebody's.
	if nonce > 0 {
		return Err(ClientError::Usage(format!(
			"{account} acted on this chain before and was replaced, so that it is never usable again; {instead}"
		)));
	}
	Ok(nonce)
}

//! Who acts for a provider.

use crate::ClientError;
use medrec_chain_client::rpc_api::{AccountRoleName, ParticipantInfo};
use medrec_primitives::{AccountId, ParticipantKind, ParticipantStatus};

/// The provider whose own account it is, in good standing: what is to be done, such as "session keys are
/// set", nobody else can do.
pub(super) fn active_provider(
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
		ParticipantStatus::Active => Ok(participant),
		ParticipantStatus::Suspended => {
			refuse(format!("provider {id} is suspended; the council has to reinstate it first"))
		},
		ParticipantStatus::Retired => {
			refuse(format!("provider {id} has retired for good; apply with another account"))
		},
	}
}

//! How far a provider is.

use super::{Node, Operations, Standing};
use crate::ClientError;
use medrec_chain_client::ChainError;
use medrec_primitives::AccountId;

/// Ask chain and node how it stands with an account.
pub async fn standing(
	operations: Operations<'_>,
	account: AccountId,
) -> Result<Standing, ClientError> {
	let Operations { chain, progress } = operations;
	progress.step("asking the node how far this provider is");
	let (participant, keys, validators, is_validator, status) = futures::try_join!(
		chain.participant_of(account.clone()),
		chain.registered_keys(&account),
		chain.validators(),
		chain.is_validator(),
		chain.status(),
	)?;
	let holds_keys = match &keys {
		None => None,
		Some(keys) => match chain.has_session_keys(keys).await {
			Ok(holds) => Some(holds),
			Err(ChainError::OperatorOnly { .. }) => None,
			Err(error) => return Err(error.into()),
		},
	};
	progress.finish();
	Ok(Standing {
		account,
		participant,
		keys,
		validators,
		node: Node {
			url: chain.url().to_owned(),
			holds_keys,
			is_validator,
			health: status.health,
			finalized: status.finalized.number,
		},
	})
}

//! How far a provider is.

use super::{Node, Operations, Standing};
use crate::ClientError;
use medrec_chain_client::{ChainClient, ChainError, SessionKeys};
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
	let mut standing = Standing {
		account,
		participant,
		keys,
		validators,
		node: Node {
			url: chain.url().to_owned(),
			holds_keys: None,
			is_validator,
			health: status.health,
			finalized: status.finalized.number,
		},
	};
	standing.node.holds_keys = holds(chain, &standing.needed_keys()).await?;
	progress.finish();
	Ok(standing)
}

/// Whether the node has all of these keys; `None` if it tells its operator only, or if there are none.
async fn holds(chain: &ChainClient, keys: &[SessionKeys]) -> Result<Option<bool>, ChainError> {
	let mut all = None;
	for keys in keys {
		match chain.has_session_keys(keys).await {
			Ok(holds) => all = Some(holds && all.unwrap_or(true)),
			Err(ChainError::OperatorOnly { .. }) => return Ok(None),
			Err(error) => return Err(error),
		}
	}
	Ok(all)
}

//! Session keys: made by the operator's own node, put on the chain by the provider's account.

use super::{provider::active_provider, Operations};
use crate::{transactions::Sender, ClientError};
use medrec_chain_client::{calls, rpc_api::BlockRef, ChainError, SessionKeys};
use medrec_primitives::{AccountId, ParticipantId};
use medrec_protocol::{account::AccountKey, identity::Identity};
use serde::Serialize;

/// Session keys that are on the chain.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeysSet {
	/// The provider.
	pub participant: ParticipantId,
	/// Its account.
	pub account: AccountId,
	/// The public halves.
	pub keys: SessionKeys,
	/// Those that it had before.
	pub replaced: Option<SessionKeys>,
	/// The block that has them, which is final.
	pub block: BlockRef,
	/// Whether it holds authority already, so that the keys come into force by themselves.
	pub holds_authority: bool,
}

/// Let the node make session keys, and register them for the account. Waits until that is final.
///
/// `replace` is asked before keys that there are already are replaced.
pub async fn set_keys(
	operations: Operations<'_>,
	identity: &Identity,
	replace: impl FnOnce(&SessionKeys) -> Result<(), ClientError>,
) -> Result<KeysSet, ClientError> {
	let Operations { chain, progress } = operations;
	let account = identity.account_id();
	progress.step("asking the node about this provider");
	let provider = active_provider(
		chain.participant_of(account.clone()).await?,
		&account,
		"session keys are set",
	)?;
	let (replaced, authorities) =
		futures::try_join!(chain.registered_keys(&account), chain.authorities())?;
	progress.finish();
	if let Some(present) = &replaced {
		replace(present)?;
	}

	progress.step("the node makes session keys");
	let made = chain.generate_session_keys(&account).await.map_err(explain_refusal)?;
	let sender = Sender { chain, progress, wait_for_finality: true };
	let call = calls::set_keys(&made.keys, made.proof);
	let key: &AccountKey = &identity.account_key;
	let inclusion = sender.submit("setting session keys", &call, key).await.map_err(|error| {
		error.while_doing("the node has made keys, but the chain still has none of them")
	})?;
	Ok(KeysSet {
		participant: provider.id,
		account,
		keys: made.keys,
		replaced,
		block: inclusion.block,
		holds_authority: authorities.iter().any(|authority| authority.participant == provider.id),
	})
}

fn explain_refusal(error: ChainError) -> ClientError {
	match error {
		ChainError::OperatorOnly { url, .. } => ClientError::Denied(format!(
			"the node at {url} makes keys for its operator only, where its JSON-RPC takes unsafe methods: open a door for that on the node's own loopback device (`--experimental-rpc-endpoint listen-addr=127.0.0.1:9945,methods=unsafe`; docs/deployment.md, \"Joining a running network\"), and name it with --node ws://127.0.0.1:9945"
		)),
		error => error.into(),
	}
}

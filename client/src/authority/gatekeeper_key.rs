//! The key with which a provider's gatekeeper signs answers.

use super::{provider::active_provider, Operations};
use crate::{transactions::Sender, ClientError};
use medrec_chain_client::{
	calls,
	rpc_api::{BlockRef, ParticipantInfo},
};
use medrec_primitives::{GatekeeperKey, Hash, ParticipantId};
use medrec_protocol::identity::Identity;
use serde::Serialize;

/// The key is on the chain.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GatekeeperKeySet {
	/// The provider.
	pub participant: ParticipantId,
	/// The key with which its gatekeeper signs from now on.
	pub gatekeeper_key: Hash,
	/// The one with which it signed before.
	pub replaced: Hash,
	/// The block that says so, which is final.
	pub block: BlockRef,
}

/// Replace the key with which the provider's gatekeeper signs. Waits until that is final.
///
/// `confirm` is asked, with the provider and the key that it has, before anything is submitted.
pub async fn set_gatekeeper_key(
	operations: Operations<'_>,
	identity: &Identity,
	key: GatekeeperKey,
	confirm: impl FnOnce(&ParticipantInfo, &Hash) -> Result<(), ClientError>,
) -> Result<GatekeeperKeySet, ClientError> {
	let Operations { chain, progress } = operations;
	let own = identity.account_id();
	progress.step("asking the node about this provider");
	let provider = active_provider(
		chain.participant_of(own.clone()).await?,
		&own,
		"its gatekeeper's key is replaced",
	)?;
	let id = provider.id;
	let replaced = provider.provider.as_ref().map(|info| info.gatekeeper_key).ok_or_else(|| {
		ClientError::Failed(format!("the node does not say what gatekeeper key provider {id} has"))
	})?;
	let gatekeeper_key = Hash::from(key);
	if gatekeeper_key == replaced {
		return Err(ClientError::Usage(format!(
			"provider {id} has this gatekeeper key already; nothing is to be done"
		)));
	}
	progress.finish();
	confirm(&provider, &replaced)?;
	let sender = Sender { chain, progress, wait_for_finality: true };
	let call = calls::set_gatekeeper_key(key);
	let inclusion =
		sender.submit("replacing the gatekeeper key", &call, &identity.account_key).await?;
	Ok(GatekeeperKeySet { participant: id, gatekeeper_key, replaced, block: inclusion.block })
}

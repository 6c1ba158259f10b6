//! Moving a provider to a new account.

use super::{
	provider::{own_provider, vacant_nonce},
	Operations,
};
use crate::{transactions::Sender, ClientError};
use medrec_chain_client::{
	calls,
	rpc_api::{BlockRef, ParticipantInfo},
};
use medrec_primitives::{AccountId, Consent, ParticipantId};
use medrec_protocol::identity::Identity;
use serde::Serialize;

/// The provider has a new account.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rotated {
	/// The provider.
	pub participant: ParticipantId,
	/// The account that acts as it from now on.
	pub account: AccountId,
	/// The one that did before, which is never usable again.
	pub replaced: AccountId,
	/// Whether it holds authority, which it takes along.
	pub holds_authority: bool,
	/// The block that says so, which is final.
	pub block: BlockRef,
}

/// Move a provider to another account, which signs, too. Waits until that is final.
///
/// `confirm` is asked, with the provider and its new account, before anything is submitted.
pub async fn rotate(
	operations: Operations<'_>,
	identity: &Identity,
	next: &Identity,
	confirm: impl FnOnce(&ParticipantInfo, &AccountId) -> Result<(), ClientError>,
) -> Result<Rotated, ClientError> {
	let Operations { chain, progress } = operations;
	let (replaced, account) = (identity.account_id(), next.account_id());
	progress.step("asking the node about this provider");
	let provider = own_provider(
		chain.participant_of(replaced.clone()).await?,
		&replaced,
		"its account is replaced",
	)?;
	let another = "name the account of a new key, which `medrec key new` makes";
	let nonce = vacant_nonce(chain, &account, another).await?;
	let authorities = chain.authorities().await?;
	progress.finish();
	confirm(&provider, &account)?;

	let consent = Consent::Rotate { participant: provider.id, epoch: provider.epoch };
	let signature = next.account_key.consent(&consent, &chain.genesis(), nonce);
	let sender = Sender { chain, progress, wait_for_finality: true };
	let call = calls::rotate_key(account.clone(), signature.into());
	let inclusion =
		sender.submit("moving to the new account", &call, &identity.account_key).await?;
	Ok(Rotated {
		participant: provider.id,
		account,
		replaced,
		holds_authority: authorities.iter().any(|authority| authority.participant == provider.id),
		block: inclusion.block,
	})
}

//! A provider's operator account: the one with which its gatekeeper registers and enrols.

use super::{
	provider::{active_provider, operator_of, vacant_nonce},
	Operations,
};
use crate::{store::files::read_at_most, transactions::Sender, ClientError};
use medrec_chain_client::{
	calls,
	rpc_api::{BlockRef, ParticipantInfo},
};
use medrec_primitives::{AccountId, ParticipantId, Signature};
use medrec_protocol::{identity::Identity, operator::OperatorConsent};
use serde::Serialize;
use std::path::Path;

/// Longest file that is read, in bytes. A consent takes about half a kilobyte.
const MAX_FILE: u64 = 16 * 1024;

/// What nobody else can do.
const NAMED: &str = "its operator account is named";

/// What is about to happen to a provider's operator account.
#[derive(Clone, Copy, Debug)]
pub struct OperatorChange<'a> {
	/// The provider.
	pub provider: &'a ParticipantInfo,
	/// The operator account that it has.
	pub present: Option<&'a AccountId>,
	/// The one that it is to have.
	pub next: Option<&'a AccountId>,
}

/// The operator account is on the chain, or is there no more.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OperatorSet {
	/// The provider.
	pub participant: ParticipantId,
	/// Its operator account from now on.
	pub operator: Option<AccountId>,
	/// The one that it had before, which is never usable again.
	pub replaced: Option<AccountId>,
	/// The block that says so, which is final.
	pub block: BlockRef,
}

/// Read what `medrec-gatekeeper operator consent` wrote.
pub fn read_operator_consent(path: &Path) -> Result<OperatorConsent, ClientError> {
	let usage = |why: String| ClientError::Usage(format!("{}: {why}", path.display()));
	let content = read_at_most(path, MAX_FILE)
		.map_err(|error| ClientError::Usage(error.to_string()))?
		.ok_or_else(|| usage("there is no such file".to_owned()))?;
	serde_json::from_slice(&content).map_err(|error| {
		usage(format!(
			"this is not what `medrec-gatekeeper operator consent --out FILE` writes: {error}"
		))
	})
}

/// Name the account that consented as the provider's operator account, in place of one that there may be.
/// Waits until that is final.
///
/// `confirm` is asked before anything is submitted.
pub async fn set_operator(
	operations: Operations<'_>,
	identity: &Identity,
	consent: &OperatorConsent,
	confirm: impl FnOnce(&OperatorChange<'_>) -> Result<(), ClientError>,
) -> Result<OperatorSet, ClientError> {
	let Operations { chain, progress } = operations;
	let own = identity.account_id();
	progress.step("asking the node about this provider");
	let provider = active_provider(chain.participant_of(own.clone()).await?, &own, NAMED)?;
	let id = provider.id;
	consent.verify(&chain.genesis(), id).map_err(|error| {
		ClientError::Usage(format!(
			"{error}; `medrec-gatekeeper operator consent` makes another, where `provider = {id}` and a node of this chain are in its configuration"
		))
	})?;
	let account = &consent.account;
	if operator_of(&provider) == Some(account) {
		return Err(ClientError::Usage(format!(
			"{account} is the operator account of provider {id} already; nothing is to be done"
		)));
	}
	let another = "move the gatekeeper's `operator_key_file` away, and have `medrec-gatekeeper init` make another key and `medrec-gatekeeper operator consent` another consent";
	let nonce = vacant_nonce(chain, account, another).await?;
	if nonce != consent.nonce {
		return Err(ClientError::Usage(format!(
			"the consent holds for the account's nonce {}, and that is {nonce}; `medrec-gatekeeper operator consent` makes another",
			consent.nonce
		)));
	}
	change(operations, identity, &provider, Some(consent.operator()), confirm).await
}

/// Take the provider's operator account away. Waits until that is final.
///
/// `confirm` is asked before anything is submitted.
pub async fn remove_operator(
	operations: Operations<'_>,
	identity: &Identity,
	confirm: impl FnOnce(&OperatorChange<'_>) -> Result<(), ClientError>,
) -> Result<OperatorSet, ClientError> {
	let Operations { chain, progress } = operations;
	let own = identity.account_id();
	progress.step("asking the node about this provider");
	let provider = active_provider(chain.participant_of(own.clone()).await?, &own, NAMED)?;
	if operator_of(&provider).is_none() {
		return Err(ClientError::Usage(format!(
			"provider {} has no operator account; nothing is to be removed",
			provider.id
		)));
	}
	change(operations, identity, &provider, None, confirm).await
}

async fn change(
	operations: Operations<'_>,
	identity: &Identity,
	provider: &ParticipantInfo,
	next: Option<(AccountId, Signature)>,
	confirm: impl FnOnce(&OperatorChange<'_>) -> Result<(), ClientError>,
) -> Result<OperatorSet, ClientError> {
	let Operations { chain, progress } = operations;
	let present = operator_of(provider);
	let operator = next.as_ref().map(|(account, _)| account.clone());
	progress.finish();
	confirm(&OperatorChange { provider, present, next: operator.as_ref() })?;
	let what = match operator {
		Some(_) => "naming the operator account",
		None => "removing the operator account",
	};
	let sender = Sender { chain, progress, wait_for_finality: true };
	let call = calls::set_operator(next);
	let inclusion = sender.submit(what, &call, &identity.account_key).await?;
	Ok(OperatorSet {
		participant: provider.id,
		operator,
		replaced: present.cloned(),
		block: inclusion.block,
	})
}

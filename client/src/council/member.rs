//! Who votes: a provider with the account that it holds authority under.

use crate::{output::Progress, transactions::Sender, ClientError};
use medrec_chain_client::{rpc_api::AuthorityInfo, Call, ChainClient, Inclusion};
use medrec_protocol::account::AccountKey;

/// A provider that holds a seat, at work.
#[derive(Clone)]
pub struct Member<'a> {
	/// The node.
	pub chain: &'a ChainClient,
	/// Told what is going on.
	pub progress: &'a dyn Progress,
	/// Whether to wait until what it does is final.
	pub wait_for_finality: bool,
	/// Signs for it.
	pub account_key: &'a AccountKey,
	/// Its seat.
	pub seat: AuthorityInfo,
}

impl Member<'_> {
	/// Sign and submit a call, and wait for its block.
	pub(super) async fn submit(
		&self,
		what: &str,
		call: &impl Call,
	) -> Result<Inclusion, ClientError> {
		let Self { chain, progress, wait_for_finality, .. } = *self;
		Sender { chain, progress, wait_for_finality }.submit(what, call, self.account_key).await
	}
}

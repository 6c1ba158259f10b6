//! The provider's operator account: the only key of the chain that the server holds. It may register,
//! enrol, propose, accept, reject and end.

use crate::store::Submission;
use futures::future::BoxFuture;
use medrec_chain_client::{
	calls, Call, ChainClient, ChainError, Extrinsic, Mortality, SubmitError, Timeouts,
};
use medrec_primitives::{AccountId, Hash, RelationshipId};
use medrec_protocol::account::AccountKey;
use tokio::sync::{Mutex, OnceCell};

/// What the worker has the operator account do.
#[derive(Clone, Debug)]
pub enum OperatorCall {
	/// Become steward of the patron who signed this.
	Enrol(Box<calls::SignedConsent>),
	/// End a relationship.
	End(RelationshipId),
}

/// The chain, as the worker acts on it.
pub trait Operator: Send + Sync {
	/// The operator's account.
	fn account(&self) -> AccountId;

	/// Sign a call, so that it can be stored before it is sent.
	fn sign(&self, call: OperatorCall) -> BoxFuture<'_, Result<Submission, SubmitError>>;

	/// Send what was signed, and wait until it is final or fails. The same bytes may be sent any
	/// number of times.
	fn send<'a>(&'a self, submission: &'a Submission) -> BoxFuture<'a, Result<(), SubmitError>>;
}

/// The operator account at a node.
#[derive(Debug)]
pub struct NodeOperator {
	node: String,
	genesis: Hash,
	key: AccountKey,
	chain: OnceCell<ChainClient>,
	signing: Mutex<()>,
}

impl NodeOperator {
	/// The operator with this key on the chain with this genesis hash, at the node at a `ws://`
	/// address. Connects when first used.
	pub fn new(node: &str, genesis: Hash, key: AccountKey) -> Self {
		let node = node.trim_end_matches('/').to_owned();
		Self { node, genesis, key, chain: OnceCell::new(), signing: Mutex::new(()) }
	}

	/// The operator's key.
	pub fn key(&self) -> &AccountKey {
		&self.key
	}

	/// The connection to the node.
	pub async fn chain(&self) -> Result<&ChainClient, ChainError> {
		self.chain
			.get_or_try_init(|| async {
				let chain = ChainClient::connect(&self.node).await?;
				if chain.genesis() == self.genesis {
					Ok(chain)
				} else {
					Err(ChainError::AnotherChain {
						url: self.node.clone(),
						expected: self.genesis,
						found: chain.genesis(),
					})
				}
			})
			.await
	}

	async fn sign_call(&self, call: &impl Call) -> Result<Submission, SubmitError> {
		let chain = self.chain().await?;
		let account = self.key.account_id();
		let (runtime, operator_nonce, birth) =
			futures::try_join!(chain.runtime(), chain.next_nonce(&account), chain.finalized())?;
		let mortality = Mortality::from(birth);
		let Extrinsic { bytes, hash } = runtime.sign(call, &self.key, operator_nonce, mortality)?;
		let valid_until_block = u64::from(birth.number).saturating_add(mortality.period);
		Ok(Submission { extrinsic: bytes, hash, operator_nonce, valid_until_block })
	}
}

impl Operator for NodeOperator {
	fn account(&self) -> AccountId {
		self.key.account_id()
	}

	fn sign(&self, call: OperatorCall) -> BoxFuture<'_, Result<Submission, SubmitError>> {
		Box::pin(async move {
			// One at a time; a nonce that is taken twice all the same costs one of them another try.
			let _signing = self.signing.lock().await;
			match call {
				OperatorCall::Enrol(consent) => self.sign_call(&calls::enrol(*consent)).await,
				OperatorCall::End(relationship) => self.sign_call(&calls::end(relationship)).await,
			}
		})
	}

	fn send<'a>(&'a self, submission: &'a Submission) -> BoxFuture<'a, Result<(), SubmitError>> {
		Box::pin(async move {
			let extrinsic =
				Extrinsic { bytes: submission.extrinsic.clone(), hash: submission.hash };
			let chain = self.chain().await?;
			let mut sent = chain.submit_extrinsic(extrinsic, Timeouts::default()).await?;
			sent.finalized().await.map(drop)
		})
	}
}

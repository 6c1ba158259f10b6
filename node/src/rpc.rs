//! What the node answers over JSON-RPC beside the usual.

use std::sync::Arc;

use jsonrpsee::RpcModule;
use medrec_rpc::{Medrec, MedrecApiServer, MedrecChangesApiServer};
use medrec_runtime::{opaque::Block, AccountId, Hash, Nonce};
use sc_consensus_grandpa_rpc::{Grandpa, GrandpaApiServer};
use sc_transaction_pool_api::TransactionPool;
use substrate_frame_rpc_system::{System, SystemApiServer};

use crate::service::{FullBackend, FullClient};

/// What the answers are made from.
pub struct FullDeps<P> {
	/// The client.
	pub client: Arc<FullClient>,
	/// The pool.
	pub pool: Arc<P>,
	/// Access decisions and reads.
	pub medrec: Medrec<FullClient, FullBackend>,
	/// Finality.
	pub grandpa: GrandpaDeps,
}

/// What finality's answers are made from.
pub struct GrandpaDeps {
	/// State of the voter.
	pub shared_voter_state: sc_consensus_grandpa::SharedVoterState,
	/// The authorities.
	pub shared_authority_set:
		sc_consensus_grandpa::SharedAuthoritySet<medrec_runtime::Hash, medrec_runtime::BlockNumber>,
	/// Stream of justifications.
	pub justification_stream: sc_consensus_grandpa::GrandpaJustificationStream<Block>,
	/// Proofs of finality.
	pub finality_provider: Arc<sc_consensus_grandpa::FinalityProofProvider<FullBackend, Block>>,
	/// Runs subscriptions.
	pub subscription_executor: Arc<dyn sp_core::traits::SpawnNamed>,
}

/// Put all of it together.
pub fn create_full<P>(
	deps: FullDeps<P>,
) -> Result<RpcModule<()>, Box<dyn std::error::Error + Send + Sync>>
where
	P: TransactionPool<Block = Block, Hash = medrec_runtime::Hash> + 'static,
{
	let FullDeps { client, pool, medrec, grandpa } = deps;
	let mut module = RpcModule::new(());
	module.merge(SystemApiServer::<Hash, AccountId, Nonce>::into_rpc(System::new(client, pool)))?;
	module.merge(MedrecChangesApiServer::into_rpc(medrec.clone()))?;
	module.merge(MedrecApiServer::into_rpc(medrec))?;
	module.merge(
		Grandpa::new(
			grandpa.subscription_executor,
			grandpa.shared_authority_set,
			grandpa.shared_voter_state,
			grandpa.justification_stream,
			grandpa.finality_provider,
		)
		.into_rpc(),
	)?;
	Ok(module)
}

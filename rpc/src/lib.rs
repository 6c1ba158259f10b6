//! The JSON-RPC namespace `medrec`, served from a node.
//!
//! Reads compute the storage keys natively and go to the state backend without a WASM instance. That is
//! only right while a block's state has the layout that this node was built with, which is checked for
//! each block ([`layout`]); otherwise the same questions go through the block's own runtime API. What is
//! rarely asked for (the council) always does.
//!
//! | module | what it does |
//! |---|---|
//! | [`heads`] | the pair of blocks that an answer rests on, and what changed between them |
//! | [`open_states`] | states that stay open from one question to the next |
//! | [`state`] | reads of one block's state |
//! | [`access`] | decisions on a pair of blocks |
//! | [`freshness`] | whether this node may vouch for a decision now |
//! | [`announcements`] | what the blocks that peers announce tell of this node's clock |
//! | [`peers`] | the nodes that active providers named |
//! | [`via_runtime`] | reads through a block's own runtime |
//! | [`council`] | what the runtime says of the council, as the answer |
//! | [`server`] | the methods |
//! | [`changes`] | the subscription to what changes |

mod access;
mod announcements;
mod changes;
mod council;
mod freshness;
mod heads;
mod layout;
mod open_states;
mod peers;
mod server;
mod state;
mod via_runtime;

pub use announcements::Announcements;
pub use freshness::{Freshness, Outlook, SyncView};
pub use medrec_rpc_api::{error::Unavailability, MedrecApiServer, MedrecChangesApiServer};
pub use peers::registered_peers;
pub use server::Medrec;
pub use state::ReadError;
pub use via_runtime::ViaRuntime;

use sp_runtime::traits::Block as BlockT;

/// The chain's block.
pub(crate) type Block = medrec_runtime::opaque::Block;
/// Hash of a block.
pub(crate) type Hash = <Block as BlockT>::Hash;

/// Everything that the methods need of a client.
pub trait Client<BE: sc_client_api::Backend<Block>>:
	sp_blockchain::HeaderBackend<Block>
	+ sc_client_api::StorageProvider<Block, BE>
	+ sc_client_api::BlockchainEvents<Block>
	+ ViaRuntime
	+ Send
	+ Sync
	+ 'static
{
}

impl<T, BE: sc_client_api::Backend<Block>> Client<BE> for T where
	T: sp_blockchain::HeaderBackend<Block>
		+ sc_client_api::StorageProvider<Block, BE>
		+ sc_client_api::BlockchainEvents<Block>
		+ ViaRuntime
		+ Send
		+ Sync
		+ 'static
{
}

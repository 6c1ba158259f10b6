//! What a provider's own account does: apply to be admitted, let the node make session keys, name its nodes,
//! the operator account and the gatekeeper's key, move to a new account, see what is missing.

mod apply;
mod check;
mod checklist;
mod gatekeeper_key;
mod keys;
mod nodes;
mod operator;
mod provider;
mod rotate;
mod status;

pub use apply::{apply, Applied, Desired};
pub use check::{Check, Item, Verdict};
pub use checklist::{check, validates, Node, Standing};
pub use gatekeeper_key::{set_gatekeeper_key, GatekeeperKeySet};
pub use keys::{set_keys, KeysSet};
pub use nodes::{name_nodes, NodesNamed};
pub use operator::{
	read_operator_consent, remove_operator, set_operator, OperatorChange, OperatorSet,
};
pub use rotate::{rotate, Rotated};
pub use status::standing;

use crate::output::Progress;
use medrec_chain_client::ChainClient;

/// A node, and who is told what is going on.
#[derive(Clone, Copy)]
pub struct Operations<'a> {
	/// The operator's own node.
	pub chain: &'a ChainClient,
	/// Told what is going on.
	pub progress: &'a dyn Progress,
}

//! An operator's path from a prospective provider to one that validates: apply to be admitted, let the
//! node make session keys, name its nodes, see what is missing.

mod apply;
mod check;
mod checklist;
mod keys;
mod nodes;
mod provider;
mod status;

pub use apply::{apply, Applied, Desired};
pub use check::{Check, Item, Verdict};
pub use checklist::{check, validates, Node, Standing};
pub use keys::{set_keys, KeysSet};
pub use nodes::{name_nodes, NodesNamed};
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

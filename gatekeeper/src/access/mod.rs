//! What the chain says, asked from the provider's own node: who an actor is, and what it may see.
//!
//! Everything here fails closed: a node that is silent, syncing, stale or confused gives a
//! [`NodeError`], never an answer.

pub mod chain_pin;
mod decision;
mod follow;
mod kept;
mod node;
mod progress;
mod rule;

pub use decision::{decide, logged_target, Access};
pub use follow::follow;
pub use node::{Node, NodeError};
pub use progress::FinalityProgress;

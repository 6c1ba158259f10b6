//! Tests by operation: one file per thing that is done with a summary.

mod access_control;
mod index;
mod invariants;
mod page;
mod properties;
mod remove;

//! Tests, one file per operation.

mod add;
mod genesis;
mod object;
mod property;
mod relinquish;
mod remove;
mod session;
mod session_keys;
mod session_length;

//! Tests, one file per operation.

mod add;
mod genesis;
mod key_ownership;
mod minimum;
mod object;
mod offences;
mod property;
mod relinquish;
mod removal_delay;
mod remove;
mod rotate;
mod session;
mod session_keys;
mod session_length;

//! Tests, one file per operation.

mod add;
mod genesis;
mod key_ownership;
mod object;
mod offences;
mod property;
mod relinquish;
mod remove;
mod rotate;
mod rules;
mod session;
mod session_keys;
mod session_length;

//! A chain that is built from a genesis preset and makes blocks, and what the tests do on it.

mod chain;
mod invariants;
mod motions;
mod parties;
mod transactions;

pub use chain::{genesis, next_block, next_block_at, run, to_block, GENESIS, START};
pub use motions::{close, decided_by, motion, propose, three_decide, vote};
pub use parties::{
	account_data, certify, decide, enrol, enrolment, granted, key, operator, participant, proposed,
	provider, register, rotation, rotation_in_epoch, set_operator, suspend, tag, use_up_quota,
	ENCRYPTION_KEY, HARBOUR, LAKESIDE, MERCY, NORTHGATE,
};
pub use transactions::{apply, fails, invalid, nonce_of, pool, refused, send, sign, succeeds};

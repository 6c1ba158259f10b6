//! The runtime as a whole: genesis presets, blocks, and transactions that are really signed.
//!
//! What a call of one pallet does is tested in that pallet; here is what the wiring adds.

mod admission;
mod common;
mod council;
mod equivocation;
mod extension;
mod flow;
mod genesis;
mod key_rotation;
mod parameters;
mod payloads;
mod quota;
mod removals;
mod seats;
mod session_keys;
mod sessions;
mod sizes;

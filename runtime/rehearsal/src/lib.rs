//! The runtime as its next version would be: its version is higher, a migration changes what is stored,
//! and it can be tried on a state (`medrec-node try-upgrade`). To rehearse an upgrade with; never released.

#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(feature = "std")]
include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));

#[cfg(feature = "wasm")]
pub use medrec_runtime::*;

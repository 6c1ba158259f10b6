//! The namespace `medrec` over HTTP: a real client with its database in a temporary folder, real blocks
//! executed by the runtime's WASM, and a real server on the loopback interface. One file per concern.

mod agreement;
mod best_and_finalized;
mod chain;
mod changes;
mod council;
mod fake_runtime;
mod freshness;
mod include_block;
mod limits;
mod paging;
mod peers;
mod reads;
mod reorganisation;
mod runtime_upgrade;
mod server;
mod vectors;

//! The audit log: who asked for what, what was decided and what was answered.
//!
//! For each request there are two entries: an [`Intent`], durable before any record is read for it,
//! and an [`Outcome`], durable before the answer leaves ([`AuditLog::begin`], [`AuditLog::finish`]).
//! An intent without an outcome is a request that a crash interrupted: nothing was sent.
//!
//! Entries are encrypted, each with a key of its own, and are the leaves of a Merkle tree (RFC 6962),
//! whose state is signed with every change and published in checkpoints. Patients hold receipts: leaf
//! hashes with the gatekeeper's signature, without a number that would tell of other requests. What
//! was once logged cannot be changed, moved or taken away without [`verify`] naming where. To erase an
//! entry is to destroy its key; that is logged itself, and the tree stays as it is.

mod access_log;
mod append;
mod entry;
mod erase;
mod error;
mod head;
mod log;
mod merkle;
mod misfit;
mod opened;
mod seal;
mod verify;

pub use access_log::MAX_ACCESS_LOG_PAGE;
pub use entry::{Conclusion, Event, EventKind, Intent, Outcome, Ruling, MAX_ENTRY_BYTES};
pub use erase::{Erasable, MAX_ERASED_AT_ONCE};
pub use error::AuditError;
pub use log::{AuditLog, LogKeys, OpenIntent};
pub use medrec_protocol::receipt::EntryId;
pub use misfit::Misfit;
pub use verify::{verify, Evidence, Verified, VerifyError};

#![doc = include_str!("../README.md")]
#![deny(rustdoc::broken_intra_doc_links)]

pub mod application;
pub mod authority;
pub mod cli;
pub mod clock;
pub mod council;
pub mod error;
pub mod gatekeeper;
pub mod identities;
pub mod narrowing;
pub mod output;
pub mod patient;
pub mod records;
pub mod store;
pub mod terms;
mod transactions;
pub mod viewer;
mod workspace;

pub use error::{ClientError, ExitCode};
pub use workspace::{Settings, Workspace};

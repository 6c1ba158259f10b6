#![doc = include_str!("../README.md")]
#![deny(rustdoc::broken_intra_doc_links)]

pub mod calls;
mod connection;
mod error;
mod events;
mod extrinsic;
mod node;
mod peer_id;
mod reads;
mod refusal;
mod runtime;
mod submit;

pub use connection::ChainClient;
pub use error::{ChainError, DispatchFailure, SubmitError};
pub use events::Inclusion;
pub use extrinsic::{Mortality, SignedExtrinsic};
pub use node::{Health, RuntimeVersion, Status};
pub use peer_id::{PeerId, PeerIdError};
pub use refusal::Refusal;
pub use runtime::{api, Runtime};
pub use submit::{Progress, Submission, Timeouts, MOST_REMOVALS_AHEAD};

/// The typed reads of the `medrec` namespace, for use on [`ChainClient::rpc`].
pub use medrec_rpc_api::{self as rpc_api, MedrecApiClient};

/// A call that can be signed: what the constructors in [`calls`] return.
pub use subxt::tx::Payload as Call;

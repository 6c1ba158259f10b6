#![doc = include_str!("../README.md")]
#![deny(rustdoc::broken_intra_doc_links)]

mod agenda;
mod authorities;
pub mod calls;
mod connection;
mod error;
mod events;
mod extrinsic;
mod node;
mod peer_id;
mod proposal;
mod reads;
mod refusal;
mod runtime;
mod submit;

pub use agenda::{AgendaCall, Certification, MotionCall, Parameter};
pub use authorities::{
	GeneratedSessionKeys, Offender, PendingChange, SessionKeys, Validator, Validators,
};
pub use connection::ChainClient;
pub use error::{ChainError, DispatchFailure, SubmitError};
pub use events::Inclusion;
pub use extrinsic::{Extrinsic, Mortality};
/// What the council decided of a provider and is not enacted yet.
pub use medrec_primitives::AuthorityChange;
pub use node::{Health, RuntimeVersion, Status};
pub use peer_id::{PeerId, PeerIdError};
pub use refusal::Refusal;
pub use runtime::{api, Runtime};
pub use submit::{Progress, Submission, Timeouts, MOST_REMOVALS_AHEAD};

/// The typed reads of the `medrec` namespace, for use on [`ChainClient::rpc`].
pub use medrec_rpc_api::{self as rpc_api, MedrecApiClient};

/// A call that can be signed: what the constructors in [`calls`] return.
pub use subxt::tx::Payload as Call;

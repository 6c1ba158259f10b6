//! What clients and gatekeepers say to each other: account keys and the identities derived from a
//! seed, delegations to session keys, staff credentials, signed requests and responses, audit receipts,
//! enrolment codes, sealed openings, and the JSON bodies of `/v1`.
//!
//! Nothing here reads a clock, a chain, a file or the network: moments, genesis hashes and on-chain
//! keys are arguments. `docs/protocol.md` describes the same for authors of clients in other
//! languages, and `vectors/` pins it with fixed keys, times and nonces.
//!
//! A client's request, and how a gatekeeper checks it:
//!
//! ```
//! use medrec_protocol::{
//!     context::RequestContext, delegation::Delegation, identity::Seed,
//!     request::{sign_request, verify_request, Nonce, RequestSigning, Verification},
//!     session::SessionKey,
//! };
//! use medrec_primitives::{Hash, Purpose};
//!
//! let genesis = Hash::repeat_byte(7);
//! let origin: medrec_protocol::origin::Origin = "https://mercy.example".parse()?;
//! let now = 1_795_370_400_000;
//!
//! // Once a day: the account key lets a session key act.
//! let identity = Seed::generate().identity(&genesis, 1, 0);
//! let session_key = SessionKey::generate();
//! let delegation = Delegation {
//!     gatekeeper: origin.clone(),
//!     genesis,
//!     participant: 42,
//!     epoch: 0,
//!     session_key: session_key.id(),
//!     from: now,
//!     until: now + 86_400_000,
//! }
//! .sign(&identity.account_key)?;
//!
//! // Each request.
//! let request = http::Request::get("https://mercy.example/fhir/Condition").body(())?;
//! let (mut parts, ()) = request.into_parts();
//! let signing = RequestSigning {
//!     session_key: &session_key,
//!     delegation: &delegation,
//!     staff: None,
//!     context: &RequestContext::new(genesis, 1, Some(9), 42, Purpose::Personal),
//!     created: now,
//!     expires: now + 60_000,
//!     nonce: Nonce::random(),
//! };
//! sign_request(&mut parts, b"", &signing)?;
//!
//! // The gatekeeper receives it in origin form.
//! parts.headers.insert(http::header::HOST, "mercy.example".parse()?);
//! parts.uri = "/fhir/Condition".parse()?;
//! let rules = Verification::new(origin, genesis, 1);
//! let verified = verify_request(&parts, b"", &rules, now + 500)?;
//! // Account and epoch of `verified.delegation.delegation.participant` come from the chain.
//! verified.authorize(&identity.account_key.account_id(), 0)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![deny(missing_docs, rustdoc::broken_intra_doc_links)]

pub mod access_log;
pub mod account;
pub mod amendments;
pub mod application;
pub mod checkpoint;
pub mod context;
pub mod delegation;
pub mod encryption;
pub mod enrolment;
pub mod error_body;
pub mod gatekeeper_key;
pub mod headers;
pub mod identity;
pub mod notifications;
pub mod openings;
pub mod operator;
pub mod origin;
pub mod policy;
pub mod receipt;
pub mod registration;
pub mod request;
pub mod response;
pub mod sealed;
pub mod session;
pub mod signature;
pub mod staff;

mod encoding;
mod message;
mod timestamp;

pub use timestamp::{format_moment, parse_moment, MomentError};

/// First bytes of everything that an account key is asked to sign here: delegations and policies (`M`),
/// consents and applications (`m`), and each of them as browser wallets wrap them (`<`).
///
/// What an account signs for the chain begins with the index of a pallet. A runtime has no pallet at
/// these indices, so that no text of this protocol is ever a signed call.
pub const ACCOUNT_PAYLOAD_FIRST_BYTES: [u8; 3] = [b'M', b'm', b'<'];

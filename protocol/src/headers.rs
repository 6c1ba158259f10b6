//! Names of the headers of this protocol, and the longest values that are read.

use http::HeaderName;

/// What the request is about: [`RequestContext`](crate::context::RequestContext).
pub const MEDREC_CONTEXT: HeaderName = HeaderName::from_static("medrec-context");

/// Who lets the session key act: [`SignedDelegation`](crate::delegation::SignedDelegation).
pub const MEDREC_DELEGATION: HeaderName = HeaderName::from_static("medrec-delegation");

/// Which of a provider's people asks: [`SignedStaffCredential`](crate::staff::SignedStaffCredential).
pub const MEDREC_STAFF: HeaderName = HeaderName::from_static("medrec-staff");

/// Blocks that the access decision was made on: [`DecisionBlocks`](crate::response::DecisionBlocks).
pub const MEDREC_BLOCKS: HeaderName = HeaderName::from_static("medrec-blocks");

/// Proof that the access was logged: [`Receipt`](crate::receipt::Receipt).
pub const MEDREC_RECEIPT: HeaderName = HeaderName::from_static("medrec-receipt");

/// That an answer may be incomplete, in words that are always the same.
pub const MEDREC_NOTICE: HeaderName = HeaderName::from_static("medrec-notice");

/// Digest of the body (RFC 9530).
pub const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");

/// What a signature covers, and its parameters (RFC 9421).
pub const SIGNATURE_INPUT: HeaderName = HeaderName::from_static("signature-input");

/// The signature (RFC 9421).
pub const SIGNATURE: HeaderName = HeaderName::from_static("signature");

/// Longest `medrec-context`, in bytes: room for an opening of eight rules that name everything.
pub const MAX_CONTEXT_LENGTH: usize = 10 * 1024;

/// Longest `medrec-delegation`, in bytes.
pub const MAX_DELEGATION_LENGTH: usize = 2 * 1024;

/// Longest value of any other header that is read, in bytes.
pub const MAX_HEADER_LENGTH: usize = 2 * 1024;

//! Sealed openings on their way from patron to grantee: deposited by the patron, fetched by the
//! grantee, purged when their tag is gone. The gatekeeper cannot read them.

mod purge;
mod routes;

pub use purge::{PurgeError, Purger};
pub use routes::{deposit, list};

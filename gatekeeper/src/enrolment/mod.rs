//! How a patient's key comes to belong to a local patient: a code, her signed consent, the
//! confirmation by staff, and only then a transaction.
//!
//! - [`redeem`]: what her client asks over HTTP;
//! - [`worker`]: the way of confirmed enrolments onto the chain, and of severed relationships to
//!   their end, safe against a crash at any point;
//! - [`operator`]: the provider's operator account, which signs both.

pub mod operator;
pub mod redeem;
pub mod worker;

//! What somebody does whom patients let see their records: be registered, see what was granted, look.

mod consent;
mod inbox;
mod records;

pub use consent::{consent, Registration};
pub use inbox::{default_purpose, inbox, receive, viewer, GrantedView};
pub use records::{records, Request};

//! What somebody does whom patients let see their records: be registered, see what was granted, look, and
//! say which of a provider's people looks.

mod consent;
mod inbox;
mod records;
mod staff;

pub use consent::{consent, Registration};
pub use inbox::{default_purpose, inbox, receive, viewer, GrantedView};
pub use records::{records, Request};
pub use staff::{session_key, take_staff_credential, SessionView};

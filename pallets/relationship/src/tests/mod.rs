//! Tests by operation: one file per thing that a participant does.

mod accept;
mod access_control;
mod clean_grants;
mod encoding;
mod end;
mod enrol;
mod grant;
mod invariants;
mod properties;
mod propose;
mod reject;
mod revoke;
mod withdraw;

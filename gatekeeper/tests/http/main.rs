//! The gatekeeper over real HTTP and real SQLite, against a node whose chain is in memory.

mod access_log;
mod command_line;
#[path = "../databases/mod.rs"]
mod databases;
mod enrolment;
mod failures;
mod hostile;
mod key_rotation;
mod openings;
mod provider_database;
mod reading;
mod server_log;
mod support;
mod tls;
mod worker;

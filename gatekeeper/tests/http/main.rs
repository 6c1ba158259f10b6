//! The gatekeeper over real HTTP and real SQLite, against a node whose chain is in memory.

mod access_log;
mod amendments;
mod changes;
mod command_line;
mod enrolment;
mod failures;
mod holds;
mod hostile;
mod key_rotation;
mod merges;
mod non_interference;
mod notice;
mod notifications;
mod openapi;
mod openings;
mod policies;
mod provider_database;
mod reading;
mod server_log;
mod shutdown;
mod staff;
mod support;
mod tls;
mod validation;
mod worker;

//! The gatekeeper over real HTTP and real SQLite, against a node whose chain is in memory.

mod access_log;
mod command_line;
mod enrolment;
mod failures;
mod hostile;
mod key_rotation;
mod openings;
mod reading;
mod server_log;
mod shutdown;
mod support;
mod tls;
mod worker;
